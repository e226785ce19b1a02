// Transaction records as they stand in PROPOSAL packets and in the log: TxnHeader, record, optional digest
// (facts 2.9, 2.10).
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "core/wire/records.h"

namespace vivarium::wire {

struct TxnHeader {
  SessionId session;  // upstream: clientId
  int32_t cxid = 0;
  Zxid zxid;
  int64_t time_ms = 0;  // wall clock of the leader
  OpCode type{};
  bool operator==(const TxnHeader&) const = default;
  VIV_VISIT(VIV_FIELD(session), VIV_FIELD(cxid), VIV_FIELD(zxid), VIV_FIELD(time_ms), VIV_FIELD(type))
};

struct CreateTxn {  // create, create2
  Bytes path, data;
  AclList acl;
  bool ephemeral = false;
  int32_t parent_cversion = -1;
  bool operator==(const CreateTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(ephemeral), VIV_FIELD(parent_cversion))
};
struct CreateContainerTxn {
  Bytes path, data;
  AclList acl;
  int32_t parent_cversion = -1;
  bool operator==(const CreateContainerTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(parent_cversion))
};
struct CreateTtlTxn {
  Bytes path, data;
  AclList acl;
  int32_t parent_cversion = -1;
  int64_t ttl = 0;
  bool operator==(const CreateTtlTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(parent_cversion), VIV_FIELD(ttl))
};
// delete, deleteContainer
struct DeleteTxn {
  Bytes path;
  bool operator==(const DeleteTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path))
};
// version: the new one
struct SetDataTxn {
  Bytes path, data;
  int32_t version = 0;
  bool operator==(const SetDataTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(version))
};
struct SetAclTxn {
  Bytes path;
  AclList acl;
  int32_t version = 0;
  bool operator==(const SetAclTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(acl), VIV_FIELD(version))
};
struct CheckVersionTxn {
  Bytes path;
  int32_t version = 0;
  bool operator==(const CheckVersionTxn&) const = default;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(version))
};
struct CreateSessionTxn {
  int32_t timeout_ms = 0;
  bool operator==(const CreateSessionTxn&) const = default;
  VIV_VISIT(VIV_FIELD(timeout_ms))
};
// An empty body (before 3.6) has no list: the paths are then the session's ephemerals at apply.
struct CloseSessionTxn {
  std::vector<Bytes> paths;
  bool has_paths = true;
  bool operator==(const CloseSessionTxn&) const = default;
  VIV_VISIT(VIV_FIELD(paths))
};
struct ErrorTxn {
  ErrorCode err{};
  bool operator==(const ErrorTxn&) const = default;
  VIV_VISIT(VIV_FIELD(err))
};
struct SubTxn {
  OpCode type{};
  Bytes data;
  bool operator==(const SubTxn&) const = default;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(data))
};
struct MultiTxn {
  std::vector<SubTxn> txns;
  bool operator==(const MultiTxn&) const = default;
  VIV_VISIT(VIV_FIELD(txns))
};

using TxnBody = std::variant<ErrorTxn, CreateTxn, CreateContainerTxn, CreateTtlTxn, DeleteTxn, SetDataTxn, SetAclTxn,
                             CheckVersionTxn, CreateSessionTxn, CloseSessionTxn, MultiTxn>;

inline constexpr int32_t kDigestVersion = 2;
struct TxnDigest {
  int32_t version = kDigestVersion;
  int64_t tree_digest = 0;
  bool operator==(const TxnDigest&) const = default;
  VIV_VISIT(VIV_FIELD(version), VIV_FIELD(tree_digest))
};

struct Txn {
  TxnHeader header;
  TxnBody body;
  std::optional<TxnDigest> digest;
  bool operator==(const Txn&) const = default;
};

Bytes encode_txn(const Txn& txn);
std::expected<Txn, DecodeError> decode_txn(const Bytes& bytes);
// The body of `type`, for sub-transactions of a multi.
std::expected<TxnBody, DecodeError> decode_txn_body(OpCode type, const Bytes& bytes);
Bytes encode_txn_body(const TxnBody& body);

}  // namespace vivarium::wire

// The records of the client protocol, members in wire order (facts 1.2, 1.3).
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/visit.h"
#include "core/wire/codes.h"
#include "core/wire/jute.h"

namespace vivarium::wire {

#define VIV_FIELD(name) v(#name, self.name)
#define VIV_VISIT(...)                                                    \
  template <class Self, class V>                                          \
  static void visit([[maybe_unused]] Self& self, [[maybe_unused]] V& v) { \
    __VA_ARGS__;                                                          \
  }

struct AclId {
  Bytes scheme, id;
  auto operator<=>(const AclId&) const = default;
  VIV_VISIT(VIV_FIELD(scheme), VIV_FIELD(id))
};
struct Acl {
  int32_t perms = 0;
  AclId id;
  auto operator<=>(const Acl&) const = default;
  VIV_VISIT(VIV_FIELD(perms), VIV_FIELD(id))
};
using AclList = std::vector<Acl>;
AclList world_anyone_all();  // OPEN_ACL_UNSAFE

struct Stat {
  Zxid czxid, mzxid;
  int64_t ctime = 0, mtime = 0;
  int32_t version = 0, cversion = 0, aversion = 0;
  int64_t ephemeral_owner = 0;
  int32_t data_length = 0, num_children = 0;
  Zxid pzxid;
  bool operator==(const Stat&) const = default;
  VIV_VISIT(VIV_FIELD(czxid), VIV_FIELD(mzxid), VIV_FIELD(ctime), VIV_FIELD(mtime), VIV_FIELD(version),
            VIV_FIELD(cversion), VIV_FIELD(aversion), VIV_FIELD(ephemeral_owner), VIV_FIELD(data_length),
            VIV_FIELD(num_children), VIV_FIELD(pzxid))
};

// The readOnly flag is missing in clients <= 3.3: has_read_only says whether it was on the wire, the response mirrors
// it.
struct ConnectRequest {
  int32_t protocol_version = 0;
  Zxid last_zxid_seen;
  int32_t timeout_ms = 0;
  SessionId session;
  Bytes password;
  bool read_only = false;
  bool has_read_only = true;
  bool operator==(const ConnectRequest&) const = default;
};
struct ConnectResponse {
  int32_t protocol_version = 0;
  int32_t timeout_ms = 0;
  SessionId session;
  Bytes password;
  bool read_only = false;
  bool has_read_only = true;
  bool operator==(const ConnectResponse&) const = default;
};
Bytes encode_connect_request(const ConnectRequest&);
std::expected<ConnectRequest, DecodeError> decode_connect_request(const Bytes&);
Bytes encode_connect_response(const ConnectResponse&);
std::expected<ConnectResponse, DecodeError> decode_connect_response(const Bytes&);

// Upstream's password of a session: 16 bytes of java.util.Random seeded with id ^ 0xB3415C00 (facts 1.6, vectors
// there).
Bytes session_password(SessionId session);

struct RequestHeader {
  int32_t xid = 0;
  OpCode type{};
  VIV_VISIT(VIV_FIELD(xid), VIV_FIELD(type))
};
struct ReplyHeader {
  int32_t xid = 0;
  Zxid zxid;
  ErrorCode err{};
  VIV_VISIT(VIV_FIELD(xid), VIV_FIELD(zxid), VIV_FIELD(err))
};

struct CreateRequest {
  Bytes path, data;
  AclList acl;
  int32_t flags = 0;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(flags))
};
struct CreateTtlRequest {
  Bytes path, data;
  AclList acl;
  int32_t flags = 0;
  int64_t ttl = 0;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(flags), VIV_FIELD(ttl))
};
// delete, check
struct PathVersionRequest {
  Bytes path;
  int32_t version = -1;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(version))
};
using DeleteRequest = PathVersionRequest;
using CheckRequest = PathVersionRequest;
// exists, getData, getChildren, getChildren2
struct PathWatchRequest {
  Bytes path;
  bool watch = false;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(watch))
};
struct SetDataRequest {
  Bytes path, data;
  int32_t version = -1;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(data), VIV_FIELD(version))
};
struct PathRequest {
  Bytes path;
  VIV_VISIT(VIV_FIELD(path))
};  // getACL, sync, getEphemerals, getAllChildrenNumber
struct SetAclRequest {
  Bytes path;
  AclList acl;
  int32_t version = -1;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(acl), VIV_FIELD(version))
};
struct AuthRequest {
  int32_t type = 0;
  Bytes scheme, auth;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(scheme), VIV_FIELD(auth))
};
struct SetWatchesRequest {
  Zxid relative_zxid;
  std::vector<Bytes> data, exist, child;
  VIV_VISIT(VIV_FIELD(relative_zxid), VIV_FIELD(data), VIV_FIELD(exist), VIV_FIELD(child))
};
struct SetWatches2Request {
  Zxid relative_zxid;
  std::vector<Bytes> data, exist, child, persistent, persistent_recursive;
  VIV_VISIT(VIV_FIELD(relative_zxid), VIV_FIELD(data), VIV_FIELD(exist), VIV_FIELD(child), VIV_FIELD(persistent),
            VIV_FIELD(persistent_recursive))
};
struct AddWatchRequest {
  Bytes path;
  AddWatchMode mode{};
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(mode))
};
// checkWatches too
struct RemoveWatchesRequest {
  Bytes path;
  WatcherType type{};
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(type))
};
struct ReconfigRequest {
  Bytes joining, leaving, new_members;
  int64_t config_version = -1;
  VIV_VISIT(VIV_FIELD(joining), VIV_FIELD(leaving), VIV_FIELD(new_members), VIV_FIELD(config_version))
};
struct SaslToken {
  Bytes token;
  VIV_VISIT(VIV_FIELD(token))
};  // request and response
struct MultiHeader {
  int32_t type = -1;
  bool done = true;
  int32_t err = -1;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(done), VIV_FIELD(err))
};

struct PathResponse {
  Bytes path;
  VIV_VISIT(VIV_FIELD(path))
};  // create, sync
struct Create2Response {
  Bytes path;
  Stat stat;
  VIV_VISIT(VIV_FIELD(path), VIV_FIELD(stat))
};
struct StatResponse {
  Stat stat;
  VIV_VISIT(VIV_FIELD(stat))
};  // exists, setData, setACL
struct GetDataResponse {
  Bytes data;
  Stat stat;
  VIV_VISIT(VIV_FIELD(data), VIV_FIELD(stat))
};
struct GetAclResponse {
  AclList acl;
  Stat stat;
  VIV_VISIT(VIV_FIELD(acl), VIV_FIELD(stat))
};
struct GetChildrenResponse {
  std::vector<Bytes> children;
  VIV_VISIT(VIV_FIELD(children))
};
struct GetChildren2Response {
  std::vector<Bytes> children;
  Stat stat;
  VIV_VISIT(VIV_FIELD(children), VIV_FIELD(stat))
};
using GetEphemeralsResponse = GetChildrenResponse;
struct ChildrenNumberResponse {
  int32_t total = 0;
  VIV_VISIT(VIV_FIELD(total))
};  // getAllChildrenNumber
struct WhoAmIResponse {
  std::vector<AclId> identities;
  VIV_VISIT(VIV_FIELD(identities))
};
struct ErrorResponse {
  ErrorCode err{};
  VIV_VISIT(VIV_FIELD(err))
};  // addWatch
struct WatcherEvent {
  WatchEventType type{};
  KeeperState state{};
  Bytes path;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(state), VIV_FIELD(path))
};

// One operation of a multi, as asked: `body` is the request record of `type` (create, create2, createContainer,
// createTTL, delete, setData, check; of a multiRead: getData, getChildren). Which of them may stand together is for
// prepare to say.
struct MultiOp {
  OpCode type{};
  Bytes body;
  bool operator==(const MultiOp&) const = default;
};
// MultiHeader-framed list ended by {-1, true, -1}. Bodies are found by decoding them, so an unknown type cannot be
// skipped: it ends the list with kBadValue (upstream answers MarshallingError).
std::expected<std::vector<MultiOp>, DecodeError> decode_multi_request(const Bytes& body);
Bytes encode_multi_request(const std::vector<MultiOp>& ops);

// One result of a multi: type kError carries err only; create/create2 path (create2 also stat); setData stat; delete,
// check nothing; getData data and stat; getChildren children. createContainer and createTTL are answered as create2, as
// upstream does.
struct MultiResult {
  OpCode type{};
  ErrorCode err{};
  Bytes path;
  Stat stat;
  Bytes data;
  std::vector<Bytes> children;
  bool operator==(const MultiResult&) const = default;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(err), VIV_FIELD(path), VIV_FIELD(stat), VIV_FIELD(data), VIV_FIELD(children))
};
Bytes encode_multi_response(const std::vector<MultiResult>& results);
std::expected<std::vector<MultiResult>, DecodeError> decode_multi_response(const Bytes& body);

// A frame: int32 length + payload.
Bytes frame(const Bytes& payload);
template <class Body>
Bytes reply_frame(const ReplyHeader& header, const Body& body) {
  BytesBuilder out;
  out.i32(0);
  encode_to(out, header);
  encode_to(out, body);
  out.patch_i32(0, static_cast<int32_t>(out.size() - 4));
  return out.take();
}
Bytes reply_frame(const ReplyHeader& header);  // an error reply, or one without a body
template <class Body>
Bytes request_frame(const RequestHeader& header, const Body& body) {
  BytesBuilder out;
  out.i32(0);
  encode_to(out, header);
  encode_to(out, body);
  out.patch_i32(0, static_cast<int32_t>(out.size() - 4));
  return out.take();
}

}  // namespace vivarium::wire

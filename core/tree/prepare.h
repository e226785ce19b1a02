// prepare: what the leader does with a request. It validates against the State-after of everything proposed so far,
// decides the transaction (an `error` transaction when refused: a failed write consumes a zxid, facts 1.4), and ends by
// calling apply.
#pragma once

#include "core/tree/apply.h"

namespace vivarium::tree {

// A write request as it reaches the leader. `body` is the client's request record; identities are the client's
// authenticated ids (ip:<peer> always among them).
struct Request {
  SessionId session;
  int32_t cxid = 0;
  wire::OpCode type{};
  Bytes body;
  std::vector<wire::AclId> identities;
  VIV_VISIT(VIV_FIELD(session), VIV_FIELD(cxid), VIV_FIELD(type), VIV_FIELD(body), VIV_FIELD(identities))
};

struct PrepareOptions {
  bool digest = true;
  bool skip_acl = false;
  bool close_session_txn_paths = true;  // closeSessionTxn.enabled
  bool extended_types = false;          // extendedTypesEnabled: nodes with a time to live
  bool enforce_quota = false;           // enforceQuota: hard limits refuse what exceeds them
};

struct Prepared {
  wire::Txn txn;    // header.zxid = zxid as asked; digest set
  Effects effects;  // of applying it
};

// `after` enters as the state after the last proposal and leaves as the state after this one.
// Types: create, create2, createContainer, createTTL, delete, deleteContainer, setData, setACL, multi, check-in-multi,
// createSession (body: int32 timeout), closeSession, error. Anything else becomes an error txn kUnimplemented. A
// request of a session that `after` does not know (closed, closing or expired) becomes an error txn SessionExpired
// (1208); session moved is judged by the caller, who passes it as `refused`.
Prepared prepare(State& after, const Request& request, Zxid zxid, int64_t wall_ms, const PrepareOptions& options,
                 wire::ErrorCode refused = wire::ErrorCode::kOk);

// ---- rules shared with reads
// ----------------------------------------------------------------------------------------- Path rules of facts 1.7;
// kBadArguments or kOk.
wire::ErrorCode validate_path(const Bytes& path, bool sequential = false);
Bytes parent_of(const Bytes& path);  // "/" for "/a"; path must be valid and not "/"
Bytes name_of(const Bytes& path);

// Whether identities give any of `permissions` under `acl` (schemes world, digest, ip with /bits, auth resolved;
// `super` bypasses).
bool permitted(const wire::AclList& acl, int32_t permissions, const std::vector<wire::AclId>& identities);
// As given by a client: dedups, expands `auth` into the caller's ids, checks schemes and id syntax; nullopt =
// InvalidACL.
std::optional<wire::AclList> fix_acl(const wire::AclList& acl, const std::vector<wire::AclId>& identities);
// digest id of "user:password": user ":" base64(sha1("user:password")).
Bytes digest_id(const Bytes& user_password);

}  // namespace vivarium::tree

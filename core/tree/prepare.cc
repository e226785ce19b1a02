#include "core/tree/prepare.h"

#include <fmt/format.h>

#include "core/tree/quota.h"

namespace vivarium::tree {

namespace {
using wire::ErrorCode;
using wire::OpCode;
using wire::TxnBody;

using Outcome = std::expected<TxnBody, ErrorCode>;

// What every operation is judged by. The checks stand in upstream's order: a request that breaks several rules gets
// upstream's code.
struct Caller {
  const Request& request;
  const PrepareOptions& options;
  ErrorCode refused;

  ErrorCode session(const State& state) const {
    return state.sessions.contains(request.session) ? refused
                                                    : ErrorCode::kSessionExpired;  // 1208: closing counts as closed
  }
  bool may(const State& state, const Znode& node, int32_t permission) const {
    const wire::AclList* acl = options.skip_acl ? nullptr : state.acl_list(node);
    return !acl || permitted(*acl, permission, request.identities);
  }
  // Judged against everything that was proposed so far; upstream asks what is committed, and lets a burst through.
  ErrorCode quota(const State& state, const Bytes& path, int64_t bytes_more, int64_t nodes_more) const {
    return options.enforce_quota ? judge_quota(state, path.view(), bytes_more, nodes_more) : ErrorCode::kOk;
  }
};

std::unexpected<ErrorCode> refuse(ErrorCode code) { return std::unexpected(code); }

// The parent's path as upstream cuts it off before anything is known to be a path: "" is the root. nullopt: no slash,
// or a NUL.
std::optional<std::string_view> cut_parent(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || path.find('\0') != std::string_view::npos) return std::nullopt;
  return path.substr(0, slash);
}

bool is_fixture(std::string_view path) {
  return path == "/" || path == "/zookeeper" || path == "/zookeeper/quota" || path == "/zookeeper/config";
}

// The version after `current`, or BadVersion. -1 is skipped: a client could not ask for it (4743).
std::expected<int32_t, ErrorCode> next_version(int32_t current, int32_t expected) {
  if (expected != -1 && expected != current) return refuse(ErrorCode::kBadVersion);
  const auto next = static_cast<int32_t>(static_cast<uint32_t>(current) + 1);
  return next == -1 ? 0 : next;
}

bool is_sequential(wire::CreateMode mode) {
  return mode == wire::CreateMode::kPersistentSequential || mode == wire::CreateMode::kEphemeralSequential ||
         mode == wire::CreateMode::kPersistentSequentialWithTtl;
}
bool is_mode(int32_t flags) {
  return flags >= 0 && flags <= static_cast<int32_t>(wire::CreateMode::kPersistentSequentialWithTtl);
}
bool has_ttl(wire::CreateMode mode) {
  return is_mode(static_cast<int32_t>(mode)) && mode >= wire::CreateMode::kPersistentWithTtl;
}
bool is_ephemeral(wire::CreateMode mode) {
  return mode == wire::CreateMode::kEphemeral || mode == wire::CreateMode::kEphemeralSequential;
}

// A time to live stands in createTTL alone, with a mode of its own. (Upstream takes createTTL with another mode and a
// negative time, and its servers end of the transaction.)
ErrorCode judge_mode(OpCode type, int32_t flags, int64_t ttl_ms, const PrepareOptions& options) {
  if (!is_mode(flags)) return ErrorCode::kBadArguments;
  const bool timed = has_ttl(wire::CreateMode{flags});
  if (timed && !options.extended_types) return ErrorCode::kUnimplemented;
  if (timed != (type == OpCode::kCreateTtl)) return ErrorCode::kBadArguments;
  return timed && (ttl_ms <= 0 || ttl_ms > kTtlMsMax) ? ErrorCode::kBadArguments : ErrorCode::kOk;
}

Outcome prepare_create(const State& state, OpCode type, const wire::CreateTtlRequest& create, const Caller& caller) {
  const wire::CreateMode mode{create.flags};
  if (const ErrorCode code = judge_mode(type, create.flags, create.ttl, caller.options); code != ErrorCode::kOk)
    return refuse(code);
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  if (create.path.is_null()) return refuse(ErrorCode::kMarshallingError);
  const auto parent_path = cut_parent(create.path.view());
  if (!parent_path) return refuse(ErrorCode::kBadArguments);
  auto acl = fix_acl(create.acl, caller.request.identities);
  if (!acl) return refuse(ErrorCode::kInvalidAcl);
  const Znode* parent = state.find(*parent_path);
  if (!parent) return refuse(ErrorCode::kNoNode);
  if (!caller.may(state, *parent, wire::kPermCreate)) return refuse(ErrorCode::kNoAuth);

  // The number is the parent's count of creates, signed (facts 1.7).
  const Bytes path =
      is_sequential(mode) ? Bytes(fmt::format("{}{:010d}", create.path.view(), parent->stat.cversion)) : create.path;
  if (const ErrorCode code = validate_path(path); code != ErrorCode::kOk) return refuse(code);
  if (state.find(path)) return refuse(ErrorCode::kNodeExists);
  if (owned_by_session(parent->stat.ephemeral_owner)) return refuse(ErrorCode::kNoChildrenForEphemerals);
  const auto bytes = static_cast<int64_t>(create.data.size());
  if (const ErrorCode code = caller.quota(state, path, bytes, 1); code != ErrorCode::kOk) return refuse(code);
  const auto cversion = static_cast<int32_t>(static_cast<uint32_t>(parent->stat.cversion) + 1);
  if (type == OpCode::kCreateContainer)  // whatever its mode says
    return wire::CreateContainerTxn{path, create.data, std::move(*acl), cversion};
  if (type == OpCode::kCreateTtl) return wire::CreateTtlTxn{path, create.data, std::move(*acl), cversion, create.ttl};
  return wire::CreateTxn{path, create.data, std::move(*acl), is_ephemeral(mode), cversion};
}

std::optional<wire::CreateTtlRequest> decode_create(OpCode type, const Bytes& body) {
  if (type == OpCode::kCreateTtl) {
    const auto request = wire::decode<wire::CreateTtlRequest>(body);
    return request ? std::optional(*request) : std::nullopt;
  }
  const auto request = wire::decode<wire::CreateRequest>(body);
  if (!request) return std::nullopt;
  return wire::CreateTtlRequest{request->path, request->data, request->acl, request->flags, -1};
}

Outcome prepare_delete(const State& state, const wire::DeleteRequest& request, const Caller& caller) {
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  if (request.path.is_null()) return refuse(ErrorCode::kMarshallingError);
  const auto parent_path = cut_parent(request.path.view());
  if (!parent_path || is_fixture(request.path.view())) return refuse(ErrorCode::kBadArguments);
  const Znode* parent = state.find(*parent_path);
  if (!parent) return refuse(ErrorCode::kNoNode);
  if (!caller.may(state, *parent, wire::kPermDelete)) return refuse(ErrorCode::kNoAuth);
  const Znode* node = state.find(request.path);
  if (!node) return refuse(ErrorCode::kNoNode);
  if (const auto version = next_version(node->stat.version, request.version); !version) return refuse(version.error());
  if (!node->children.empty()) return refuse(ErrorCode::kNotEmpty);
  return wire::DeleteTxn{request.path};
}

// The leader asks for it, in nobody's session and with nobody's permission, when a container has lost its last child or
// a time to live is over; what has changed since is seen here. Anything that is not ephemeral may go this way.
Outcome prepare_delete_container(const State& state, const wire::PathRequest& request, const Caller& caller) {
  if (caller.refused != ErrorCode::kOk) return refuse(caller.refused);
  if (request.path.is_null()) return refuse(ErrorCode::kMarshallingError);
  if (!cut_parent(request.path.view()) || is_fixture(request.path.view())) return refuse(ErrorCode::kBadArguments);
  const Znode* node = state.find(request.path);
  if (!node) return refuse(ErrorCode::kNoNode);
  if (!node->children.empty()) return refuse(ErrorCode::kNotEmpty);
  if (owned_by_session(node->stat.ephemeral_owner)) return refuse(ErrorCode::kBadVersion);
  return wire::DeleteTxn{request.path};
}

Outcome prepare_set_data(const State& state, const wire::SetDataRequest& request, const Caller& caller) {
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  if (const ErrorCode code = validate_path(request.path); code != ErrorCode::kOk) return refuse(code);
  const Znode* node = state.find(request.path);
  if (!node) return refuse(ErrorCode::kNoNode);
  if (!caller.may(state, *node, wire::kPermWrite)) return refuse(ErrorCode::kNoAuth);
  const auto more = static_cast<int64_t>(request.data.size()) - static_cast<int64_t>(node->data.size());
  if (const ErrorCode code = caller.quota(state, request.path, more, 0); code != ErrorCode::kOk) return refuse(code);
  const auto version = next_version(node->stat.version, request.version);
  if (!version) return refuse(version.error());
  return wire::SetDataTxn{request.path, request.data, *version};
}

Outcome prepare_set_acl(const State& state, const wire::SetAclRequest& request, const Caller& caller) {
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  if (const ErrorCode code = validate_path(request.path); code != ErrorCode::kOk) return refuse(code);
  auto acl = fix_acl(request.acl, caller.request.identities);
  if (!acl) return refuse(ErrorCode::kInvalidAcl);
  const Znode* node = state.find(request.path);
  if (!node) return refuse(ErrorCode::kNoNode);
  if (!caller.may(state, *node, wire::kPermAdmin)) return refuse(ErrorCode::kNoAuth);
  const auto version = next_version(node->stat.aversion, request.version);
  if (!version) return refuse(version.error());
  return wire::SetAclTxn{request.path, std::move(*acl), *version};
}

Outcome prepare_check(const State& state, const wire::CheckRequest& request, const Caller& caller) {
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  if (const ErrorCode code = validate_path(request.path); code != ErrorCode::kOk) return refuse(code);
  const Znode* node = state.find(request.path);
  if (!node) return refuse(ErrorCode::kNoNode);
  if (!caller.may(state, *node, wire::kPermRead)) return refuse(ErrorCode::kNoAuth);
  const auto version = next_version(node->stat.version, request.version);
  if (!version) return refuse(version.error());
  return wire::CheckVersionTxn{request.path, *version};
}

template <class Record>
using Rule = Outcome (*)(const State&, const Record&, const Caller&);

template <class Record>
Outcome decode_and(Rule<Record> rule, const State& state, const Bytes& body, const Caller& caller) {
  const auto record = wire::decode<Record>(body);
  return record ? rule(state, *record, caller) : Outcome(refuse(ErrorCode::kMarshallingError));
}

// One operation, alone or inside a multi.
Outcome prepare_operation(const State& state, OpCode type, const Bytes& body, const Caller& caller) {
  switch (type) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl: {
      const auto create = decode_create(type, body);
      return create ? prepare_create(state, type, *create, caller) : Outcome(refuse(ErrorCode::kMarshallingError));
    }
    case OpCode::kDelete: return decode_and<wire::DeleteRequest>(prepare_delete, state, body, caller);
    case OpCode::kSetData: return decode_and<wire::SetDataRequest>(prepare_set_data, state, body, caller);
    case OpCode::kCheck: return decode_and<wire::CheckRequest>(prepare_check, state, body, caller);
    default: return refuse(ErrorCode::kUnimplemented);
  }
}

// An operation of a multi as upstream takes it apart: the mode decides what kind of create it is, and a time to live
// stands in createTTL alone. nullopt: what it cannot decode, or finds only half way through, refuses the multi as a
// whole.
std::optional<wire::MultiOp> operation_of(const wire::MultiOp& op) {
  if (op.type == OpCode::kGetData || op.type == OpCode::kGetChildren) return std::nullopt;
  const bool timed = op.type == OpCode::kCreateTtl;
  if (!timed && op.type != OpCode::kCreate && op.type != OpCode::kCreate2 && op.type != OpCode::kCreateContainer)
    return op;
  const auto create = decode_create(op.type, op.body);
  if (!create) return std::nullopt;
  const wire::CreateMode mode{create->flags};
  if (timed && has_ttl(mode)) return op;
  if (!timed && (!is_mode(create->flags) || has_ttl(mode))) return std::nullopt;
  wire::MultiOp plain = op;
  if (timed)
    plain = {OpCode::kCreate,
             wire::encode(wire::CreateRequest{create->path, create->data, create->acl, create->flags})};
  if (mode == wire::CreateMode::kContainer) plain.type = OpCode::kCreateContainer;
  return plain;
}

std::optional<std::vector<wire::MultiOp>> operations_of(const Bytes& body) {
  auto ops = wire::decode_multi_request(body);
  if (!ops) return std::nullopt;
  for (wire::MultiOp& op : *ops) {
    auto taken = operation_of(op);
    if (!taken) return std::nullopt;
    op = std::move(*taken);
  }
  return *std::move(ops);
}

wire::SubTxn sub_txn(OpCode type, const TxnBody& body) { return {type, wire::encode_txn_body(body)}; }

// A failed multi is logged as errors only: 0 before the operation that failed, its code, -2 behind it (facts 1.7).
wire::MultiTxn failed_multi(size_t operations, size_t at, ErrorCode code) {
  wire::MultiTxn txn;
  for (size_t i = 0; i < operations; ++i) {
    const ErrorCode each = i < at ? ErrorCode::kOk : i == at ? code : ErrorCode::kRuntimeInconsistency;
    txn.txns.push_back(sub_txn(OpCode::kError, wire::ErrorTxn{each}));
  }
  return txn;
}

// Later operations see what earlier ones did: each is applied to a copy, which a failure just drops (1624).
Outcome prepare_multi(const State& state, const wire::TxnHeader& header, const Bytes& body, const Caller& caller) {
  const auto ops = operations_of(body);
  if (!ops) return refuse(ErrorCode::kMarshallingError);
  if (const ErrorCode code = caller.session(state); code != ErrorCode::kOk) return refuse(code);
  State scratch = state;
  wire::MultiTxn txn;
  for (size_t i = 0; i < ops->size(); ++i) {
    const wire::MultiOp& op = (*ops)[i];
    auto outcome = prepare_operation(scratch, op.type, op.body, caller);
    if (!outcome) {
      if (outcome.error() == ErrorCode::kMarshallingError) return refuse(ErrorCode::kMarshallingError);
      return failed_multi(ops->size(), i, outcome.error());
    }
    txn.txns.push_back(sub_txn(op.type, *outcome));
    wire::Txn step{header, std::move(*outcome), std::nullopt};
    step.header.type = op.type;
    apply(scratch, step);
  }
  return txn;
}

// Expiry closes sessions that others own: neither session nor owner is asked for.
Outcome prepare_close_session(const State& state, const Caller& caller) {
  if (caller.refused != ErrorCode::kOk) return refuse(caller.refused);
  wire::CloseSessionTxn txn;
  txn.has_paths = caller.options.close_session_txn_paths;
  const PersistentSet<Bytes>* paths = state.ephemerals.find(caller.request.session);
  if (paths && txn.has_paths) txn.paths.assign(paths->begin(), paths->end());
  return txn;
}

Outcome prepare_create_session(const Caller& caller) {
  const auto timeout = wire::decode<wire::CreateSessionTxn>(caller.request.body);
  if (!timeout) return refuse(ErrorCode::kMarshallingError);
  if (caller.refused != ErrorCode::kOk) return refuse(caller.refused);
  return *timeout;
}

Outcome prepare_error(const Caller& caller) {
  if (caller.refused != ErrorCode::kOk) return refuse(caller.refused);
  return refuse(
      wire::decode<wire::ErrorTxn>(caller.request.body).value_or(wire::ErrorTxn{ErrorCode::kMarshallingError}).err);
}

Outcome prepare_body(const State& state, const wire::TxnHeader& header, const Caller& caller) {
  const Bytes& body = caller.request.body;
  switch (caller.request.type) {
    case OpCode::kDeleteContainer: return decode_and<wire::PathRequest>(prepare_delete_container, state, body, caller);
    case OpCode::kSetAcl: return decode_and<wire::SetAclRequest>(prepare_set_acl, state, body, caller);
    case OpCode::kMulti: return prepare_multi(state, header, body, caller);
    case OpCode::kCreateSession: return prepare_create_session(caller);
    case OpCode::kCloseSession: return prepare_close_session(state, caller);
    case OpCode::kError: return prepare_error(caller);
    case OpCode::kReconfig: return refuse(ErrorCode::kReconfigDisabled);  // reconfigEnabled is not there yet
    case OpCode::kCheck:
      return refuse(ErrorCode::kUnimplemented);  // 2623: outside a multi it would corrupt upstream's logs
    default: return prepare_operation(state, caller.request.type, body, caller);
  }
}
}  // namespace

Prepared prepare(State& after, const Request& request, Zxid zxid, int64_t wall_ms, const PrepareOptions& options,
                 ErrorCode refused) {
  Prepared prepared;
  wire::Txn& txn = prepared.txn;
  txn.header = {request.session, request.cxid, zxid, wall_ms, request.type};
  Outcome outcome = prepare_body(after, txn.header, Caller{request, options, refused});
  if (outcome) {
    txn.body = std::move(*outcome);
  } else {
    txn.header.type = OpCode::kError;
    txn.body = wire::ErrorTxn{outcome.error()};
  }
  prepared.effects = apply(after, txn);
  if (options.digest && outcome) txn.digest = wire::TxnDigest{wire::kDigestVersion, after.tree_digest};
  return prepared;
}

}  // namespace vivarium::tree

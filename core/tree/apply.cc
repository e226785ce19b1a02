#include "core/tree/apply.h"

#include <utility>

#include "core/base/mutant.h"
#include "core/tree/quota.h"

namespace vivarium::tree {

namespace {
using wire::ErrorCode;
using wire::OpCode;

// One transaction being applied: a multi's sub-transactions share header and changes, each has its own result.
struct Application {
  State& state;
  const wire::TxnHeader& header;
  std::vector<Change>& changes;
};
struct Result {
  ErrorCode error = ErrorCode::kOk;
  Bytes path;
  wire::Stat stat;
};

std::string_view parent_view(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return path.substr(0, slash == 0 ? 1 : slash);
}

wire::AclList listed(const State& state, const Znode& node) {
  const wire::AclList* list = state.acl_list(node);
  return list ? *list : wire::AclList{};
}

// Changes the node at path and keeps the sums exact; nullptr when there is none.
template <class F>
const Znode* update(State& state, std::string_view path, F change) {
  Cow<Znode>* slot = state.nodes.mutate(path);
  if (!slot) return nullptr;
  Znode& node = slot->mut();
  state.tree_digest -= node.digest;
  state.data_bytes -= bytes_of(path, node);
  change(node);
  node.digest = node_digest(path, node);
  state.tree_digest += node.digest;
  state.data_bytes += bytes_of(path, node);
  return &node;
}

// Whether `next` comes after `now`, both counting creates: they wrap around (facts 1.7), so it is the distance that
// tells.
bool counts_further(int32_t next, int32_t now) {
  return static_cast<int32_t>(static_cast<uint32_t>(next) - static_cast<uint32_t>(now)) > 0;
}

// What a create does to the parent's counters: forward only, a replay may come late (3249).
void count_create(Znode& parent, int32_t cversion, Zxid zxid) {
  if (cversion == -1)
    cversion = static_cast<int32_t>(static_cast<uint32_t>(parent.stat.cversion) + 1);  // a log of old: compute
  if (!counts_further(cversion, parent.stat.cversion)) return;
  parent.stat.cversion = cversion;
  parent.stat.pzxid = zxid;
}

void remember_owner(State& state, const Bytes& path, int64_t owner) {
  if (expires(owner)) state.expiring.insert(path);
  if (owned_by_session(owner)) state.ephemerals.upsert(SessionId{owner}).insert(path);
}
void forget_owner(State& state, const Bytes& path, int64_t owner) {
  if (expires(owner)) state.expiring.erase(path);
  if (!owned_by_session(owner)) return;
  PersistentSet<Bytes>* paths = state.ephemerals.mutate(SessionId{owner});
  if (!paths) return;
  paths->erase(path);
  if (paths->empty()) state.ephemerals.erase(SessionId{owner});
}

struct NewNode {
  const Bytes& path;
  const Bytes& data;
  const wire::AclList& acl;
  int64_t owner;
  int32_t parent_cversion;
};

void remove_node(State& state, const Bytes& path, const Znode& node) {
  state.tree_digest -= node.digest;
  state.data_bytes -= bytes_of(path.view(), node);
  forget_owner(state, path, node.stat.ephemeral_owner);
  release_acl(state, node.acl);
  state.nodes.erase(path);
  count_in_quota(state, path.view(), -static_cast<int64_t>(node.data.size()), -1);
}

// Only a replay over a fuzzy snapshot removes a node that has children. They were made later, so their creates follow;
// left behind they would be nodes of no parent.
void remove_below(State& state, const Bytes& path, const Znode& node) {
  if (node.children.empty()) return;
  const std::string prefix = path.str() + "/";
  for (;;) {
    const auto at = state.nodes.lower_bound(prefix);
    if (at == state.nodes.end() || !at->first.view().starts_with(prefix)) return;
    const auto [child, gone] = *at;
    remove_node(state, child, *gone);
  }
}

// A create that was applied before (facts 3.3): the node may hold what later transactions wrote, or replayed ones that
// meant an earlier node of this path. It begins anew, as do its children: all that happened to them comes again.
bool remove_for_replay(State& state, const Bytes& path) {
  const Cow<Znode>* found = state.nodes.find(path);
  if (!found) return false;
  const Cow<Znode> node = *found;
  remove_below(state, path, *node);
  remove_node(state, path, *node);
  return true;
}

Result create_node(Application& at, const NewNode& create) {
  const std::string_view parent_path = parent_view(create.path.view());
  if (create.path.size() < 2 || parent_path.empty() || !at.state.find(parent_path))
    return {ErrorCode::kNoNode, create.path, {}};
  const bool again = remove_for_replay(at.state, create.path);
  const Bytes path = create.path.compact();
  Znode node;
  node.data = create.data.compact();
  node.acl = intern_acl(at.state, create.acl);
  node.stat.czxid = node.stat.mzxid = node.stat.pzxid = at.header.zxid;
  node.stat.ctime_ms = node.stat.mtime_ms = at.header.time_ms;
  node.stat.ephemeral_owner = create.owner;
  node.digest = node_digest(path, node);
  at.state.tree_digest += node.digest;
  at.state.data_bytes += bytes_of(path.view(), node);
  Change change{ChangeKind::kCreated, path, listed(at.state, node), listed(at.state, *at.state.find(parent_path))};
  const wire::Stat stat = at.state.stat_of(node);
  update(at.state, parent_path, [&](Znode& above) {
    count_create(above, create.parent_cversion, at.header.zxid);
    above.children.insert(path.from(parent_path.size() == 1 ? 1 : parent_path.size() + 1));
  });
  at.state.nodes.set(path, Cow<Znode>(std::move(node)));
  remember_owner(at.state, path, create.owner);
  begin_quota(at.state, path.view());
  count_in_quota(at.state, path.view(), static_cast<int64_t>(create.data.size()), 1);
  if (again) return {ErrorCode::kNodeExists, path, stat};
  at.changes.push_back(std::move(change));
  return {ErrorCode::kOk, path, stat};
}

Result delete_node(Application& at, const Bytes& path) {
  const std::string_view parent_path = parent_view(path.view());
  const size_t name_at = parent_path.size() == 1 ? 1 : parent_path.size() + 1;
  const Znode* parent =
      parent_path.empty() || path.size() < 2 ? nullptr : update(at.state, parent_path, [&](Znode& above) {
        above.children.erase(path.view().substr(name_at));
        if (at.header.zxid > above.stat.pzxid) above.stat.pzxid = at.header.zxid;  // 3125: forward only
      });
  const Cow<Znode>* found = parent ? at.state.nodes.find(path) : nullptr;
  if (!found) return {ErrorCode::kNoNode, path, {}};
  const Cow<Znode> node = *found;
  at.changes.push_back({ChangeKind::kDeleted, path, listed(at.state, *node), listed(at.state, *parent)});
  remove_below(at.state, path, *node);
  remove_node(at.state, path, *node);
  return {ErrorCode::kOk, path, {}};
}

Result set_data(Application& at, const wire::SetDataTxn& txn) {
  if (at.header.type == OpCode::kReconfig) install_config(at.state, txn.data);
  int64_t bytes_more = static_cast<int64_t>(txn.data.size());
  const Znode* node = update(at.state, txn.path.view(), [&](Znode& changed) {
    bytes_more -= static_cast<int64_t>(changed.data.size());
    changed.data = txn.data.compact();
    changed.stat.version = txn.version;
    changed.stat.mzxid = at.header.zxid;
    changed.stat.mtime_ms = at.header.time_ms;
  });
  if (!node) return {ErrorCode::kNoNode, txn.path, {}};
  at.changes.push_back({ChangeKind::kDataChanged, txn.path, listed(at.state, *node), {}});
  Result result{ErrorCode::kOk, txn.path, at.state.stat_of(*node)};
  count_in_quota(at.state, txn.path.view(), bytes_more, 0);
  return result;
}

Result set_acl(Application& at, const wire::SetAclTxn& txn) {
  if (!at.state.nodes.contains(txn.path)) return {ErrorCode::kNoNode, txn.path, {}};
  const int64_t acl = intern_acl(at.state, txn.acl);
  const Znode* node = update(at.state, txn.path.view(), [&](Znode& changed) {
    release_acl(at.state, std::exchange(changed.acl, acl));
    changed.stat.aversion = txn.version;
  });
  at.changes.push_back({ChangeKind::kAclChanged, txn.path, listed(at.state, *node), {}});
  return {ErrorCode::kOk, txn.path, at.state.stat_of(*node)};
}

// The paths of the transaction, not those found here (3145); then what is left of the session, which should be nothing.
void close_session(Application& at, const wire::CloseSessionTxn& txn) {
  const SessionId session = at.header.session;
  if (mutant(Mutant::kEphemeralsKept)) {
    at.state.sessions.erase(session);
    return;
  }
  for (const Bytes& path : txn.paths) delete_node(at, path);
  if (const PersistentSet<Bytes>* found = at.state.ephemerals.find(session)) {
    const PersistentSet<Bytes> left = *found;
    for (const Bytes& path : left) delete_node(at, path);
  }
  at.state.sessions.erase(session);
}

Result run(Application&, const wire::ErrorTxn& txn) { return {txn.err, {}, {}}; }
Result run(Application& at, const wire::CreateTxn& txn) {
  return create_node(at,
                     {txn.path, txn.data, txn.acl, txn.ephemeral ? at.header.session.value : 0, txn.parent_cversion});
}
Result run(Application& at, const wire::CreateContainerTxn& txn) {
  return create_node(at, {txn.path, txn.data, txn.acl, kContainerOwner, txn.parent_cversion});
}
Result run(Application& at, const wire::CreateTtlTxn& txn) {
  return create_node(at, {txn.path, txn.data, txn.acl, ttl_owner(txn.ttl), txn.parent_cversion});
}
Result run(Application& at, const wire::DeleteTxn& txn) { return delete_node(at, txn.path); }
Result run(Application& at, const wire::SetDataTxn& txn) { return set_data(at, txn); }
Result run(Application& at, const wire::SetAclTxn& txn) { return set_acl(at, txn); }
Result run(Application&, const wire::CheckVersionTxn& txn) { return {ErrorCode::kOk, txn.path, {}}; }
Result run(Application& at, const wire::CreateSessionTxn& txn) {
  at.state.sessions.set(at.header.session, txn.timeout_ms);
  return {};
}
Result run(Application& at, const wire::CloseSessionTxn& txn) {
  close_session(at, txn);
  return {};
}
Result run(Application&, const wire::MultiTxn&) { CHECK(false, "a multi inside a multi"); }

bool creates(OpCode type) {
  return type == OpCode::kCreate || type == OpCode::kCreate2 || type == OpCode::kCreateContainer ||
         type == OpCode::kCreateTtl;
}

// A multi with an error among its sub-transactions did nothing: upstream leaves those before it in place and means 0,
// and -2 behind it.
std::vector<wire::MultiResult> failed_multi(const std::vector<wire::SubTxn>& subs) {
  std::vector<wire::MultiResult> results;
  bool failed = false;
  for (const wire::SubTxn& sub : subs) {
    ErrorCode code = failed ? ErrorCode::kRuntimeInconsistency : ErrorCode::kOk;
    if (sub.type == OpCode::kError) {
      code = wire::decode<wire::ErrorTxn>(sub.data).value_or(wire::ErrorTxn{ErrorCode::kMarshallingError}).err;
      failed = true;
    }
    wire::MultiResult& result = results.emplace_back();
    result.type = OpCode::kError;
    result.err = code;
  }
  return results;
}

// All or nothing: a sub-transaction that cannot be read leaves the state alone.
ErrorCode run_multi(Application& at, const wire::MultiTxn& txn, std::vector<wire::MultiResult>& results) {
  std::vector<wire::TxnBody> bodies;
  for (const wire::SubTxn& sub : txn.txns) {
    if (sub.type == OpCode::kError) {
      results = failed_multi(txn.txns);
      return ErrorCode::kOk;
    }
    auto body = wire::decode_txn_body(sub.type, sub.data);
    if (!body || std::holds_alternative<wire::MultiTxn>(*body)) return ErrorCode::kMarshallingError;
    bodies.push_back(std::move(*body));
  }
  for (size_t i = 0; i < bodies.size(); ++i) {
    Result done = std::visit([&](const auto& body) { return run(at, body); }, bodies[i]);
    wire::MultiResult& result = results.emplace_back();
    result.type = txn.txns[i].type;
    result.err = done.error;
    result.path = std::move(done.path);
    result.stat = done.stat;
  }
  return ErrorCode::kOk;
}
}  // namespace

Effects apply(State& state, const wire::Txn& txn) {
  Effects effects;
  Application at{state, txn.header, effects.changes};
  if (const auto* multi = std::get_if<wire::MultiTxn>(&txn.body)) {
    effects.error = run_multi(at, *multi, effects.multi);
  } else {
    Result result = std::visit([&](const auto& body) { return run(at, body); }, txn.body);
    effects.error = result.error;
    effects.stat = result.stat;
    if (creates(txn.header.type)) effects.created_path = std::move(result.path);
  }
  state.zxid = txn.header.zxid;
  if (txn.digest && txn.digest->version == wire::kDigestVersion && txn.digest->tree_digest != state.tree_digest) {
    effects.digest_mismatch = state.tree_digest;
  }
  return effects;
}

}  // namespace vivarium::tree

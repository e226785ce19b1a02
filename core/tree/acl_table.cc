// The ACL lists of a State, each once (facts 1.8). A list lives as long as a node uses it.
#include "core/tree/state.h"

namespace vivarium::tree {

namespace {
bool open_to_all(const wire::AclList& acl) {
  return acl.size() == 1 && acl[0].perms == wire::kPermAll && acl[0].id.scheme.view() == "world" &&
         acl[0].id.id.view() == "anyone";
}

// Lists are kept for long: they must not pin the request that brought them.
wire::AclList compact(wire::AclList acl) {
  for (wire::Acl& entry : acl) {
    entry.id.scheme = entry.id.scheme.compact();
    entry.id.id = entry.id.id.compact();
  }
  return acl;
}

// The index of acl, 0 when it is not in the table.
int64_t index_of(const State& state, const wire::AclList& acl, uint64_t hash) {
  for (auto at = state.acl_lookup.lower_bound(std::pair(hash, int64_t{0}));
       at != state.acl_lookup.end() && at->first == hash; ++at) {
    if (*state.acls.find(at->second) == acl) return at->second;
  }
  return 0;
}
}  // namespace

void adopt_acl(State& state, int64_t index, const wire::AclList& acl) {
  const uint64_t hash = hash_of(acl);
  if (acl.empty() || open_to_all(acl) || index <= 0 || state.acls.contains(index) || index_of(state, acl, hash) != 0)
    return;
  state.acls.set(index, compact(acl));
  state.acl_lookup.insert({hash, index});
  state.next_acl = state.acls.back()->first + 1;
}

int64_t intern_acl(State& state, const wire::AclList& acl) {
  // Upstream gives an explicit world:anyone list an index like any other; to clients and in snapshots -1 means the
  // same.
  if (acl.empty() || open_to_all(acl)) return -1;
  int64_t index = index_of(state, acl, hash_of(acl));
  if (index == 0) {
    index = state.next_acl;
    adopt_acl(state, index, acl);
  }
  ++state.acl_uses.upsert(index);
  return index;
}

void release_acl(State& state, int64_t index) {
  if (index == -1) return;
  int64_t* uses = state.acl_uses.mutate(index);
  CHECK(uses && *uses > 0, "ACL {} is not in use", index);
  if (--*uses > 0) return;
  state.acl_uses.erase(index);
  state.acl_lookup.erase(std::pair(hash_of(*state.acls.find(index)), index));
  state.acls.erase(index);
  state.next_acl = state.acls.empty() ? 1 : state.acls.back()->first + 1;
}

}  // namespace vivarium::tree

// State: everything that is true at one zxid: znodes, sessions, ephemerals, ACL table, configuration, digest.
// It is persistent: copying it copies roots; apply() (apply.h) is the only mutator.
#pragma once

#include <optional>

#include "core/base/cow.h"
#include "core/base/persistent_map.h"
#include "core/wire/transactions.h"

namespace vivarium::tree {

// StatPersisted of facts 3.3: what is stored; Stat is what clients see (visible cversion = 2 * stored - children).
struct NodeStat {
  Zxid czxid, mzxid;
  int64_t ctime_ms = 0, mtime_ms = 0;
  int64_t ephemeral_owner = 0;
  Zxid pzxid;
  int32_t version = 0, cversion = 0, aversion = 0;
  bool operator==(const NodeStat&) const = default;
  VIV_VISIT(VIV_FIELD(czxid), VIV_FIELD(mzxid), VIV_FIELD(ctime_ms), VIV_FIELD(mtime_ms), VIV_FIELD(version),
            VIV_FIELD(cversion), VIV_FIELD(aversion), VIV_FIELD(ephemeral_owner), VIV_FIELD(pzxid))
};

struct Znode {
  Bytes data;
  int64_t acl = -1;                     // index into State::acls; -1 = world:anyone all
  PersistentSet<Bytes> children;        // names, ascending
  [[no_unique_address]] NodeStat stat;  // the digest stands in its padding
  uint32_t digest = 0;                  // this node's contribution to tree_digest, 0 below /zookeeper/
  bool operator==(const Znode&) const = default;
  VIV_VISIT(VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(stat), VIV_FIELD(children), VIV_FIELD(digest))
};
static_assert(sizeof(Znode) <=
              96);  // with the count of its Cow and malloc's word: 112 bytes, malloc's next step is 128

struct State {
  Zxid zxid;                                                  // the last transaction applied
  PersistentMap<Bytes, Cow<Znode>> nodes;                     // by full path; "/" is the root
  PersistentMap<SessionId, int32_t> sessions;                 // timeout in ms, as negotiated
  PersistentMap<SessionId, PersistentSet<Bytes>> ephemerals;  // paths; no entry for a session without
  PersistentMap<int64_t, wire::AclList> acls;  // deduplicated lists by index, from 1; each used by some node
  int64_t next_acl = 1;                        // highest index + 1
  int64_t tree_digest = 0;                     // upstream's wrapping sum, DIGEST_VERSION 2 (facts 2.10)
  Bytes config = Bytes::empty_value();         // text of the ensemble's last-seen configuration; may be empty
  int64_t config_version = 0;
  // Derived from nodes and acls: the bytes of all paths and data (upstream's approximateDataSize); containers and nodes
  // with a time to live, which the leader looks through for what to delete; how many nodes use a list, and where to
  // find one by (hash, index).
  int64_t data_bytes = 0;
  PersistentSet<Bytes> expiring;
  PersistentMap<int64_t, int64_t> acl_uses;
  PersistentSet<std::pair<uint64_t, int64_t>> acl_lookup;

  // Upstream's fresh tree: "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config" (facts 2.10: digest 1371985504).
  static State fresh();

  // "" is the root too: upstream knows it under both names. nullptr when there is none.
  const Znode* find(std::string_view path) const;
  const Znode* find(const Bytes& path) const { return find(path.view()); }
  wire::Stat stat_of(const Znode& node) const;  // as clients see it
  wire::AclList acl_of(const Znode& node) const;
  const wire::AclList* acl_list(const Znode& node) const;  // the same without a copy; nullptr = open to all
  bool operator==(const State&) const = default;
  VIV_VISIT(VIV_FIELD(zxid), VIV_FIELD(nodes), VIV_FIELD(sessions), VIV_FIELD(ephemerals), VIV_FIELD(acls),
            VIV_FIELD(next_acl), VIV_FIELD(tree_digest), VIV_FIELD(config), VIV_FIELD(config_version),
            v.unhashed("data_bytes", self.data_bytes), v.unhashed("expiring", self.expiring),
            v.unhashed("acl_uses", self.acl_uses), v.unhashed("acl_lookup", self.acl_lookup))
};

// For whoever builds a State from a snapshot: put zxid, sessions, acls and nodes (each with data, acl and stat) into an
// empty State, then call this once. It computes the rest: children, ephemerals, digests, quota statistics, and the ACL
// table (unused lists go; a node whose list is missing, as a fuzzy snapshot may have it, is closed to all until its
// create or setACL is replayed). The configuration is read from /zookeeper/config. False when a node has no parent or
// there is no root: then it is no tree.
bool finish_loading(State& state);

// Sets the ensemble's configuration without a transaction (a server's start, NEWLEADER) and /zookeeper/config with it,
// which is made where an old snapshot has none; its version is -1 from then on, as upstream writes it. config_version
// is the text's line version=<hex>, 0 without one, and the node's mzxid.
void install_config(State& state, const Bytes& text);

uint32_t node_digest(std::string_view path, const Znode& node);
inline uint32_t node_digest(const Bytes& path, const Znode& node) { return node_digest(path.view(), node); }

// What a node counts for in State::data_bytes.
inline int64_t bytes_of(std::string_view path, const Znode& node) {
  return static_cast<int64_t>(path.size() + node.data.size());
}

// Ephemeral owners that are no session (facts 1.7): both show as 0 to clients.
inline constexpr int64_t kContainerOwner = INT64_MIN;
inline constexpr int64_t kTtlMsMax = (int64_t{1} << 40) - 1;  // some 34 years
int64_t ttl_owner(int64_t ttl_ms);
std::optional<int64_t> ttl_of(int64_t ephemeral_owner);  // nothing where it is no such owner
bool owned_by_session(int64_t ephemeral_owner);
bool expires(int64_t ephemeral_owner);  // a container, or a node with a time to live

// The index of acl in the state's table (-1: open to all), one more use of it; and one less.
int64_t intern_acl(State& state, const wire::AclList& acl);
void release_acl(State& state, int64_t index);
// Puts acl into the table under this very index, in no use yet; nothing happens where the index or the list is there
// already.
void adopt_acl(State& state, int64_t index, const wire::AclList& acl);

}  // namespace vivarium::tree

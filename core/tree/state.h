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
  int32_t version = 0, cversion = 0, aversion = 0;
  int64_t ephemeral_owner = 0;
  Zxid pzxid;
  bool operator==(const NodeStat&) const = default;
  VIV_VISIT(VIV_FIELD(czxid), VIV_FIELD(mzxid), VIV_FIELD(ctime_ms), VIV_FIELD(mtime_ms), VIV_FIELD(version), VIV_FIELD(cversion), VIV_FIELD(aversion),
            VIV_FIELD(ephemeral_owner), VIV_FIELD(pzxid))
};

struct Znode {
  Bytes data;
  int64_t acl = -1;  // index into State::acls; -1 = world:anyone all
  NodeStat stat;
  PersistentSet<Bytes> children;  // names, ascending
  uint32_t digest = 0;            // this node's contribution to tree_digest, 0 below /zookeeper/
  bool operator==(const Znode&) const = default;
  VIV_VISIT(VIV_FIELD(data), VIV_FIELD(acl), VIV_FIELD(stat), VIV_FIELD(children), VIV_FIELD(digest))
};

struct State {
  Zxid zxid;                                               // the last transaction applied
  PersistentMap<Bytes, Cow<Znode>> nodes;                  // by full path; "/" is the root
  PersistentMap<SessionId, int32_t> sessions;              // timeout in ms, as negotiated
  PersistentMap<SessionId, PersistentSet<Bytes>> ephemerals;  // paths; no entry for a session without
  PersistentMap<int64_t, wire::AclList> acls;              // deduplicated lists by index, from 1
  int64_t next_acl = 1;
  int64_t tree_digest = 0;                                 // upstream's wrapping sum, DIGEST_VERSION 2 (facts 2.10)
  Bytes config = Bytes::empty_value();                     // text of the ensemble's last-seen configuration; may be empty
  int64_t config_version = 0;

  // Upstream's fresh tree: "/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config" (facts 2.10: digest 1371985504).
  static State fresh();

  const Znode* find(const Bytes& path) const;
  wire::Stat stat_of(const Znode& node) const;  // as clients see it
  wire::AclList acl_of(const Znode& node) const;
  bool operator==(const State&) const = default;
  VIV_VISIT(VIV_FIELD(zxid), VIV_FIELD(nodes), VIV_FIELD(sessions), VIV_FIELD(ephemerals), VIV_FIELD(acls), VIV_FIELD(next_acl), VIV_FIELD(tree_digest),
            VIV_FIELD(config), VIV_FIELD(config_version))
};

uint32_t node_digest(const Bytes& path, const Znode& node);

}  // namespace vivarium::tree

// apply(State, txn): the only mutator. Replay over a fuzzy snapshot is idempotent: create on an existing node (which
// begins anew) and delete of a missing one are tolerated, cversion and pzxid only move forward (facts 3.3; 3249, 3125).
#pragma once

#include <vector>

#include "core/tree/state.h"

namespace vivarium::tree {

// What a transaction did, in firing order (facts 1.5): what watches, quota and audit read.
enum class ChangeKind : uint8_t { kCreated, kDeleted, kDataChanged, kAclChanged };
struct Change {
  ChangeKind kind;
  Bytes path;
  wire::AclList
      acl_before;  // of the node, before a delete, after otherwise: who may be told (CVE-2024-23944); empty = everyone
  wire::AclList
      parent_acl;  // of a create and a delete: who may be told that the parent's children changed; empty = everyone
};

struct Effects {
  std::vector<Change> changes;
  // Of an ErrorTxn, or of a replay that upstream ignores (NodeExists, NoNode); ok for a multi, failed or not.
  wire::ErrorCode error{};
  std::vector<wire::MultiResult> multi;    // one per sub-operation of a multi
  Bytes created_path;                      // create, create2
  wire::Stat stat;                         // create2, setData, setACL: the Stat that the reply carries
  std::optional<int64_t> digest_mismatch;  // the digest that we computed, when the txn carried another one
};

// Applies txn to state in place (copy state first to keep the old one: that costs a few reference counts).
// state.zxid becomes txn.header.zxid. Session transactions change sessions and ephemerals.
Effects apply(State& state, const wire::Txn& txn);

}  // namespace vivarium::tree

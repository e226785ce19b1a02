#pragma once

#include <optional>
#include <string>
#include <vector>

#include "checker/zookeeper_tree.h"

namespace vivarium::checker::zookeeper {

// One graph of all the orders that must hold together:
//   zxid      each write before the write with the next zxid
//   real time a write that returned before another was called, before that one (writes are linearizable); a read that
//             returned before a write was called, before that write (nobody sees the future)
//   session   each operation of a session before its next
//   views     a reply after the transactions that it reflects, before the first that it does not
// A cycle is a contradiction; the shortest through some operation of it is the finding, with a sentence for each edge.
std::optional<Finding> find_cycle(const Tables& tables, const Tree& tree, bool strict_sync);

// Reads that, after a sync of their session, missed a write acknowledged before that sync was called. ZooKeeper does
// not promise otherwise when the leader is deposed meanwhile (ZOOKEEPER-1675), so these are told, not judged.
size_t stale_after_sync(const Tables& tables);

}  // namespace vivarium::checker::zookeeper

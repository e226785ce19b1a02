#pragma once

#include <optional>

#include "checker/zookeeper_tree.h"

namespace vivarium::checker::zookeeper {

// One-shot watches, as their sessions saw them: each event has a watch that was armed and not yet spent; its
// transaction is known or can be one that got lost, and is newer than what armed the watch; events come in the order of
// their zxids; the event stands before every reply that reflects its transaction, and none is missing by then.
std::optional<Finding> check_watches(const Tables& tables, const Tree& tree);

}  // namespace vivarium::checker::zookeeper

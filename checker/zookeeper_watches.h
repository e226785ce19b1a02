#pragma once

#include <optional>

#include "checker/zookeeper_tree.h"

namespace vivarium::checker::zookeeper {

// One-shot watches, as their sessions saw them: each event has a watch that was armed and not yet spent; its
// transaction is known or can be one that got lost, and is newer than what armed the watch; events come in the order of
// their zxids; the event stands before every reply that reflects its transaction, and none is missing by then.
// `recorded`: somebody wrote events down, so that one which is not there did not come.
std::optional<Finding> check_watches(const Tables& tables, const Tree& tree, bool recorded);
bool events_recorded(const History& history);

}  // namespace vivarium::checker::zookeeper

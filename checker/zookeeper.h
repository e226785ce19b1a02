#pragma once

#include "checker/check.h"
#include "checker/history.h"
#include "checker/verdict.h"

namespace vivarium::checker {

// ZooKeeper's own contract, judged over the whole tree at once.
Verdict check_zookeeper(const History& history, const Options& options);

}  // namespace vivarium::checker

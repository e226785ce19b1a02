#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "checker/history.h"
#include "checker/model.h"
#include "checker/verdict.h"

namespace vivarium::checker {

struct Options {
  ModelKind model = ModelKind::CasRegister;
  std::string initial;  // JSON of the object's value at the start; empty: null, 0, free. "any": unknown
  size_t memory_bytes = size_t{512} << 20;  // of history and search together
  int64_t time_limit_ms = 0;                // 0: none
  bool minimize = true;                     // false: only the answer and the key, no window
  bool strict_sync = false;  // model zookeeper: a read after a sync must see what was acknowledged before the sync
};

// Judges a history. Exact but for the budgets: Holds means that an order exists, Violated that none does.
Verdict check(const History& history, const Options& options);

}  // namespace vivarium::checker

#pragma once

#include <cstdint>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker::test {

// What a random history may look like.
struct RandomShape {
  uint32_t operations_most = 6;
  uint32_t unknown_most = 2;
  uint32_t processes = 4;
  uint32_t values = 3;
  bool versions = false;  // replies of registers carry versions that a plausible order would give
  bool zxids = false;
  bool unique = false;  // every write has its own value
  bool whole_reads = true;
  bool removes = true;
  uint32_t wrong_per_cent = 40;  // how often a result is made up instead of coming from an order
};

// A random small history: executed by one object in a random order within the intervals, then spoilt here and there, so
// that both verdicts are frequent.
History random_history(ModelKind model, const RandomShape& shape, uint64_t seed);

}  // namespace vivarium::checker::test

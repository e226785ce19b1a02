// Seeds spread over worker processes: each runs some of them and answers with one line a seed. A worker that dies is a
// finding, too, and another one goes on behind the seed that killed it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vivarium::cli {

struct SeedAnswer {
  uint64_t seed;
  bool died;         // the worker died on it; the line says how
  std::string line;  // without its end
};

// Who does the work in the child, and who hears of it in the parent.
class SeedWork {
 public:
  virtual ~SeedWork() = default;
  virtual std::string run(uint64_t seed) = 0;  // one line
  virtual void answered(const SeedAnswer& answer) = 0;
};

// All seeds have been answered when it returns; false: no process could be made.
bool run_workers(SeedWork& work, const std::vector<uint64_t>& seeds, int jobs);

}  // namespace vivarium::cli

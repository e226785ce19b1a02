// A run and the CPU time that it took: only here is a clock looked at, nothing below decides by it.
#pragma once

#include <ctime>

#include "sim/run.h"

namespace vivarium::cli {

inline sim::RunResult measured_run(const sim::Scenario& scenario, const sim::RunOptions& options,
                                   sim::World* world = nullptr) {
  const std::clock_t begin = std::clock();
  sim::RunResult result = sim::run(scenario, options, world);
  result.cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return result;
}

}  // namespace vivarium::cli

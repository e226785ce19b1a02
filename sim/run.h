// Run: one scenario with one seed, from boot to verdict. Faults and load for `duration`; then peace: everything is
// healed, within `settle` a leader must serve, all replicas converge to one digest and a write succeed; then the
// histories are judged.
#pragma once

#include <map>
#include <set>

#include "checker/check.h"
#include "sim/check.h"
#include "sim/scenario.h"

namespace vivarium::sim {

enum class Outcome : uint8_t { kPass, kViolation, kUndecided, kNoProgress, kNothingRan };
const char* outcome_name(Outcome outcome);  // "pass", "violation", "undecided", "no-progress", "nothing-ran"
int exit_code(Outcome outcome);             // 0, 1, 2, 3, 4

struct OperationCounts {
  uint64_t ok = 0, failed = 0, unknown = 0;
};

using FaultCounts = std::map<std::string, uint64_t>;  // by name: how often each struck

// Looks on after every step, and changes nothing.
class Onlooker {
 public:
  virtual ~Onlooker() = default;
  virtual void after_step(const World& world, const FaultCounts& faults) = 0;
};

struct RunOptions {
  uint64_t seed = 1;
  bool trace = false;  // keep all records
  bool check_history = true;
  bool invariants = true;
  int64_t check_time_limit_ms = 20'000;
  Onlooker* onlooker = nullptr;
};

struct RunResult {
  Outcome outcome = Outcome::kPass;
  uint64_t seed = 0, trace_hash = 0;
  uint64_t events = 0, messages = 0, split_reads = 0, elections = 0, committed = 0, watch_events = 0;
  std::map<std::string, OperationCounts> operations;  // by word: "read", "write", "cas", ...
  FaultCounts faults;
  std::map<std::string, uint64_t>
      coverage;                      // sync rows ("sync:equal"), notes ("note:..."), fault x phase ("kill x broadcast")
  std::vector<std::string> checked;  // what was checked, for the verdict
  std::vector<Violation> violations;
  std::string stuck;  // no-progress: who waits for whom, and whether the faults left them a chance
  std::string undecided;
  Time simulated;
  double cpu_seconds = 0;
  std::vector<std::pair<std::string, checker::History>> histories;  // by model name
  std::string window_text;                                          // of a history's violation
  uint64_t operation_count() const;
  std::string fingerprint() const;  // the check and the shape of what failed, no numbers
};

RunResult run(const Scenario& scenario, const RunOptions& options, World* world_out = nullptr);

// The World of a scenario, before its first event.
WorldConfig world_config(const Scenario& scenario, uint64_t seed);

}  // namespace vivarium::sim

// FaultInjector: does to a World what a scenario's faults say. Beside the World, driven by it: show it every step.
#pragma once

#include <map>

#include "sim/scenario.h"

namespace vivarium::sim {

inline constexpr uint32_t kFaultTag = 1;  // of World::schedule; a: index of the fault, b: what is due

class FaultInjector {
 public:
  FaultInjector(const Scenario& scenario, World& world);  // schedules the first of each
  // After every step of the world. Returns the number of faults that struck in this call.
  void after_step(World& world);
  // No more faults from here on; what is under way is ended by World::heal_everything.
  void stop() { stopped_ = true; }

  const std::map<std::string, uint64_t>& struck() const { return struck_; }       // by fault name
  const std::map<std::string, uint64_t>& coverage() const { return coverage_; }   // "fault x phase of the struck server"

 private:
  struct Active;
  std::vector<FaultSpec> specs_;
  std::map<std::string, uint64_t> struck_, coverage_;
  bool stopped_ = false;
};

}  // namespace vivarium::sim

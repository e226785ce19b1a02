// What a terminal shows of a run: a live line while it goes on, and its timeline when it is over.
#pragma once

#include <optional>

#include "sim/cli/live_line.h"
#include "sim/cli/timeline.h"
#include "sim/run.h"

namespace vivarium::cli {

class RunWatch : public sim::Onlooker {
 public:
  explicit RunWatch(const sim::Scenario& scenario);
  bool on() const { return line_.on(); }
  void after_step(const sim::World& world, const sim::FaultCounts& faults) override;
  void end() { line_.clear(); }
  std::string timeline(Time end) const;

 private:
  static constexpr int kStepsUnseen = 256;  // between two looks at the clock
  void look_at(const sim::World& world, sim::ProcessId p);
  void count_faults(const sim::World& world, const sim::FaultCounts& faults);
  void draw(const sim::World& world, const sim::FaultCounts& faults);

  Duration duration_;
  LiveLine line_;
  Timeline timeline_;
  std::string roles_;  // a character a server
  uint64_t operations_ = 0, struck_ = 0;
  int unseen_ = 0;
  Time drawn_at_;
  uint64_t drawn_operations_ = 0;
};

}  // namespace vivarium::cli

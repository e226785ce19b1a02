// NodeClock: what one machine believes the time to be. Its steady clock drifts and never steps; its wall clock also
// steps.
#pragma once

#include <cstdint>

#include "core/base/time.h"

namespace vivarium::sim {

class NodeClock {
 public:
  NodeClock() = default;
  // At world time `t` the steady clock shows `steady` and the wall clock `wall_ns` since 1970.
  NodeClock(Time t, Time steady, int64_t wall_ns) : anchor_(t), steady_(steady), wall_ns_(wall_ns) {}

  Now now(Time t) const {
    const int64_t passed = passed_since_anchor(t);
    return {Time{steady_.ns + passed}, (wall_ns_ + passed) / 1'000'000};
  }
  // The first world time at which the steady clock shows `steady` or more.
  Time when(Time steady) const;

  int64_t drift_ppb() const { return drift_ppb_; }
  void set_drift(Time t, int64_t ppb);
  void step_wall(Duration by) { wall_ns_ += by.ns; }

 private:
  int64_t passed_since_anchor(Time t) const {
    const int64_t passed = t.ns - anchor_.ns;
    return drift_ppb_ == 0 ? passed : passed + drifted(passed);
  }
  int64_t drifted(int64_t passed) const;

  Time anchor_;
  Time steady_;
  int64_t wall_ns_ = 0;
  int64_t drift_ppb_ = 0;
};

}  // namespace vivarium::sim

#include "sim/clock.h"

#include <algorithm>

#include "core/base/check.h"

namespace vivarium::sim {

namespace {
__extension__ using Wide = __int128;
constexpr int64_t kBillion = 1'000'000'000;
}  // namespace

int64_t NodeClock::drifted(int64_t passed) const {
  return static_cast<int64_t>(static_cast<Wide>(passed) * drift_ppb_ / kBillion);
}

Time NodeClock::when(Time steady) const {
  if (steady == Time::never()) return steady;
  const int64_t wanted = steady.ns - steady_.ns;
  if (drift_ppb_ == 0 || wanted <= 0) return {anchor_.ns + std::max<int64_t>(wanted, 0)};
  Time t{anchor_.ns + static_cast<int64_t>(static_cast<Wide>(wanted) * kBillion / (kBillion + drift_ppb_))};
  while (now(t).steady < steady) ++t.ns;  // the divisions round; at most a few nanoseconds
  while (t > anchor_ && now(Time{t.ns - 1}).steady >= steady) --t.ns;
  return t;
}

void NodeClock::set_drift(Time t, int64_t ppb) {
  CHECK(ppb > -kBillion && ppb < kBillion, "{} ppb", ppb);
  const int64_t passed = passed_since_anchor(t);
  anchor_ = t;
  steady_.ns += passed;
  wall_ns_ += passed;
  drift_ppb_ = ppb;
}

}  // namespace vivarium::sim

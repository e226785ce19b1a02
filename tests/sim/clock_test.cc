#include "sim/clock.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace vivarium::sim {
namespace {

TEST(NodeClock, DriftsAndSteps) {
  NodeClock clock(Time{}, Time{1'000}, 5'000'000'000);
  EXPECT_EQ(clock.now(Time{500}).steady, Time{1'500});
  clock.set_drift(Time{1'000}, 100'000'000);  // a tenth too fast
  EXPECT_EQ(clock.now(Time{2'000}).steady, Time{3'100});
  clock.set_drift(Time{2'000}, -100'000'000);
  EXPECT_EQ(clock.now(Time{3'000}).steady, Time{4'000});
  EXPECT_EQ(clock.now(Time{3'000}).wall_ms, 5'000);
  clock.step_wall(seconds(-2));
  EXPECT_EQ(clock.now(Time{3'000}).wall_ms, 3'000);
  EXPECT_EQ(clock.now(Time{3'000}).steady, Time{4'000});
}

TEST(NodeClock, WhenIsTheFirstMomentOfADeadline) {
  EXPECT_TRUE(rc::check([](uint32_t at, int32_t drift, uint32_t ahead) {
    NodeClock clock(Time{17}, Time{4'000}, 0);
    clock.set_drift(Time{at}, drift % 900'000'000);
    const Time deadline{4'000 + int64_t{at} + ahead};
    const Time t = clock.when(deadline);
    RC_ASSERT(clock.now(t).steady >= deadline);
    RC_ASSERT(t.ns <= int64_t{at} || clock.now(Time{t.ns - 1}).steady < deadline);
  }));
}

}  // namespace
}  // namespace vivarium::sim

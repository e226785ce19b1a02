#include "core/base/time.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace vivarium {
namespace {

static_assert(!std::is_constructible_v<Time, Duration> && !std::is_convertible_v<int64_t, Duration>);

TEST(Time, points_and_durations_add_up) {
  const Time t = Time{} + seconds(2) + milliseconds(500);
  EXPECT_EQ(t.ns, 2'500'000'000);
  EXPECT_EQ(t - Time{500'000'000}, seconds(2));
  EXPECT_EQ((seconds(3) - microseconds(1)).ms(), 2999);
  EXPECT_EQ(milliseconds(3) * 4 / 6, milliseconds(2));
  EXPECT_EQ(t - milliseconds(2500), Time{});
}

TEST(Time, never_is_later_than_any_deadline) {
  EXPECT_EQ(earlier(Time::never(), Time{5}), Time{5});
  EXPECT_EQ(earlier(Time{4}, Time{5}), Time{4});
  EXPECT_LT(Time{INT64_MAX - 1}, Time::never());
}

}  // namespace
}  // namespace vivarium

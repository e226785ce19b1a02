#include "core/base/backoff.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

TEST(Backoff, DoublesUpToTheMost) {
  constexpr Duration kFirst = milliseconds(10), kMost = milliseconds(70);
  const int64_t expected_ms[] = {10, 20, 40, 70, 70};
  for (int64_t times = 0; times < 5; ++times) EXPECT_EQ(doubled(kFirst, times, kMost).ms(), expected_ms[times]);
  EXPECT_EQ(doubled(kFirst, -1, kMost), kFirst);
  EXPECT_EQ(doubled(kFirst, INT64_MAX, kMost), kMost);
  EXPECT_EQ(doubled(kMost, 0, kFirst), kFirst);
}

}  // namespace
}  // namespace vivarium

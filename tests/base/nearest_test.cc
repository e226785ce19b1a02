#include "core/base/nearest.h"

#include <gtest/gtest.h>

#include <array>

namespace vivarium {
namespace {

TEST(Nearest, distance_counts_edits_and_no_case) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("tickTime", "ticktime"), 0U);
  EXPECT_EQ(edit_distance("tickTime", "tickTimes"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

TEST(Nearest, the_first_of_the_nearest_or_nothing) {
  constexpr std::array<std::string_view, 3> kWords = {"initLimit", "syncLimit", "dataDir"};
  EXPECT_EQ(nearest_of("synclimits", kWords), "syncLimit");
  EXPECT_EQ(nearest_of("dataDri", kWords), "dataDir");
  EXPECT_EQ(nearest_of("zebra", kWords), "");
  EXPECT_EQ(nearest_of("x", std::array<std::string_view, 2>{"b", "c"}), "b");
}

}  // namespace
}  // namespace vivarium

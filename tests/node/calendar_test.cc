#include "core/node/calendar.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

TEST(Calendar, prints_as_javas_date) {
  EXPECT_EQ(date_of(0), "Thu Jan 01 00:00:00 UTC 1970");
  EXPECT_EQ(date_of(-1), "Wed Dec 31 23:59:59 UTC 1969");
  EXPECT_EQ(date_of(951'782'400'000), "Tue Feb 29 00:00:00 UTC 2000");
  EXPECT_EQ(date_of(951'868'799'999), "Tue Feb 29 23:59:59 UTC 2000");
  EXPECT_EQ(date_of(1'709'251'199'000), "Thu Feb 29 23:59:59 UTC 2024");
  EXPECT_EQ(date_of(4'107'542'400'000), "Mon Mar 01 00:00:00 UTC 2100");  // no leap year
  EXPECT_EQ(date_of(1'795'342'360'000), "Sun Nov 22 10:12:40 UTC 2026");
}

TEST(Calendar, every_day_follows_the_one_before) {
  std::string before = date_of(-86'400'000);
  for (int64_t day = 0; day < 366 * 200; ++day) {
    const std::string today = date_of(day * 86'400'000);
    const int number = std::stoi(today.substr(8, 2)), previous = std::stoi(before.substr(8, 2));
    ASSERT_TRUE(number == previous + 1 || (number == 1 && previous >= 28)) << before << " -> " << today;
    before = today;
  }
}

}  // namespace
}  // namespace vivarium::node

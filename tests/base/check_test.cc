#include "core/base/check.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

TEST(CheckDeathTest, a_failed_check_prints_the_expression_the_place_and_the_values) {
  const int have = 3, want = 4;
  EXPECT_DEATH(CHECK(have == want, "have {}, want {}", have, want),
               "check_test\\.cc:[0-9]+: CHECK failed: have == want: have 3, want 4");
}

TEST(CheckDeathTest, values_are_optional) { EXPECT_DEATH(CHECK(1 > 2), "CHECK failed: 1 > 2\n"); }

TEST(Check, a_check_that_holds_does_not_evaluate_its_values) {
  int evaluated = 0;
  CHECK(true, "{}", ++evaluated);
  EXPECT_EQ(evaluated, 0);
}

TEST(Check, the_condition_is_evaluated_once_in_every_build) {
  int evaluated = 0;
  CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace vivarium

#include "sim/distribution.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

constexpr uint32_t kHalf = 1u << 31;

TEST(Distribution, QuantilesAreTheShapes) {
  EXPECT_EQ(constant(milliseconds(3)).quantile(kHalf), milliseconds(3));
  EXPECT_EQ(uniform(milliseconds(2), milliseconds(4)).quantile(0), milliseconds(2));
  EXPECT_EQ(uniform(milliseconds(2), milliseconds(4)).quantile(kHalf), milliseconds(3));
  EXPECT_LE(uniform(milliseconds(2), milliseconds(4)).quantile(UINT32_MAX), milliseconds(4));
  const Distribution wait = exponential(milliseconds(1), milliseconds(1000));
  EXPECT_EQ(wait.quantile(0), milliseconds(1));
  EXPECT_EQ((wait.quantile(kHalf) - milliseconds(1)).ms(), 693);  // ln 2
  EXPECT_EQ(wait.quantile(UINT32_MAX).ms(), 8318);                // ln 4096, and the base
}

TEST(Distribution, NeverDecreasesAndHasItsMean) {
  for (const Shape shape : {Shape::kConstant, Shape::kUniform, Shape::kExponential, Shape::kSpiky}) {
    const Distribution distribution{shape, microseconds(100), microseconds(1000)};
    Duration last{};
    int64_t sum = 0;
    constexpr uint32_t kSteps = 1 << 16;
    for (uint32_t i = 0; i < kSteps; ++i) {
      const Duration d = distribution.quantile(i << 16);
      ASSERT_GE(d, last);
      last = d;
      sum += d.ns;
    }
    if (shape == Shape::kExponential) {
      EXPECT_NEAR(sum / kSteps, 1'100'000, 40'000);
    } else if (shape == Shape::kSpiky) {
      EXPECT_GT(last, microseconds(100'000));
    }
  }
}

}  // namespace
}  // namespace vivarium::sim

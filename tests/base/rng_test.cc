#include "core/base/rng.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

namespace vivarium {
namespace {

// xoshiro256** over splitmix64, computed by an independent program that also gives the authors' own vector (11520, 0,
// 1509978240, ... from the state 1, 2, 3, 4).
TEST(Rng, gives_the_published_numbers) {
  const std::map<uint64_t, std::vector<uint64_t>> vectors{
      {0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c, 0xbba5ad4a1f842e59}},
      {1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7, 0xb27a48e29a233673}},
      {42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1, 0xfde6dc7fe2ec5e64}},
      {UINT64_MAX,
       {0x8f5520d52a7ead08, 0xc476a018caa1802d, 0x81de31c0d260469e, 0xbf658d7e065f3c2f, 0x913593fda1bca32a}},
  };
  for (const auto& [seed, numbers] : vectors) {
    Rng rng(seed);
    for (const uint64_t number : numbers) EXPECT_EQ(rng.next(), number) << "seed " << seed;
  }
}

TEST(Rng, below_gives_the_published_numbers) {
  Rng rng(42);
  for (const uint64_t number : {0, 3, 6, 9, 9, 7, 7, 8, 7, 5, 6, 2}) EXPECT_EQ(rng.below(10), number);
  // A bound that rejects nearly half of the draws.
  for (const uint64_t number : {7388145106668446555u, 8095973720557042685u, 7852687488934748778u}) {
    EXPECT_EQ(rng.below((uint64_t{1} << 63) + 1), number);
  }
}

TEST(Rng, stays_within_its_bounds) {
  EXPECT_TRUE(rc::check([](uint64_t seed, uint64_t n, int64_t a, int64_t b) {
    Rng rng(seed);
    RC_ASSERT(rng.below(n % UINT64_MAX + 1) <= n % UINT64_MAX);
    const int64_t x = rng.between(std::min(a, b), std::max(a, b));
    RC_ASSERT(x >= std::min(a, b) && x <= std::max(a, b));
  }));
}

TEST(Rng, takes_the_widest_range) {
  Rng rng(7), same(7);
  EXPECT_EQ(rng.between(INT64_MIN, INT64_MAX), static_cast<int64_t>(same.next() + (uint64_t{1} << 63)));
}

TEST(Rng, is_fair) {
  Rng rng(1);
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i) ++counts[rng.below(6)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 400);  // more than four deviations
}

TEST(Rng, chance_counts_in_parts_per_billion) {
  Rng rng(1);
  int hits = 0;
  for (int i = 0; i < 100000; ++i) hits += rng.chance_ppb(250'000'000);
  EXPECT_NEAR(hits, 25000, 600);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(rng.chance_ppb(0));
    EXPECT_TRUE(rng.chance_ppb(1'000'000'000));
  }
}

TEST(Rng, a_chance_of_none_costs_no_draw) {
  Rng rng(3), untouched(3);
  (void)rng.chance_ppb(0);
  EXPECT_EQ(rng, untouched);
}

TEST(Rng, streams_depend_on_seed_and_label_only) {
  Rng rng(9);
  const Rng before = rng.stream("network");
  rng.next();
  EXPECT_EQ(rng.stream("network"), before);
  EXPECT_NE(rng.stream("disk"), before);
  EXPECT_NE(Rng(10).stream("network"), before);
}

TEST(Rng, shuffle_is_a_permutation_and_reaches_every_one) {
  std::map<std::vector<int>, int> seen;
  Rng rng(5);
  for (int i = 0; i < 6000; ++i) {
    std::vector<int> items{1, 2, 3};
    rng.shuffle(items);
    ++seen[items];
  }
  EXPECT_EQ(seen.size(), 6u);
  for (const auto& [order, count] : seen) EXPECT_NEAR(count, 1000, 150);
}

TEST(RngDeathTest, nothing_lies_below_zero) {
  Rng rng(1);
  EXPECT_DEATH(rng.below(0), "CHECK failed");
  EXPECT_DEATH(rng.between(2, 1), "CHECK failed");
}

}  // namespace
}  // namespace vivarium

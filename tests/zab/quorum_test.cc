#include "core/zab/quorum.h"

#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

std::set<Sid> set_of(uint64_t mask, int servers) {
  std::set<Sid> out;
  for (int i = 0; i < servers; ++i) {
    if (mask >> i & 1) out.insert(Sid{i + 1});
  }
  return out;
}

TEST(Quorum, AMajorityOfTheVotersAndNobodyElse) {
  for (int voters = 1; voters <= 7; ++voters) {
    const int servers = voters + 2;
    const QuorumVerifier quorum(config_of(voters, 2));
    EXPECT_EQ(quorum.voters().size(), static_cast<size_t>(voters));
    for (uint64_t mask = 0; mask < uint64_t{1} << servers; ++mask) {
      const auto sids = set_of(mask, servers);
      const int agreeing = std::popcount(mask & ((uint64_t{1} << voters) - 1));  // observers never count (2959)
      EXPECT_EQ(quorum.contains_quorum(sids), agreeing > voters / 2) << voters << " voters, " << mask;
      uint64_t bits = 0;
      for (Sid sid : sids) bits |= quorum.bit(sid);
      EXPECT_EQ(quorum.contains_quorum(bits), agreeing > voters / 2) << voters << " voters, " << mask;
    }
  }
}

TEST(Quorum, AnyTwoShareAVoter) {
  for (int voters = 1; voters <= 6; ++voters) {
    const QuorumVerifier quorum(config_of(voters));
    const uint64_t all = uint64_t{1} << voters;
    for (uint64_t a = 0; a < all; ++a) {
      for (uint64_t b = 0; b < all; ++b) {
        if (quorum.contains_quorum(set_of(a, voters)) && quorum.contains_quorum(set_of(b, voters))) {
          ASSERT_NE(a & b, 0U) << a << " " << b;
        }
      }
    }
  }
}

TEST(Quorum, EachVoterHasItsOwnBitAndStrangersNone) {
  const QuorumVerifier quorum(config_of(5, 1));
  uint64_t bits = 0;
  for (int i = 1; i <= 5; ++i) {
    EXPECT_EQ(std::popcount(quorum.bit(Sid{i})), 1);
    bits |= quorum.bit(Sid{i});
  }
  EXPECT_EQ(std::popcount(bits), 5);
  EXPECT_EQ(quorum.bit(Sid{6}), 0U);
  EXPECT_EQ(quorum.bit(Sid{99}), 0U);
}

}  // namespace
}  // namespace vivarium::zab::testing

#include "core/zab/vote.h"

#include <gtest/gtest.h>

namespace vivarium::zab {
namespace {

using wire::ServerState;

Vote vote(int64_t epoch, int64_t zxid, int64_t leader, int64_t round = 1, ServerState state = ServerState::kLooking,
          int32_t version = 2) {
  return {Sid{leader}, Zxid{zxid}, round, Epoch{epoch}, state, version};
}

std::vector<Vote> all_votes() {
  std::vector<Vote> out;
  for (int64_t epoch : {0, 1, 7})
    for (int64_t zxid : {-1, 0, 5, 9})
      for (int64_t leader : {1, 2, 3}) out.push_back(vote(epoch, zxid, leader));
  return out;
}

TEST(Vote, BeatsIsAStrictTotalOrder) {
  const auto votes = all_votes();
  for (size_t i = 0; i < votes.size(); ++i) {
    for (size_t k = 0; k < votes.size(); ++k) {
      // They are listed in ascending order: the epoch counts most, then the zxid, then the id.
      EXPECT_EQ(beats(votes[i], votes[k]), i > k) << print(votes[i]) << " against " << print(votes[k]);
    }
  }
}

TEST(Vote, RoundStateAndVersionDoNotDecide) {
  EXPECT_FALSE(beats(vote(1, 5, 2, 9, ServerState::kLeading, 0), vote(1, 5, 2)));
  EXPECT_FALSE(beats(vote(1, 5, 2), vote(1, 5, 2, 9, ServerState::kLeading, 0)));
}

TEST(Vote, VotesOfAnElectionAgreeInEverything) {
  EXPECT_TRUE(agree(vote(1, 5, 2), vote(1, 5, 2)));
  EXPECT_TRUE(agree(vote(1, 5, 2), vote(1, 5, 2, 1, ServerState::kFollowing)));
  for (const Vote& other : {vote(2, 5, 2), vote(1, 6, 2), vote(1, 5, 3), vote(1, 5, 2, 2)}) {
    EXPECT_FALSE(agree(vote(1, 5, 2), other)) << print(other);
    EXPECT_FALSE(agree(other, vote(1, 5, 2))) << print(other);
  }
}

// 1732, 1805, 1818: those who follow answer with the vote of their election, which may have been another one.
TEST(Vote, VotesOfAnEnsembleThatStandsAgreeInLeaderAndEpoch) {
  const Vote following = vote(3, 5, 2, 1, ServerState::kFollowing);
  EXPECT_TRUE(agree(following, vote(3, 99, 2, 8, ServerState::kLeading)));
  EXPECT_FALSE(agree(following, vote(4, 5, 2, 1, ServerState::kLeading)));
  EXPECT_FALSE(agree(following, vote(3, 5, 1, 1, ServerState::kLeading)));
  // One of the two says no version: its epoch means nothing.
  const Vote old = vote(9, 5, 2, 1, ServerState::kFollowing, 0);
  EXPECT_TRUE(agree(following, old));
  EXPECT_TRUE(agree(old, following));
  EXPECT_FALSE(agree(old, vote(3, 5, 1, 1, ServerState::kLeading)));
  EXPECT_FALSE(agree(old, vote(3, 5, 2, 1, ServerState::kLeading, 0)));  // neither does: epochs count
}

TEST(Vote, OfANotification) {
  wire::Notification n;
  n.state = ServerState::kLeading;
  n.leader = Sid{3};
  n.zxid = Zxid{77};
  n.round = 4;
  n.peer_epoch = Epoch{6};
  n.version = 0;
  EXPECT_EQ(vote_of(n), vote(6, 77, 3, 4, ServerState::kLeading, 0));
}

}  // namespace
}  // namespace vivarium::zab

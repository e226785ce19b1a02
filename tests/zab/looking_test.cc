#include "core/zab/looking.h"

#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

using wire::ServerState;

// Server 5 of five looks for a leader (or another, when told so); the test plays the others. Its history is 1.1 to 1.5.
struct LookingTest : ::testing::Test {
  void begin(int64_t self = 5, std::vector<Zxid> zxids = run_of(1, 1, 5), bool may_vote = true, int voters = 5) {
    desk.config.servers = config_of(voters).servers;
    desk.config.self = Sid{self};
    quorum = QuorumVerifier(desk.config);
    log::Recovered recovered = recovered_of(zxids, Epoch{1});
    recovered.may_vote = may_vote;
    history = History(recovered, desk.config, Rng(1));
    Turn turn = desk.turn();
    history.start(turn);
    desk.all_durable(history);
    for (int64_t sid = 1; sid < self; ++sid) {
      dial(sid);
      links.on_connected(dialled[sid], turn);
    }
    desk.out.clear();
    advance();
  }
  void dial(int64_t sid) {
    Turn turn = desk.turn();
    links.connect(Sid{sid}, turn);
    dialled[sid] = desk.asked<Connect>().back().conn;
  }
  // Its connection ends, and so does the next attempt.
  void lose(int64_t sid, CloseReason reason) {
    Turn t = desk.turn();
    links.on_closed(dialled[sid], reason, t);
    dial(sid);
    links.on_closed(dialled[sid], reason, t);
    advance();
  }
  void advance() {
    Turn turn = desk.turn();
    looking.advance(ballot, history, links, quorum, turn);
  }
  void pass(Duration d) {
    desk.pass(d);
    advance();
  }
  wire::Notification vote(int64_t leader, Zxid zxid = z(1, 5), int64_t round = 1, int64_t epoch = 1,
                          ServerState state = ServerState::kLooking) {
    return notification_of({Sid{leader}, zxid, round, Epoch{epoch}, state, 2}, state);
  }
  void hear(int64_t from, const wire::Notification& n) {
    Turn turn = desk.turn();
    looking.on_notification(Sid{from}, n, ballot, history, links, quorum, turn);
    advance();
  }
  // How many notifications left since it was last asked.
  size_t told() {
    size_t count = 0;
    Turn turn = desk.turn();
    for (bool more = true; more;) {
      std::vector<ConnId> sent;
      for (const Send& send : desk.asked<Send>()) sent.push_back(send.conn);
      count += sent.size();
      desk.out.clear();
      for (const ConnId conn : sent) links.on_sent(conn, turn);
      more = !sent.empty();
    }
    return count;
  }
  std::optional<int64_t> elected() const {
    return looking.elected() ? std::optional(looking.elected()->leader.value) : std::nullopt;
  }

  Desk desk{Config{}};
  QuorumVerifier quorum;
  History history;
  ElectionLinks links;
  std::map<int64_t, ConnId> dialled;  // the newest of each
  Ballot ballot;
  Looking looking;
};

TEST_F(LookingTest, BeginsARoundWithItsOwnVote) {
  begin();
  EXPECT_EQ(ballot.round, 1);
  EXPECT_EQ(ballot.vote.leader, Sid{5});
  EXPECT_EQ(ballot.vote.zxid, z(1, 5));
  EXPECT_EQ(ballot.vote.peer_epoch, Epoch{1});
  EXPECT_EQ(told(), 4U);
}

// A vote names what a crash cannot take back.
TEST_F(LookingTest, WaitsUntilAllThatIsLoggedIsDurable) {
  desk.config.servers = config_of(5).servers;
  history = History(recovered_of(run_of(1, 1, 5), Epoch{1}), desk.config, Rng(1));
  Turn turn = desk.turn();
  history.append(proposal_of(history, z(1, 6)), turn);
  advance();
  EXPECT_EQ(ballot.round, 0);
  EXPECT_EQ(looking.deadline(), Time::never());
  hear(2, vote(2));
  EXPECT_EQ(ballot.round, 0);
  desk.all_durable(history);
  advance();
  EXPECT_EQ(ballot.round, 1);
  EXPECT_EQ(ballot.vote.zxid, z(1, 6));
}

// ---- votes of the round

TEST_F(LookingTest, ABetterVoteIsAdoptedAndTold) {
  begin();
  told();
  hear(2, vote(2, z(1, 4)));
  EXPECT_EQ(ballot.vote.leader, Sid{5});
  told();
  hear(3, vote(3, z(1, 6)));
  EXPECT_EQ(ballot.vote.leader, Sid{3});
  EXPECT_EQ(told(), 4U);
  hear(4, vote(4, z(1, 1), 1, 2));
  EXPECT_EQ(ballot.vote.leader, Sid{4}) << "a later epoch counts more than any zxid";
}

TEST_F(LookingTest, AQuorumDecidesAfterTheFinalizeWait) {
  begin();
  hear(1, vote(5));
  EXPECT_EQ(looking.deadline(), desk.now.steady + desk.config.notification_interval_min) << "two of five";
  desk.config.finalize_wait = milliseconds(150);
  hear(2, vote(5));
  EXPECT_EQ(looking.deadline(), desk.now.steady + milliseconds(150));
  pass(milliseconds(149));
  EXPECT_EQ(elected(), std::nullopt);
  hear(3, vote(5));  // does not put it off
  pass(milliseconds(1));
  EXPECT_EQ(elected(), 5);
}

// 3109
TEST_F(LookingTest, ABetterVoteDuringTheWaitBeginsItAnew) {
  begin();
  hear(1, vote(5));
  hear(2, vote(5));
  pass(milliseconds(190));
  hear(3, vote(3, z(1, 9)));
  pass(milliseconds(100));
  EXPECT_EQ(elected(), std::nullopt);
  hear(1, vote(3, z(1, 9)));
  const Time decided = desk.now.steady + desk.config.finalize_wait;
  pass(milliseconds(199));
  EXPECT_EQ(elected(), std::nullopt);
  desk.pass(decided - desk.now.steady);
  advance();
  EXPECT_EQ(elected(), 3);
}

TEST_F(LookingTest, OneThatChangesItsMindEndsTheWait) {
  begin();
  hear(1, vote(5));
  hear(2, vote(5));
  hear(2, vote(4, z(1, 4)));  // worse, and not ours any more
  pass(milliseconds(500));
  EXPECT_EQ(elected(), std::nullopt);
}

TEST_F(LookingTest, WhenAllAgreeNobodyIsWaitedForIfSoConfigured) {
  for (const bool unanimous : {false, true}) {
    looking = Looking();
    ballot = Ballot();
    links = ElectionLinks();
    desk.config.decide_when_unanimous = unanimous;
    begin();
    for (const int64_t sid : {1, 2, 3}) hear(sid, vote(5));
    EXPECT_EQ(elected(), std::nullopt);
    hear(4, vote(5));
    EXPECT_EQ(elected().has_value(), unanimous);
  }
}

// It may not have looked yet when ours came. One that agrees has heard it.
TEST_F(LookingTest, AWorseVoteIsAnsweredWithOurs) {
  begin(5);
  told();
  hear(2, vote(2, z(1, 4)));
  EXPECT_EQ(told(), 1U);
  hear(2, vote(5));
  EXPECT_EQ(told(), 0U);
}

TEST_F(LookingTest, WhoIsDownIsNotWaitedForIfSoConfigured) {
  desk.config.decide_when_unanimous = true;
  begin(5);
  for (const int64_t sid : {1, 2}) hear(sid, vote(5));
  lose(3, CloseReason::kRefused);
  EXPECT_EQ(elected(), std::nullopt) << "4 is there, and may have a better vote (3109)";
  lose(4, CloseReason::kTimeout);
  EXPECT_EQ(elected(), std::nullopt) << "nothing is known of it";
  lose(4, CloseReason::kRefused);
  EXPECT_EQ(elected(), 5);
}

TEST_F(LookingTest, WithoutAQuorumWhoIsDownDecidesNothing) {
  desk.config.decide_when_unanimous = true;
  begin(5);
  for (const int64_t sid : {1, 2, 3, 4}) lose(sid, CloseReason::kRefused);
  EXPECT_EQ(elected(), std::nullopt);
}

TEST_F(LookingTest, AloneItDecidesAtOnce) {
  begin(1, run_of(1, 1, 5), true, 1);
  EXPECT_EQ(elected(), 1);
}

// ---- rounds

TEST_F(LookingTest, ALaterRoundBeginsAnewWithTheBetterVote) {
  begin();
  hear(1, vote(5));
  hear(2, vote(5));
  told();
  hear(3, vote(3, z(1, 4), 7));
  EXPECT_EQ(ballot.round, 7);
  EXPECT_EQ(ballot.vote.leader, Sid{5}) << "our own is better";
  EXPECT_EQ(ballot.vote.round, 7);
  EXPECT_EQ(told(), 4U);
  pass(milliseconds(300));
  EXPECT_EQ(elected(), std::nullopt) << "votes of the old round are forgotten";
  hear(4, vote(4, z(1, 8), 9));
  EXPECT_EQ(ballot.vote.leader, Sid{4});
}

// What was adopted in an earlier round is forgotten too: only our own vote and theirs are compared.
TEST_F(LookingTest, WhatWasAdoptedInAnEarlierRoundDoesNotCount) {
  begin();
  hear(2, vote(2, z(1, 9)));
  ASSERT_EQ(ballot.vote.leader, Sid{2});
  hear(3, vote(3, z(1, 6), 2));
  EXPECT_EQ(ballot.vote.leader, Sid{3});
}

TEST_F(LookingTest, AnEarlierRoundIsAnsweredAndNotCounted) {
  begin();
  hear(3, vote(3, z(1, 4), 7));
  told();
  hear(1, vote(5, z(1, 5), 6));
  hear(2, vote(5, z(1, 5), 6));
  EXPECT_EQ(told(), 2U) << "each hears of our round";
  pass(milliseconds(300));
  EXPECT_EQ(elected(), std::nullopt);
}

TEST_F(LookingTest, UnansweredItAsksAgainEverMoreSlowly) {
  desk.config.notification_interval_max = milliseconds(1000);
  begin();
  told();
  for (const int64_t ms : {200, 400, 800, 1000, 1000}) {
    pass(milliseconds(ms - 1));
    EXPECT_EQ(told(), 0U) << ms;
    pass(milliseconds(1));
    EXPECT_EQ(told(), 4U) << ms;
  }
}

// ---- who does not vote

// 261
TEST_F(LookingTest, WhoHasNoHistoryNeitherVotesNorIsVotedFor) {
  begin(5, {}, false);
  EXPECT_EQ(ballot.vote.zxid, Zxid{-1});
  hear(1, vote(1));
  hear(2, vote(1));
  pass(milliseconds(300));
  EXPECT_EQ(elected(), std::nullopt) << "nor does it decide among the others";
  for (const int64_t sid : {1, 2, 3})
    hear(sid, vote(1, z(1, 5), 4, 2, sid == 1 ? ServerState::kLeading : ServerState::kFollowing));
  EXPECT_EQ(elected(), 1) << "it joins an ensemble that stands";
}

TEST_F(LookingTest, AVoteOfOneWithoutAHistoryDoesNotCount) {
  begin();
  hear(1, vote(5));
  hear(2, vote(2, Zxid{-1}));
  hear(3, vote(3, Zxid{-1}));
  pass(milliseconds(300));
  EXPECT_EQ(elected(), std::nullopt);
}

TEST_F(LookingTest, StrangersAreAnsweredAndNotCounted) {
  begin();
  hear(1, vote(5));
  hear(77, vote(5));
  pass(milliseconds(300));
  EXPECT_EQ(elected(), std::nullopt);
  EXPECT_EQ(ballot.vote.leader, Sid{5});
}

// ---- an ensemble that stands

TEST_F(LookingTest, JoinsAnEstablishedEnsembleOfAnyRoundOnceItsLeaderSaysSo) {
  begin();
  hear(1, vote(2, z(1, 3), 9, 2, ServerState::kFollowing));
  hear(3, vote(2, z(1, 3), 9, 2, ServerState::kFollowing));
  hear(4, vote(2, z(1, 1), 8, 2, ServerState::kFollowing));
  EXPECT_EQ(elected(), std::nullopt) << "a quorum follows, but its leader has not spoken (975)";
  hear(2, vote(2, z(1, 3), 9, 2, ServerState::kLeading));
  EXPECT_EQ(elected(), 2);
  EXPECT_EQ(ballot.round, 9);
}

TEST_F(LookingTest, TwoOfFiveWhoFollowAreNoEnsemble) {
  begin();
  hear(2, vote(2, z(1, 3), 9, 2, ServerState::kLeading));
  hear(1, vote(2, z(1, 3), 9, 2, ServerState::kFollowing));
  EXPECT_EQ(elected(), std::nullopt);
  hear(3, vote(2, z(1, 3), 9, 1, ServerState::kFollowing));
  EXPECT_EQ(elected(), std::nullopt) << "of another epoch";
  hear(4, vote(2, z(1, 3), 9, 2, ServerState::kObserving));
  EXPECT_EQ(elected(), std::nullopt) << "observers do not count";
}

TEST_F(LookingTest, InOurOwnRoundThoseWhoLookCountBesideThoseWhoFollow) {
  begin();
  hear(3, vote(2, z(1, 9)));  // still looking
  hear(1, vote(2, z(1, 9), 1, 1, ServerState::kFollowing));
  EXPECT_EQ(elected(), std::nullopt);
  hear(2, vote(2, z(1, 9), 1, 1, ServerState::kLeading));
  EXPECT_EQ(elected(), 2);
}

// 3537: others may still believe that we lead, from an earlier life.
TEST_F(LookingTest, WeLeadOnlyInTheRoundThatWeKnowOf) {
  begin();
  for (const int64_t sid : {1, 2, 3}) hear(sid, vote(5, z(1, 5), 4, 1, ServerState::kFollowing));
  EXPECT_EQ(elected(), std::nullopt);
  for (const int64_t sid : {1, 2, 3}) hear(sid, vote(5, z(1, 5), 1, 1, ServerState::kFollowing));
  EXPECT_EQ(elected(), 5);
}

TEST_F(LookingTest, OnceElectedNothingChangesIt) {
  begin();
  hear(1, vote(5));
  hear(2, vote(5));
  pass(milliseconds(200));
  ASSERT_EQ(elected(), 5);
  hear(3, vote(3, z(4, 1), 9, 9));
  EXPECT_EQ(elected(), 5);
  EXPECT_EQ(ballot.round, 1);
}

}  // namespace
}  // namespace vivarium::zab::testing

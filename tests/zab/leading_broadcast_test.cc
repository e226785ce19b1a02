#include "tests/zab/leading_support.h"

namespace vivarium::zab::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum PacketType;

struct Broadcast : LeaderTest {
  std::vector<Zxid> delivered() const {
    std::vector<Zxid> out;
    for (const Delivered& d : desk.told<Delivered>()) out.push_back(d.proposal->header.zxid);
    return out;
  }
  void half_tick() {
    desk.pass(desk.config.tick / 2);
    advance();
  }
};

TEST_F(Broadcast, CommitsOnlyWithAQuorumOfAcksOursWhenItIsDurable) {
  begin(5);
  establish_with({2, 3, 4});
  propose(1);
  EXPECT_THAT(types(2), ElementsAre(kProposal));
  ack(2, z(2, 1));
  ack(3, z(2, 1));
  EXPECT_THAT(delivered(), IsEmpty()) << "two of five: our own is not durable";
  ack(3, z(2, 1));  // nobody counts twice
  EXPECT_THAT(delivered(), IsEmpty());
  disk();
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
  EXPECT_THAT(types(2), ElementsAre(kCommit));
  EXPECT_EQ(history.committed().zxid, z(2, 1));
}

TEST_F(Broadcast, OurOwnDiskIsNotNeededForAQuorumButForTheCommit) {
  begin(3);
  establish_with({2, 3});
  propose(1);
  disk();
  EXPECT_THAT(delivered(), IsEmpty()) << "one of three";
  ack(3, z(2, 1));
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
}

TEST_F(Broadcast, CommitsInTheOrderOfZxids) {
  begin(3);
  establish_with({2, 3});
  for (int i = 1; i <= 3; ++i) propose(i);
  disk();
  ack(2, z(2, 2));  // a learner acknowledges in order; two learners do not wait for each other
  ack(3, z(2, 3));
  EXPECT_THAT(delivered(), IsEmpty());
  ack(3, z(2, 1));
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1), z(2, 2), z(2, 3)));
}

TEST_F(Broadcast, ObserversDoNotCount) {
  begin(3, 2);
  establish_with({2, 4, 5});
  propose(1);
  disk();
  ack(4, z(2, 1));
  ack(5, z(2, 1));
  EXPECT_THAT(delivered(), IsEmpty());
  ack(2, z(2, 1));
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
}

TEST_F(Broadcast, AcksOfNothingCommitNothing) {
  begin(3);
  establish_with({2});
  ack(2, z(2, 9));
  ack(2, z(1, 3));
  propose(1);
  ack(2, z(2, 2));
  disk();
  EXPECT_THAT(delivered(), IsEmpty());
  ack(2, z(2, 1));
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
}

TEST_F(Broadcast, WhoJoinsLaterGetsWhatIsOutstandingAsProposalsAndIsCounted) {
  begin(3);
  establish_with({2});
  propose(1);
  hang_up(2);
  info(3);
  ack_epoch(3);
  std::vector<std::pair<PacketType, Zxid>> got;
  for (const auto& p : desk.sent(conn_of(3))) got.emplace_back(p.type, p.zxid);
  EXPECT_THAT(got, ElementsAre(std::pair(kLeaderInfo, z(2, 0)), std::pair(kDiff, z(1, 5)),
                               std::pair(kProposal, z(2, 1)), std::pair(kNewLeader, z(2, 0))));
  ack(3, z(2, 0));
  EXPECT_THAT(types(3), ElementsAre(kUpToDate));
  ack(3, z(2, 1));
  disk();
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
}

TEST_F(Broadcast, WithoutAQuorumOfSyncedLearnersItStepsDownAtTheNextTick) {
  begin(5, 2);
  establish_with({2, 3, 6, 7});
  half_tick();
  half_tick();
  EXPECT_EQ(leading.failure(), nullptr);
  hang_up(3);
  advance();
  EXPECT_EQ(leading.failure(), nullptr);
  half_tick();
  half_tick();
  EXPECT_STREQ(leading.failure(), "lost its quorum of synced followers");
}

TEST_F(Broadcast, ALearnerThatIsNotSyncedYetIsNotOfTheQuorum) {
  begin(3);
  establish_with({2});
  hang_up(2);
  info(3);
  ack_epoch(3);
  half_tick();
  half_tick();
  EXPECT_NE(leading.failure(), nullptr);
}

TEST_F(Broadcast, WhoIsSilentIsDropped) {
  begin(3);
  establish_with({2, 3});
  const auto ticks = desk.config.sync_limit;
  for (int i = 0; i < 2 * ticks; ++i) {
    say(conn_of(2), kPing, z(2, 0));
    half_tick();
    EXPECT_EQ(leading.owns(conn_of(3)), i + 1 < 2 * ticks) << i;
  }
  EXPECT_TRUE(leading.owns(conn_of(2)));
  ASSERT_EQ(desk.told<LearnerLost>().size(), 1U);
  EXPECT_EQ(desk.told<LearnerLost>()[0].learner, Sid{3});
}

TEST_F(Broadcast, PingsGoToTheSyncedEveryHalfTick) {
  begin(3);
  establish_with({2});
  info(3);
  types(3);
  EXPECT_EQ(leading.deadline(), desk.now.steady + desk.config.tick / 2);
  half_tick();
  EXPECT_THAT(types(2), ElementsAre(kPing));
  EXPECT_THAT(types(3), IsEmpty());
}

// A sync is answered when what was proposed before it is committed, behind its COMMIT.
TEST_F(Broadcast, ASyncStandsBehindTheCommitsOfWhatWasProposedBefore) {
  begin(3);
  establish_with({2});
  const Bytes ask = wire::encode_forwarded_request({SessionId{5}, 9, wire::OpCode::kSync, Bytes::empty_value()});
  say(conn_of(2), kRequest, Zxid{-1}, ask);
  const auto answers = desk.sent(conn_of(2));
  ASSERT_EQ(answers.size(), 1U) << "nothing is outstanding";
  EXPECT_EQ(answers[0].type, kSync);
  EXPECT_TRUE(answers[0].data.empty()) << "as an Apache learner expects it";
  propose(1);
  say(conn_of(2), kRequest, Zxid{-1}, ask);
  Turn turn = desk.turn();
  leading.sync(SessionId{6}, 3, turn);
  propose(2);
  EXPECT_THAT(types(2), ElementsAre(kProposal, kProposal));
  EXPECT_THAT(desk.told<SyncAnswered>(), IsEmpty());
  disk();
  ack(2, z(2, 1));
  EXPECT_THAT(types(2), ElementsAre(kCommit, kSync));
  ASSERT_EQ(desk.told<SyncAnswered>().size(), 1U);
  EXPECT_EQ(desk.told<SyncAnswered>()[0].session, SessionId{6});
  EXPECT_EQ(history.committed().zxid, z(2, 1)) << "not behind 2.2";
}

TEST_F(Broadcast, WhatLearnersAskReachesTheNode) {
  begin(3);
  establish_with({2});
  const wire::ForwardedRequest asked{SessionId{5}, 9, wire::OpCode::kDelete, Bytes("x")};
  say(conn_of(2), kRequest, Zxid{-1}, wire::encode_forwarded_request(asked));
  ASSERT_EQ(desk.told<RequestReceived>().size(), 1U);
  EXPECT_EQ(desk.told<RequestReceived>()[0].learner, Sid{2});
  EXPECT_EQ(desk.told<RequestReceived>()[0].request.cxid, 9);
  say(conn_of(2), kRevalidate, Zxid{-1}, wire::encode(wire::RevalidateRequest{SessionId{5}, 4000}));
  ASSERT_EQ(desk.told<RevalidateReceived>().size(), 1U);
  say(conn_of(2), kPing, z(2, 0), wire::encode_touches({{SessionId{5}, 4000}, {SessionId{6}, 3000}}));
  EXPECT_EQ(desk.told<Touched>().size(), 2U);
  Turn turn = desk.turn();
  leading.answer_revalidate(Sid{2}, SessionId{5}, true, turn);
  EXPECT_THAT(types(2), ElementsAre(kRevalidate));
  say(conn_of(2), kRequest, Zxid{-1}, Bytes("malformed"));
  EXPECT_FALSE(leading.owns(conn_of(2)));
}

// 1277
TEST_F(Broadcast, WhenTheCounterIsUsedUpItStepsDown) {
  desk.config.initial_counter = UINT32_MAX - 2;
  begin_with(recovered_of({}, Epoch{0}), 1);
  advance();
  disk();
  ASSERT_TRUE(leading.established());
  propose(1);
  EXPECT_EQ(history.logged().zxid, z(1, UINT32_MAX - 1));
  EXPECT_EQ(leading.failure(), nullptr);
  propose(2);
  EXPECT_EQ(history.logged().zxid, z(1, UINT32_MAX - 1));
  EXPECT_STREQ(leading.failure(), "the zxid counter is used up: a new epoch is needed");
}

}  // namespace
}  // namespace vivarium::zab::testing

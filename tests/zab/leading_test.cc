#include "core/zab/leading.h"

#include "tests/zab/leading_support.h"

namespace vivarium::zab::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Discovery : LeaderTest {};

TEST_F(Discovery, OpensTheDoorAndClosesItWithEveryLink) {
  begin();
  ASSERT_EQ(desk.asked<Listen>().size(), 1U);
  EXPECT_EQ(desk.asked<Listen>()[0].listener, Listener::kQuorum);
  info(2);
  Turn turn = desk.turn();
  leading.end(turn);
  EXPECT_EQ(desk.asked<Unlisten>().size(), 1U);
  EXPECT_EQ(desk.asked<Close>().size(), 1U);
  EXPECT_FALSE(leading.owns(conn_of(2)));
}

// l.1.1: later than any epoch that a quorum has accepted, on our own disk before anyone hears of it (1291).
TEST_F(Discovery, TheEpochIsLaterThanAnyOfAQuorumAndDurableBeforeItIsTold) {
  begin(5);
  info(2, Epoch{1});
  EXPECT_EQ(leading.phase(), Leading::Phase::kDiscovery) << "two of five";
  info(3, Epoch{6});
  EXPECT_EQ(leading.phase(), Leading::Phase::kAcceptingEpoch);
  EXPECT_EQ(leading.epoch(), Epoch{7});
  ASSERT_EQ(desk.operations<log::WriteEpoch>().size(), 1U);
  EXPECT_EQ(desk.operations<log::WriteEpoch>()[0].file, log::EpochFile::kAccepted);
  EXPECT_EQ(desk.operations<log::WriteEpoch>()[0].epoch, Epoch{7});
  info(4, Epoch{1});  // too late to be asked
  for (const int64_t sid : {2, 3, 4}) EXPECT_THAT(types(sid), IsEmpty());
  disk();
  for (const int64_t sid : {2, 3, 4}) {
    const auto packets = desk.sent(conn_of(sid));
    ASSERT_EQ(packets.size(), 1U);
    EXPECT_EQ(packets[0].type, PacketType::kLeaderInfo);
    EXPECT_EQ(packets[0].zxid, z(7, 0));
  }
  info(5, Epoch{1});
  EXPECT_THAT(types(5), ElementsAre(PacketType::kLeaderInfo)) << "who comes later is told at once";
}

TEST_F(Discovery, ObserversAreNoQuorum) {
  begin(3, 2);
  info(4);
  info(5);
  EXPECT_EQ(leading.phase(), Leading::Phase::kDiscovery);
  info(2);
  EXPECT_EQ(leading.phase(), Leading::Phase::kAcceptingEpoch);
  disk();
  ack_epoch(4);
  ack_epoch(5);
  EXPECT_EQ(leading.phase(), Leading::Phase::kAckEpoch);
  ack_epoch(2);
  EXPECT_EQ(leading.phase(), Leading::Phase::kWritingEpoch);
}

TEST_F(Discovery, AVoterThatAcceptedALaterEpochNeedsANewElection) {
  begin();
  info(2, Epoch{1});
  disk();
  info(3, Epoch{9});
  EXPECT_STREQ(leading.failure(), "a voter has accepted a later epoch");
}

// l.1.2
TEST_F(Discovery, ALearnerWithAMoreRecentHistoryEndsOurLeading) {
  for (const auto& [current, last, fails] :
       {std::tuple{1, z(1, 5), false}, std::tuple{1, z(1, 6), true}, std::tuple{2, z(1, 1), true},
        std::tuple{0, z(9, 9), false}, std::tuple{-1, z(9, 9), false}}) {
    leading = Leading();
    desk.out.clear();
    begin();
    info(2);
    disk();
    ack_epoch(2, current, last);
    EXPECT_EQ(leading.failure() != nullptr, fails) << current << fmt::format(" {}", last);
  }
}

// -1: it had accepted this epoch before, and may have acknowledged it to another.
TEST_F(Discovery, AnEpochThatWasAcceptedBeforeIsNotCounted) {
  begin();
  info(2);
  disk();
  ack_epoch(2, -1);
  EXPECT_EQ(leading.phase(), Leading::Phase::kAckEpoch);
  EXPECT_EQ(link(2).phase, LearnerLink::Phase::kReady);
  info(3);
  ack_epoch(3);
  EXPECT_EQ(leading.phase(), Leading::Phase::kWritingEpoch);
}

TEST_F(Discovery, WhoIsNotOfTheEnsembleOrSpeaksOutOfTurnIsDropped) {
  begin();
  const auto dropped = [&](int64_t sid) { return !leading.owns(conn_of(sid)); };
  info(9);
  EXPECT_TRUE(dropped(9));
  info(1);
  EXPECT_TRUE(dropped(1)) << "ourselves";
  dial(2);
  ack(2, z(1, 5));
  EXPECT_TRUE(dropped(2)) << "an ACK before FOLLOWERINFO";
  info(3);
  say(conn_of(3), PacketType::kFollowerInfo, z(1, 0), wire::encode_learner_info({Sid{3}, 0, 0}));
  EXPECT_TRUE(dropped(3)) << "twice";
  dial(2);
  say(conn_of(2), PacketType::kRequest, Zxid{-1});
  EXPECT_TRUE(dropped(2));
}

TEST_F(Discovery, TheNewConnectionOfALearnerReplacesItsOldOne) {
  begin();
  info(2);
  Turn turn = desk.turn();
  leading.on_accepted(ConnId{100}, turn);
  say(ConnId{100}, PacketType::kFollowerInfo, z(1, 0), wire::encode_learner_info({Sid{2}, 0, 0}));
  EXPECT_FALSE(leading.owns(conn_of(2)));
  EXPECT_TRUE(leading.owns(ConnId{100}));
}

TEST_F(Discovery, WhoIsNotEstablishedWithinInitLimitGivesUp) {
  begin();
  info(2);
  disk();
  desk.pass(desk.config.tick * desk.config.init_limit - milliseconds(1));
  advance();
  EXPECT_EQ(leading.failure(), nullptr);
  desk.pass(milliseconds(1));
  advance();
  EXPECT_STREQ(leading.failure(), "not established within initLimit");
}

TEST_F(Discovery, AloneItIsEstablishedByItsOwnDisk) {
  begin(1);
  advance();
  EXPECT_FALSE(leading.established());
  EXPECT_TRUE(desk.asked<Listen>().empty());
  disk();
  EXPECT_TRUE(leading.established());
  EXPECT_EQ(history.committed().zxid, z(1, 5));
  EXPECT_EQ(history.accepted_epoch(), Epoch{2});
  EXPECT_EQ(history.current_epoch(), Epoch{2});
}

}  // namespace
}  // namespace vivarium::zab::testing

#include "core/zab/following.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

using log::Queue;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum wire::PacketType;
using Phase = Following::Phase;

// Server 1 follows server 3, which the test plays. Its history is 1.1 to 1.5, of which 1.1 and 1.2 are in the snapshot.
struct FollowerTest : ::testing::Test {
  FollowerTest() : desk(config_of(3)) { begin_with(recovered_of(run_of(1, 1, 5), Epoch{1}, z(1, 2))); }
  void begin_with(log::Recovered recovered) {
    history = History(std::move(recovered), desk.config, Rng(1));
    following = Following();
    Turn turn = desk.turn();
    history.start(turn);
    desk.all_durable(history);
    following.begin(Sid{3}, turn);
    conn = desk.asked<Connect>().back().conn;
  }
  void advance() {
    Turn turn = desk.turn();
    following.advance(history, turn);
  }
  void connected() {
    Turn turn = desk.turn();
    following.on_connected(history, turn);
  }
  void bytes(const Bytes& bytes) {
    Turn turn = desk.turn();
    following.on_received(bytes, history, turn);
    advance();
  }
  void say(wire::PacketType type, Zxid zxid, Bytes data = Bytes()) {
    bytes(wire::encode_packet(packet(type, zxid, std::move(data))));
  }
  bool durable(Queue queue) {
    const bool any = desk.durable(history, queue);
    advance();
    return any;
  }
  void disk() {
    while (durable(Queue::kLog) || durable(Queue::kSnapshot) || durable(Queue::kFile)) {
    }
  }
  std::vector<wire::PacketType> types() { return desk.types_sent(conn); }
  void discover(int64_t epoch = 2) {
    connected();
    say(kLeaderInfo, z(epoch, 0));
    disk();
    types();
  }
  ProposalRef next(Zxid zxid) { return proposal_of(history, zxid); }
  void propose(Zxid zxid) { say(kProposal, zxid, next(zxid)->payload); }
  void synchronize(int64_t epoch = 2) {
    discover(epoch);
    say(kDiff, z(1, 5));
    say(kNewLeader, z(epoch, 0));
    disk();
    say(kUpToDate, Zxid{-1});
    ASSERT_TRUE(following.serving());
    types();
    desk.events.clear();
  }
  std::vector<Zxid> delivered() const {
    std::vector<Zxid> out;
    for (const Delivered& d : desk.told<Delivered>()) out.push_back(d.proposal->header.zxid);
    return out;
  }

  struct Moment {
    Desk desk;
    History history;
    Following following;
  };
  Moment moment() const { return {desk, history, following}; }
  void back_to(const Moment& moment) {
    desk = moment.desk;
    history = moment.history;
    following = moment.following;
  }

  Desk desk;
  History history;
  Following following;
  ConnId conn;
};

// ---- connection

// The first of them soon: a leader has often not decided yet when its followers have.
TEST_F(FollowerTest, DialsTheLeaderAFewTimes) {
  EXPECT_EQ(desk.asked<Connect>().back().address, desk.config.servers.at(Sid{3}).quorum);
  size_t dialled = 1;
  Duration waited;
  for (const int delay_ms : {5, 10, 20, 40, 80, 100, 100, 100}) {
    Turn turn = desk.turn();
    following.on_closed(turn);
    desk.pass(milliseconds(delay_ms - 1));
    advance();
    EXPECT_EQ(desk.asked<Connect>().size(), dialled);
    desk.pass(milliseconds(1));
    advance();
    EXPECT_EQ(desk.asked<Connect>().size(), ++dialled);
    EXPECT_EQ(following.failure(), nullptr);
    waited = waited + milliseconds(delay_ms);
  }
  EXPECT_GE(waited, milliseconds(400)) << "upstream's four waits";
  Turn turn = desk.turn();
  following.on_closed(turn);
  EXPECT_STREQ(following.failure(), "the elected leader does not answer");
}

TEST_F(FollowerTest, ASilentLeaderIsLeft) {
  synchronize();
  desk.pass(desk.config.tick * desk.config.sync_limit - milliseconds(1));
  say(kPing, z(2, 0));
  desk.pass(desk.config.tick * desk.config.sync_limit - milliseconds(1));
  advance();
  EXPECT_EQ(following.failure(), nullptr);
  desk.pass(milliseconds(1));
  advance();
  EXPECT_STREQ(following.failure(), "the leader has been silent for too long");
}

TEST_F(FollowerTest, OutOfTurnIsAFailure) {
  const Moment fresh = moment();
  const auto fails = [&](auto&& play) {
    back_to(fresh);
    play();
    return following.failure() != nullptr;
  };
  for (const auto type : {kDiff, kTrunc, kSnap, kProposal, kCommit, kNewLeader, kUpToDate, kRequest, kAck}) {
    EXPECT_TRUE(fails([&] {
      connected();
      say(type, z(2, 0));
    })) << wire::packet_name(type)
        << " before LEADERINFO";
  }
  for (const auto type : {kLeaderInfo, kProposal, kCommit, kNewLeader, kUpToDate}) {
    EXPECT_TRUE(fails([&] {
      discover();
      say(type, z(2, 0));
    })) << wire::packet_name(type)
        << " before DIFF";
  }
  for (const auto type : {kLeaderInfo, kDiff, kSnap, kUpToDate}) {
    EXPECT_TRUE(fails([&] {
      discover();
      say(kDiff, z(1, 5));
      say(type, z(2, 0));
    })) << wire::packet_name(type)
        << " before NEWLEADER";
  }
  EXPECT_TRUE(fails([&] {
    discover();
    say(kDiff, z(1, 5));
    say(kNewLeader, z(3, 0));
  })) << "NEWLEADER of another epoch";
}

// ---- discovery

// f.1.1: never answer before it is on disk.
TEST_F(FollowerTest, TheEpochIsOnDiskBeforeItIsAcknowledged) {
  connected();
  const auto hello = desk.sent(conn);
  ASSERT_EQ(hello.size(), 1U);
  EXPECT_EQ(hello[0].type, kFollowerInfo);
  EXPECT_EQ(hello[0].zxid, z(1, 0));
  say(kLeaderInfo, z(2, 0));
  EXPECT_THAT(types(), IsEmpty());
  ASSERT_EQ(desk.operations<log::WriteEpoch>().size(), 1U);
  EXPECT_EQ(desk.operations<log::WriteEpoch>()[0].file, log::EpochFile::kAccepted);
  disk();
  const auto acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].type, kAckEpoch);
  EXPECT_EQ(acks[0].zxid, z(1, 5));
  EXPECT_EQ(load_i32(acks[0].data.data()), 1);
  EXPECT_EQ(history.accepted_epoch(), Epoch{2});
  EXPECT_EQ(history.current_epoch(), Epoch{1});
}

TEST_F(FollowerTest, AnEpochAcceptedBeforeIsNotCountedAndAnOlderOneIsRefused) {
  connected();
  types();
  say(kLeaderInfo, z(1, 0));
  const auto acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(load_i32(acks[0].data.data()), -1);
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  log::Recovered later = recovered_of(run_of(1, 1, 5), Epoch{1});
  later.accepted_epoch = Epoch{4};
  begin_with(later);
  connected();
  say(kLeaderInfo, z(3, 0));
  EXPECT_STREQ(following.failure(), "the leader's epoch is older than one that was accepted");
}

// ---- synchronization: what was synchronized is durable, then currentEpoch, then the ACK

TEST_F(FollowerTest, DiffIsLoggedThenTheEpochIsWrittenThenAcknowledged) {
  discover();
  say(kDiff, z(1, 7));
  propose(z(1, 6));
  say(kCommit, z(1, 6));
  propose(z(1, 7));
  say(kCommit, z(1, 7));
  say(kNewLeader, z(2, 0));
  EXPECT_EQ(following.phase(), Phase::kLogging);
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  EXPECT_THAT(types(), IsEmpty());
  while (desk.operations<log::WriteEpoch>().empty()) ASSERT_TRUE(durable(Queue::kLog));
  EXPECT_EQ(history.durable(), z(1, 7));
  EXPECT_EQ(following.phase(), Phase::kWritingEpoch);
  EXPECT_EQ(desk.operations<log::WriteEpoch>()[0].file, log::EpochFile::kCurrent);
  EXPECT_EQ(desk.operations<log::WriteEpoch>()[0].epoch, Epoch{2});
  EXPECT_THAT(types(), IsEmpty());
  EXPECT_EQ(history.committed().zxid, z(1, 2)) << "until UPTODATE nothing is committed";
  ASSERT_TRUE(durable(Queue::kFile));
  const auto acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].type, kAck);
  EXPECT_EQ(acks[0].zxid, z(2, 0));
  EXPECT_FALSE(following.serving());
  EXPECT_TRUE(desk.told<RoleChanged>().empty());
  say(kUpToDate, Zxid{-1});
  EXPECT_TRUE(following.serving());
  EXPECT_EQ(history.committed().zxid, z(1, 7));
  ASSERT_EQ(desk.told<RoleChanged>().size(), 1U);
  EXPECT_THAT(types(), ElementsAre(kAck));
}

// What arrives behind NEWLEADER waits, and is acknowledged for itself.
TEST_F(FollowerTest, ProposalsOfTheNewEpochBehindNewLeaderAreAcknowledgedWhenDurable) {
  discover();
  BytesBuilder together;
  together.append(wire::encode_packet(packet(kDiff, z(1, 5))));
  together.append(wire::encode_packet(packet(kNewLeader, z(2, 0))));
  together.append(wire::encode_packet(packet(kProposal, z(2, 1), next(z(2, 1))->payload)));
  bytes(together.take());
  EXPECT_EQ(history.logged().zxid, z(1, 5)) << "not decoded while the disk does its part";
  ASSERT_TRUE(durable(Queue::kFile));
  EXPECT_EQ(history.logged().zxid, z(2, 1));
  EXPECT_THAT(types(), ElementsAre(kAck));
  ASSERT_TRUE(durable(Queue::kLog));
  const auto acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].zxid, z(2, 1));
  say(kUpToDate, Zxid{-1});
  EXPECT_EQ(history.committed().zxid, z(1, 5)) << "2.1 is not committed";
  say(kCommit, z(2, 1));
  EXPECT_THAT(delivered(), ElementsAre(z(2, 1)));
}

TEST_F(FollowerTest, TruncCutsDurablyBeforeAnythingElse) {
  discover();
  say(kTrunc, z(1, 3));
  EXPECT_EQ(following.phase(), Phase::kCutting);
  ASSERT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::TruncateLog>()[0].keep, z(1, 3));
  say(kNewLeader, z(2, 0));
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  ASSERT_TRUE(durable(Queue::kLog));
  EXPECT_EQ(history.logged().zxid, z(1, 3));
  disk();
  EXPECT_THAT(types(), ElementsAre(kAck));
  say(kUpToDate, Zxid{-1});
  EXPECT_EQ(history.committed().zxid, z(1, 3));
}

TEST_F(FollowerTest, TruncToWhereWeAreCutsNothing) {
  discover();
  say(kTrunc, z(1, 5));
  EXPECT_EQ(following.phase(), Phase::kSyncing);
  EXPECT_TRUE(desk.out.disk.empty());
}

TEST_F(FollowerTest, TruncBelowTheSnapshotReloadsAndDiscardsSnapshotsBeforeTheAck) {
  discover();
  say(kTrunc, z(1, 1));
  ASSERT_EQ(desk.operations<log::Reload>().size(), 1U);
  say(kNewLeader, z(2, 0));
  desk.out.disk.clear();
  {
    Turn turn = desk.turn();
    history.on_reloaded({2, recovered_of({z(1, 1)}, Epoch{1})}, turn);
    history.on_durable({Queue::kLog, 1}, turn);
  }
  advance();
  EXPECT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  ASSERT_TRUE(durable(Queue::kLog));
  EXPECT_EQ(desk.operations<log::DiscardSnapshotsAbove>().size(), 1U);
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  ASSERT_TRUE(durable(Queue::kSnapshot));
  EXPECT_EQ(desk.operations<log::WriteEpoch>().size(), 1U);
  EXPECT_EQ(history.logged().zxid, z(1, 1));
  EXPECT_THAT(types(), IsEmpty());
}

TEST_F(FollowerTest, WhenTheDiskCannotRebuildThePointTheSynchronizationBeginsAgain) {
  discover();
  say(kTrunc, z(1, 1));
  desk.out.disk.clear();
  {
    Turn turn = desk.turn();
    history.on_reloaded({2, recovered_of({}, Epoch{1})}, turn);
    history.on_durable({Queue::kLog, 1}, turn);
  }
  disk();
  EXPECT_STREQ(following.failure(), "the point of truncation could not be rebuilt from disk");
  EXPECT_FALSE(history.may_vote());
}

TEST_F(FollowerTest, SnapCutAnywhereReplacesAllDurablyBeforeTheEpoch) {
  const tree::State theirs = recovered_of(run_of(2, 1, 8), Epoch{2}).state;
  log::SnapshotCursor cursor(theirs);
  std::string stream = wire::encode_packet(packet(kSnap, z(2, 8))).str();
  while (!cursor.done()) stream += cursor.next(1 << 20).str();
  stream += wire::encode_packet(packet(kNewLeader, z(3, 0))).str();
  const Moment before = moment();
  for (size_t piece = 1; piece <= stream.size(); piece = piece * 2 + 1) {
    back_to(before);
    discover(3);
    for (size_t at = 0; at < stream.size(); at += piece) bytes(Bytes(stream.substr(at, piece)));
    ASSERT_EQ(following.failure(), nullptr) << piece;
    EXPECT_EQ(history.logged(), theirs);
    ASSERT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
    EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
    ASSERT_TRUE(durable(Queue::kSnapshot));
    EXPECT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
    EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
    ASSERT_TRUE(durable(Queue::kLog));
    EXPECT_EQ(desk.operations<log::WriteEpoch>().size(), 1U);
    EXPECT_THAT(types(), IsEmpty());
    ASSERT_TRUE(durable(Queue::kFile));
    EXPECT_THAT(types(), ElementsAre(kAck));
    EXPECT_EQ(history.current_epoch(), Epoch{3});
  }
}

// A wiped server that is brought up by DIFF: log, then its first snapshot, then the epoch.
TEST_F(FollowerTest, AWipedServerWritesItsSnapshotBeforeItsEpoch) {
  log::Recovered wiped = recovered_of({}, Epoch{0});
  wiped.snapshots = 0;
  wiped.may_vote = false;
  begin_with(wiped);
  discover();
  say(kDiff, z(1, 2));
  propose(z(1, 1));
  propose(z(1, 2));
  say(kNewLeader, z(2, 0));
  EXPECT_TRUE(desk.operations<log::WriteSnapshot>().empty());
  while (desk.operations<log::WriteSnapshot>().empty()) ASSERT_TRUE(durable(Queue::kLog));
  EXPECT_EQ(desk.operations<log::WriteSnapshot>()[0].state.zxid, z(1, 2));
  EXPECT_TRUE(desk.operations<log::WriteEpoch>().empty());
  EXPECT_FALSE(history.may_vote());
  ASSERT_TRUE(durable(Queue::kSnapshot));
  EXPECT_EQ(desk.operations<log::WriteEpoch>().size(), 1U);
  ASSERT_TRUE(durable(Queue::kFile));
  EXPECT_TRUE(history.may_vote());
}

// ---- broadcast

TEST_F(FollowerTest, AcknowledgesWhatIsDurableInOrder) {
  synchronize();
  propose(z(2, 1));
  desk.out.disk.clear();
  propose(z(2, 2));
  propose(z(2, 3));
  EXPECT_THAT(types(), IsEmpty());
  {
    Turn turn = desk.turn();
    history.on_durable({Queue::kLog, 1}, turn);
  }
  advance();
  auto acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].zxid, z(2, 1));
  disk();
  acks = desk.sent(conn);
  ASSERT_EQ(acks.size(), 2U);
  EXPECT_EQ(acks[0].zxid, z(2, 2));
  EXPECT_EQ(acks[1].zxid, z(2, 3));
}

TEST_F(FollowerTest, ProposalsAndCommitsMustFollowEachOther) {
  synchronize();
  const Moment before = moment();
  const auto failure = [&](std::vector<std::pair<wire::PacketType, Zxid>> packets) {
    back_to(before);
    for (const auto& [type, zxid] : packets) {
      if (type == kProposal)
        say(type, zxid, next(zxid)->payload);
      else
        say(type, zxid);
    }
    return std::string(following.failure() ? following.failure() : "");
  };
  EXPECT_EQ(failure({{kProposal, z(2, 1)}, {kProposal, z(2, 2)}, {kCommit, z(2, 1)}, {kCommit, z(2, 2)}}), "");
  EXPECT_EQ(failure({{kProposal, z(2, 2)}}), "a proposal is missing");  // 4925
  EXPECT_EQ(failure({{kProposal, z(2, 1)}, {kProposal, z(2, 3)}}), "a proposal is missing");
  EXPECT_EQ(failure({{kProposal, z(3, 2)}}), "a proposal is missing");
  EXPECT_EQ(failure({{kProposal, z(1, 6)}}), "") << "1.6 follows 1.5";
  EXPECT_EQ(failure({{kCommit, z(2, 1)}}), "a commit without its proposal");
  EXPECT_EQ(failure({{kProposal, z(2, 1)}, {kProposal, z(2, 2)}, {kCommit, z(2, 2)}}), "a commit out of order");
}

TEST_F(FollowerTest, AWrongDigestStopsTheProcess) {
  synchronize();
  wire::Txn txn = *wire::decode_txn(next(z(2, 1))->payload);
  txn.digest->tree_digest ^= 1;
  say(kProposal, z(2, 1), wire::encode_txn(txn));
  EXPECT_TRUE(following.fatal());
  EXPECT_EQ(history.logged().zxid, z(1, 5));
}

TEST_F(FollowerTest, TouchesRideOnTheAnswerToAPing) {
  synchronize();
  following.touch(SessionId{4}, 1000);
  following.touch(SessionId{4}, 2000);
  following.touch(SessionId{9}, 3000);
  say(kPing, z(2, 0));
  auto answers = desk.sent(conn);
  ASSERT_EQ(answers.size(), 1U);
  const std::vector<wire::SessionTouch> expected{{SessionId{4}, 2000}, {SessionId{9}, 3000}};
  EXPECT_EQ(wire::decode_touches(answers[0].data), expected);
  say(kPing, z(2, 0));
  answers = desk.sent(conn);
  EXPECT_TRUE(wire::decode_touches(answers[0].data)->empty());
}

TEST_F(FollowerTest, WhatTheNodeAsksGoesToTheLeaderAndAnswersComeBack) {
  synchronize();
  Turn turn = desk.turn();
  const std::vector<wire::AclId> ids{{Bytes("ip"), Bytes("10.0.0.1")}};
  following.forward({SessionId{4}, 7, wire::OpCode::kDelete, Bytes("body"), ids}, turn);
  following.sync(SessionId{4}, 8, turn);
  following.revalidate(SessionId{4}, 6000, turn);
  const auto packets = desk.sent(conn);
  ASSERT_EQ(packets.size(), 3U);
  EXPECT_EQ(packets[0].type, kRequest);
  EXPECT_EQ(packets[0].authinfo, ids);
  EXPECT_EQ(wire::decode_forwarded_request(packets[0].data)->cxid, 7);
  EXPECT_EQ(wire::decode_forwarded_request(packets[1].data)->type, wire::OpCode::kSync);
  EXPECT_EQ(packets[2].type, kRevalidate);
  say(kSync, Zxid{0}, Bytes());
  say(kRevalidate, Zxid{-1}, wire::encode(wire::RevalidateResponse{SessionId{4}, true}));
  ASSERT_EQ(desk.told<SyncAnswered>().size(), 1U);
  EXPECT_EQ(desk.told<SyncAnswered>()[0].cxid, 8);
  ASSERT_EQ(desk.told<RevalidateAnswered>().size(), 1U);
  EXPECT_TRUE(desk.told<RevalidateAnswered>()[0].valid);
}

// An Apache leader's SYNC is empty: its order alone says whose it is.
TEST_F(FollowerTest, SyncsAreAnsweredInTheOrderInWhichTheyWereAsked) {
  synchronize();
  Turn turn = desk.turn();
  following.sync(SessionId{4}, 8, turn);
  following.sync(SessionId{5}, 8, turn);
  say(kSync, Zxid{0}, Bytes());
  ASSERT_EQ(desk.told<SyncAnswered>().size(), 1U);
  EXPECT_EQ(desk.told<SyncAnswered>()[0].session, SessionId{4});
  say(kSync, Zxid{0}, Bytes());
  say(kSync, Zxid{0}, Bytes());
  ASSERT_EQ(desk.told<SyncAnswered>().size(), 2U) << "one that nobody asked for means nothing";
  EXPECT_EQ(desk.told<SyncAnswered>()[1].session, SessionId{5});
  EXPECT_EQ(following.failure(), nullptr);
}

}  // namespace
}  // namespace vivarium::zab::testing

#include "tests/zab/leading_support.h"

namespace vivarium::zab::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using enum PacketType;

struct Synchronization : LeaderTest {
  void discovered(const std::vector<int64_t>& sids, Zxid last = z(1, 5)) {
    for (const int64_t sid : sids) info(sid);
    disk();
    for (const int64_t sid : sids) {
      types(sid);
      ack_epoch(sid, 1, last);
    }
  }
};

TEST_F(Synchronization, NothingIsSentBeforeAQuorumHasAcknowledgedTheEpoch) {
  begin(5);
  info(2);
  info(3);
  info(4);
  disk();
  types(2);
  ack_epoch(2);
  EXPECT_THAT(types(2), IsEmpty());
  EXPECT_EQ(link(2).phase, LearnerLink::Phase::kReady);
  ack_epoch(3);
  EXPECT_THAT(types(2), ElementsAre(kDiff, kNewLeader));
  types(4);
  ack_epoch(4);
  EXPECT_THAT(types(4), ElementsAre(kDiff, kNewLeader)) << "later ones at once";
}

TEST_F(Synchronization, WhatALearnerLacksStandsBetweenDiffAndNewLeader) {
  begin();
  discovered({2}, z(1, 3));
  const auto packets = desk.sent(conn_of(2));
  std::vector<std::pair<PacketType, Zxid>> got;
  for (const auto& p : packets) got.emplace_back(p.type, p.zxid);
  EXPECT_THAT(got,
              ElementsAre(std::pair(kDiff, z(1, 5)), std::pair(kProposal, z(1, 4)), std::pair(kCommit, z(1, 4)),
                          std::pair(kProposal, z(1, 5)), std::pair(kCommit, z(1, 5)), std::pair(kNewLeader, z(2, 0))));
  EXPECT_EQ(packets[1].data, (*history.find(z(1, 4)))->payload);
}

TEST_F(Synchronization, ATailOfALearnerIsCut) {
  begin();
  info(2);
  info(3);
  disk();
  ack_epoch(2);
  types(3);
  ack_epoch(3, 0, z(1, 8));  // of an older epoch: not more recent
  const auto packets = desk.sent(conn_of(3));
  ASSERT_EQ(packets.size(), 2U);
  EXPECT_EQ(packets[0].type, kTrunc);
  EXPECT_EQ(packets[0].zxid, z(1, 5));
}

// Our own currentEpoch is our ACK; nobody is served before a quorum has sent theirs.
TEST_F(Synchronization, EstablishedByAQuorumOfAcksOfNewLeaderOursIncluded) {
  begin(5, 1);
  discovered({2, 3, 4, 6});
  for (const int64_t sid : {2, 3, 4, 6}) types(sid);
  EXPECT_TRUE(epoch_asked(log::EpochFile::kCurrent));
  ack(6, z(2, 0));
  ack(2, z(2, 0));
  ack(3, z(2, 0));
  EXPECT_FALSE(leading.established()) << "our own epoch is not durable, and an observer does not count";
  EXPECT_EQ(history.committed().zxid, z(1, 2));
  EXPECT_THAT(types(2), IsEmpty());
  disk();
  EXPECT_TRUE(leading.established());
  EXPECT_EQ(history.committed().zxid, z(1, 5));
  for (const int64_t sid : {2, 3, 6}) EXPECT_THAT(types(sid), ElementsAre(kUpToDate)) << sid;
  EXPECT_THAT(types(4), IsEmpty());
  ack(4, z(2, 0));
  EXPECT_THAT(types(4), ElementsAre(kUpToDate));
  const auto changes = desk.told<RoleChanged>();
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(changes[0].serving);
  EXPECT_EQ(changes[0].epoch, Epoch{2});
}

TEST_F(Synchronization, OurOwnEpochAloneIsNoQuorum) {
  begin();
  discovered({2});
  disk();
  EXPECT_EQ(leading.phase(), Leading::Phase::kNewLeader);
  EXPECT_FALSE(leading.established());
  ack(2, z(2, 0));
  EXPECT_TRUE(leading.established());
}

log::Recovered with_big_nodes() {
  log::Recovered out = recovered_of({z(1, 1)}, Epoch{1});
  for (uint32_t counter = 2; counter <= 6; ++counter) {
    const wire::CreateRequest create{Bytes(fmt::format("/big{}", counter)),
                                     Bytes(std::string(700'000, static_cast<char>('a' + counter))),
                                     wire::world_anyone_all(), 0};
    tree::prepare(out.state, {SessionId{z(1, 1).value}, 1, wire::OpCode::kCreate, wire::encode(create), {}},
                  z(1, counter), 1, {});
  }
  out.snapshot_state = out.state;
  out.records.clear();
  return out;
}

// Of a snapshot one piece is unsent at a time, whatever its size. What is proposed while it streams stands between its
// last byte and NEWLEADER (962, 3104).
TEST_F(Synchronization, ASnapshotPieceByPieceThenWhatWasProposedMeanwhileThenNewLeader) {
  begin_with(with_big_nodes(), 3);
  establish_with({2});
  const tree::State before = history.committed();
  ASSERT_EQ(before.nodes.size(), tree::State::fresh().nodes.size() + 5);
  desk.config.force_snap = true;
  info(3);
  ack_epoch(3, 1, z(1, 3));
  ASSERT_EQ(link(3).phase, LearnerLink::Phase::kSnapshot);
  std::string stream;
  const auto first = desk.sent(conn_of(3), &stream);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[1].type, kSnap);
  EXPECT_EQ(first[1].zxid, z(1, 6));
  propose(1);
  EXPECT_THAT(desk.sent(conn_of(3)), IsEmpty());
  disk();
  ack(2, z(2, 1));
  propose(2);
  EXPECT_THAT(desk.sent(conn_of(3)), IsEmpty()) << "nothing overtakes the snapshot";
  std::vector<std::pair<PacketType, Zxid>> got;
  int pieces = 1;
  for (; link(3).phase == LearnerLink::Phase::kSnapshot && pieces < 100; ++pieces) {
    const size_t size = stream.size();
    Turn turn = desk.turn();
    leading.on_sent(conn_of(3), history, turn);
    for (const auto& p : desk.sent(conn_of(3), &stream)) got.emplace_back(p.type, p.zxid);
    EXPECT_LE(stream.size() - size, (512U << 10) + 701'000) << "a piece, and the node that it ended in";
  }
  EXPECT_GT(pieces, 2);
  EXPECT_THAT(got, ElementsAre(std::pair(kProposal, z(2, 1)), std::pair(kCommit, z(2, 1)),
                               std::pair(kProposal, z(2, 2)), std::pair(kNewLeader, z(2, 0))));
  log::SnapshotReader reader;
  reader.feed(Bytes(stream));
  ASSERT_TRUE(reader.complete());
  EXPECT_EQ(reader.take_state(z(1, 6)), before) << "of the moment at which it began";
}

// However long a snapshot takes, its learner is dropped only when it takes nothing more of it.
TEST_F(Synchronization, ALearnerOfASnapshotLivesAsLongAsItTakesPieces) {
  begin_with(with_big_nodes(), 3);
  establish_with({2});
  desk.config.force_snap = true;
  info(3);
  ack_epoch(3, 1, z(1, 3));
  const Duration patience = desk.config.tick * (desk.config.init_limit + desk.config.sync_limit);
  const auto lives = [&] {
    say(conn_of(2), kPing, z(2, 0), Bytes::empty_value());
    return leading.owns(conn_of(3));
  };
  for (int pieces = 0; pieces < 3; ++pieces) {
    desk.pass(patience - milliseconds(1));
    EXPECT_TRUE(lives());
    ASSERT_EQ(link(3).phase, LearnerLink::Phase::kSnapshot);
    Turn turn = desk.turn();
    leading.on_sent(conn_of(3), history, turn);
  }
  desk.pass(patience);
  EXPECT_FALSE(lives());
}

// What was read of the log goes as far as the window; from there on the window itself, as it is by then.
TEST_F(Synchronization, FromTheLogAndThenFromTheWindow) {
  begin(3, 0, run_of(1, 1, 9), z(1, 6));
  discovered({2}, z(1, 3));
  ASSERT_EQ(link(2).phase, LearnerLink::Phase::kReadLog);
  ASSERT_EQ(desk.operations<log::ReadLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::ReadLog>()[0].from, z(1, 3));
  EXPECT_EQ(desk.operations<log::ReadLog>()[0].to, z(1, 6)) << "the window has the rest";
  EXPECT_EQ(desk.operations<log::ReadLog>()[0].bytes_max, desk.config.log_sync_bytes_max);
  EXPECT_THAT(types(2), IsEmpty());
  Turn turn = desk.turn();
  leading.on_log_read({link(2).log_query + 1, {}, false}, history, turn);
  EXPECT_THAT(types(2), IsEmpty()) << "an answer to somebody else";
  leading.on_log_read({link(2).log_query, records_of(run_of(1, 1, 9)), true}, history, turn);
  std::vector<Zxid> proposed;
  for (const auto& p : desk.sent(conn_of(2))) {
    if (p.type == kProposal) proposed.push_back(p.zxid);
  }
  EXPECT_EQ(proposed, run_of(1, 4, 9));
  EXPECT_EQ(link(2).phase, LearnerLink::Phase::kNewLeader);
}

// log_sync_bytes_max
TEST_F(Synchronization, ALogThatIsLongerThanDiffMayBeIsASnapshot) {
  for (const bool allowed : {true, false}) {
    leading = Leading();
    desk.out.clear();
    begin(3, 0, run_of(1, 1, 9), z(1, 6));
    const auto records = records_of(run_of(1, 1, 9));
    const auto one = static_cast<int64_t>(records[4].payload.size());
    desk.config.log_sync_bytes_max = 3 * one - (allowed ? 0 : 1);  // 1.4 to 1.6
    discovered({2}, z(1, 3));
    ASSERT_EQ(link(2).phase, LearnerLink::Phase::kReadLog);
    Turn turn = desk.turn();
    leading.on_log_read({link(2).log_query, records, true}, history, turn);
    EXPECT_EQ(types(2).front(), allowed ? kDiff : kSnap);
  }
}

TEST_F(Synchronization, WhatIsCommittedWhileTheLogIsReadIsNotLost) {
  desk.config.window = 2;
  begin(3, 0, run_of(1, 1, 5), z(1, 4));
  establish_with({2});
  info(3);
  ack_epoch(3, 1, z(1, 2));
  ASSERT_EQ(link(3).phase, LearnerLink::Phase::kReadLog);
  for (int64_t i = 1; i <= 6; ++i) {
    propose(i);
    disk();
    ack(2, z(2, static_cast<uint32_t>(i)));
  }
  ASSERT_EQ(history.committed().zxid, z(2, 6));
  types(3);
  Turn turn = desk.turn();
  leading.on_log_read({link(3).log_query, records_of(run_of(1, 1, 5)), true}, history, turn);
  std::vector<Zxid> proposed;
  for (const auto& p : desk.sent(conn_of(3))) {
    if (p.type == kProposal) proposed.push_back(p.zxid);
  }
  EXPECT_EQ(proposed, joined(run_of(1, 3, 5), run_of(2, 1, 6)));
}

}  // namespace
}  // namespace vivarium::zab::testing

#include "core/zab/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

using log::Queue;
using ::testing::ElementsAre;

struct HistoryTest : ::testing::Test {
  Desk desk{config_of(3)};

  History with(const std::vector<Zxid>& zxids, Zxid below = {}) {
    History history(recovered_of(zxids, Epoch{1}, below), desk.config, Rng(1));
    Turn turn = desk.turn();
    history.start(turn);
    desk.all_durable(history);
    return history;
  }
  void append(History& history, Zxid zxid) {
    Turn turn = desk.turn();
    history.append(proposal_of(history, zxid), turn);
  }
  void commit(History& history, Zxid zxid) {
    Turn turn = desk.turn();
    history.commit(zxid, turn);
  }
  tree::State state_of(const std::vector<Zxid>& zxids) { return recovered_of(zxids, Epoch{1}).state; }
};

TEST_F(HistoryTest, BeginsWithTheSnapshotCommittedAndTheLogLogged) {
  const History history = with(run_of(1, 1, 5), z(1, 2));
  EXPECT_EQ(history.base(), z(1, 2));
  EXPECT_EQ(history.committed().zxid, z(1, 2));
  EXPECT_EQ(history.logged().zxid, z(1, 5));
  EXPECT_EQ(history.durable(), z(1, 5));
  EXPECT_EQ(keys_of(history), run_of(1, 3, 5));
  for (uint32_t counter = 2; counter <= 5; ++counter) {
    const tree::State* state = history.state_at(z(1, counter));
    ASSERT_TRUE(state);
    EXPECT_EQ(*state, state_of(run_of(1, 1, counter)));
  }
  EXPECT_EQ(history.state_at(z(1, 1)), nullptr);
  EXPECT_EQ(history.state_at(z(1, 6)), nullptr);
}

// 2819: what a snapshot or a leader says of the ensemble is theirs.
TEST_F(HistoryTest, OurOwnMembershipStandsInEveryState) {
  desk.config.membership = "server.1=a:1:2:participant\nversion=0";
  History history = with(run_of(1, 1, 5), z(1, 2));
  const auto config_of = [](const tree::State& state) { return state.find("/zookeeper/config")->data.str(); };
  for (uint32_t counter = 2; counter <= 5; ++counter)
    EXPECT_EQ(config_of(*history.state_at(z(1, counter))), desk.config.membership);
  tree::State theirs = state_of(run_of(1, 1, 7));
  tree::install_config(theirs, Bytes("server.9=z:1:2:participant\nversion=0"));
  Turn turn = desk.turn();
  history.replace(theirs, turn);
  EXPECT_EQ(config_of(history.committed()), desk.config.membership);
  EXPECT_EQ(history.logged().config.str(), desk.config.membership);
  EXPECT_EQ(history.logged().tree_digest, theirs.tree_digest);
}

TEST_F(HistoryTest, TheWindowKeepsSoManyCommittedTransactionsAndAllUncommittedOnes) {
  desk.config.window = 3;
  History history = with({});
  for (uint32_t counter = 1; counter <= 10; ++counter) append(history, z(1, counter));
  EXPECT_EQ(keys_of(history), run_of(1, 1, 10));
  for (uint32_t counter = 1; counter <= 10; ++counter) {
    commit(history, z(1, counter));
    const uint32_t base = counter > 3 ? counter - 3 : 0;
    EXPECT_EQ(history.base(), base ? z(1, base) : Zxid{});
    EXPECT_EQ(keys_of(history), run_of(1, base + 1, 10));
    EXPECT_EQ(history.committed(), state_of(run_of(1, 1, counter)));
    EXPECT_EQ(history.base_digest(), state_of(run_of(1, 1, base)).tree_digest);
    EXPECT_EQ(history.logged().zxid, z(1, 10));
  }
  commit(history, z(1, 4));  // long done
  EXPECT_EQ(history.committed().zxid, z(1, 10));
}

// Entries that wait keep their States; so do those of this step, for whoever looks at them, and the last one.
TEST_F(HistoryTest, WhatWasCommittedInAnEarlierStepHoldsNoState) {
  History history = with({});
  for (uint32_t counter = 1; counter <= 6; ++counter) append(history, z(1, counter));
  const auto with_state = [&] {
    std::vector<uint32_t> counters;
    for (const auto& [zxid, proposal] : history.window()) {
      if (proposal->after.zxid == zxid) counters.push_back(zxid.counter());
      EXPECT_EQ(proposal->tree_digest, state_of(run_of(1, 1, zxid.counter())).tree_digest);
    }
    return counters;
  };
  commit(history, z(1, 2));
  commit(history, z(1, 4));
  EXPECT_THAT(with_state(), ElementsAre(1, 2, 3, 4, 5, 6));
  const ProposalRef delivered = *history.find(z(1, 3));
  history.forget_states();
  EXPECT_THAT(with_state(), ElementsAre(4, 5, 6));
  EXPECT_EQ(delivered->after.zxid, z(1, 3)) << "who holds it, keeps it";
  EXPECT_EQ(keys_of(history), run_of(1, 1, 6));
  EXPECT_EQ(history.state_at(z(1, 3)), nullptr);
  commit(history, z(1, 6));
  history.forget_states();
  EXPECT_THAT(with_state(), ElementsAre(6));
  EXPECT_EQ(history.committed(), state_of(run_of(1, 1, 6)));
}

TEST_F(HistoryTest, AHeldWindowIsNotTrimmed) {
  desk.config.window = 2;
  History history = with({});
  for (uint32_t counter = 1; counter <= 9; ++counter) append(history, z(1, counter));
  commit(history, z(1, 4));
  EXPECT_EQ(history.base(), z(1, 2));
  history.hold_window(z(1, 3));
  commit(history, z(1, 8));
  EXPECT_EQ(history.base(), z(1, 3)) << "what comes after the held point stays";
  history.hold_window(std::nullopt);
  commit(history, z(1, 9));
  EXPECT_EQ(history.base(), z(1, 7));
}

TEST_F(HistoryTest, WhatIsAppendedDuringASyncGoesOutTogetherAfterIt) {
  History history = with({});
  append(history, z(1, 1));
  append(history, z(1, 2));  // the same step
  ASSERT_EQ(desk.operations<log::AppendRecords>().size(), 1U);
  EXPECT_EQ(desk.operations<log::AppendRecords>()[0].records.size(), 2U);
  const log::DiskOperation under_way = desk.out.disk.front();
  desk.out.clear();  // the step is over
  append(history, z(1, 3));
  append(history, z(1, 4));
  EXPECT_TRUE(desk.out.disk.empty());
  EXPECT_EQ(history.durable(), Zxid{});
  EXPECT_FALSE(history.all_durable());
  Turn turn = desk.turn();
  history.on_durable({Queue::kLog, under_way.seq}, turn);
  EXPECT_EQ(history.durable(), z(1, 2));
  ASSERT_EQ(desk.operations<log::AppendRecords>().size(), 1U);
  EXPECT_EQ(desk.operations<log::AppendRecords>()[0].records.front().zxid, z(1, 3));
  EXPECT_EQ(desk.operations<log::AppendRecords>()[0].records.size(), 2U);
  EXPECT_FALSE(history.all_durable());
  desk.all_durable(history);
  EXPECT_EQ(history.durable(), z(1, 4));
  EXPECT_TRUE(history.all_durable());
}

TEST_F(HistoryTest, AGroupMayBeBounded) {
  desk.config.group_commit_max = 2;
  History history = with({});
  for (int counter = 1; counter <= 5; ++counter) append(history, z(1, counter));
  for (const auto& [size, last] : {std::pair{2U, 2}, std::pair{2U, 4}, std::pair{1U, 5}}) {
    ASSERT_EQ(desk.operations<log::AppendRecords>().size(), 1U);
    EXPECT_EQ(desk.operations<log::AppendRecords>()[0].records.size(), size);
    EXPECT_FALSE(history.all_durable());
    const uint64_t seq = desk.out.disk.back().seq;
    desk.out.clear();
    Turn turn = desk.turn();
    history.on_durable({Queue::kLog, seq}, turn);
    EXPECT_EQ(history.durable(), z(1, last));
  }
  EXPECT_TRUE(history.all_durable());
}

TEST_F(HistoryTest, TruncatesToAnyPointThatItHolds) {
  for (uint32_t keep = 2; keep <= 5; ++keep) {
    History history = with(run_of(1, 1, 5), z(1, 2));
    Turn turn = desk.turn();
    history.truncate(z(1, keep), turn);
    EXPECT_EQ(history.logged(), state_of(run_of(1, 1, keep)));
    EXPECT_EQ(history.durable(), z(1, keep));
    EXPECT_EQ(keys_of(history), run_of(1, 3, keep));
    ASSERT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
    EXPECT_EQ(desk.operations<log::TruncateLog>()[0].keep, z(1, keep));
    EXPECT_FALSE(history.settled());
    desk.all_durable(history);
    EXPECT_TRUE(history.settled());
  }
}

TEST_F(HistoryTest, WhatWasNotSentToTheDiskIsNotSentAfterATruncation) {
  History history = with(run_of(1, 1, 2), z(1, 1));
  append(history, z(1, 3));
  desk.out.clear();
  append(history, z(1, 4));
  append(history, z(1, 5));
  Turn turn = desk.turn();
  history.truncate(z(1, 2), turn);
  EXPECT_EQ(history.logged().zxid, z(1, 2));
  history.on_durable({Queue::kLog, 1}, turn);  // the append of 1.3, which is ahead of the cut in its queue
  EXPECT_EQ(history.durable(), z(1, 2));
  EXPECT_TRUE(desk.operations<log::AppendRecords>().empty());
  append(history, z(2, 1));
  desk.all_durable(history);
  EXPECT_EQ(history.durable(), z(2, 1));
}

// 4837: the log is cut first, and the snapshots above the point go when that is durable.
TEST_F(HistoryTest, BelowWhatIsCommittedItIsReloadedFromDisk) {
  History history = with(run_of(1, 1, 5), z(1, 4));
  Turn turn = desk.turn();
  history.truncate(z(1, 2), turn);
  ASSERT_EQ(desk.operations<log::Reload>().size(), 1U);
  EXPECT_EQ(desk.operations<log::Reload>()[0].keep, z(1, 2));
  EXPECT_TRUE(desk.operations<log::TruncateLog>().empty());
  EXPECT_FALSE(history.settled());
  log::Recovered found = recovered_of(run_of(1, 1, 2), Epoch{1});
  found.snapshots = 1;
  history.on_reloaded({1, found}, turn);
  EXPECT_EQ(history.logged(), state_of(run_of(1, 1, 2)));
  EXPECT_EQ(history.committed().zxid, Zxid{});
  EXPECT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_TRUE(desk.operations<log::DiscardSnapshotsAbove>().empty());
  while (desk.durable(history, Queue::kLog)) {
  }
  ASSERT_EQ(desk.operations<log::DiscardSnapshotsAbove>().size(), 1U);
  EXPECT_EQ(desk.operations<log::DiscardSnapshotsAbove>()[0].zxid, z(1, 2));
  EXPECT_FALSE(history.settled());
  desk.all_durable(history);
  EXPECT_TRUE(history.settled());
  EXPECT_TRUE(history.may_vote());
}

TEST_F(HistoryTest, WhenThePointCannotBeRebuiltItBeginsFromNothingWithoutAVote) {
  History history = with(run_of(1, 1, 5), z(1, 4));
  Turn turn = desk.turn();
  history.truncate(z(1, 2), turn);
  history.on_reloaded({1, recovered_of({z(1, 1)}, Epoch{1})}, turn);
  EXPECT_EQ(history.logged().zxid, Zxid{});
  EXPECT_FALSE(history.may_vote());
  EXPECT_EQ(history.current_epoch(), Epoch{1});
  ASSERT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::TruncateLog>()[0].keep, Zxid{0});
  desk.all_durable(history);
  EXPECT_TRUE(history.settled());
  history.synchronized();
  EXPECT_TRUE(history.may_vote());
}

TEST_F(HistoryTest, WhatSnapBroughtIsWrittenBeforeTheLogIsCut) {
  History history = with(run_of(1, 1, 5), z(1, 2));
  append(history, z(1, 6));
  desk.out.clear();
  append(history, z(1, 7));  // still here, and of no use any more
  Turn turn = desk.turn();
  history.replace(state_of(run_of(2, 1, 3)), turn);
  EXPECT_EQ(history.base(), z(2, 3));
  EXPECT_EQ(history.committed(), state_of(run_of(2, 1, 3)));
  EXPECT_EQ(history.logged().zxid, z(2, 3));
  EXPECT_TRUE(keys_of(history).empty());
  ASSERT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
  EXPECT_EQ(desk.operations<log::WriteSnapshot>()[0].state.zxid, z(2, 3));
  EXPECT_TRUE(desk.operations<log::TruncateLog>().empty());
  ASSERT_TRUE(desk.durable(history, Queue::kSnapshot));
  ASSERT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::TruncateLog>()[0].keep, Zxid{0});
  EXPECT_FALSE(history.settled());
}

TEST_F(HistoryTest, TheFirstSnapshotComesBeforeTheFirstRecordAndAStaleLogGoes) {
  log::Recovered fresh = recovered_of({}, Epoch{0});
  fresh.snapshots = 0;
  History first(fresh, desk.config, Rng(1));
  Turn turn = desk.turn();
  first.start(turn);
  EXPECT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
  EXPECT_FALSE(first.settled());
  desk.all_durable(first);
  EXPECT_TRUE(first.settled());

  History stale(recovered_of(run_of(1, 1, 4), Epoch{1}, z(1, 4)), desk.config, Rng(1));  // no record after the snapshot
  stale.start(turn);
  ASSERT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::TruncateLog>()[0].keep, Zxid{0});
}

TEST_F(HistoryTest, AWipedServersMissingSnapshotIsOfAllThatIsLogged) {
  log::Recovered wiped = recovered_of({}, Epoch{0});
  wiped.snapshots = 0;
  wiped.may_vote = false;
  History history(wiped, desk.config, Rng(1));
  Turn turn = desk.turn();
  history.start(turn);
  desk.all_durable(history);
  append(history, z(1, 1));
  desk.all_durable(history);
  EXPECT_TRUE(history.write_missing_snapshot(turn));
  EXPECT_FALSE(history.settled());
  ASSERT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
  EXPECT_EQ(desk.operations<log::WriteSnapshot>()[0].state.zxid, z(1, 1));
  desk.all_durable(history);
  EXPECT_TRUE(history.settled());
  EXPECT_FALSE(history.write_missing_snapshot(turn));
}

TEST_F(HistoryTest, SnapshotsAreOfWhatIsCommittedAndOneAtATime) {
  desk.config.snap_count = 4;
  History history = with({});
  for (uint32_t counter = 1; counter <= 20; ++counter) append(history, z(1, counter));
  uint32_t counter = 0;
  while (desk.operations<log::WriteSnapshot>().empty()) {
    ASSERT_LE(counter, 4U);
    commit(history, z(1, ++counter));
  }
  EXPECT_GT(counter, 2U);
  EXPECT_EQ(desk.operations<log::WriteSnapshot>()[0].state, state_of(run_of(1, 1, counter)));
  EXPECT_EQ(desk.operations<log::RollLog>().size(), 1U);
  ASSERT_EQ(desk.operations<log::Purge>().size(), 1U);
  EXPECT_EQ(desk.operations<log::Purge>()[0].retain, desk.config.snap_retain);
  commit(history, z(1, 15));
  EXPECT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U) << "the first is not durable yet";
  desk.all_durable(history);
  commit(history, z(1, 16));
  EXPECT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
}

TEST_F(HistoryTest, BytesMakeASnapshotDueToo) {
  desk.config.snap_bytes = 40'000;  // a record of a session is some 60 bytes
  History history = with({});
  uint32_t counter = 0;
  while (desk.operations<log::WriteSnapshot>().empty()) {
    ASSERT_LE(counter, 800U);
    append(history, z(1, ++counter));
    desk.out.disk.clear();
    commit(history, z(1, counter));
  }
  EXPECT_GT(counter, 200U);
}

TEST_F(HistoryTest, ALogOfItsFullSizeIsFollowedByANewOne) {  // txnLogSizeLimitInKb
  desk.config.log_file_bytes = 200;
  History history = with({});
  for (uint32_t counter = 1; counter <= 20; ++counter) {
    append(history, z(1, counter));
    desk.all_durable(history);
  }
  EXPECT_TRUE(history.all_durable());
  desk.out.disk.clear();
  size_t rolls = 0;
  for (uint32_t counter = 21; counter <= 40; ++counter) {
    append(history, z(1, counter));
    rolls += desk.operations<log::RollLog>().size();
    desk.all_durable(history);
  }
  EXPECT_GE(rolls, 3U);
  EXPECT_LE(rolls, 10U);
}

TEST_F(HistoryTest, NothingIsPurgedUnlessItIsAskedFor) {
  desk.config.snap_count = 4;
  desk.config.purge_interval.reset();
  History history = with({});
  for (uint32_t counter = 1; counter <= 20; ++counter) append(history, z(1, counter));
  commit(history, z(1, 20));
  ASSERT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
  EXPECT_TRUE(desk.operations<log::Purge>().empty());
  desk.all_durable(history);
  EXPECT_TRUE(desk.operations<log::Purge>().empty());
}

TEST_F(HistoryTest, APurgeComesAtTheStartAndThenOncePerInterval) {
  desk.config.snap_count = 4;
  desk.config.purge_interval = seconds(3600);
  History history(recovered_of(run_of(1, 1, 2), Epoch{1}, z(1, 1)), desk.config, Rng(1));
  Turn turn = desk.turn();
  history.start(turn);
  EXPECT_EQ(desk.operations<log::Purge>().size(), 1U);
  desk.all_durable(history);
  size_t purges = 0;
  for (uint32_t counter = 3; counter <= 60; ++counter) {
    append(history, z(1, counter));
    commit(history, z(1, counter));
    purges += desk.operations<log::Purge>().size();
    desk.all_durable(history);
    desk.pass(seconds(100));  // 58 of them are 5800 s
  }
  EXPECT_EQ(purges, 1U);
}

// A purge removes logs: whoever reads or cuts them has not one taken away under his hands.
TEST_F(HistoryTest, APurgeAndTheReadersOfTheLogWaitForEachOther) {
  desk.config.snap_count = 4;
  History history = with({});
  for (uint32_t counter = 1; counter <= 20; ++counter) append(history, z(1, counter));
  Turn turn = desk.turn();
  history.read_log(z(1, 1), turn);
  commit(history, z(1, 10));
  ASSERT_EQ(desk.operations<log::WriteSnapshot>().size(), 1U);
  EXPECT_TRUE(desk.operations<log::Purge>().empty()) << "the log is being read";
  while (!desk.operations<log::ReadLog>().empty()) ASSERT_TRUE(desk.durable(history, Queue::kLog));
  ASSERT_EQ(desk.operations<log::Purge>().size(), 1U);
  history.read_log(z(1, 2), turn);
  EXPECT_TRUE(desk.operations<log::ReadLog>().empty()) << "logs are being removed";
  while (!desk.operations<log::Purge>().empty()) ASSERT_TRUE(desk.durable(history, Queue::kSnapshot));
  ASSERT_EQ(desk.operations<log::ReadLog>().size(), 1U);
  EXPECT_EQ(desk.operations<log::ReadLog>()[0].from, z(1, 2));
  EXPECT_EQ(desk.operations<log::ReadLog>()[0].query, 2U);
}

TEST_F(HistoryTest, ATruncationWaitsForThePurge) {
  desk.config.snap_count = 4;
  History history = with({});
  for (uint32_t counter = 1; counter <= 20; ++counter) append(history, z(1, counter));
  desk.all_durable(history);
  commit(history, z(1, 10));
  ASSERT_EQ(desk.operations<log::Purge>().size(), 1U);
  Turn turn = desk.turn();
  history.truncate(z(1, 15), turn);
  EXPECT_TRUE(desk.operations<log::TruncateLog>().empty());
  EXPECT_FALSE(history.settled());
  while (!desk.operations<log::Purge>().empty()) ASSERT_TRUE(desk.durable(history, Queue::kSnapshot));
  EXPECT_EQ(desk.operations<log::TruncateLog>().size(), 1U);
  desk.all_durable(history);
  EXPECT_TRUE(history.settled());
}

TEST_F(HistoryTest, AnEpochCountsWhenItsFileIsDurable) {
  History history = with({});
  Turn turn = desk.turn();
  const Promise accepted = history.write_epoch(log::EpochFile::kAccepted, Epoch{5}, turn);
  const Promise current = history.write_epoch(log::EpochFile::kCurrent, Epoch{5}, turn);
  EXPECT_EQ(history.accepted_epoch(), Epoch{1});
  ASSERT_TRUE(desk.durable(history, Queue::kFile));
  EXPECT_TRUE(accepted.kept(history.disk()));
  EXPECT_FALSE(current.kept(history.disk()));
  EXPECT_EQ(history.accepted_epoch(), Epoch{5});
  EXPECT_EQ(history.current_epoch(), Epoch{1});
  ASSERT_TRUE(desk.durable(history, Queue::kFile));
  EXPECT_EQ(history.current_epoch(), Epoch{5});
}

TEST_F(HistoryTest, ATransactionWithAnotherDigestIsToldApartFromAMalformedOne) {
  History history = with(run_of(1, 1, 2));
  bool mismatch = false;
  EXPECT_FALSE(history.proposal_from(Bytes("no transaction"), &mismatch));
  const ProposalRef good = proposal_of(history, z(1, 3));
  wire::Txn txn = *wire::decode_txn(good->payload);
  EXPECT_TRUE(history.proposal_from(wire::encode_txn(txn), &mismatch));
  EXPECT_FALSE(mismatch);
  txn.digest->tree_digest ^= 1;
  EXPECT_TRUE(history.proposal_from(wire::encode_txn(txn), &mismatch));
  EXPECT_TRUE(mismatch);
}

}  // namespace
}  // namespace vivarium::zab::testing

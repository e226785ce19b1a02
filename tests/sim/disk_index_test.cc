// What is durable is found by parsing the bytes that a power loss leaves; what was written and not synced is not there.
#include "sim/disk_index.h"

#include <gtest/gtest.h>

#include "core/base/hash.h"
#include "core/log/executor.h"
#include "core/wire/transactions.h"

namespace vivarium::sim {
namespace {

constexpr Zxid at(int64_t counter) { return Zxid(Epoch{1}, counter); }

log::Record record(int64_t counter) {
  wire::Txn txn;
  txn.header.zxid = at(counter);
  txn.header.type = wire::OpCode::kError;
  txn.body = wire::ErrorTxn{};
  return {at(counter), wire::encode_txn(txn)};
}
uint64_t hash_of(int64_t counter) { return hash_bytes(record(counter).payload.view()); }

class DiskIndexTest : public ::testing::Test {
 protected:
  DiskIndexTest() { CHECK(log::recover(disk, {}).has_value()); }
  void do_it(const log::Operation& operation) {
    ASSERT_TRUE(executor.execute(disk, {log::Queue::kLog, ++seq, operation}).has_value());
  }
  void append(std::initializer_list<int64_t> counters) {
    log::AppendRecords operation;
    for (int64_t counter : counters) operation.records.push_back(record(counter));
    do_it(operation);
  }
  bool holds(int64_t counter) const { return index.holds(at(counter), hash_of(counter)); }

  uint64_t seq = 0;
  SimFileSystem disk;
  log::Executor executor{log::ExecutorOptions{1 << 16, {}}};
  DiskIndex index;
};

TEST_F(DiskIndexTest, FindsWhatWasSynced) {
  append({1, 2});
  index.read_on(disk);
  EXPECT_TRUE(holds(1));
  EXPECT_TRUE(holds(2));
  EXPECT_FALSE(holds(3));
  EXPECT_FALSE(index.holds(at(1), hash_of(2)));
  append({3});
  index.read_on(disk);
  EXPECT_TRUE(holds(3));
}

TEST_F(DiskIndexTest, DoesNotFindWhatASyncWouldStillHaveToKeep) {
  append({1});
  const auto path = disk.durable_paths();
  ASSERT_EQ(path.size(), 1U);
  const auto file = disk.open(path[0], OpenMode::kReadWrite);
  ASSERT_TRUE(file.has_value());
  // The bytes of another file's second record, written over here and not synced.
  SimFileSystem other;
  log::Executor elsewhere{log::ExecutorOptions{1 << 16, {}}};
  log::AppendRecords both;
  both.records = {record(1), record(2)};
  ASSERT_TRUE(log::recover(other, {}).has_value());
  ASSERT_TRUE(elsewhere.execute(other, {log::Queue::kLog, 1, both}).has_value());
  const Bytes bytes = other.durable_content(path[0])->read(0, 4096);
  ASSERT_TRUE(disk.pwrite(file->handle, 0, bytes).has_value());
  index.rebuild(disk);
  EXPECT_TRUE(holds(1));
  EXPECT_FALSE(holds(2));
  ASSERT_TRUE(disk.sync(file->handle).has_value());
  index.rebuild(disk);
  EXPECT_TRUE(holds(2));
}

TEST_F(DiskIndexTest, SeesATruncation) {
  append({1, 2, 3});
  index.read_on(disk);
  do_it(log::TruncateLog{at(1)});
  index.read_on(disk);
  EXPECT_TRUE(holds(1));
  EXPECT_FALSE(holds(2));
}

TEST_F(DiskIndexTest, ASnapshotCoversWhatIsBeforeIt) {
  append({1, 2});
  tree::State state = tree::State::fresh();
  state.zxid = at(5);
  do_it(log::WriteSnapshot{state});
  index.rebuild(disk);
  EXPECT_EQ(index.newest_snapshot(), at(5));
  EXPECT_TRUE(holds(4));
  EXPECT_FALSE(holds(6));
}

TEST_F(DiskIndexTest, ReadsEpochFiles) {
  EXPECT_EQ(DiskIndex::epoch_in(disk, "currentEpoch"), std::nullopt);
  do_it(log::WriteEpoch{log::EpochFile::kCurrent, Epoch{7}});
  EXPECT_EQ(DiskIndex::epoch_in(disk, "currentEpoch"), Epoch{7});
  EXPECT_EQ(DiskIndex::epoch_in(disk, "acceptedEpoch"), std::nullopt);
}

}  // namespace
}  // namespace vivarium::sim

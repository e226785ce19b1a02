#include "sim/disk_queue.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

log::DiskOperation append(uint64_t seq, int64_t zxid) {
  return {log::Queue::kLog, seq, log::AppendRecords{{log::Record{Zxid{zxid}, Bytes("payload")}}}};
}

std::vector<int64_t> running_zxids(const DiskQueue& queue) {
  std::vector<int64_t> out;
  for (const log::Record& record : std::get<log::AppendRecords>(queue.running().operation).records)
    out.push_back(record.zxid.value);
  return out;
}

TEST(DiskQueue, AppendsThatWaitGoOutTogetherAndNothingPassesThem) {
  DiskQueue queue;
  EXPECT_FALSE(queue.start());
  queue.add(append(1, 11));
  ASSERT_TRUE(queue.start());
  for (uint64_t seq = 2; seq < 5; ++seq) queue.add(append(seq, static_cast<int64_t>(seq) + 10));
  queue.add({log::Queue::kLog, 5, log::RollLog{}});
  queue.add(append(6, 16));
  EXPECT_TRUE(queue.busy());
  EXPECT_EQ(running_zxids(queue), (std::vector<int64_t>{11}));
  queue.finish();
  ASSERT_TRUE(queue.start());
  EXPECT_EQ(running_zxids(queue), (std::vector<int64_t>{12, 13, 14}));
  EXPECT_EQ(queue.running().seq, 4u);  // answers for all of them
  queue.finish();
  ASSERT_TRUE(queue.start());
  EXPECT_TRUE(std::holds_alternative<log::RollLog>(queue.running().operation));
  queue.finish();
  ASSERT_TRUE(queue.start());
  EXPECT_EQ(running_zxids(queue), (std::vector<int64_t>{16}));
  queue.finish();
  EXPECT_TRUE(queue.idle());
}

TEST(DiskQueue, TheMoreBytesTheLonger) {
  Choices choices(1);
  DiskTimes times;
  times.append = constant(microseconds(100));
  const Duration small = disk_duration(choices, {}, times, append(1, 1).operation);
  log::AppendRecords big;
  big.records.push_back({Zxid{1}, Bytes(std::string(1 << 20, 'x'))});
  EXPECT_EQ(small, microseconds(100) + nanoseconds(3));
  EXPECT_EQ(disk_duration(choices, {}, times, big), microseconds(100) + microseconds(512));
}

}  // namespace
}  // namespace vivarium::sim

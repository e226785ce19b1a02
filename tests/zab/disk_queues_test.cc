#include "core/zab/disk_queues.h"

#include <gtest/gtest.h>

namespace vivarium::zab {
namespace {

TEST(DiskQueues, EachQueueCountsForItself) {
  DiskQueues disk;
  log::NodeOutbox out;
  EXPECT_EQ(disk.ask(out, log::Queue::kLog, log::RollLog{}), 1U);
  EXPECT_EQ(disk.ask(out, log::Queue::kFile, log::WriteEpoch{}), 1U);
  EXPECT_EQ(disk.ask(out, log::Queue::kLog, log::RollLog{}), 2U);
  ASSERT_EQ(out.disk.size(), 3U);
  EXPECT_EQ(out.disk[2].queue, log::Queue::kLog);
  EXPECT_EQ(out.disk[2].seq, 2U);
  EXPECT_TRUE(disk.idle(log::Queue::kSnapshot));
  EXPECT_FALSE(disk.idle(log::Queue::kLog));

  disk.on_durable({log::Queue::kLog, 2});  // all up to it
  EXPECT_TRUE(disk.durable(log::Queue::kLog, 1));
  EXPECT_TRUE(disk.durable(log::Queue::kLog, 2));
  EXPECT_TRUE(disk.idle(log::Queue::kLog));
  EXPECT_FALSE(disk.durable(log::Queue::kFile, 1));
}

TEST(DiskQueues, APromiseIsKeptWhenItIsDurableAndNoPromiseAlways) {
  DiskQueues disk;
  log::NodeOutbox out;
  EXPECT_TRUE(Promise{}.kept(disk));
  const Promise promise{log::Queue::kFile, disk.ask(out, log::Queue::kFile, log::WriteEpoch{})};
  EXPECT_FALSE(promise.kept(disk));
  disk.on_durable({log::Queue::kFile, 1});
  EXPECT_TRUE(promise.kept(disk));
}

TEST(DiskQueuesDeathTest, AnAnswerThatWasNotAskedForIsImpossible) {
  DiskQueues disk;
  log::NodeOutbox out;
  disk.ask(out, log::Queue::kLog, log::RollLog{});
  EXPECT_DEATH(disk.on_durable({log::Queue::kLog, 2}), "");
  disk.on_durable({log::Queue::kLog, 1});
  EXPECT_DEATH(disk.on_durable({log::Queue::kLog, 1}), "");
}

}  // namespace
}  // namespace vivarium::zab

#include "core/posix/disk_thread.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>

#include "core/wire/transactions.h"
#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

using log::DiskOperation;
using log::Queue;

log::Record record(int64_t zxid) {
  wire::Txn txn;
  txn.header.zxid = Zxid{zxid};
  txn.header.type = wire::OpCode::kError;
  txn.body = wire::ErrorTxn{wire::ErrorCode::kNoNode};
  return {Zxid{zxid}, wire::encode_txn(txn)};
}

// Collects what a thread delivers; operations are dropped where they were made.
class Inbox {
 public:
  DiskThread::Deliver deliver() {
    return [this](DiskThread::Finished finished) {
      const std::lock_guard lock(mutex_);
      for (FinishedOperation& operation : finished) finished_.push_back(std::move(operation));
      came_.notify_all();
    };
  }
  std::vector<FinishedOperation> until_seq(uint64_t seq) {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [&] { return !finished_.empty() && finished_.back().operation.seq >= seq; });
    return std::move(finished_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<FinishedOperation> finished_;
};

TEST(DiskThread, a_group_of_appends_is_durable_by_its_last_number) {
  const Folder folder;
  PosixFileSystem files(folder.path("d"), folder.path("d"));
  ASSERT_TRUE(files.prepare());
  Inbox inbox;
  {
    DiskThread thread({"test"}, files, log::ExecutorOptions{1 << 16, {}}, inbox.deliver());
    std::vector<DiskOperation> group;
    for (uint64_t seq = 1; seq <= 20; ++seq)
      group.push_back({Queue::kLog, seq, log::AppendRecords{{record(static_cast<int64_t>(seq))}}});
    group.push_back({Queue::kLog, 21, log::RollLog{}});
    group.push_back({Queue::kLog, 22, log::AppendRecords{{record(21)}}});
    thread.push(std::move(group));
    const auto finished = inbox.until_seq(22);
    ASSERT_EQ(finished.size(), 3U);  // twenty appends as one, the roll, one more
    EXPECT_EQ(finished[0].operation.seq, 20U);
    EXPECT_EQ(std::get<log::AppendRecords>(finished[0].operation.operation).records.size(), 20U);
    for (const FinishedOperation& operation : finished) EXPECT_EQ(operation.error, "");
  }
  const auto read = log::observe(files, {.trust_empty_snapshot = true});
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->records.size(), 21U);
  EXPECT_EQ(files.list("version-2")->size(), 2U);  // log.1, log.15
}

TEST(DiskThread, ends_only_after_what_was_pushed) {
  const Folder folder;
  PosixFileSystem files(folder.path("d"), folder.path("d"));
  ASSERT_TRUE(files.prepare());
  Inbox inbox;
  {
    DiskThread thread({"test"}, files, {}, inbox.deliver());
    for (uint64_t seq = 1; seq <= 50; ++seq) {
      std::vector<DiskOperation> one;
      one.push_back({Queue::kFile, seq, log::WriteEpoch{log::EpochFile::kAccepted, Epoch{static_cast<int64_t>(seq)}}});
      thread.push(std::move(one));
    }
  }
  EXPECT_EQ(inbox.until_seq(50).back().operation.seq, 50U);
  EXPECT_EQ(log::observe(files, {})->accepted_epoch, Epoch{50});
}

// A disk that fails is not asked again: what stands behind the failure was promised to nobody.
TEST(DiskThread, nothing_is_tried_behind_a_failure) {
  const Folder folder;
  const PosixFileSystem files(folder.path("missing"), folder.path("missing"));
  Inbox inbox;
  DiskThread thread({"test"}, files, {}, inbox.deliver());
  std::vector<DiskOperation> group;
  group.push_back({Queue::kFile, 1, log::WriteEpoch{log::EpochFile::kAccepted, Epoch{1}}});
  group.push_back({Queue::kFile, 2, log::WriteEpoch{log::EpochFile::kCurrent, Epoch{1}}});
  thread.push(std::move(group));
  const auto finished = inbox.until_seq(2);
  EXPECT_NE(finished[0].error.find("No such file or directory"), std::string::npos) << finished[0].error;
  EXPECT_EQ(finished[1].error, "not tried: an operation before it has failed");
}

}  // namespace
}  // namespace vivarium::posix

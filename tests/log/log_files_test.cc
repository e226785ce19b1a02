#include "core/log/log_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

using ::testing::HasSubstr;

struct Files {
  sim::SimFileSystem disk;
  Point point;
  std::vector<Record> log(int64_t epoch, int count) {
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) records.push_back(extend(point, epoch));
    put(disk, log_file_name(records.front().zxid), whole_log(records));
    return records;
  }
};

TEST(LogFiles, numbered_files_ascend_and_others_do_not_count) {
  sim::SimFileSystem disk;
  EXPECT_TRUE(numbered_files(disk, "log")->empty());
  for (const char* name : {"log.10", "log.9", "log.a", "log.1.tmp", "snapshot.3", "acceptedEpoch", "log.ffffffff"})
    put(disk, name, Bytes("12345"));
  const auto logs = numbered_files(disk, "log");
  ASSERT_EQ(logs->size(), 4U);
  EXPECT_EQ((*logs)[0].name, "log.9");
  EXPECT_EQ((*logs)[2].name, "log.10");
  EXPECT_EQ((*logs)[3].zxid, Zxid{0xffffffff});
  EXPECT_EQ((*logs)[0].size, 5);
  disk.add_fault({sim::FsCall::kList, "", FsError::kIo, 0, 1});
  EXPECT_EQ(numbered_files(disk, "log").error(), FsError::kIo);
}

TEST(LogFiles, the_newest_file_that_begins_at_or_before_and_all_later) {
  Files files;
  files.log(1, 3);
  files.log(1, 2);
  files.log(2, 2);
  const auto count = [&](Zxid after) { return read_log_files(files.disk, after)->size(); };
  EXPECT_EQ(count(Zxid{0}), 3U);
  EXPECT_EQ(count(Zxid(Epoch{1}, 3)), 3U);
  EXPECT_EQ(count(Zxid(Epoch{1}, 4)), 2U);
  EXPECT_EQ(count(Zxid(Epoch{2}, 0)), 2U);
  EXPECT_EQ(count(Zxid(Epoch{2}, 1)), 1U);
  EXPECT_EQ(count(Zxid(Epoch{9}, 1)), 1U);
}

TEST(LogFiles, files_repeat_nothing) {
  Files files;
  const auto first = files.log(1, 3);
  put(files.disk, "log.100000002", whole_log({first[2]}));
  const auto read = read_log_files(files.disk, Zxid{0});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().file, "version-2/log.100000002");
  EXPECT_EQ(read.error().offset, kFileHeaderBytes);
}

// Whole records behind a sector that was lost: the last file alone may end like that, for recovery cuts it.
TEST(LogFiles, a_doubtful_end_is_taken_for_a_crash_in_the_last_file_only) {
  Files files;
  const auto first = files.log(1, 12);
  std::string bytes = whole_log(first).str();
  ASSERT_GT(bytes.size(), 1500U);
  std::fill_n(bytes.begin() + 512, 512, '\0');
  put(files.disk, "log.100000001", Bytes(bytes));
  const auto alone = read_log_files(files.disk, Zxid{0});
  ASSERT_TRUE(alone) << said(alone.error());
  EXPECT_EQ(alone->back().tail, Tail::kDoubtful);
  files.log(2, 1);
  const auto read = read_log_files(files.disk, Zxid{0});
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().offset, alone->back().end);
  EXPECT_THAT(read.error().what, HasSubstr("later files follow"));
}

// Upstream cuts nothing: a process that was killed leaves the beginning of a record, and the next one begins a new
// file.
TEST(LogFiles, the_beginning_of_a_record_may_end_any_file) {
  Files files;
  const auto first = files.log(1, 3);
  const Bytes whole = whole_log(first);
  put(files.disk, "log.100000001", Bytes(whole.slice(0, whole.size() - 20).str() + std::string(900, '\0')));
  files.log(2, 1);
  const auto read = read_log_files(files.disk, Zxid{0});
  ASSERT_TRUE(read) << said(read.error());
  EXPECT_EQ(read->front().records.size(), 2U);
}

TEST(LogFiles, read_whole) {
  sim::SimFileSystem disk;
  put(disk, "x", Bytes("content"));
  EXPECT_EQ(*read_whole(disk, "x"), Bytes("content"));
  EXPECT_EQ(read_whole(disk, "y").error(), FsError::kNotFound);
}

}  // namespace
}  // namespace vivarium::log

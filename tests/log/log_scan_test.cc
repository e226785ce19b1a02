#include "core/log/log_scan.h"

#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

struct Scanned {
  std::vector<Record> records;
  bool ended;
  bool operator==(const Scanned&) const = default;
};

struct File {
  sim::SimFileSystem disk;
  Scanned scan(const Bytes& content, int64_t piece_bytes = LogScan::kPieceBytes) {
    put(disk, "log.1", content);
    LogScan scan(disk, numbered_files(disk, "log")->front(), piece_bytes);
    Scanned out{};
    while (auto record = scan.next()) out.records.push_back(std::move(*record));
    out.ended = scan.ended();
    return out;
  }
};

std::vector<Record> some_records(int count) {
  Point point;
  for (int i = 0; i < count; ++i) extend(point, 1);
  return point.history;
}

Bytes with(const Bytes& log, const std::string& tail) { return Bytes(log.str() + tail); }

TEST(LogScan, pieces_of_any_size_give_the_same) {
  const auto records = some_records(20);
  const Bytes log = whole_log(records);
  File file;
  for (const int64_t piece : {1, 12, 13, 100, 4096}) {
    EXPECT_EQ(file.scan(log, piece), (Scanned{records, true})) << piece;
    EXPECT_EQ(file.scan(with(log, std::string(5000, '\0')), piece), (Scanned{records, true})) << piece;
  }
}

TEST(LogScan, what_is_not_whole_needs_a_judge) {
  const auto records = some_records(5);
  const Bytes log = whole_log(records);
  const auto all_but_one = std::vector(records.begin(), std::prev(records.end()));
  File file;
  const auto last = static_cast<size_t>(log.size()) - records.back().payload.size() - kRecordOverheadBytes;
  EXPECT_EQ(file.scan(log.slice(0, last)), (Scanned{all_but_one, true}));
  for (size_t cut = last + 1; cut < log.size(); ++cut)
    ASSERT_EQ(file.scan(log.slice(0, cut)), (Scanned{all_but_one, false})) << cut;
  for (size_t bit = last * 8; bit < log.size() * 8; ++bit)
    ASSERT_EQ(file.scan(flipped(log, bit)), (Scanned{all_but_one, false})) << bit;
  EXPECT_EQ(file.scan(with(log, std::string(600, '\0') + "B")), (Scanned{records, false}));
  EXPECT_EQ(file.scan(Bytes("ZKLG")), (Scanned{{}, false}));
  EXPECT_EQ(file.scan(flipped(log, 3)), (Scanned{{}, false}));
  EXPECT_EQ(file.scan(whole_log({records[1], records[1]})), (Scanned{{records[1]}, false}));
}

TEST(LogScan, a_file_that_cannot_be_read_says_so) {
  File file;
  const Bytes log = whole_log(some_records(3));
  for (const auto call : {sim::FsCall::kOpen, sim::FsCall::kPread}) {
    put(file.disk, "log.1", log);
    const NumberedFile found = numbered_files(file.disk, "log")->front();
    file.disk.add_fault({call, "log.1", FsError::kIo, 0, 1});
    LogScan scan(file.disk, found);
    EXPECT_FALSE(scan.next());
    EXPECT_FALSE(scan.ended());
    EXPECT_EQ(scan.error(), FsError::kIo);
  }
}

// A learner is waiting, and a leader's writes are: no more of a log is held than a piece of it.
TEST(LogScan, reads_ahead_no_more_than_a_piece) {
  File file;
  put(file.disk, "log.1", whole_log(some_records(2000)));
  LogScan scan(file.disk, numbered_files(file.disk, "log")->front(), 4096);
  const int64_t calls = file.disk.calls();
  ASSERT_TRUE(scan.next());
  EXPECT_EQ(file.disk.calls() - calls, 1);
  EXPECT_LT(scan.bytes_read(), 200);
}

}  // namespace
}  // namespace vivarium::log

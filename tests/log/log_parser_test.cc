#include "core/log/log_parser.h"

#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

std::vector<Record> some_records(size_t count, std::string first_data = "x") {
  Point point;
  std::vector<Record> records{extend(point, 1)};
  records.push_back(
      transaction(point, point.zxid().next(), wire::OpCode::kCreate,
                  wire::encode(wire::CreateRequest{Bytes("/first"), Bytes(first_data), wire::world_anyone_all(), 0})));
  while (records.size() < count) records.push_back(extend(point, 1));
  return records;
}

std::vector<int64_t> ends_of(const std::vector<Record>& records) {
  std::vector<int64_t> ends{kFileHeaderBytes};
  for (const Record& record : records)
    ends.push_back(ends.back() + kRecordOverheadBytes + static_cast<int64_t>(record.payload.size()));
  return ends;
}

Bytes padded(const Bytes& bytes, size_t size) { return Bytes(bytes.str() + std::string(size - bytes.size(), '\0')); }

TEST(LogParser, reads_what_was_written) {
  const auto records = some_records(12);
  for (const size_t zeros : {0, 1, 7, 11, 12, 13, 512, 70'000}) {
    const Bytes file = whole_log(records);
    const auto parsed = parse_log_file("log.x", padded(file, file.size() + zeros));
    ASSERT_TRUE(parsed) << said(parsed.error());
    EXPECT_EQ(parsed->records, records);
    EXPECT_EQ(parsed->end, static_cast<int64_t>(file.size()));
    EXPECT_EQ(parsed->tail, Tail::kClean);
    for (size_t i = 0; i < records.size(); ++i) EXPECT_EQ(parsed->offsets[i], ends_of(records)[i]);
  }
}

// One flipped bit anywhere, the records at every position relative to the sectors: every record is there, or the very
// record is refused. (dbid, in the header, says nothing.) The same where a record holds more zeros than a sector: that
// sector was not lost.
TEST(LogParser, several_damaged_bytes_before_whole_records_are_refused) {
  const auto records = some_records(8);
  const auto ends = ends_of(records);
  const Bytes file = padded(whole_log(records), 8192);
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    const auto victim = static_cast<size_t>(rng.below(records.size() - 1));
    std::string bytes = file.str();
    const auto at = rng.between(ends[victim], ends[victim + 1] - 1);
    const auto count = std::min<int64_t>(rng.between(1, 12), ends[victim + 1] - at);
    for (int64_t k = 0; k < count; ++k) bytes[static_cast<size_t>(at + k)] = static_cast<char>(1 + rng.below(255));
    if (Bytes(bytes) == file) continue;
    const auto parsed = parse_log_file("log.x", Bytes(bytes));
    ASSERT_FALSE(parsed) << "bytes " << at << "+" << count;
    ASSERT_EQ(parsed.error().offset, ends[victim]) << said(parsed.error());
  }
}

// What a crash leaves: the records that were synced, and of the last write any subset of sectors.
TEST(LogParser, any_subset_of_sectors_of_the_last_write) {
  Rng rng(11);
  int64_t amid = 0;
  for (int i = 0; i < 6000; ++i) {
    const auto records = some_records(4 + rng.below(8), std::string(rng.below(1400), rng.below(2) ? '\0' : 'x'));
    const auto ends = ends_of(records);
    const auto synced = rng.below(records.size());
    const auto from = static_cast<size_t>(ends[synced]) - (synced == 0 ? static_cast<size_t>(kFileHeaderBytes) : 0);
    std::string bytes = padded(whole_log(records), 8192 + 512 * rng.below(10)).str();
    for (size_t sector = from / 512; sector * 512 < static_cast<size_t>(ends.back()); ++sector) {
      if (rng.below(2))
        std::fill(bytes.begin() + static_cast<ptrdiff_t>(std::max(from, sector * 512)),
                  bytes.begin() + static_cast<ptrdiff_t>(sector * 512 + 512), '\0');
    }
    const auto parsed = parse_log_file("log.x", Bytes(bytes));
    ASSERT_TRUE(parsed) << "round " << i << ": " << said(parsed.error());
    ASSERT_GE(parsed->records.size(), synced);
    ASSERT_TRUE(std::equal(parsed->records.begin(), parsed->records.end(), records.begin()));
    if (parsed->tail == Tail::kDoubtful) ++amid;
  }
  EXPECT_GT(amid, 100);  // whole records behind a lost sector did occur
}

TEST(LogParser, what_is_no_log_is_refused) {
  const auto refused = [](const Bytes& file) {
    const auto parsed = parse_log_file("log.x", file);
    return parsed ? int64_t{-1} : parsed.error().offset;
  };
  const auto records = some_records(4);
  EXPECT_EQ(refused(padded(snapshot_file_header(), 600)), 0);
  EXPECT_EQ(refused(Bytes(std::string(600, 'x'))), 0);
  std::string no_header = whole_log(records).str();
  std::fill_n(no_header.begin(), kFileHeaderBytes, '\0');
  EXPECT_EQ(refused(Bytes(no_header)), 0);
  EXPECT_EQ(refused(whole_log({records[1], records[0]})), ends_of({records[1]}).back());  // out of order
  EXPECT_EQ(refused(whole_log({records[0], records[0]})), ends_of({records[0]}).back());
}

TEST(LogParser, an_interrupted_first_write_leaves_no_log) {
  for (const Bytes& file : {Bytes::empty_value(), Bytes(std::string(600, '\0')), Bytes("ZKL")}) {
    const auto parsed = parse_log_file("log.x", file);
    ASSERT_TRUE(parsed);
    EXPECT_TRUE(parsed->records.empty());
    EXPECT_EQ(parsed->end, 0);
  }
}

TEST(LogParser, follows) {
  EXPECT_TRUE(follows(Zxid(Epoch{1}, 4), Zxid(Epoch{1}, 5)));
  EXPECT_TRUE(follows(Zxid(Epoch{1}, 4), Zxid(Epoch{3}, 1)));
  EXPECT_TRUE(follows(Zxid(Epoch{2}, 0), Zxid(Epoch{2}, 1)));
  EXPECT_FALSE(follows(Zxid(Epoch{1}, 4), Zxid(Epoch{1}, 6)));
  EXPECT_FALSE(follows(Zxid(Epoch{1}, 4), Zxid(Epoch{2}, 2)));
  EXPECT_FALSE(follows(Zxid(Epoch{1}, 4), Zxid(Epoch{1}, 4)));
  EXPECT_FALSE(follows(Zxid(Epoch{2}, 4), Zxid(Epoch{1}, 1)));
}

}  // namespace
}  // namespace vivarium::log

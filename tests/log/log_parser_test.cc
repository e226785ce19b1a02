#include "core/log/log_parser.h"

#include <gtest/gtest.h>

#include <set>

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

TEST(LogParser, a_file_cut_at_any_byte_gives_the_records_before) {
  const auto records = some_records(9);
  const auto ends = ends_of(records);
  const Bytes file = whole_log(records);
  for (size_t size = 0; size < file.size(); ++size) {
    for (const size_t zeros : {0, 300, 2000}) {
      const auto parsed = parse_log_file("log.x", padded(file.slice(0, size), size + zeros));
      ASSERT_TRUE(parsed) << size << "+" << zeros << ": " << said(parsed.error());
      const auto whole = std::upper_bound(ends.begin(), ends.end(), static_cast<int64_t>(size)) - ends.begin();
      ASSERT_EQ(static_cast<int64_t>(parsed->records.size()), std::max<int64_t>(whole - 1, 0)) << size << "+" << zeros;
      ASSERT_NE(parsed->tail, Tail::kDoubtful) << size << "+" << zeros;
      if (size == 0 || std::binary_search(ends.begin(), ends.end(), static_cast<int64_t>(size))) {
        ASSERT_EQ(parsed->tail, Tail::kClean) << size;
      }
    }
  }
}

bool zero_sector_at(const Bytes& file, int64_t byte) {
  const auto from = file.begin() + byte / 512 * 512;
  return std::all_of(from, from + 512, [](uint8_t b) { return b == 0; });
}

// One flipped bit anywhere, the records at every position relative to the sectors: the very record is refused. (dbid, in
// the header, says nothing.) But where it was the only set bit of a sector, that sector may as well have been lost.
TEST(LogParser, a_flipped_bit_is_refused_at_its_record) {
  int64_t ambiguous = 0;
  for (size_t shift = 0; shift < 512; shift += 3) {
    const auto records = some_records(6, std::string(200 + shift, shift % 2 ? '\0' : 'x'));
    const auto ends = ends_of(records);
    const Bytes file = padded(whole_log(records), 8192);
    Rng rng(shift);
    const auto size = static_cast<size_t>(ends.back());
    for (size_t bit = 0; bit < size * 8; bit += shift == 0 ? 1 : 1 + rng.below(60)) {
      const auto byte = static_cast<int64_t>(bit / 8);
      const Bytes damaged = flipped(file, bit);
      const auto parsed = parse_log_file("log.x", damaged);
      if (byte >= 8 && byte < kFileHeaderBytes) {
        ASSERT_TRUE(parsed && parsed->records == records);
        continue;
      }
      const auto record = std::upper_bound(ends.begin(), ends.end(), byte);
      if (zero_sector_at(damaged, byte)) {
        ASSERT_TRUE(parsed && parsed->records.size() + 1 == static_cast<size_t>(record - ends.begin()));
        ++ambiguous;
        continue;
      }
      ASSERT_FALSE(parsed) << "shift " << shift << " bit " << bit << ": " << parsed->records.size() << " records";
      ASSERT_EQ(parsed.error().offset, record == ends.begin() ? 0 : *std::prev(record)) << said(parsed.error());
    }
  }
  EXPECT_LT(ambiguous, 10);
}

// The same where a record holds more zeros than a sector: that sector was not lost.
TEST(LogParser, a_flipped_bit_beside_a_sector_of_zeros) {
  const auto records = some_records(5, std::string(1500, '\0'));
  const auto ends = ends_of(records);
  const Bytes file = padded(whole_log(records), 8192);
  const auto from = static_cast<size_t>(ends[1]), to = static_cast<size_t>(ends[2]);
  for (size_t bit = from * 8; bit < to * 8; ++bit) {
    const bool in_zeros = bit / 8 > from + 120 && bit / 8 + 80 < to;  // the znode's data
    if (in_zeros && bit % 7 != 0) continue;
    const auto parsed = parse_log_file("log.x", flipped(file, bit));
    ASSERT_FALSE(parsed) << bit / 8;
    ASSERT_EQ(parsed.error().offset, ends[1]);
  }
}

TEST(LogParser, several_damaged_bytes_are_refused) {
  const auto records = some_records(8);
  const auto ends = ends_of(records);
  const Bytes file = padded(whole_log(records), 8192);
  Rng rng(7);
  int64_t cut = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto victim = static_cast<size_t>(rng.below(records.size()));
    std::string bytes = file.str();
    const auto at = rng.between(ends[victim], ends[victim + 1] - 1);
    const auto count = std::min<int64_t>(rng.between(1, 12), ends[victim + 1] - at);
    for (int64_t k = 0; k < count; ++k) bytes[static_cast<size_t>(at + k)] = static_cast<char>(1 + rng.below(255));
    if (Bytes(bytes) == file) continue;
    const auto parsed = parse_log_file("log.x", Bytes(bytes));
    // A length of the last record that leads far beyond its end, and not only the length is wrong: an interrupted write.
    if (parsed && victim + 1 == records.size() && at < ends[victim] + kRecordHeadBytes) {
      ASSERT_EQ(parsed->records.size(), victim);
      ++cut;
      continue;
    }
    ASSERT_FALSE(parsed) << "bytes " << at << "+" << count;
    ASSERT_EQ(parsed.error().offset, ends[victim]) << said(parsed.error());
  }
  EXPECT_LT(cut, 10);
}

TEST(LogParser, the_last_record_with_any_other_length_is_refused) {
  const auto records = some_records(5);
  const auto ends = ends_of(records);
  Rng rng(3);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes = padded(whole_log(records), 8192).str();
    for (int64_t k = 8; k < kRecordHeadBytes; ++k)
      bytes[static_cast<size_t>(ends[4] + k)] = static_cast<char>(i % 2 && k < 10 ? 0 : rng.below(256));
    if (Bytes(bytes) == padded(whole_log(records), 8192)) continue;
    const auto parsed = parse_log_file("log.x", Bytes(bytes));
    ASSERT_FALSE(parsed);
    ASSERT_EQ(parsed.error().offset, ends[4]) << said(parsed.error());
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

// A record that is cut within a znode's data which looks like records: nobody can tell it from a record whose length is
// damaged when what is left of the data ends just as a log would.
TEST(LogParser, a_znode_may_hold_what_looks_like_records) {
  const auto inner = some_records(3);
  const auto records = some_records(4, whole_log(inner).str());
  const Bytes file = whole_log(records);
  const auto ends = ends_of(records);
  std::set<size_t> refused;
  for (auto size = static_cast<size_t>(ends[1]); size < static_cast<size_t>(ends[2]); ++size) {  // cut within that record
    const auto parsed = parse_log_file("log.x", padded(file.slice(0, size), 4096));
    if (parsed) {
      ASSERT_EQ(parsed->records.size(), 1U);
      continue;
    }
    const size_t end = file.view().substr(0, size).find_last_not_of('\0');
    ASSERT_EQ(file[end], 'B') << said(parsed.error());
    refused.insert(end);
  }
  EXPECT_LE(refused.size(), inner.size());
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

#include "core/posix/trace_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/posix/folder.h"
#include "tests/support/trace_text.h"

namespace vivarium::posix {
namespace {

using vivarium::testing::read_trace_text;

std::string content(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

node::TraceHeader header() {
  node::TraceHeader header;
  header.nodes = {{1, 1, "s", 1}};
  return header;
}

std::vector<TraceItem> ticks(uint64_t from, uint64_t count) {
  std::vector<TraceItem> items;
  for (uint64_t seq = from; seq < from + count; ++seq) {
    items.push_back({});
    items.back().record.node = 1;
    items.back().record.seq = seq;
  }
  return items;
}

TEST(TraceFile, holds_what_was_pushed_in_order_and_an_end) {
  const Folder folder;
  {
    const auto file = TraceFile::open(folder.path("t"), header(), {});
    for (uint64_t from = 1; from < 5000; from += 100) {
      auto items = ticks(from, 100);
      file->push(items);
      EXPECT_TRUE(items.empty());
    }
  }
  const auto read = read_trace_text(content(folder.path("t")));
  EXPECT_EQ(read.wrong, "");
  EXPECT_EQ(read.events.size(), 5000U);
  EXPECT_TRUE(read.footer);
}

TEST(TraceFile, says_how_much_is_missing_and_goes_on) {
  const Folder folder;
  {
    const auto file = TraceFile::open(folder.path("t"), header(), {1 << 30, 10});
    auto many = ticks(1, 11), few = ticks(12, 3);
    file->push(many);
    while (!content(folder.path("t")).contains("dropped")) {
    }
    file->push(few);
  }
  const auto read = read_trace_text(content(folder.path("t")));
  EXPECT_EQ(read.wrong, "");
  ASSERT_EQ(read.events.size(), 4U);
  EXPECT_EQ(read.events[0]["kind"], "dropped");
  EXPECT_EQ(read.events[0]["records"], 11);
  EXPECT_EQ(read.events[1]["seq"], 12);
}

TEST(TraceFile, keeps_the_one_of_the_process_before) {
  const Folder folder;
  std::ofstream(folder.path("t")) << "old";
  TraceFile::open(folder.path("t"), header(), {});
  EXPECT_EQ(content(folder.path("t.before")), "old");
  EXPECT_EQ(TraceFile::open(folder.path("no/t"), header(), {}), nullptr);
}

// Each of the two is a whole trace.
TEST(TraceFile, keeps_the_latest_in_two_files_of_bounded_size) {
  const Folder folder;
  constexpr int64_t kLimit = 20'000;
  {
    const auto file = TraceFile::open(folder.path("t"), header(), {kLimit, 1 << 18});
    for (uint64_t from = 1; from < 3000; from += 100) {
      auto items = ticks(from, 100);
      file->push(items);
    }
  }
  const std::string before = content(folder.path("t.before")), last = content(folder.path("t"));
  EXPECT_GT(before.size(), static_cast<size_t>(kLimit));
  for (const std::string& text : {before, last}) EXPECT_LT(text.size(), static_cast<size_t>(kLimit) + 1000);
  const auto older = read_trace_text(before), newer = read_trace_text(last);
  EXPECT_EQ(older.wrong + newer.wrong, "");
  EXPECT_TRUE(older.footer && newer.footer);
  EXPECT_EQ(newer.events.front()["seq"].get<uint64_t>(), older.events.back()["seq"].get<uint64_t>() + 1);
  EXPECT_EQ(newer.events.back()["seq"], 3000);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path("")), {}), 2);
}

TEST(TraceFile, a_disk_that_takes_no_more_ends_the_trace_alone) {
  const auto file = TraceFile::open("/dev/full", header(), {});
  ASSERT_TRUE(file);
  auto items = ticks(1, 3);
  file->push(items);
}

}  // namespace
}  // namespace vivarium::posix

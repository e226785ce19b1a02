#include "core/client/watch_table.h"

#include <gtest/gtest.h>

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;

std::vector<std::string> names(const PersistentSet<Bytes>& paths) {
  std::vector<std::string> out;
  for (const Bytes& path : paths) out.push_back(path.str());
  return out;
}
using Names = std::vector<std::string>;

TEST(WatchTable, ArmsByReadAndAnswer) {
  struct Row {
    OpCode read;
    ErrorCode error;
    Names data, exist, child;
  };
  const Row rows[] = {
      {OpCode::kExists, ErrorCode::kOk, {"/a"}, {}, {}},       {OpCode::kExists, ErrorCode::kNoNode, {}, {"/a"}, {}},
      {OpCode::kExists, ErrorCode::kNoAuth, {}, {}, {}},       {OpCode::kGetData, ErrorCode::kOk, {"/a"}, {}, {}},
      {OpCode::kGetData, ErrorCode::kNoNode, {}, {}, {}},      {OpCode::kGetChildren, ErrorCode::kOk, {}, {}, {"/a"}},
      {OpCode::kGetChildren, ErrorCode::kNoNode, {}, {}, {}},  {OpCode::kGetChildren2, ErrorCode::kOk, {}, {}, {"/a"}},
      {OpCode::kGetChildren2, ErrorCode::kNoAuth, {}, {}, {}},
  };
  for (const Row& row : rows) {
    WatchTable table;
    table.arm(row.read, row.error, Bytes("/a"));
    EXPECT_EQ(names(table.data), row.data);
    EXPECT_EQ(names(table.exist), row.exist);
    EXPECT_EQ(names(table.child), row.child);
  }
}

TEST(WatchTable, WhatStaysIsNotSpent) {
  WatchTable table;
  table.add(wire::AddWatchMode::kPersistent, Bytes("/a"));
  table.add(wire::AddWatchMode::kPersistentRecursive, Bytes("/a"));
  for (WatchEventType type : {WatchEventType::kNodeDeleted, WatchEventType::kNodeChildrenChanged})
    table.fired(type, Bytes("/a"));
  EXPECT_EQ(names(table.persistent), Names{"/a"});
  EXPECT_EQ(names(table.persistent_recursive), Names{"/a"});
  const auto batches = table.batches(Zxid{5});
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0].persistent, std::vector{Bytes("/a")});
  EXPECT_EQ(batches[0].persistent_recursive, std::vector{Bytes("/a")});
}

TEST(WatchTable, RemovesWhatATypeMeansAndSaysSo) {
  using enum wire::WatcherType;
  using Events = std::vector<WatchEventType>;
  constexpr WatchEventType kData_ = WatchEventType::kDataWatchRemoved, kChild_ = WatchEventType::kChildWatchRemoved,
                           kLasting_ = WatchEventType::kPersistentWatchRemoved;
  struct Row {
    wire::WatcherType type;
    Events events;
    size_t left;
  };
  const Row rows[] = {{kData, {kData_}, 3},
                      {kChildren, {kChild_}, 4},
                      {kPersistent, {kLasting_}, 4},
                      {kPersistentRecursive, {kLasting_}, 4},
                      {kAny, {kData_, kChild_, kLasting_}, 0}};
  for (const Row& row : rows) {
    WatchTable table;
    table.arm(OpCode::kGetData, ErrorCode::kOk, Bytes("/a"));
    table.arm(OpCode::kExists, ErrorCode::kNoNode, Bytes("/a"));
    table.arm(OpCode::kGetChildren, ErrorCode::kOk, Bytes("/a"));
    table.add(wire::AddWatchMode::kPersistent, Bytes("/a"));
    table.add(wire::AddWatchMode::kPersistentRecursive, Bytes("/a"));
    EXPECT_EQ(table.remove(row.type, Bytes("/b")), Events{});
    EXPECT_EQ(table.remove(row.type, Bytes("/a")), row.events);
    EXPECT_EQ(table.size(), row.left);
    EXPECT_EQ(table.remove(row.type, Bytes("/a")), Events{});
  }
}

TEST(WatchTable, AnEventTakesAwayWhatItFired) {
  struct Row {
    WatchEventType type;
    size_t data, exist, child;
  };  // left of one in each
  const Row rows[] = {
      {WatchEventType::kNodeCreated, 0, 0, 1}, {WatchEventType::kNodeDataChanged, 0, 0, 1},
      {WatchEventType::kNodeDeleted, 0, 0, 0}, {WatchEventType::kNodeChildrenChanged, 1, 1, 0},
      {WatchEventType::kNone, 1, 1, 1},
  };
  for (const Row& row : rows) {
    WatchTable table;
    for (const char* path : {"/a", "/b"}) {
      table.arm(OpCode::kGetData, ErrorCode::kOk, Bytes(path));
      table.arm(OpCode::kExists, ErrorCode::kNoNode, Bytes(path));
      table.arm(OpCode::kGetChildren, ErrorCode::kOk, Bytes(path));
    }
    table.fired(row.type, Bytes("/a"));
    EXPECT_EQ(table.data.size(), 1 + row.data);
    EXPECT_EQ(table.exist.size(), 1 + row.exist);
    EXPECT_EQ(table.child.size(), 1 + row.child);
    EXPECT_TRUE(table.data.contains(Bytes("/b")));
  }
}

TEST(WatchTable, BatchesHoldEverythingOnceWithinTheLimit) {
  WatchTable table;
  const std::string long_tail(1000, 'x');
  for (int i = 0; i < 300; ++i) {
    table.data.insert(Bytes(fmt::format("/d{:03}{}", i, long_tail)));
    table.exist.insert(Bytes(fmt::format("/e{:03}{}", i, long_tail)));
    table.child.insert(Bytes(fmt::format("/c{:03}{}", i, long_tail)));
  }
  const auto batches = table.batches(Zxid{5});
  WatchTable again;
  size_t paths = 0;
  for (const auto& batch : batches) {
    EXPECT_EQ(batch.relative_zxid, Zxid{5});
    EXPECT_LE(wire::encode(batch).size(), WatchTable::kBatchBytes);
    for (const Bytes& path : batch.data) again.data.insert(path);
    for (const Bytes& path : batch.exist) again.exist.insert(path);
    for (const Bytes& path : batch.child) again.child.insert(path);
    paths += batch.data.size() + batch.exist.size() + batch.child.size();
  }
  EXPECT_EQ(batches.size(), 7u);  // 900 paths of 1009 bytes, 129 in a batch of 131072: no batch is cut short
  EXPECT_EQ(paths, 900u);
  EXPECT_EQ(again.data, table.data);
  EXPECT_EQ(again.exist, table.exist);
  EXPECT_EQ(again.child, table.child);
}

TEST(WatchTable, APathBeyondTheLimitGoesAlone) {
  WatchTable table;
  table.data.insert(Bytes("/a"));
  table.data.insert(Bytes("/b" + std::string(WatchTable::kBatchBytes, 'x')));
  table.data.insert(Bytes("/c"));
  EXPECT_EQ(table.batches(Zxid{}).size(), 3u);
}

TEST(WatchTable, NothingArmedNothingAsked) { EXPECT_TRUE(WatchTable().batches(Zxid{1}).empty()); }

}  // namespace
}  // namespace vivarium::client

#include "core/log/executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

using ::testing::ElementsAre;

struct Server {
  sim::SimFileSystem disk;
  Executor executor{ExecutorOptions{1 << 16, {}}};
  Point point;

  Answer run(Operation operation) {
    auto answer = executor.execute(disk, {Queue::kLog, 1, std::move(operation)});
    CHECK(answer.has_value(), "{}: {}", answer.error().file, answer.error().what);
    return std::move(*answer);
  }
  FsError fails(Operation operation) {
    auto answer = executor.execute(disk, {Queue::kLog, 1, std::move(operation)});
    CHECK(!answer.has_value());
    return answer.error().error;
  }
  void append(int64_t epoch, int count) {
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) records.push_back(extend(point, epoch));
    run(AppendRecords{records});
  }
  std::vector<std::string> names(const std::string& prefix) {
    std::vector<std::string> out;
    const auto entries = disk.list(kDirectory);
    for (const DirectoryEntry& entry : *entries) {
      if (entry.name.starts_with(prefix)) out.push_back(entry.name);
    }
    return out;
  }
  LogRead read(Zxid from) { return std::get<LogRead>(run(ReadLog{7, from})); }
};

TEST(Executor, a_file_is_named_by_its_first_record_and_preallocated) {
  Server server;
  server.append(1, 3);
  EXPECT_THAT(server.names("log"), ElementsAre("log.100000001"));
  const auto* file = server.disk.durable_content("version-2/log.100000001");
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->size(), 1 << 16);
  const std::string expected = whole_log(server.point.history).str();
  EXPECT_EQ(file->read(0, file->size()).view(), expected + std::string((1 << 16) - expected.size(), '\0'));
}

TEST(Executor, a_group_is_one_write_and_one_sync) {
  Server server;
  server.append(1, 1);
  const int64_t calls = server.disk.calls(), syncs = server.disk.syncs();
  server.append(1, 20);
  EXPECT_EQ(server.disk.calls() - calls, 2);
  EXPECT_EQ(server.disk.syncs() - syncs, 1);
}

TEST(Executor, the_file_grows_before_a_write_comes_near_its_end) {
  Server server;
  for (int i = 0; i < 400; ++i) server.append(1, 1);
  const auto* file = server.disk.content("version-2/log.100000001");
  EXPECT_GT(file->size(), 1 << 16);
  EXPECT_EQ(file->size() % (1 << 16), 0);
  EXPECT_EQ(read_log_files(server.disk, Zxid{0})->front().records, server.point.history);
  Server small;
  small.executor = Executor(ExecutorOptions{0, {}});
  for (int i = 0; i < 50; ++i) small.append(1, 1);
  EXPECT_EQ(read_log_files(small.disk, Zxid{0})->front().records, small.point.history);
}

TEST(Executor, rolling_and_new_processes_begin_new_files) {
  Server server;
  server.append(1, 2);
  server.run(RollLog{});
  server.append(1, 1);
  server.executor = Executor();
  server.append(2, 1);
  EXPECT_THAT(server.names("log"), ElementsAre("log.100000001", "log.100000003", "log.200000001"));
}

TEST(Executor, truncation) {
  for (const Zxid keep : {Zxid{0}, Zxid(Epoch{1}, 1), Zxid(Epoch{1}, 2), Zxid(Epoch{1}, 3), Zxid(Epoch{1}, 4),
                          Zxid(Epoch{1}, 9), Zxid(Epoch{2}, 1), Zxid(Epoch{2}, 2)}) {
    Server server;
    server.append(1, 2);
    server.run(RollLog{});
    server.append(1, 3);
    server.run(RollLog{});
    server.append(2, 2);
    server.run(TruncateLog{keep});
    std::vector<Record> left, expected;
    const auto files = read_log_files(server.disk, Zxid{0});
    for (const LogFile& file : *files) left.insert(left.end(), file.records.begin(), file.records.end());
    for (const Record& record : server.point.history) {
      if (record.zxid <= keep) expected.push_back(record);
    }
    EXPECT_EQ(left, expected) << fmt::format("{}", keep);
    Point next = server.point;
    server.run(AppendRecords{{extend(next, 3)}});  // and the log goes on in a file of its own
    EXPECT_EQ(server.names("log").back(), "log.300000001");
  }
}

// What a large snapshot still has to sync in the end is a little of it, not all: the log's syncs wait behind that.
TEST(Executor, a_large_snapshot_goes_in_pieces_and_is_synced_at_its_end) {
  Server server;
  server.append(1, 1);
  tree::State state = server.point.state;
  const Bytes data(std::string(1 << 20, 'd'));
  for (int i = 0; i < 30; ++i) {
    const Bytes path(fmt::format("/zookeeper/large{}", i));
    tree::Znode node;
    node.data = data;
    state.nodes.set(path, Cow<tree::Znode>(node));
  }
  const int64_t syncs = server.disk.syncs(), calls = server.disk.calls();
  server.run(WriteSnapshot{state});
  EXPECT_EQ(read_whole(server.disk, snapshot_file_name(state.zxid)), encode_snapshot_file(state));
  EXPECT_EQ(server.disk.syncs() - syncs, 1 + 1);  // and the directory
  EXPECT_GT(server.disk.calls() - calls, 30);
}

TEST(Executor, snapshots_and_epochs_replace_what_was_there) {
  Server server;
  server.append(1, 4);
  put(server.disk, "snapshot.100000004.tmp", Bytes(std::string(100'000, 'x')));
  put(server.disk, "snapshot.100000004", Bytes("torn"));
  server.run(WriteSnapshot{server.point.state});
  EXPECT_EQ(read_whole(server.disk, "snapshot.100000004"), encode_snapshot_file(server.point.state));
  for (const int64_t epoch : {12345, 7}) {
    server.run(WriteEpoch{EpochFile::kAccepted, Epoch{epoch}});
    server.run(WriteEpoch{EpochFile::kCurrent, Epoch{epoch - 1}});
    EXPECT_EQ(read_whole(server.disk, "acceptedEpoch"), Bytes(std::to_string(epoch)));
    EXPECT_EQ(read_whole(server.disk, "currentEpoch"), Bytes(std::to_string(epoch - 1)));
  }
  EXPECT_TRUE(server.names("acceptedEpoch.tmp").empty());
}

TEST(Executor, discarding_snapshots) {
  Server server;
  server.run(WriteSnapshot{server.point.state});
  for (int i = 0; i < 3; ++i) {
    server.append(1, 1);
    server.run(WriteSnapshot{server.point.state});
  }
  put(server.disk, "snapshot.100000009.gz", Bytes("x"));
  server.run(DiscardSnapshotsAbove{Zxid(Epoch{1}, 2)});
  EXPECT_THAT(server.names("snapshot"), ElementsAre("snapshot.0", "snapshot.100000001", "snapshot.100000002"));
  server.run(DiscardSnapshotsAbove{Zxid{-1}});
  EXPECT_TRUE(server.names("snapshot").empty());
}

TEST(Executor, purge_keeps_valid_snapshots_and_the_logs_that_they_need) {
  Server server;
  server.run(WriteSnapshot{server.point.state});
  for (int i = 0; i < 5; ++i) {
    server.append(1, 2);
    server.run(WriteSnapshot{server.point.state});  // 2, 4, 6, 8, 10
    server.run(RollLog{});
  }
  server.append(1, 1);
  put(server.disk, "snapshot.10000000b", Bytes("torn"));  // 3231: does not count
  server.executor = Executor();
  server.run(Purge{3});
  EXPECT_THAT(server.names("snapshot"),
              ElementsAre("snapshot.100000006", "snapshot.100000008", "snapshot.10000000a", "snapshot.10000000b"));
  EXPECT_THAT(server.names("log"), ElementsAre("log.100000005", "log.100000007", "log.100000009", "log.10000000b"));
  EXPECT_EQ(recover(server.disk, {})->state, server.point.state);
  server.run(Purge{3});
  EXPECT_EQ(server.names("log").size(), 4U);
}

TEST(Executor, purge_of_nothing) {
  Server server;
  server.run(Purge{3});
  server.append(1, 2);
  server.run(RollLog{});
  server.append(1, 2);
  put(server.disk, "snapshot.100000004", Bytes("torn"));
  server.run(Purge{1});
  EXPECT_EQ(server.names("log").size(), 2U);
}

TEST(Executor, reading_the_log) {
  Server server;
  server.append(1, 3);
  server.run(RollLog{});
  server.append(1, 3);
  server.append(2, 2);
  const auto& history = server.point.history;
  const auto from = [&](size_t first) {
    return std::vector<Record>(history.begin() + static_cast<ptrdiff_t>(first), history.end());
  };
  EXPECT_FALSE(server.read(Zxid{0}).complete);
  for (size_t i = 0; i < history.size(); ++i) {
    const LogRead read = server.read(history[i].zxid);
    EXPECT_TRUE(read.complete);
    EXPECT_EQ(read.records, from(i));
    EXPECT_EQ(read.query, 7U);
  }
  EXPECT_EQ(server.read(Zxid(Epoch{1}, 77)).records, from(5));  // not one of ours: the last before it
  EXPECT_TRUE(server.read(Zxid(Epoch{1}, 77)).complete);
  EXPECT_EQ(server.read(Zxid(Epoch{9}, 1)).records, from(7));
}

TEST(Executor, reading_no_more_of_the_log_than_is_wanted) {
  Server server;
  server.append(1, 400);
  const auto& history = server.point.history;
  const auto read = [&](size_t from, size_t to, int64_t bytes_max) {
    return std::get<LogRead>(server.run(ReadLog{7, history[from].zxid, history[to].zxid, bytes_max}));
  };
  const auto some = [&](size_t first, size_t count) {
    return std::vector<Record>(history.begin() + static_cast<ptrdiff_t>(first),
                               history.begin() + static_cast<ptrdiff_t>(first + count));
  };
  EXPECT_EQ(read(10, 20, 1 << 20).records, some(10, 11));
  const auto bytes = static_cast<int64_t>(history[11].payload.size() + history[12].payload.size());
  EXPECT_EQ(read(10, 12, bytes).records, some(10, 3));
  EXPECT_EQ(read(10, 300, bytes - 1).records, some(10, 3)) << "as many as show that they are too many";
  EXPECT_TRUE(read(10, 300, bytes - 1).complete);
}

// Only where the end of a file is in doubt is it read whole.
TEST(Executor, reading_a_log_whose_end_is_damaged) {
  Server server;
  server.append(1, 3);
  server.run(RollLog{});
  server.append(1, 3);
  const auto log = [&](size_t first, size_t count) {
    const auto begin = server.point.history.begin() + static_cast<ptrdiff_t>(first);
    return whole_log({begin, begin + static_cast<ptrdiff_t>(count)}).str();
  };
  put(server.disk, "log.100000001", Bytes(log(0, 3) + "\1"));  // as upstream leaves it
  EXPECT_EQ(server.read(Zxid(Epoch{1}, 1)).records, server.point.history);
  put(server.disk, "log.100000001", flipped(Bytes(log(0, 3)), 8 * 60));
  EXPECT_EQ(server.fails(ReadLog{7, Zxid(Epoch{1}, 1)}), FsError::kIo);
}

TEST(Executor, reading_a_log_with_a_hole) {
  Server server;
  server.append(1, 4);
  for (int i = 0; i < 3; ++i) extend(server.point, 1);  // never logged here
  server.run(WriteSnapshot{server.point.state});
  server.run(RollLog{});
  server.append(1, 2);
  EXPECT_FALSE(server.read(Zxid(Epoch{1}, 3)).complete);
  EXPECT_TRUE(server.read(Zxid(Epoch{1}, 8)).complete);
  // The same, but no number is missing: only the snapshot tells.
  Server jump;
  jump.append(1, 4);
  for (int i = 0; i < 3; ++i) extend(jump.point, 1);
  jump.run(WriteSnapshot{jump.point.state});
  jump.append(2, 2);
  EXPECT_FALSE(jump.read(Zxid(Epoch{1}, 4)).complete);
  EXPECT_TRUE(jump.read(Zxid(Epoch{2}, 1)).complete);
}

TEST(Executor, reload) {
  Server server;
  server.run(WriteSnapshot{server.point.state});
  server.append(1, 3);
  const tree::State then = server.point.state;
  server.append(1, 3);
  const auto reloaded = std::get<Reloaded>(server.run(Reload{Zxid(Epoch{1}, 3)}));
  EXPECT_EQ(reloaded.recovered.state, then);
  EXPECT_EQ(reloaded.seq, 1U);
  server.append(1, 1);  // it has changed nothing
  EXPECT_EQ(recover(server.disk, {})->state, server.point.state);
}

TEST(Executor, a_failing_call_is_told_with_the_file) {
  Server server;
  server.disk.add_fault({sim::FsCall::kSync, "log.", FsError::kIo, 0, 1});
  Point point;
  const Record record = extend(point, 1);
  auto answer = server.executor.execute(server.disk, {Queue::kLog, 1, AppendRecords{{record}}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().file, "version-2/log.100000001");
  EXPECT_EQ(answer.error().error, FsError::kIo);
  server.disk.set_capacity(1000);
  EXPECT_EQ(server.fails(WriteSnapshot{point.state}), FsError::kNoSpace);  // 3082: no snapshot is left of it
  EXPECT_THAT(server.names("snapshot"), ElementsAre("snapshot.100000001.tmp"));
}

TEST(Executor, every_failing_call_of_every_operation_is_an_error) {
  const auto operations = [] {
    Server server;
    std::vector<Operation> out{WriteSnapshot{server.point.state}, WriteEpoch{EpochFile::kAccepted, Epoch{1}}};
    for (int i = 0; i < 3; ++i) {
      std::vector<Record> records{extend(server.point, 1), extend(server.point, 1)};
      out.insert(out.end(), {AppendRecords{records}, WriteSnapshot{server.point.state}, RollLog{}});
    }
    out.insert(out.end(), {Purge{1}, ReadLog{1, Zxid(Epoch{1}, 6)}, TruncateLog{Zxid(Epoch{1}, 5)},
                           DiscardSnapshotsAbove{Zxid(Epoch{1}, 5)}});
    return out;
  }();
  int64_t failures = 0;
  for (int64_t skip = 0;; ++skip) {
    Server server;
    server.disk.add_fault({sim::FsCall::kAny, "", FsError::kIo, skip, 1});
    bool failed = false;
    for (const Operation& operation : operations) {
      if (!failed) failed = !server.executor.execute(server.disk, {Queue::kLog, 1, operation}).has_value();
    }
    if (!failed) {
      EXPECT_LE(server.disk.calls(), skip);
      break;
    }
    ++failures;
  }
  EXPECT_GT(failures, 50);
}

}  // namespace
}  // namespace vivarium::log

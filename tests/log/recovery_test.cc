#include "core/log/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libdeflate.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

using ::testing::HasSubstr;

// A disk with a history: snapshot.0, log files, later snapshots.
struct StoredServer {
  sim::SimFileSystem disk;
  Point point;
  RecoveryOptions options;

  void snapshot() { put(disk, snapshot_file_name(point.zxid()), encode_snapshot_file(point.state)); }
  std::vector<Record> log(int64_t epoch, int count) {
    std::vector<Record> records;
    for (int i = 0; i < count; ++i) records.push_back(extend(point, epoch));
    put(disk, log_file_name(records.front().zxid), whole_log(records));
    return records;
  }
  void epochs(const char* accepted, const char* current) {
    put(disk, kAcceptedEpoch, Bytes(accepted));
    put(disk, kCurrentEpoch, Bytes(current));
  }
  void damage(const std::string& name, size_t bit) { put(disk, name, flipped(*read_whole(disk, name), bit)); }
  void remove(const std::string& name) { CHECK(disk.unlink(path_of(name)).has_value()); }

  Recovered recovers() {
    auto got = recover(disk, options);
    CHECK(got.has_value(), "{}", said(got.error()));
    return std::move(*got);
  }
  std::string refused() {
    const sim::SimFileSystem before = disk;
    const auto got = recover(disk, options);
    EXPECT_EQ(disk, before);  // what is refused is left as it was
    return got ? fmt::format("recovered to {}", got->state.zxid) : said(got.error());
  }
};

StoredServer with_history() {
  StoredServer server;
  server.snapshot();
  server.log(1, 5);
  server.snapshot();
  server.log(1, 3);
  server.log(2, 4);
  return server;
}

// ---- nothing there
// ---------------------------------------------------------------------------------------------------------------

TEST(Recovery, an_empty_disk) {
  StoredServer server;
  const Recovered fresh = server.recovers();
  EXPECT_EQ(fresh.state, tree::State::fresh());
  EXPECT_EQ(fresh.snapshots, 0);
  EXPECT_TRUE(fresh.may_vote);
  EXPECT_EQ(fresh.current_epoch, Epoch{0});
  server.options.auto_create = false;
  EXPECT_FALSE(server.recovers().may_vote);
}

// A history that was given up, or lost, under epochs that this server has served in.
TEST(Recovery, epochs_without_a_history_do_not_vote) {
  StoredServer server;
  server.epochs("3", "0");
  EXPECT_TRUE(server.recovers().may_vote);  // a promise, no more
  server.epochs("3", "2");
  EXPECT_FALSE(server.recovers().may_vote);
  EXPECT_EQ(server.recovers().current_epoch, Epoch{2});
}

// ---- snapshot and log
// ------------------------------------------------------------------------------------------------------------

TEST(Recovery, the_newest_snapshot_and_the_log_behind_it) {
  StoredServer server = with_history();
  const Recovered got = server.recovers();
  EXPECT_EQ(got.state, server.point.state);
  EXPECT_EQ(got.snapshot_state.zxid, Zxid(Epoch{1}, 5));
  EXPECT_EQ(got.snapshots, 1);
  ASSERT_EQ(got.records.size(), 7U);
  EXPECT_TRUE(std::equal(got.records.begin(), got.records.end(), server.point.history.begin() + 5));
}

TEST(Recovery, a_log_without_a_snapshot_is_not_trusted) {
  StoredServer server;
  server.log(1, 3);
  EXPECT_THAT(server.refused(), HasSubstr("snapshot.trust.empty=true"));
  server.options.trust_empty_snapshot = true;
  EXPECT_EQ(server.recovers().state, server.point.state);
}

TEST(Recovery, a_damaged_snapshot_when_the_log_leads_past_it) {
  StoredServer server = with_history();
  server.damage("snapshot.100000005", 800);
  const Recovered got = server.recovers();
  EXPECT_EQ(got.state, server.point.state);
  EXPECT_EQ(got.snapshot_state.zxid, Zxid{0});
  EXPECT_EQ(got.records.size(), 12U);
}

TEST(Recovery, a_damaged_snapshot_that_nothing_replaces) {
  StoredServer server;
  server.snapshot();
  server.log(1, 3);
  for (int i = 0; i < 2; ++i) extend(server.point, 1);
  server.snapshot();  // of 1.5; the log ends at 1.3
  server.damage("snapshot.100000005", 800);
  EXPECT_THAT(server.refused(), HasSubstr("snapshot.100000005 at 0: the checksum"));
  // Nor when the log goes on behind it, in a later epoch, so that no number is missing.
  server.log(2, 2);
  EXPECT_THAT(server.refused(), HasSubstr("does not lead up to it"));
  server.remove("snapshot.0");
  EXPECT_THAT(server.refused(), HasSubstr("there is no other snapshot"));
}

TEST(Recovery, every_cut_and_every_flipped_bit_of_a_snapshot) {
  StoredServer server = with_history();
  const std::string name = "snapshot.100000005";
  const Bytes file = *read_whole(server.disk, name);
  for (size_t size = 0; size < file.size(); ++size) {
    put(server.disk, name, file.slice(0, size));
    ASSERT_EQ(server.recovers().state, server.point.state) << size;
  }
  for (size_t bit = 0; bit < file.size() * 8; bit += 61) {
    put(server.disk, name, flipped(file, bit));
    ASSERT_EQ(server.recovers().state, server.point.state) << bit;
  }
}

TEST(Recovery, every_cut_of_the_last_log_gives_a_prefix) {
  StoredServer server = with_history();
  const Bytes file = *read_whole(server.disk, "log.200000001");
  size_t before = 0;
  for (size_t size = 0; size <= file.size(); ++size) {
    put(server.disk, "log.200000001", file.slice(0, size));
    const Recovered got = server.recovers();
    ASSERT_GE(got.records.size(), std::max<size_t>(before, 3)) << size;
    ASSERT_TRUE(std::equal(got.records.begin(), got.records.end(), server.point.history.begin() + 5));
    before = got.records.size();
    ASSERT_EQ(server.recovers().state, got.state) << size;  // and again, from what it left
  }
  EXPECT_EQ(before, 7U);
}

// A log that is not the last was whole before the next was begun. Cut anywhere, at its end or by zeros, it is refused,
// unless the snapshot has all that is gone.
TEST(Recovery, every_cut_of_an_earlier_log_is_refused_or_does_not_matter) {
  StoredServer server = with_history();
  for (const char* name : {"log.100000001", "log.100000006"}) {
    const Bytes file = *read_whole(server.disk, name);
    const bool needed = std::string_view(name) == "log.100000006";
    for (size_t size = 0; size < file.size(); ++size) {
      for (const bool zeros : {false, true}) {
        put(server.disk, name, Bytes(file.slice(0, size).str() + std::string(zeros ? file.size() - size : 0, '\0')));
        const auto got = recover(server.disk, {});
        if (!needed) {
          ASSERT_TRUE(got) << size << said(got.error());
          ASSERT_EQ(got->state, server.point.state);
        } else {
          ASSERT_FALSE(got) << size;
        }
      }
    }
    put(server.disk, name, file);
  }
}

// The only snapshot there is: a part of it is nothing to begin from. But for two cuts: behind the nodes' seal stand two
// trailers that older servers did not write, the digest and the last zxid; nothing is lost with them.
TEST(Recovery, every_cut_of_the_only_snapshot_is_refused) {
  for (const bool with_log : {false, true}) {
    StoredServer server;
    for (int i = 0; i < 5; ++i) extend(server.point, 1);
    server.snapshot();
    if (with_log) server.log(1, 2);
    const Bytes file = *read_whole(server.disk, "snapshot.100000005");
    size_t without_trailers = 0;
    for (size_t size = 0; size < file.size(); ++size) {
      put(server.disk, "snapshot.100000005", file.slice(0, size));
      const auto got = observe(server.disk, {});
      if (!got) {
        ASSERT_THAT(server.refused(), HasSubstr("snapshot.100000005 at 0: ")) << size;
        continue;
      }
      ASSERT_EQ(got->state, server.point.state) << size;
      ++without_trailers;
    }
    EXPECT_EQ(without_trailers, 2U);
    put(server.disk, "snapshot.100000005", file);
    EXPECT_EQ(server.recovers().state, server.point.state);
  }
}

// Snapshots and epochs become visible whole; what a crash leaves of one is under another name, and goes.
TEST(Recovery, every_cut_of_an_unfinished_file_goes_unnoticed) {
  StoredServer server = with_history();
  server.epochs("12", "2");
  const Bytes snapshot = encode_snapshot_file(server.point.state);
  for (size_t size = 0; size <= snapshot.size(); size += 5) {
    put(server.disk, snapshot_file_name(server.point.zxid()) + ".tmp", snapshot.slice(0, size));
    put(server.disk, std::string(kAcceptedEpoch) + ".tmp", Bytes("13").slice(0, size % 3));
    put(server.disk, std::string(kCurrentEpoch) + ".tmp", Bytes("13").slice(0, size % 3));
    const Recovered got = server.recovers();
    ASSERT_EQ(got.state, server.point.state) << size;
    ASSERT_EQ(got.snapshot_state.zxid, Zxid(Epoch{1}, 5));
    ASSERT_EQ(got.accepted_epoch, Epoch{12});
    ASSERT_EQ(got.current_epoch, Epoch{2});
  }
}

// No crash cuts an epoch file. A person may: what is left is refused where it contradicts the rest, and is never more
// than it was.
TEST(Recovery, every_cut_of_an_epoch_file) {
  StoredServer server = with_history();
  for (const auto& [accepted, current] : {std::pair{"12", "12"}, std::pair{"12\n", "2"}, std::pair{"345", "34"}}) {
    for (const bool cut_accepted : {true, false}) {
      const std::string whole = cut_accepted ? accepted : current;
      for (size_t size = 0; size <= whole.size(); ++size) {
        const std::string part = whole.substr(0, size);
        server.epochs(cut_accepted ? part.c_str() : accepted, cut_accepted ? current : part.c_str());
        const auto got = recover(server.disk, {});
        if (part.empty() || (cut_accepted && std::stoll(part) < std::stoll(current))) {
          ASSERT_FALSE(got);
          ASSERT_EQ(got.error().file, path_of(cut_accepted ? kAcceptedEpoch : kCurrentEpoch));
        } else {
          ASSERT_TRUE(got) << said(got.error());
          ASSERT_EQ((cut_accepted ? got->accepted_epoch : got->current_epoch).value, std::stoll(part));
        }
      }
    }
  }
}

TEST(Recovery, every_flipped_bit_of_every_log_is_refused_or_does_not_matter) {
  StoredServer server = with_history();
  const sim::SimFileSystem good = server.disk;
  for (const char* name : {"log.100000001", "log.100000006", "log.200000001"}) {
    const Bytes file = *read_whole(server.disk, name);
    for (size_t bit = 0; bit < file.size() * 8; bit += 13) {
      server.disk = good;
      put(server.disk, name, flipped(file, bit));
      const auto got = recover(server.disk, {});
      if (got) {
        ASSERT_EQ(got->state, server.point.state) << name << " bit " << bit;
      } else {
        ASSERT_EQ(got.error().file, path_of(name));
      }
    }
  }
}

TEST(Recovery, an_undecodable_transaction_is_refused_at_its_offset) {
  StoredServer server;
  server.snapshot();
  const auto records = server.log(1, 2);
  wire::Txn txn = *wire::decode_txn(records[1].payload);
  txn.header.zxid = Zxid(Epoch{1}, 3);
  txn.header.type = wire::OpCode::kMulti;
  BytesBuilder payload;
  wire::encode_to(payload, txn.header);
  payload.i32(1 << 20);
  put(server.disk, "log.100000001", whole_log({records[0], records[1], {txn.header.zxid, payload.take()}}));
  EXPECT_THAT(server.refused(),
              HasSubstr(fmt::format("log.100000001 at {}: the transaction 0x100000003 cannot be decoded",
                                    whole_log(records).size())));
}

// ---- histories that do not belong together
// ---------------------------------------------------------------------------------------

TEST(Recovery, a_hole_in_the_log) {
  StoredServer server = with_history();
  server.remove("snapshot.100000005");
  server.remove("log.100000006");
  // 2.1 may follow 1.5 by its number; by its digest it does not.
  EXPECT_THAT(server.refused(),
              HasSubstr("log.200000001 at 16: after the transaction 0x200000001 the tree's digest is"));
  server.remove("log.200000001");
  Point gap = server.point;
  extend(gap, 2);
  const Record far = extend(gap, 2);
  put(server.disk, log_file_name(far.zxid), whole_log({far}));
  EXPECT_THAT(server.refused(), HasSubstr("log.200000006 at 16: the log has a hole: 0x200000006 follows 0x100000005"));
}

// SNAP brought 1.6 of another history; the process died before it had removed the log of the old one.
TEST(Recovery, the_log_of_a_history_that_snap_replaced) {
  StoredServer server;
  server.snapshot();
  server.log(1, 5);
  Point other = server.point;
  server.log(2, 2);  // nobody followed this leader
  extend(other, 1, "other");
  put(server.disk, snapshot_file_name(other.zxid()), encode_snapshot_file(other.state));
  const Recovered got = server.recovers();
  EXPECT_EQ(got.state, other.state);
  EXPECT_TRUE(got.records.empty());
  // But where no older snapshot proves that the log is of another history, something is wrong.
  server.remove("snapshot.0");
  EXPECT_THAT(server.refused(), HasSubstr("the log and the snapshot do not belong together"));
}

// Upstream's leader begins an epoch at a zxid that no record has.
TEST(Recovery, a_snapshot_at_the_beginning_of_an_epoch) {
  StoredServer server;
  server.snapshot();
  server.log(1, 4);
  server.point.state.zxid = Zxid(Epoch{2}, 0);
  server.snapshot();
  server.log(2, 2);
  EXPECT_EQ(server.recovers().state, server.point.state);
}

TEST(Recovery, a_wrong_digest_in_the_log_is_refused) {
  StoredServer server;
  server.snapshot();
  auto records = server.log(1, 4);
  wire::Txn txn = *wire::decode_txn(records[2].payload);
  txn.digest->tree_digest ^= 4;
  records[2].payload = wire::encode_txn(txn);
  put(server.disk, "log.100000001", whole_log(records));
  EXPECT_THAT(server.refused(), HasSubstr("after the transaction 0x100000003 the tree's digest is"));
}

// Upstream's snapshots are fuzzy: named by their beginning, with parts of what came until their end.
TEST(Recovery, a_fuzzy_snapshot_is_caught_up) {
  StoredServer server;
  server.snapshot();
  server.log(1, 6);
  tree::State fuzzy = server.point.state;
  fuzzy.nodes.erase(
      Bytes("/n100000005"));  // its parent was written before, itself not: some of 1.4 to 1.6, and not all
  fuzzy.nodes.mutate("/")->mut().children.erase(Bytes("n100000005"));
  put(server.disk, "snapshot.100000003", encode_snapshot_file(fuzzy));  // its digest's zxid is 1.6
  EXPECT_EQ(server.recovers().state, server.point.state);
  server.log(1, 2);
  EXPECT_EQ(server.recovers().state, server.point.state);
}

TEST(Recovery, compressed_snapshots) {
  StoredServer server = with_history();
  const Bytes plain = *read_whole(server.disk, "snapshot.100000005");
  auto* deflate = libdeflate_alloc_compressor(6);
  std::string packed(libdeflate_gzip_compress_bound(deflate, plain.size()), '\0');
  packed.resize(libdeflate_gzip_compress(deflate, plain.data(), plain.size(), packed.data(), packed.size()));
  libdeflate_free_compressor(deflate);
  server.remove("snapshot.100000005");
  put(server.disk, "snapshot.100000005.gz", Bytes(packed));
  EXPECT_EQ(server.recovers().snapshot_state.zxid, Zxid(Epoch{1}, 5));
  server.remove("snapshot.100000005.gz");
  server.remove("snapshot.0");
  put(server.disk, "snapshot.100000005.snappy", Bytes("snappy"));
  EXPECT_THAT(server.refused(), HasSubstr("compressed with snappy"));
}

// ---- epochs
// ----------------------------------------------------------------------------------------------------------------------

TEST(Recovery, epoch_files) {
  StoredServer server = with_history();
  EXPECT_EQ(server.recovers().current_epoch, Epoch{2});  // missing: of the last transaction
  EXPECT_EQ(server.recovers().accepted_epoch, Epoch{2});
  server.epochs("4\n", "3");
  EXPECT_EQ(server.recovers().accepted_epoch, Epoch{4});
  EXPECT_EQ(server.recovers().current_epoch, Epoch{3});
  server.epochs("3", "1");  // died between the log's first record of epoch 2 and currentEpoch
  EXPECT_EQ(server.recovers().current_epoch, Epoch{1});
  server.epochs("3", "4");
  EXPECT_THAT(server.refused(), HasSubstr("the accepted epoch 3 is older than the current epoch 4"));
  server.epochs("1", "1");
  EXPECT_THAT(server.refused(), HasSubstr("the accepted epoch 1 is older than the last transaction"));
  for (const char* text : {"", "x", "-1", "1 2", "99999999999999999999"}) {
    server.epochs("5", text);
    EXPECT_THAT(server.refused(), HasSubstr("where a decimal epoch is expected")) << text;
  }
}

TEST(Recovery, unfinished_files_do_not_count_and_go) {
  StoredServer server = with_history();
  put(server.disk, "snapshot.200000003.tmp", Bytes("half"));
  put(server.disk, "currentEpoch.tmp", Bytes("9"));
  const Recovered got = server.recovers();
  EXPECT_EQ(got.state, server.point.state);
  EXPECT_EQ(got.current_epoch, Epoch{2});
  EXPECT_EQ(server.disk.content(path_of("snapshot.200000003.tmp")), nullptr);
}

// ---- what it writes
// --------------------------------------------------------------------------------------------------------------

TEST(Recovery, an_empty_last_log_goes_and_a_torn_tail_is_cut) {
  StoredServer server = with_history();
  put(server.disk, "log.200000005", Bytes(std::string(4096, '\0')));
  server.recovers();
  EXPECT_EQ(server.disk.content("version-2/log.200000005"), nullptr);
  const Bytes file = *read_whole(server.disk, "log.200000001");
  Point next = server.point;
  const Bytes torn = frame_record(extend(next, 2)).slice(0, 40);
  put(server.disk, "log.200000001", Bytes(file.str() + torn.str()));
  EXPECT_EQ(server.recovers().state, server.point.state);
  EXPECT_EQ(server.disk.durable_content("version-2/log.200000001")->size(), static_cast<int64_t>(file.size()));
  put(server.disk, "log.200000001", Bytes(file.str() + std::string(40, 'x')));  // no write begins like that
  EXPECT_THAT(server.refused(),
              HasSubstr(fmt::format("log.200000001 at {}: the record has an impossible", file.size())));
}

TEST(Recovery, what_it_tells_is_durable) {
  StoredServer server = with_history();
  const Record record = extend(server.point, 2);
  const auto file = server.disk.open("version-2/log.200000005", OpenMode::kCreate);
  ASSERT_TRUE(server.disk.pwrite(file->handle, 0,
                                 whole_log({record})));  // never synced: its process is dead, the machine is not
  server.disk.kill();
  EXPECT_EQ(server.recovers().state, server.point.state);
  StoredServer after = server;
  after.disk = server.disk.durable_view();
  EXPECT_EQ(after.recovers().state, server.point.state);
}

TEST(Recovery, observing_changes_nothing) {
  StoredServer server = with_history();
  put(server.disk, "log.200000005", Bytes(std::string(4096, '\0')));
  const sim::SimFileSystem before = server.disk;
  const auto seen = observe(server.disk, {});
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->state, server.point.state);
  EXPECT_EQ(server.disk, before);
  EXPECT_EQ(server.disk.syncs(), before.syncs());
}

TEST(Recovery, up_to_a_point) {
  StoredServer server = with_history();
  for (const Zxid keep : {Zxid{0}, Zxid(Epoch{1}, 2), Zxid(Epoch{1}, 5), Zxid(Epoch{1}, 7), Zxid(Epoch{2}, 3)}) {
    const auto got = recover_up_to(server.disk, {}, keep);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->state.zxid, keep);
    EXPECT_EQ(got->snapshot_state.zxid, keep < Zxid(Epoch{1}, 5) ? Zxid{0} : Zxid(Epoch{1}, 5));
  }
  server.remove("snapshot.0");
  EXPECT_NE(recover_up_to(server.disk, {}, Zxid(Epoch{1}, 2)).value_or(Recovered{}).snapshots, 1);
}

TEST(Recovery, a_failing_disk_is_an_error) {
  for (int64_t skip = 0; skip < 40; ++skip) {
    StoredServer server = with_history();
    const int64_t before = server.disk.calls();
    server.disk.add_fault({sim::FsCall::kAny, "", FsError::kIo, skip, 1});
    const auto got = recover(server.disk, {});
    EXPECT_EQ(got.has_value(), server.disk.calls() - before <= skip) << skip;
  }
}

}  // namespace
}  // namespace vivarium::log

#include "sim/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/support/file_system_answers.h"

namespace vivarium::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr int kRounds = 400;  // of chance: what may happen does happen

int32_t make(SimFileSystem& disk, const std::string& path) { return disk.open(path, OpenMode::kCreate)->handle; }
void write(SimFileSystem& disk, int32_t handle, int64_t offset, const std::string& text) {
  ASSERT_TRUE(disk.pwrite(handle, offset, Bytes(text)));
}

// A file with this content, as durable as can be.
int32_t settled(SimFileSystem& disk, const std::string& path, const std::string& text) {
  const int32_t handle = make(disk, path);
  CHECK(disk.pwrite(handle, 0, Bytes(text)).has_value());
  CHECK(disk.sync(handle).has_value());
  CHECK(disk.sync_directory(path.substr(0, path.rfind('/'))).has_value());
  return handle;
}

std::string text_of(SimFileSystem& disk, const std::string& path) {
  const auto file = disk.open(path, OpenMode::kRead);
  if (!file) return "-";
  const std::string text = disk.pread(file->handle, 0, file->size)->str();
  disk.close(file->handle);
  return text;
}

// What is in the files after a loss of power, over many of them.
std::set<std::string> outcomes(const SimFileSystem& disk, const std::vector<std::string>& paths) {
  std::set<std::string> seen;
  Rng rng(5);
  for (int i = 0; i < kRounds; ++i) {
    SimFileSystem after = disk;
    after.power_loss(rng);
    std::string all;
    for (const std::string& path : paths) all += text_of(after, path) + " ";
    seen.insert(all.substr(0, all.size() - 1));
  }
  return seen;
}

// ---- the ten calls
// ------------------------------------------------------------------------------------------------------------

TEST(SimFileSystem, files_are_made_read_written_and_cut) {
  SimFileSystem disk;
  EXPECT_EQ(disk.open("d/a", OpenMode::kRead).error(), FsError::kNotFound);
  EXPECT_EQ(disk.open("d/a", OpenMode::kReadWrite).error(), FsError::kNotFound);
  const int32_t a = make(disk, "d/a");
  write(disk, a, 3, "xyz");
  EXPECT_EQ(text_of(disk, "d/a"), std::string("\0\0\0xyz", 6));
  EXPECT_EQ(disk.pread(a, 4, 100)->view(), "yz");
  EXPECT_TRUE(disk.pread(a, 6, 1)->empty());
  EXPECT_TRUE(disk.truncate(a, 4));
  EXPECT_TRUE(disk.truncate(a, 7));
  EXPECT_EQ(text_of(disk, "d/a"), std::string("\0\0\0x\0\0\0", 7));
  EXPECT_EQ(disk.open("d/a", OpenMode::kCreate)->size, 7);  // opening keeps what is there
}

TEST(SimFileSystem, answers_as_every_file_system_does) {
  SimFileSystem files;
  EXPECT_EQ(test::answers_of(files), test::kFileSystemAnswers);
}

TEST(SimFileSystem, names) {
  SimFileSystem disk;
  for (const char* path : {"d/b", "d/a", "e/c", "d/sub/x"}) make(disk, path);
  const auto names = [&](const std::string& directory) {
    std::vector<std::string> out;
    const auto entries = disk.list(directory);
    for (const DirectoryEntry& entry : *entries) out.push_back(entry.name);
    return out;
  };
  EXPECT_THAT(names("d"), ElementsAre("a", "b"));
  EXPECT_TRUE(disk.rename("d/b", "d/z"));
  EXPECT_TRUE(disk.rename("d/z", "d/a"));  // replaces it
  EXPECT_THAT(names("d"), ElementsAre("a"));
  EXPECT_EQ(disk.rename("d/z", "d/y").error(), FsError::kNotFound);
  EXPECT_TRUE(disk.unlink("e/c"));
  EXPECT_EQ(disk.unlink("e/c").error(), FsError::kNotFound);
  EXPECT_THAT(names("e"), ElementsAre());
}

TEST(SimFileSystem, an_open_file_outlives_its_name) {
  SimFileSystem disk;
  const int32_t a = make(disk, "d/a");
  EXPECT_TRUE(disk.unlink("d/a"));
  write(disk, a, 0, "still");
  const int32_t other = make(disk, "d/a");
  write(disk, other, 0, "new");
  EXPECT_EQ(disk.pread(a, 0, 9)->view(), "still");
  EXPECT_EQ(text_of(disk, "d/a"), "new");
}

TEST(SimFileSystem, a_copy_is_a_disk_of_its_own) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "one");
  SimFileSystem fork = disk;
  EXPECT_EQ(fork, disk);
  write(fork, a, 0, "two");
  EXPECT_TRUE(fork.sync(a));
  EXPECT_EQ(text_of(disk, "d/a"), "one");
  EXPECT_EQ(text_of(fork, "d/a"), "two");
  EXPECT_FALSE(fork == disk);
}

// ---- loss of power
// --------------------------------------------------------------------------------------------------------------

TEST(SimFileSystem, what_was_synced_stays) {
  SimFileSystem disk;
  settled(disk, "d/a", "kept");
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("kept"));
}

TEST(SimFileSystem, sectors_survive_each_by_itself) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", std::string(1536, '0'));
  write(disk, a, 500, std::string(600, '1'));  // 12 bytes, a sector, 76 bytes
  std::set<std::string> expected;
  for (int subset = 0; subset < 8; ++subset) {
    std::string text(1536, '0');
    if (subset & 1) std::fill_n(text.begin() + 500, 12, '1');
    if (subset & 2) std::fill_n(text.begin() + 512, 512, '1');
    if (subset & 4) std::fill_n(text.begin() + 1024, 76, '1');
    expected.insert(text);
  }
  EXPECT_EQ(outcomes(disk, {"d/a"}), expected);
}

TEST(SimFileSystem, files_survive_each_by_itself) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "a"), b = settled(disk, "d/b", "b");
  write(disk, a, 0, "A");
  write(disk, b, 0, "B");
  EXPECT_THAT(outcomes(disk, {"d/a", "d/b"}), UnorderedElementsAre("a b", "a B", "A b", "A B"));
}

TEST(SimFileSystem, a_size_that_was_not_synced) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "1234");
  EXPECT_TRUE(disk.truncate(a, 2));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("1234", "12"));
  EXPECT_TRUE(disk.sync(a));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("12"));
}

TEST(SimFileSystem, a_name_that_was_not_synced) {
  SimFileSystem disk;
  const int32_t a = make(disk, "d/a");
  write(disk, a, 0, "x");
  EXPECT_TRUE(disk.sync(a));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("-", "x"));
  EXPECT_TRUE(disk.sync_directory("e"));  // another one
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("-", "x"));
  EXPECT_TRUE(disk.sync_directory("d"));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("x"));
  EXPECT_TRUE(disk.unlink("d/a"));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("-", "x"));
}

// A rename is one change: there is always a name, and never both content and old name lost.
TEST(SimFileSystem, a_rename_that_was_not_synced) {
  SimFileSystem disk;
  settled(disk, "d/a", "old");
  settled(disk, "d/a.tmp", "new");
  EXPECT_TRUE(disk.rename("d/a.tmp", "d/a"));
  EXPECT_THAT(outcomes(disk, {"d/a", "d/a.tmp"}), UnorderedElementsAre("old new", "new -"));
  // Made and renamed, neither synced: the old file, with or without the other name, or the new one.
  SimFileSystem fresh;
  settled(fresh, "d/a", "old");
  const int32_t made = make(fresh, "d/a.tmp");
  write(fresh, made, 0, "new");
  EXPECT_TRUE(fresh.sync(made));
  EXPECT_TRUE(fresh.rename("d/a.tmp", "d/a"));
  EXPECT_THAT(outcomes(fresh, {"d/a", "d/a.tmp"}), UnorderedElementsAre("old -", "old new", "new -"));
}

TEST(SimFileSystem, content_that_was_not_synced_may_be_missing_behind_a_durable_name) {
  SimFileSystem disk;
  const int32_t a = make(disk, "d/a");
  write(disk, a, 0, "x");
  EXPECT_TRUE(disk.sync_directory("d"));
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("", "x"));
}

TEST(SimFileSystem, unsynced_preallocation_may_be_lost) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "x");
  EXPECT_TRUE(disk.truncate(a, 3));
  write(disk, a, 1, "y");
  EXPECT_THAT(outcomes(disk, {"d/a"}),
              UnorderedElementsAre("x", "xy", std::string("x\0\0", 3), std::string("xy\0", 3)));
}

TEST(SimFileSystem, a_killed_process_loses_nothing_but_its_handles) {
  SimFileSystem disk;
  const int32_t a = make(disk, "d/a");
  write(disk, a, 0, "x");
  disk.kill();
  EXPECT_EQ(text_of(disk, "d/a"), "x");
  EXPECT_THAT(outcomes(disk, {"d/a"}), UnorderedElementsAre("-", "", "x"));  // and the machine may still lose it
}

TEST(SimFileSystem, power_comes_back_to_a_disk_where_nothing_is_in_doubt) {
  Rng rng(9);
  for (int i = 0; i < 50; ++i) {
    SimFileSystem disk;
    const int32_t a = settled(disk, "d/a", "old");
    write(disk, a, 0, std::string(3000, 'n'));
    make(disk, "d/b");
    disk.power_loss(rng);
    const SimFileSystem back = disk;
    disk.power_loss(rng);
    EXPECT_EQ(disk, back);
    EXPECT_EQ(disk, disk.durable_view());
  }
}

TEST(SimFileSystem, wipe) {
  SimFileSystem disk;
  settled(disk, "d/a", "x");
  disk.set_capacity(50);
  disk.wipe();
  EXPECT_TRUE(disk.list("d")->empty());
  EXPECT_EQ(disk.used(), 0);
  EXPECT_EQ(disk.pwrite(make(disk, "d/b"), 0, Bytes(std::string(51, 'x'))).error(), FsError::kNoSpace);
}

// ---- observers
// -----------------------------------------------------------------------------------------------------------------

TEST(SimFileSystem, durable_view_is_the_worst_case) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "old");
  write(disk, a, 0, "new");
  make(disk, "d/b");
  SimFileSystem view = disk.durable_view();
  EXPECT_EQ(text_of(view, "d/a"), "old");
  EXPECT_EQ(text_of(view, "d/b"), "-");
  EXPECT_EQ(text_of(disk, "d/a"), "new");  // looking changes nothing
  EXPECT_EQ(disk.durable_content("d/a")->read(0, 9).view(), "old");
  EXPECT_EQ(disk.content("d/a")->read(0, 9).view(), "new");
  EXPECT_EQ(disk.durable_content("d/b"), nullptr);
  EXPECT_NE(disk.content("d/b"), nullptr);
  EXPECT_THAT(disk.durable_paths(), ElementsAre("d/a"));
}

TEST(SimFileSystem, the_version_of_durable_names) {
  SimFileSystem disk;
  settled(disk, "d/a", "x");
  const int64_t before = disk.durable_names_version();
  const int32_t a = disk.open("d/a", OpenMode::kReadWrite)->handle;
  write(disk, a, 0, "y");
  EXPECT_TRUE(disk.sync(a));
  make(disk, "d/b");
  EXPECT_EQ(disk.durable_names_version(), before);
  EXPECT_TRUE(disk.sync_directory("d"));
  EXPECT_NE(disk.durable_names_version(), before);
}

// ---- space, faults, budget
// --------------------------------------------------------------------------------------------------------

TEST(SimFileSystem, space) {
  SimFileSystem disk;
  disk.set_capacity(1000);
  const int32_t a = make(disk, "d/a"), b = make(disk, "d/b");
  write(disk, a, 0, std::string(600, 'x'));
  write(disk, a, 0, std::string(600, 'y'));  // in place: no more of it
  EXPECT_EQ(disk.used(), 600);
  EXPECT_EQ(disk.pwrite(b, 0, Bytes(std::string(401, 'x'))).error(), FsError::kNoSpace);
  EXPECT_EQ(disk.truncate(b, 401).error(), FsError::kNoSpace);
  EXPECT_TRUE(disk.truncate(b, 400));
  EXPECT_EQ(disk.pwrite(a, 600, Bytes("x")).error(), FsError::kNoSpace);
  EXPECT_TRUE(disk.truncate(b, 300));
  EXPECT_TRUE(disk.pwrite(a, 600, Bytes("x")));
  EXPECT_TRUE(disk.unlink("d/b"));
  EXPECT_EQ(disk.used(), 601);
  settled(disk, "d/c", "123");
  EXPECT_TRUE(disk.rename("d/c", "d/a"));
  EXPECT_EQ(disk.used(), 3);
}

TEST(SimFileSystem, faults_match_call_and_path) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/log.1", "x"), b = settled(disk, "d/snapshot.1", "y");
  disk.add_fault({FsCall::kSync, "log.", FsError::kIo, 1, 2});
  EXPECT_TRUE(disk.sync(a));
  EXPECT_TRUE(disk.sync(b));
  write(disk, a, 0, "z");
  EXPECT_EQ(disk.sync(a).error(), FsError::kIo);
  EXPECT_THAT(outcomes(disk, {"d/log.1"}), UnorderedElementsAre("x", "z"));  // a failed sync promises nothing
  EXPECT_EQ(disk.sync(a).error(), FsError::kIo);
  EXPECT_TRUE(disk.sync(a));
  disk.add_fault({FsCall::kAny, "", FsError::kNoSpace, 0, -1});
  EXPECT_EQ(disk.open("d/x", OpenMode::kCreate).error(), FsError::kNoSpace);
  EXPECT_EQ(disk.pread(a, 0, 1).error(), FsError::kNoSpace);
  EXPECT_EQ(disk.pwrite(a, 0, Bytes("x")).error(), FsError::kNoSpace);
  EXPECT_EQ(disk.truncate(a, 0).error(), FsError::kNoSpace);
  EXPECT_EQ(disk.rename("d/log.1", "d/y").error(), FsError::kNoSpace);
  EXPECT_EQ(disk.unlink("d/log.1").error(), FsError::kNoSpace);
  EXPECT_EQ(disk.list("d").error(), FsError::kNoSpace);
  EXPECT_EQ(disk.sync_directory("d").error(), FsError::kNoSpace);
  disk.clear_faults();
  EXPECT_EQ(text_of(disk, "d/log.1"), "z");  // what failed had no effect
}

TEST(SimFileSystem, the_budget_of_calls) {
  SimFileSystem disk;
  const int32_t a = settled(disk, "d/a", "x");
  disk.set_call_budget(2);
  EXPECT_TRUE(disk.pwrite(a, 0, Bytes("1")));
  EXPECT_TRUE(disk.pwrite(a, 1, Bytes("2")));
  EXPECT_FALSE(disk.exhausted());
  EXPECT_EQ(disk.pwrite(a, 2, Bytes("3")).error(), FsError::kIo);
  EXPECT_EQ(disk.sync(a).error(), FsError::kIo);
  EXPECT_TRUE(disk.exhausted());
  disk.set_call_budget(std::nullopt);
  EXPECT_EQ(text_of(disk, "d/a"), "12");
}

TEST(SimFileSystem, counters) {
  SimFileSystem disk;
  const int32_t a = make(disk, "d/a");
  EXPECT_TRUE(disk.sync(a));
  EXPECT_TRUE(disk.sync_directory("d"));
  EXPECT_EQ(disk.syncs(), 2);
  EXPECT_EQ(disk.calls(), 3);
}

}  // namespace
}  // namespace vivarium::sim

// The real disk behaves as the simulated one does: the same calls, the same answers.
#include "core/posix/file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "sim/file_system.h"
#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

// What a series of calls answers, as text.
std::string said_of(FileSystem& files) {
  std::string out;
  const auto told = [&out](const char* call, const auto& result) {
    out += fmt::format("{} {}\n", call, result ? "ok" : fs_error_name(result.error()));
  };
  const std::string a = "version-2/a", b = "version-2/b";
  told("open missing", files.open(a, OpenMode::kRead));
  const auto file = files.open(a, OpenMode::kCreate);
  told("create", file);
  told("write", files.pwrite(file->handle, 3, Bytes("hello")));
  out += fmt::format("read {}\n", files.pread(file->handle, 2, 100)->size());
  out += fmt::format("beyond {}\n", files.pread(file->handle, 100, 5)->size());
  told("grow", files.truncate(file->handle, 20));
  out += fmt::format("grown {}\n", files.pread(file->handle, 0, 100)->size());
  told("cut", files.truncate(file->handle, 5));
  told("sync", files.sync(file->handle));
  files.close(file->handle);
  const auto again = files.open(a, OpenMode::kCreate);
  out += fmt::format("opened again {}: {}\n", again->size, files.pread(again->handle, 0, 9)->view().substr(3));
  files.close(again->handle);
  told("rename", files.rename(a, b));
  told("rename missing", files.rename(a, b));
  told("sync directory", files.sync_directory("version-2"));
  const auto entries = files.list("version-2");
  for (const DirectoryEntry& entry : *entries) out += fmt::format("{} {}\n", entry.name, entry.size);
  told("unlink", files.unlink(b));
  told("unlink missing", files.unlink(b));
  out += fmt::format("{} left\n", files.list("version-2")->size());
  return out;
}

TEST(PosixFileSystem, answers_as_the_simulated_disk) {
  const Folder folder;
  PosixFileSystem real(folder.path("data"), folder.path("data"));
  ASSERT_TRUE(real.prepare());
  sim::SimFileSystem simulated;
  EXPECT_EQ(said_of(real), said_of(simulated));
}

TEST(PosixFileSystem, logs_live_in_their_own_directory) {
  const Folder folder;
  PosixFileSystem files(folder.path("data"), folder.path("logs"));
  ASSERT_TRUE(files.prepare());
  for (const char* name : {"version-2/log.1", "version-2/snapshot.0", "version-2/acceptedEpoch"})
    files.close(files.open(name, OpenMode::kCreate)->handle);
  std::ofstream(folder.path("data/version-2/log.9")) << "left by another";
  EXPECT_TRUE(std::filesystem::exists(folder.path("logs/version-2/log.1")));
  EXPECT_TRUE(std::filesystem::exists(folder.path("data/version-2/snapshot.0")));
  std::string names;
  const auto entries = files.list("version-2");
  for (const DirectoryEntry& entry : *entries) names += entry.name + " ";
  EXPECT_EQ(names, "acceptedEpoch log.1 snapshot.0 ");
  EXPECT_TRUE(files.sync_directory("version-2"));
}

TEST(PosixFileSystem, a_failed_call_says_which_and_why) {
  const Folder folder;
  PosixFileSystem files(folder.path("data"), folder.path("data"));
  EXPECT_EQ(files.list("version-2").error(), FsError::kNotFound);
  EXPECT_NE(files.last_error().find("opendir"), std::string::npos) << files.last_error();
  EXPECT_EQ(files.sync(-1).error(), FsError::kIo);
  EXPECT_EQ(files.last_error(), "fdatasync : Bad file descriptor");
  std::ofstream(folder.path("file")) << "x";
  PosixFileSystem blocked(folder.path("file"), folder.path("file"));
  EXPECT_FALSE(blocked.prepare());
}

TEST(PosixFileSystem, growth_takes_real_blocks) {
  const Folder folder;
  PosixFileSystem files(folder.path("d"), folder.path("d"));
  ASSERT_TRUE(files.prepare());
  const auto file = files.open("version-2/log.1", OpenMode::kCreate);
  ASSERT_TRUE(files.truncate(file->handle, 1 << 20));
  files.close(file->handle);
  struct stat status {};
  ASSERT_EQ(::stat(folder.path("d/version-2/log.1").c_str(), &status), 0);
  EXPECT_EQ(status.st_size, 1 << 20);
  EXPECT_GT(*files.space_left(), 0);
  if (status.st_blocks == 0) GTEST_SKIP() << "this file system has no fallocate: growth is a hole here";
  EXPECT_GE(status.st_blocks * 512, 1 << 20);
}

}  // namespace
}  // namespace vivarium::posix

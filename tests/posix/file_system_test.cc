#include "core/posix/file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/posix/folder.h"
#include "tests/support/file_system_answers.h"

namespace vivarium::posix {
namespace {

TEST(PosixFileSystem, answers_as_every_file_system_does) {
  const Folder folder;
  PosixFileSystem files(folder.path("data"), folder.path("data"));
  ASSERT_TRUE(files.prepare());
  EXPECT_EQ(test::answers_of(files), test::kFileSystemAnswers);
}

TEST(PosixFileSystem, writing_through_changes_no_answer) {
  const Folder folder;
  PosixFileSystem files(folder.path("data"), folder.path("data"));
  files.write_through();
  ASSERT_TRUE(files.prepare());
  EXPECT_EQ(test::answers_of(files), test::kFileSystemAnswers);
}

TEST(PosixFileSystem, what_cannot_be_written_through_is_written_all_the_same) {
  PosixFileSystem devices("/dev", "/dev");
  devices.write_through();
  const auto null = devices.open("null", OpenMode::kReadWrite);
  ASSERT_TRUE(null);
  EXPECT_TRUE(devices.pwrite(null->handle, 0, Bytes(std::string("x")))) << devices.last_error();
  devices.close(null->handle);
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

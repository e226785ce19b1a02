#include "core/posix/zero_ahead.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/posix/file_system.h"
#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

class ZeroAheadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files.prepare());
    handle = files.open("version-2/log.1", OpenMode::kCreate)->handle;
  }
  std::string content() const {
    std::ifstream stream(folder.path("d/version-2/log.1"), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  void write(int64_t at, const std::string& text) { ASSERT_TRUE(files.pwrite(handle, at, Bytes(text))); }
  // The first byte that no write has reached; what is only reserved counts as a hole (ext4), or nothing does (tmpfs).
  int64_t first_hole() {
    EXPECT_TRUE(files.sync(handle));
    return ::lseek(handle, 0, SEEK_HOLE);
  }

  const Folder folder;
  PosixFileSystem files{folder.path("d"), folder.path("d")};
  int32_t handle = -1;
};

TEST_F(ZeroAheadTest, zeros_stand_before_records_come) {
  ASSERT_TRUE(files.truncate(handle, 1 << 20));
  write(0, "head");
  EXPECT_GE(first_hole(), 64 << 10);
  write(4, std::string(100'000, 'a'));
  EXPECT_GE(first_hole(), 164 << 10);
  EXPECT_EQ(content(), "head" + std::string(100'000, 'a') + std::string((1 << 20) - 100'004, '\0'));
}

TEST_F(ZeroAheadTest, what_was_written_stays) {
  ASSERT_TRUE(files.truncate(handle, 200'000));
  std::string expected(200'000, '\0');
  for (int64_t at = 0; at < 190'000; at += 1'000) {
    write(at, std::string(997, static_cast<char>('a' + at / 1'000 % 26)));
    expected.replace(static_cast<size_t>(at), 997, std::string(997, static_cast<char>('a' + at / 1'000 % 26)));
  }
  EXPECT_EQ(content(), expected);
}

TEST_F(ZeroAheadTest, they_end_with_the_file) {
  ASSERT_TRUE(files.truncate(handle, 5'000));
  write(0, "head");
  EXPECT_EQ(content().size(), 5'000U);
  ASSERT_TRUE(files.truncate(handle, 4));  // cut, as a log is when it is closed
  write(4, "more");
  EXPECT_EQ(content(), "headmore");
}

TEST_F(ZeroAheadTest, a_file_that_was_not_reserved_gets_none) {
  write(0, "snapshot");
  EXPECT_EQ(content(), "snapshot");
}

TEST_F(ZeroAheadTest, what_a_handle_meant_ends_with_it) {
  ASSERT_TRUE(files.truncate(handle, 1 << 20));
  files.close(handle);
  const int32_t other = files.open("version-2/snapshot.1", OpenMode::kCreate)->handle;
  ASSERT_EQ(other, handle) << "the system gives the lowest number that is free";
  write(0, "snapshot");
  EXPECT_EQ(files.pread(handle, 0, 100)->size(), 8U);
}

}  // namespace
}  // namespace vivarium::posix

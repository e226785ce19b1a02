#include "core/base/file_system.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

TEST(FileSystem, errors_have_names) {
  EXPECT_STREQ(fs_error_name(FsError::kNotFound), "no such file");
  EXPECT_STREQ(fs_error_name(FsError::kExists), "file exists");
  EXPECT_STREQ(fs_error_name(FsError::kNoSpace), "no space left on device");
  EXPECT_STREQ(fs_error_name(FsError::kIo), "input/output error");
  EXPECT_STREQ(fs_error_name(FsError(99)), "unknown");
}

}  // namespace
}  // namespace vivarium

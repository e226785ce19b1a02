#include <gtest/gtest.h>

#include "core/tree/prepare.h"

namespace vivarium::tree {
namespace {

bool good(std::string_view path) { return validate_path(Bytes(path)) == wire::ErrorCode::kOk; }

TEST(Path, Rules) {
  for (const char* path : {"/", "/a", "/a/b", "/...", "/.a", "/a..", "/a.b/..c", "/ ", "/\xc3\xa9", "/\xe2\x82\xac",
                           "/\xef\xa4\x80", "/\xef\xbf\xaf", "/\xed\x9f\xbf", "/\xc2\xa0"}) {
    EXPECT_TRUE(good(path)) << path;
  }
  for (const char* path : {"",
                           "a",
                           "a/",
                           "/a/",
                           "//",
                           "/a//b",
                           "/.",
                           "/..",
                           "/a/.",
                           "/a/../b",
                           "/./a",
                           "/\x01",
                           "/a\x1f",
                           "/\x7f",
                           "/\xc2\x80",
                           "/\xc2\x9f",
                           "/\xee\x80\x80" /* U+E000 */,
                           "/\xef\xa3\xbf" /* U+F8FF */,
                           "/\xef\xbf\xb0" /* U+FFF0 */,
                           "/\xef\xbf\xbf",
                           "/\xf0\x9f\x98\x80" /* above U+FFFF */,
                           "/\xed\xa0\x80" /* a surrogate */,
                           "/\x80",
                           "/\xc3",
                           "/\xc0\xaf",
                           "/\xe0\x80\xaf",
                           "/\xff",
                           "/\xe2\x82",
                           "/\xc3(",
                           "/\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(good(path)) << path;
  }
  EXPECT_FALSE(good(std::string_view("/a\0b", 4)));
  EXPECT_EQ(validate_path(Bytes()), wire::ErrorCode::kBadArguments);
}

TEST(Path, ASequentialOneIsJudgedWithItsNumber) {
  EXPECT_EQ(validate_path(Bytes("/a/"), true), wire::ErrorCode::kOk);
  EXPECT_EQ(validate_path(Bytes("/a//"), true), wire::ErrorCode::kBadArguments);
  EXPECT_EQ(validate_path(Bytes(), true), wire::ErrorCode::kBadArguments);
}

TEST(Path, Parts) {
  EXPECT_EQ(parent_of(Bytes("/a")), Bytes("/"));
  EXPECT_EQ(parent_of(Bytes("/a/b/c")), Bytes("/a/b"));
  EXPECT_EQ(name_of(Bytes("/a")), Bytes("a"));
  EXPECT_EQ(name_of(Bytes("/a/b/c")), Bytes("c"));
}

}  // namespace
}  // namespace vivarium::tree

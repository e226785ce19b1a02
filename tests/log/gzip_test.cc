#include "core/log/gzip.h"

#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

// gzip -n of "hello hello hello\n", as the program makes it.
const std::string kHello(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00"
    "\x00",
    29);

TEST(Gzip, reads_what_others_wrote) {
  const auto plain = gunzip(Bytes(kHello));
  ASSERT_TRUE(plain) << plain.error();
  EXPECT_EQ(plain->view(), "hello hello hello\n");
}

TEST(Gzip, damage_is_refused) {
  for (size_t size = 0; size < kHello.size(); ++size) EXPECT_FALSE(gunzip(Bytes(kHello.substr(0, size)))) << size;
  for (size_t bit = 10 * 8; bit < kHello.size() * 8; ++bit) {
    if (bit / 8 == 20) continue;  // holds the bits behind the last block, which say nothing
    EXPECT_FALSE(gunzip(flipped(Bytes(kHello), bit))) << bit;
  }
}

}  // namespace
}  // namespace vivarium::log

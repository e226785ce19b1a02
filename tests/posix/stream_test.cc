#include "core/posix/stream.h"

#include <gtest/gtest.h>

namespace vivarium::posix {
namespace {

std::string text_of(const Unsent& unsent) {
  std::string text;
  for (const auto& buffer : unsent.gather()) text.append(static_cast<const char*>(buffer.data()), buffer.size());
  return text;
}

TEST(Unsent, leaves_in_order_however_it_is_cut) {
  for (size_t step = 1; step <= 9; ++step) {
    Unsent unsent;
    for (const char* piece : {"ab", "", "cde", "f", "ghi"}) unsent.push(Bytes(piece), false);
    std::string seen;
    while (!unsent.empty()) {
      const size_t count = std::min<size_t>(step, static_cast<size_t>(unsent.bytes()));
      seen += text_of(unsent).substr(0, count);
      unsent.drop(count);
    }
    EXPECT_EQ(seen, "abcdefghi") << step;
    EXPECT_EQ(unsent.bytes(), 0);
  }
}

TEST(Unsent, tells_once_of_each_piece_that_has_left_to_its_end) {
  Unsent unsent;
  unsent.push(Bytes("abc"), true);
  unsent.push(Bytes("de"), false);
  unsent.push(Bytes("f"), true);
  EXPECT_EQ(unsent.drop(2), 0);
  EXPECT_EQ(unsent.drop(1), 1);
  EXPECT_EQ(unsent.drop(2), 0);
  EXPECT_EQ(unsent.drop(1), 1);
  EXPECT_TRUE(unsent.empty());
}

TEST(Unsent, gathers_no_more_than_one_write_takes) {
  Unsent unsent;
  for (int i = 0; i < 1000; ++i) unsent.push(Bytes("x"), false);
  EXPECT_EQ(unsent.gather().size(), 64U);
  unsent.drop(64);
  EXPECT_EQ(unsent.bytes(), 936);
}

}  // namespace
}  // namespace vivarium::posix

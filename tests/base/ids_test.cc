#include "core/base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace vivarium {
namespace {

static_assert(!std::is_convertible_v<int64_t, Sid> && !std::is_convertible_v<Sid, int64_t>);
static_assert(!std::is_constructible_v<Sid, SessionId> && !std::is_constructible_v<Zxid, Epoch>);

TEST(Zxid, is_epoch_above_counter) {
  const Zxid zxid(Epoch{5}, 7);
  EXPECT_EQ(zxid.value, 0x5'0000'0007);
  EXPECT_EQ(zxid.epoch(), Epoch{5});
  EXPECT_EQ(zxid.counter(), 7u);
  EXPECT_EQ(zxid.next(), Zxid(Epoch{5}, 8));
}

TEST(Zxid, orders_by_epoch_first) {
  EXPECT_LT(Zxid(Epoch{1}, UINT32_MAX), Zxid(Epoch{2}, 0));
  EXPECT_LT(Zxid(Epoch{2}, 0), Zxid(Epoch{2}, 1));
}

TEST(Zxid, minus_one_is_below_every_other) { EXPECT_LT(Zxid{-1}, Zxid{0}); }

// A leader steps down at the last counter of its epoch (1277): next() would run over into the epoch.
TEST(Zxid, the_counter_ends_below_the_next_epoch) {
  const Zxid last(Epoch{3}, UINT32_MAX);
  EXPECT_EQ(last.epoch(), Epoch{3});
  EXPECT_EQ(last.next().epoch(), Epoch{4});
}

TEST(Zxid, keeps_an_epoch_with_its_highest_bit) {
  const Zxid zxid(Epoch{0xffffffff}, 1);
  EXPECT_EQ(zxid.epoch(), Epoch{0xffffffff});
  EXPECT_LT(zxid.value, 0);
}

TEST(Ids, print_as_numbers_and_zxids_in_hexadecimal) {
  EXPECT_EQ(fmt::format("{} {}", Sid{3}, Epoch{-1}), "3 -1");
  EXPECT_EQ(fmt::format("{}", Zxid(Epoch{1}, 0x2a)), "0x10000002a");
}

}  // namespace
}  // namespace vivarium

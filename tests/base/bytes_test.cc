#include "core/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <vector>

namespace vivarium {
namespace {

TEST(Bytes, null_is_not_empty) {
  const Bytes null, empty = Bytes::empty_value();
  EXPECT_TRUE(null.is_null());
  EXPECT_FALSE(empty.is_null());
  EXPECT_TRUE(null.empty() && empty.empty());
  EXPECT_NE(null, empty);
  EXPECT_LT(null, empty);
  EXPECT_LT(empty, Bytes("a"));
  EXPECT_EQ(Bytes(""), empty);
}

TEST(Bytes, compares_by_unsigned_bytes) {
  EXPECT_LT(Bytes("a"), Bytes("ab"));
  EXPECT_LT(Bytes("\x7f"), Bytes("\x80"));
  EXPECT_EQ(Bytes("xyz").slice(1, 1), Bytes("y"));
}

TEST(Bytes, a_slice_shares_and_keeps_its_slab) {
  Bytes slice;
  const uint8_t* address = nullptr;
  {
    const Bytes whole("0123456789");
    slice = whole.slice(3, 4);
    address = whole.data() + 3;
  }
  EXPECT_EQ(slice.view(), "3456");
  EXPECT_EQ(slice.data(), address);
  EXPECT_EQ(slice.from(4), Bytes::empty_value());
}

TEST(BytesDeathTest, a_slice_outside_is_our_mistake) {
  const Bytes b("abc");
  EXPECT_DEATH(b.slice(2, 2), "CHECK failed");
  EXPECT_DEATH(b.slice(4, 0), "CHECK failed");
  EXPECT_DEATH(b.slice(1, SIZE_MAX), "CHECK failed");
}

TEST(Bytes, compact_lets_go_of_a_bigger_slab_and_only_of_that) {
  const Bytes whole(std::string(1000, 'x'));
  EXPECT_EQ(whole.compact().data(), whole.data());
  const Bytes small = whole.slice(10, 5).compact();
  EXPECT_EQ(small.view(), "xxxxx");
  EXPECT_NE(small.data(), whole.data() + 10);
  EXPECT_TRUE(Bytes().compact().is_null());
}

TEST(Bytes, a_moved_from_handle_is_null) {
  Bytes a("abc");
  const Bytes b(std::move(a));
  EXPECT_TRUE(a.is_null());  // NOLINT: that is the question
  EXPECT_EQ(b.view(), "abc");
}

TEST(Bytes, appending_does_not_show_through_other_handles) {
  Bytes a("ab");
  a.append(Bytes("cd"));
  Bytes fork = a;
  const Bytes tail = a.from(2);
  a.append(Bytes("-a"));     // grows in place, in the slab that fork and tail share
  fork.append(Bytes("+f"));  // must not write over it
  EXPECT_EQ(a.view(), "abcd-a");
  EXPECT_EQ(fork.view(), "abcd+f");
  EXPECT_EQ(tail.view(), "cd");
}

TEST(Bytes, appending_to_nothing_shares_what_is_appended) {
  const Bytes more("abc");
  Bytes null, empty = Bytes::empty_value();
  null.append(more);
  empty.append(more);
  EXPECT_EQ(null.data(), more.data());
  EXPECT_EQ(empty.data(), more.data());
  empty = Bytes::empty_value();
  empty.append(Bytes());
  EXPECT_FALSE(empty.is_null());
}

TEST(Bytes, appends_itself) {
  Bytes a("ab");
  for (int i = 0; i < 8; ++i) a.append(a);
  EXPECT_EQ(a.size(), 512u);
  EXPECT_EQ(a.slice(510, 2).view(), "ab");
}

// Piece by piece is linear: a byte is moved a bounded number of times. Counted by the moves of the slab.
TEST(Bytes, appending_a_mebibyte_byte_by_byte_moves_it_seldom) {
  const Bytes piece("x");
  Bytes a("x");
  int moves = 0;
  size_t moved_bytes = 0;
  for (size_t i = 1; i < (1u << 20); ++i) {
    const uint8_t* before = a.data();
    a.append(piece);
    if (a.data() != before) {
      ++moves;
      moved_bytes += a.size();
    }
  }
  EXPECT_EQ(a.size(), 1u << 20);
  EXPECT_LE(moves, 20);
  EXPECT_LE(moved_bytes, 2u << 20);
}

TEST(Bytes, remove_prefix_lets_the_slab_go_at_the_end) {
  Bytes a("abcdef");
  a.remove_prefix(2);
  EXPECT_EQ(a.view(), "cdef");
  a.remove_prefix(4);
  EXPECT_EQ(a, Bytes::empty_value());
  EXPECT_DEATH(a.remove_prefix(1), "CHECK failed");
}

// Against std::string: forks of one stream, each appended to and cut at will.
TEST(Bytes, behaves_as_a_string_under_any_appends_cuts_and_forks) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<uint8_t, std::string>>& steps) {
    std::vector<std::pair<Bytes, std::string>> forks{{Bytes::empty_value(), ""}};
    for (const auto& [choice, text] : steps) {
      auto& [bytes, model] = forks[choice % forks.size()];
      if (choice % 4 == 3) {
        const size_t cut = text.size() % (model.size() + 1);
        bytes.remove_prefix(cut);
        model.erase(0, cut);
      } else {
        bytes.append(Bytes(text));
        model += text;
      }
      if (choice % 3 == 0) {
        auto fork = forks[choice % forks.size()];
        forks.push_back(std::move(fork));
      }
    }
    for (const auto& [bytes, model] : forks) RC_ASSERT(bytes.view() == model);
  }));
}

TEST(BytesBuilder, writes_big_endian) {
  BytesBuilder out;
  out.u8(0xfe);
  out.i32(-2);
  out.i64(0x0102030405060708);
  out.append(std::string_view("ab"));
  out.append(Bytes("c"));
  out.append(Bytes());
  EXPECT_EQ(out.take(), Bytes(std::string_view("\xfe\xff\xff\xff\xfe\x01\x02\x03\x04\x05\x06\x07\x08"
                                               "abc",
                                               16)));
}

TEST(BytesBuilder, patches_a_length_written_before_it_was_known) {
  BytesBuilder out;
  out.i32(0);
  out.append(std::string_view("hello"));
  out.patch_i32(0, 0x05060708);
  EXPECT_EQ(out.view(), std::string_view("\x05\x06\x07\x08hello"));
  EXPECT_DEATH(out.patch_i32(6, 1), "CHECK failed");
}

TEST(BytesBuilder, starts_anew_after_take) {
  BytesBuilder out;
  EXPECT_EQ(out.take(), Bytes::empty_value());
  out.append(std::string_view("first"));
  const Bytes first = out.take();
  EXPECT_EQ(out.size(), 0u);
  out.append(std::string_view("second"));
  EXPECT_EQ(first.view(), "first");
  EXPECT_EQ(out.take().view(), "second");
}

TEST(BytesBuilder, take_does_not_copy) {
  BytesBuilder out;
  for (int i = 0; i < 1000; ++i) out.i64(i);
  const char* address = out.view().data();
  const Bytes taken = out.take();
  EXPECT_EQ(reinterpret_cast<const char*>(taken.data()), address);
  EXPECT_EQ(load_i64(taken.data() + 999 * 8), 999);
}

TEST(BytesBuilder, a_copy_goes_its_own_way) {
  BytesBuilder a;
  a.append(std::string_view("ab"));
  BytesBuilder b = a;
  a.append(std::string_view("c"));
  b.append(std::string_view("d"));
  EXPECT_EQ(a.view(), "abc");
  EXPECT_EQ(b.view(), "abd");
  a = std::move(b);
  EXPECT_EQ(a.view(), "abd");
}

TEST(Bytes, loads_what_was_stored) {
  EXPECT_TRUE(rc::check([](int32_t small, int64_t big) {
    uint8_t raw[12];
    store_u32(raw, static_cast<uint32_t>(small));
    store_u64(raw + 4, static_cast<uint64_t>(big));
    RC_ASSERT(load_i32(raw) == small);
    RC_ASSERT(load_i64(raw + 4) == big);
  }));
}

}  // namespace
}  // namespace vivarium

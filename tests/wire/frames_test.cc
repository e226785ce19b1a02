#include "core/wire/frames.h"

#include <gtest/gtest.h>

#include "tests/wire/allocations.h"
#include "tests/wire/draw.h"
#include "tests/wire/streams.h"

namespace vivarium::wire {
namespace {

TEST(FrameDecoder, gives_frames_however_they_are_fed) {
  const Outcome run =
      expect_same_however_fed(FrameDecoder(), hex("00000003 616263 00000000 00000001 64 00000009 6566"));
  EXPECT_EQ(run.items, (std::vector<std::string>{"\"abc\"", "\"\"", "\"d\""}));
  EXPECT_FALSE(run.failed);
}

TEST(FrameDecoder, a_length_out_of_bounds_poisons_after_the_frames_before_it) {
  for (const char* length : {"ffffffff", "80000000", "7fffffff", "00100000", "72756f6b"}) {
    const Outcome run =
        expect_same_however_fed(FrameDecoder(), concatenate({hex("00000001 61"), hex(length), hex("00000001 62")}));
    EXPECT_EQ(run.items, std::vector<std::string>{"\"a\""}) << length;
    EXPECT_TRUE(run.failed) << length;
  }
}

TEST(FrameDecoder, takes_the_longest_frame_and_not_one_more) {
  FrameDecoder decoder(5);
  decoder.feed(hex("00000005 6162636465 00000006"));
  EXPECT_EQ(decoder.next(), Bytes("abcde"));
  EXPECT_FALSE(decoder.failed());
  EXPECT_EQ(decoder.next(), std::nullopt);
  EXPECT_TRUE(decoder.failed());
  decoder.feed(hex("00000001 61"));
  EXPECT_EQ(decoder.next(), std::nullopt);
  EXPECT_FALSE(decoder.mid_frame());
}

TEST(FrameDecoder, peek_shows_a_four_letter_word_before_it_would_poison) {
  FrameDecoder decoder;
  decoder.feed(Bytes("ru"));
  decoder.feed(Bytes("ok"));
  EXPECT_EQ(decoder.peek().view(), "ruok");
  EXPECT_TRUE(decoder.mid_frame());
}

TEST(FrameDecoder, whole_frames_are_slices_of_what_was_fed) {
  const Bytes fed = concatenate({frame(Bytes(std::string(100, 'a'))), frame(Bytes(std::string(200, 'b')))});
  FrameDecoder decoder;
  std::optional<Bytes> first, second;
  const Allocations allocations = allocations_of([&] {
    decoder.feed(fed);
    first = decoder.next();
    second = decoder.next();
  });
  EXPECT_EQ(first->data(), fed.data() + 4);
  EXPECT_EQ(second->data(), fed.data() + 108);
  EXPECT_EQ(allocations.bytes, 0u);
}

TEST(FrameDecoder, a_fork_goes_its_own_way) {
  FrameDecoder one;
  one.feed(hex("00000004 6162"));
  FrameDecoder other = one;
  one.feed(hex("6364"));
  other.feed(hex("7879"));
  EXPECT_EQ(one.next(), Bytes("abcd"));
  EXPECT_EQ(other.next(), Bytes("abxy"));
}

TEST(FrameDecoder, a_copy_copies_no_bytes) {
  FrameDecoder one;
  one.feed(hex("000fffff"));
  for (int i = 0; i < 1000; ++i) one.feed(Bytes(std::string(1000, 'x')));
  const Allocations allocations = allocations_of([&] {
    const FrameDecoder other = one;
    EXPECT_TRUE(other.mid_frame());
  });
  EXPECT_EQ(allocations.bytes, 0u);
}

// Linear: what is moved into new slabs stays within a few times the stream, for a big frame as for a small one.
TEST(FrameDecoder, a_mebibyte_byte_by_byte_moves_each_byte_a_few_times) {
  for (const size_t size : {size_t{1} << 16, (size_t{1} << 20) - 1}) {
    const Bytes stream = frame(Bytes(std::string(size, 'm')));
    FrameDecoder decoder;
    std::optional<Bytes> payload;
    const Allocations allocations = allocations_of([&] {
      for (size_t at = 0; at < stream.size(); ++at) {
        EXPECT_FALSE(payload);
        decoder.feed(stream.slice(at, 1));
        payload = decoder.next();
      }
    });
    ASSERT_TRUE(payload);
    EXPECT_EQ(*payload, stream.from(4));
    EXPECT_LE(allocations.bytes, 5 * stream.size());
  }
}

TEST(FrameDecoder, a_length_alone_reserves_nothing) {
  FrameDecoder decoder;
  const Bytes head = hex("000fffff");
  const Bytes byte("x");
  const Allocations allocations = allocations_of([&] {
    decoder.feed(head);
    EXPECT_FALSE(decoder.next());
    decoder.feed(byte);
    EXPECT_FALSE(decoder.next());
  });
  EXPECT_LE(allocations.bytes, 100u);
}

TEST(FrameDecoder, any_frames_in_any_pieces) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& payloads, std::vector<uint16_t> raw_cuts) {
    std::vector<Bytes> frames;
    std::vector<std::string> expected;
    for (const auto& payload : payloads) {
      frames.push_back(frame(Bytes(payload)));
      expected.push_back(print(Bytes(payload)));
    }
    const Bytes stream = concatenate(frames);
    std::vector<size_t> cuts;
    for (const uint16_t cut : raw_cuts) cuts.push_back(cut % (stream.size() + 1));
    std::sort(cuts.begin(), cuts.end());
    const Outcome run = run_in_pieces(FrameDecoder(), stream, cuts);
    RC_ASSERT((run.items == expected));
    RC_ASSERT((!run.failed));
    RC_ASSERT((run.state == hash_of(FrameDecoder())));
  }));
}

}  // namespace
}  // namespace vivarium::wire

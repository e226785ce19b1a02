#include "core/wire/election.h"

#include <gtest/gtest.h>

#include "tests/wire/allocations.h"
#include "tests/wire/draw.h"
#include "tests/wire/streams.h"

namespace vivarium::wire {
namespace {

// state, leader, zxid, round; then peerEpoch; then version; then length and text of the configuration.
constexpr const char* kOldest = "00000002 0000000000000003 0000000500000007 0000000000000009";
constexpr const char* kEpoch = "0000000000000006";
constexpr const char* kVersion = "00000002";

Notification example() { return {ServerState::kLeading, Sid{3}, Zxid(Epoch{5}, 7), 9, Epoch{6}, 2, Bytes("cfg")}; }

Bytes body(std::initializer_list<std::string> parts) {
  std::string text;
  for (const auto& part : parts) text += part;
  return hex(text);
}

TEST(Notification, is_44_bytes_and_the_configuration_in_a_frame) {
  EXPECT_EQ(to_hex(encode_notification(example())),
            to_hex(body({"0000002f", kOldest, kEpoch, kVersion, "00000003 636667"})));
  Notification bare = example();
  bare.config = Bytes::empty_value();
  EXPECT_EQ(to_hex(encode_notification(bare)), to_hex(body({"0000002c", kOldest, kEpoch, kVersion, "00000000"})));
}

TEST(Notification, is_read_from_senders_of_every_age) {
  Notification expected = example();
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, kVersion, "00000003 636667"})), expected);
  expected.config = Bytes::empty_value();
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, kVersion, "00000000"})), expected);
  expected.version = 0;
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, "00000001"})), expected)
      << "40 bytes: the version counts as none";
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch})), expected);
  expected.peer_epoch = Epoch{5};
  EXPECT_EQ(decode_notification(body({kOldest})), expected) << "28 bytes: the epoch of the zxid";
}

TEST(Notification, of_any_other_size_is_refused) {
  const Bytes whole = body({kOldest, kEpoch, kVersion, "00000003 636667"});
  for (size_t size = 0; size < whole.size(); ++size) {
    const bool known = size == 28 || size == 36 || size == 40;
    EXPECT_EQ(decode_notification(whole.slice(0, size)).has_value(), known) << size;
  }
}

TEST(Notification, lies_about_the_configuration_are_refused) {
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, kVersion, "ffffffff"})).error(), DecodeError::kBadLength);
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, kVersion, "7fffffff 63"})).error(), DecodeError::kTruncated);
}

TEST(Notification, bytes_behind_the_configuration_are_ignored) {
  EXPECT_EQ(decode_notification(body({kOldest, kEpoch, kVersion, "00000003 636667 ffff"})), example());
}

TEST(Notification, an_unknown_state_is_refused) {
  const std::string rest = std::string(kOldest).substr(8);
  EXPECT_EQ(decode_notification(body({"00000004", rest})).error(), DecodeError::kBadValue);
  EXPECT_EQ(decode_notification(body({"ffffffff", rest})).error(), DecodeError::kBadValue);
  EXPECT_TRUE(decode_notification(body({"00000003", rest})));
}

TEST(Notification, comes_back_as_it_went) {
  EXPECT_TRUE(rc::check([] {
    auto n = draw<Notification>();
    n.state = static_cast<ServerState>(*rc::gen::inRange(0, 4));
    if (n.config.is_null()) n.config = Bytes::empty_value();
    RC_ASSERT((decode_notification(encode_notification(n).from(4)) == n));
  }));
}

// ---- the stream
// --------------------------------------------------------------------------------------------------------

const ElectionDecoder kFresh(true);

TEST(ElectionHeader, as_golden_bytes) {
  EXPECT_EQ(to_hex(encode_election_header({Sid{2}, "h:3888"})),
            to_hex(hex("ffffffffffff0000 0000000000000002 00000006 683a33383838")));
}

TEST(ElectionDecoder, reads_the_header_and_then_bodies) {
  const Bytes stream =
      concatenate({encode_election_header({Sid{2}, "h:3888"}), frame(Bytes("one")), frame(Bytes("two"))});
  const Outcome run = expect_same_however_fed(kFresh, stream);
  EXPECT_EQ(run.items, (std::vector<std::string>{"header of 2: h:3888", "\"one\"", "\"two\""}));
  EXPECT_FALSE(run.failed);
}

TEST(ElectionDecoder, reads_a_header_of_several_addresses) {
  const Outcome run =
      expect_same_however_fed(kFresh, hex("ffffffffffff0001 7fffffffffffffff 00000007 613a317c623a32 00000001 78"));
  EXPECT_EQ(run.items, (std::vector<std::string>{fmt::format("header of {}: a:1|b:2", kObserverSid), "\"x\""}));
}

TEST(ElectionDecoder, reads_a_bare_sid_of_old) {
  const Outcome run = expect_same_however_fed(kFresh, hex("0000000000000004 00000001 78"));
  EXPECT_EQ(run.items, (std::vector<std::string>{"header of 4: ", "\"x\""}));
}

TEST(ElectionDecoder, refuses_a_header_out_of_bounds) {
  for (const char* header : {"fffffffffffffffe 0000000000000002 00000001 78",  // an unknown version
                             "ffffffffffff0000 0000000000000002 00000000",     // no address
                             "ffffffffffff0000 0000000000000002 ffffffff",     // a negative length
                             "ffffffffffff0000 0000000000000002 00000801"}) {  // more than 2048
    const Outcome run = expect_same_however_fed(kFresh, hex(header));
    EXPECT_TRUE(run.failed) << header;
    EXPECT_TRUE(run.items.empty()) << header;
  }
}

TEST(ElectionDecoder, takes_the_longest_address) {
  const std::string address(kMaxElectionAddress, 'h');
  ElectionDecoder decoder = kFresh;
  decoder.feed(encode_election_header({Sid{1}, address}));
  EXPECT_EQ(decoder.next_header(), (ElectionHeader{Sid{1}, address}));
  EXPECT_EQ(hash_of(decoder), hash_of(ElectionDecoder(false)));
}

TEST(ElectionDecoder, refuses_a_body_out_of_bounds) {
  for (const char* length : {"00000000", "ffffffff", "00080001"}) {
    const Outcome run = expect_same_however_fed(ElectionDecoder(false),
                                                concatenate({frame(Bytes("a")), hex(length), frame(Bytes("b"))}));
    EXPECT_TRUE(run.failed) << length;
    EXPECT_EQ(run.items, std::vector<std::string>{"\"a\""}) << length;
  }
}

TEST(ElectionDecoder, takes_the_longest_body) {
  ElectionDecoder decoder(false);
  decoder.feed(frame(Bytes(std::string(kMaxElectionMessage, 'b'))));
  ASSERT_TRUE(decoder.next_body());
}

TEST(ElectionDecoder, a_malformed_notification_leaves_the_stream_alive) {  // 3769
  ElectionDecoder decoder(false);
  decoder.feed(concatenate({frame(Bytes("junk")), encode_notification(example())}));
  EXPECT_FALSE(decode_notification(*decoder.next_body()));
  EXPECT_EQ(decode_notification(*decoder.next_body()), example());
}

TEST(ElectionDecoder, whether_a_header_is_awaited_is_part_of_the_state) {
  EXPECT_NE(hash_of(ElectionDecoder(true)), hash_of(ElectionDecoder(false)));
}

TEST(ElectionDecoder, the_longest_body_byte_by_byte_moves_each_byte_a_few_times) {
  const Bytes stream = frame(Bytes(std::string(kMaxElectionMessage, 'b')));
  ElectionDecoder decoder(false);
  int bodies = 0;
  const Allocations allocations = allocations_of([&] {
    for (size_t at = 0; at < stream.size(); ++at) {
      decoder.feed(stream.slice(at, 1));
      bodies += decoder.next_body().has_value();
    }
  });
  EXPECT_EQ(bodies, 1);
  EXPECT_LE(allocations.bytes, 5 * stream.size());
}

}  // namespace
}  // namespace vivarium::wire

#include "core/wire/packets.h"

#include <gtest/gtest.h>

#include <set>

#include "core/wire/transactions.h"
#include "tests/wire/allocations.h"
#include "tests/wire/draw.h"
#include "tests/wire/streams.h"

namespace vivarium::wire {
namespace {

// ---- golden bytes
// ------------------------------------------------------------------------------------------------------

TEST(QuorumPacket, follower_info_as_golden_bytes) {
  const Bytes info = encode_learner_info({Sid{2}, kLearnerProtocolVersion, 0x100000000});
  const QuorumPacket packet{PacketType::kFollowerInfo, Zxid(Epoch{5}, 0), info, {}};
  EXPECT_EQ(to_hex(encode_packet(packet)),
            to_hex(hex("0000000b 0000000500000000 00000014 0000000000000002 00010000 0000000100000000 ffffffff")));
}

TEST(QuorumPacket, commit_and_uptodate_carry_nothing) {
  EXPECT_EQ(encode_packet({PacketType::kCommit, Zxid(Epoch{1}, 2), {}, {}}),
            hex("00000004 0000000100000002 ffffffff ffffffff"));
  EXPECT_EQ(encode_packet({PacketType::kUpToDate, Zxid{-1}, {}, {}}),
            hex("0000000c ffffffffffffffff ffffffff ffffffff"));
}

TEST(QuorumPacket, a_forwarded_request_names_its_client) {
  const Bytes data = encode_forwarded_request({SessionId{1}, 2, OpCode::kSync, encode(PathRequest{Bytes("/a")})});
  const QuorumPacket packet{PacketType::kRequest, Zxid{-1}, data, {AclId{Bytes("ip"), Bytes("::1")}}};
  EXPECT_EQ(to_hex(encode_packet(packet)),
            to_hex(hex("00000001 ffffffffffffffff 00000016 0000000000000001 00000002 00000009 00000002 2f61"
                       "00000001 00000002 6970 00000003 3a3a31")));
}

TEST(QuorumPacket, types_have_their_names) {
  std::set<std::string> names;
  for (int32_t type = 1; type <= 19; ++type) EXPECT_TRUE(names.insert(packet_name(PacketType{type})).second) << type;
  EXPECT_EQ(names.count("unknown"), 0u);
  EXPECT_STREQ(packet_name(PacketType::kProposal), "PROPOSAL");
  EXPECT_STREQ(packet_name(PacketType::kNewLeader), "NEWLEADER");
  EXPECT_STREQ(packet_name(PacketType::kInformAndActivate), "INFORMANDACTIVATE");
  for (const int32_t type : {0, 20, -1, INT32_MAX, INT32_MIN}) EXPECT_STREQ(packet_name(PacketType{type}), "unknown");
}

// ---- what packets hold
// -------------------------------------------------------------------------------------------------

TEST(LearnerInfo, is_read_from_learners_of_every_age) {
  const LearnerInfo info{Sid{7}, 0x10000, 42};
  const Bytes bytes = encode_learner_info(info);
  EXPECT_EQ(decode_learner_info(bytes), info);
  EXPECT_EQ(decode_learner_info(bytes.slice(0, 12)), (LearnerInfo{Sid{7}, 0x10000, 0}));
  EXPECT_EQ(decode_learner_info(bytes.slice(0, 8)), (LearnerInfo{Sid{7}, 1, 0}));
  for (size_t size = 0; size < 8; ++size) EXPECT_FALSE(decode_learner_info(bytes.slice(0, size))) << size;
}

TEST(ForwardedRequest, comes_back_as_it_went) {
  const ForwardedRequest request{SessionId{-2}, 3, OpCode::kCreate2, Bytes("body")};
  const Bytes bytes = encode_forwarded_request(request);
  EXPECT_EQ(decode_forwarded_request(bytes), request);
  EXPECT_EQ(decode_forwarded_request(bytes.slice(0, 16))->body, Bytes::empty_value());
  for (size_t size = 0; size < 16; ++size) EXPECT_FALSE(decode_forwarded_request(bytes.slice(0, size))) << size;
}

TEST(Touches, are_repeated_to_the_end) {
  const std::vector<SessionTouch> touches{{SessionId{1}, 30000}, {SessionId{2}, 4000}};
  const Bytes bytes = encode_touches(touches);
  EXPECT_EQ(to_hex(bytes),
            "0000000000000001000075300000000000000002"
            "00000fa0");
  EXPECT_EQ(decode_touches(bytes), touches);
  EXPECT_EQ(decode_touches(Bytes()), std::vector<SessionTouch>{});
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(decode_touches(bytes.slice(0, size)).has_value(), size % 12 == 0) << size;
}

TEST(Revalidate, request_and_response_as_golden_bytes) {
  EXPECT_EQ(encode(RevalidateRequest{SessionId{1}, 4000}), hex("0000000000000001 00000fa0"));
  EXPECT_EQ(encode(RevalidateResponse{SessionId{1}, true}), hex("0000000000000001 01"));
}

// ---- the stream
// --------------------------------------------------------------------------------------------------------

QuorumPacket draw_packet() {
  QuorumPacket packet = draw<QuorumPacket>();
  do packet.type = PacketType{*rc::gen::inRange(1, 20)};
  while (packet.type == PacketType::kSnap);
  return packet;
}

TEST(QuorumDecoder, any_packets_however_they_are_fed) {
  EXPECT_TRUE(rc::check([] {
    std::vector<Bytes> parts;
    std::vector<std::string> expected;
    for (int n = *rc::gen::inRange(1, 4); n > 0; --n) {
      const QuorumPacket packet = draw_packet();
      parts.push_back(encode_packet(packet));
      expected.push_back(print(packet));
    }
    const Bytes stream = concatenate(parts);
    const Outcome whole = run_in_pieces(QuorumDecoder(), stream, {});
    RC_ASSERT((whole.items == expected));
    RC_ASSERT((!whole.failed));
    RC_ASSERT((whole.state == hash_of(QuorumDecoder())));
    RC_ASSERT((run_in_pieces(QuorumDecoder(), stream, every_byte(stream.size())) == whole));
    for (size_t cut = 0; cut <= stream.size(); ++cut)
      RC_ASSERT((run_in_pieces(QuorumDecoder(), stream, {cut}) == whole));
  }));
}

Bytes two_packets() {
  const std::vector<AclId> ids{{Bytes("ip"), Bytes("::1")}, {Bytes("digest"), Bytes()}};
  return concatenate({encode_packet({PacketType::kRequest, Zxid{-1}, Bytes("data"), ids}),
                      encode_packet({PacketType::kPing, Zxid{7}, Bytes(""), {}})});
}

TEST(QuorumDecoder, gives_packets_however_they_are_fed) {
  const Outcome run = expect_same_however_fed(QuorumDecoder(), two_packets());
  EXPECT_EQ(run.items, (std::vector<std::string>{"{type: 1, zxid: 0xffffffffffffffff, data: \"data\", authinfo: "
                                                 "[{scheme: \"ip\", id: \"::1\"}, {scheme: \"digest\", id: null}]}",
                                                 "{type: 5, zxid: 0x7, data: \"\", authinfo: []}"}));
}

TEST(QuorumDecoder, waits_on_every_truncation) {
  const Bytes packet = encode_packet({PacketType::kRequest, Zxid{1}, Bytes("data"), {{Bytes("ip"), Bytes("::1")}}});
  for (size_t size = 0; size < packet.size(); ++size) {
    QuorumDecoder decoder;
    decoder.feed(packet.slice(0, size));
    EXPECT_FALSE(decoder.next() || decoder.failed()) << size;
    EXPECT_EQ(decoder.mid_packet(), size > 0) << size;
  }
}

TEST(QuorumDecoder, an_empty_vector_of_ids_is_as_good_as_a_null_one) {
  QuorumDecoder decoder;
  decoder.feed(hex("00000005 0000000000000007 ffffffff 00000000"));
  EXPECT_EQ(decoder.next(), (QuorumPacket{PacketType::kPing, Zxid{7}, Bytes(), {}}));
  EXPECT_FALSE(decoder.mid_packet());
}

TEST(QuorumDecoder, malformed_packets_poison_the_stream) {
  const Bytes good = encode_packet({PacketType::kPing, Zxid{7}, {}, {}});
  for (const char* bad : {"00000000",  // types are 1 to 19
                          "00000014", "ffffffff", "47455420",
                          "00000005 0000000000000007 fffffffe",                    // data of negative length
                          "00000005 0000000000000007 02000001",                    // data longer than a record may be
                          "00000005 0000000000000007 ffffffff fffffffe",           // a negative count
                          "00000005 0000000000000007 ffffffff 7fffffff",           // more ids than any packet holds
                          "00000001 0000000000000007 ffffffff 00000001 fffffffe",  // an id of negative length
                          "00000001 0000000000000007 ffffffff 00000001 ffffffff 7fffffff"}) {
    const Outcome run = expect_same_however_fed(QuorumDecoder(), concatenate({good, hex(bad), good}));
    EXPECT_TRUE(run.failed) << bad;
    EXPECT_EQ(run.items.size(), 1u) << bad;
  }
}

TEST(QuorumDecoder, takes_the_longest_data) {
  QuorumDecoder decoder;
  decoder.feed(encode_packet({PacketType::kProposal, Zxid{1}, Bytes(std::string(kMaxRecordBytes, 'p')), {}}));
  ASSERT_TRUE(decoder.next());
}

// Each id within its bounds, but no end of them: held bytes stay bounded.
TEST(QuorumDecoder, authinfo_as_a_whole_is_bounded) {
  QuorumDecoder decoder;
  decoder.feed(hex("00000001 0000000000000007 ffffffff 00001000"));
  const Bytes id = encode(AclId{Bytes("s"), Bytes(std::string(100000, 'i'))});
  size_t fed = 0;
  for (; !decoder.failed() && fed < 10u * kMaxRecordBytes; fed += id.size()) {
    decoder.feed(id);
    EXPECT_FALSE(decoder.next());
  }
  EXPECT_TRUE(decoder.failed());
  EXPECT_LE(fed, 2u * kMaxRecordBytes + 2 * id.size());
}

// ---- SNAP
// --------------------------------------------------------------------------------------------------------------

TEST(QuorumDecoder, after_snap_the_stream_is_raw_until_resumed) {
  const QuorumPacket snap{PacketType::kSnap, Zxid{9}, {}, {}}, ping{PacketType::kPing, Zxid{7}, {}, {}};
  QuorumDecoder decoder;
  decoder.feed(concatenate({encode_packet(snap), Bytes("raw1")}));
  EXPECT_EQ(decoder.next(), snap);
  EXPECT_TRUE(decoder.raw());
  EXPECT_EQ(decoder.next(), std::nullopt);
  EXPECT_FALSE(decoder.mid_packet());
  EXPECT_EQ(decoder.take_raw().view(), "raw1");
  EXPECT_EQ(decoder.take_raw(), Bytes::empty_value());

  decoder.feed(Bytes("raw2"));
  decoder.feed(encode_packet(ping));
  EXPECT_EQ(decoder.next(), std::nullopt);
  const Bytes last = decoder.take_raw();
  EXPECT_EQ(last.slice(0, 4).view(), "raw2");

  decoder.feed(encode_packet(ping));  // fed between take_raw and resume: belongs behind what resume brings
  decoder.resume(last.from(4));
  EXPECT_FALSE(decoder.raw());
  EXPECT_EQ(decoder.next(), ping);
  EXPECT_EQ(decoder.next(), ping);
  EXPECT_EQ(decoder.next(), std::nullopt);
  EXPECT_EQ(hash_of(decoder), hash_of(QuorumDecoder()));
}

TEST(QuorumDecoder, snapshot_and_packets_around_it_however_they_are_fed) {
  const QuorumPacket ping{PacketType::kPing, Zxid{7}, {}, {}}, snap{PacketType::kSnap, Zxid{9}, {}, {}};
  const std::string snapshot = "any bytes at all, then BenWasHere";
  const Bytes stream = concatenate({encode_packet(ping), encode_packet(snap), Bytes(snapshot), encode_packet(ping)});
  for (size_t piece = 1; piece <= stream.size(); ++piece) {
    QuorumDecoder decoder;
    std::string raw;
    int packets = 0;
    for (size_t at = 0; at < stream.size(); at += piece) {
      decoder.feed(stream.slice(at, std::min(piece, stream.size() - at)));
      while (decoder.next()) ++packets;
      if (!decoder.raw()) continue;
      raw += decoder.take_raw().view();
      if (raw.size() < snapshot.size()) continue;
      decoder.resume(Bytes(raw).from(snapshot.size()));
      while (decoder.next()) ++packets;
    }
    EXPECT_EQ(packets, 3) << piece;
    EXPECT_EQ(raw.substr(0, snapshot.size()), snapshot) << piece;
    EXPECT_FALSE(decoder.failed() || decoder.mid_packet()) << piece;
  }
}

TEST(QuorumDecoder, being_raw_is_part_of_the_state) {
  QuorumDecoder decoder;
  decoder.feed(encode_packet({PacketType::kSnap, Zxid{9}, {}, {}}));
  EXPECT_TRUE(decoder.next());
  EXPECT_NE(hash_of(decoder), hash_of(QuorumDecoder()));
}

TEST(QuorumDecoderDeathTest, only_a_raw_stream_has_raw_bytes) {
  QuorumDecoder decoder;
  EXPECT_DEATH(decoder.take_raw(), "CHECK failed");
  EXPECT_DEATH(decoder.resume(Bytes()), "CHECK failed");
}

// ---- costs
// -------------------------------------------------------------------------------------------------------------

TEST(QuorumDecoder, whole_packets_are_slices_of_what_was_fed) {
  const Bytes fed = concatenate({encode_packet({PacketType::kProposal, Zxid{1}, Bytes("first"), {}}),
                                 encode_packet({PacketType::kProposal, Zxid{2}, Bytes("second"), {}})});
  QuorumDecoder decoder;
  std::optional<QuorumPacket> first, second;
  const Allocations allocations = allocations_of([&] {
    decoder.feed(fed);
    first = decoder.next();
    second = decoder.next();
  });
  EXPECT_EQ(first->data.data(), fed.data() + 16);
  EXPECT_EQ(second->data.view(), "second");
  EXPECT_EQ(allocations.bytes, 0u);
}

TEST(QuorumDecoder, a_mebibyte_byte_by_byte_moves_each_byte_a_few_times) {
  const Bytes stream = encode_packet({PacketType::kProposal, Zxid{1}, Bytes(std::string(1 << 20, 'p')), {}});
  QuorumDecoder decoder;
  int packets = 0;
  const Allocations allocations = allocations_of([&] {
    for (size_t at = 0; at < stream.size(); ++at) {
      decoder.feed(stream.slice(at, 1));
      packets += decoder.next().has_value();
    }
  });
  EXPECT_EQ(packets, 1);
  EXPECT_LE(allocations.bytes, 5 * stream.size());
}

// Seventy thousand ids byte by byte: were each looked at again on every feed, this would not end within the test's
// time.
TEST(QuorumDecoder, many_ids_byte_by_byte_are_looked_at_once) {
  QuorumPacket packet{PacketType::kRequest, Zxid{1}, {}, {}};
  packet.authinfo.assign(70000, AclId{Bytes("ip"), Bytes("::1")});
  const Bytes stream = encode_packet(packet);
  QuorumDecoder decoder;
  std::optional<QuorumPacket> got;
  for (size_t at = 0; at < stream.size(); ++at) {
    ASSERT_FALSE(got);
    decoder.feed(stream.slice(at, 1));
    got = decoder.next();
  }
  EXPECT_EQ(got, packet);
}

TEST(QuorumDecoder, survives_any_bytes) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<uint16_t, char>>& edits) {
    std::string stream(two_packets().view());
    for (const auto& [at, c] : edits) stream[at % stream.size()] = c;
    const Outcome whole = run_in_pieces(QuorumDecoder(), Bytes(stream), {});
    RC_ASSERT((run_in_pieces(QuorumDecoder(), Bytes(stream), every_byte(stream.size())) == whole));
  }));
}

}  // namespace
}  // namespace vivarium::wire

#include "core/wire/records.h"

#include <gtest/gtest.h>

#include "tests/wire/draw.h"

namespace vivarium::wire {
namespace {

// ---- the handshake
// ---------------------------------------------------------------------------------------------------

ConnectRequest connect_request(bool has_read_only) {
  ConnectRequest r;
  r.last_zxid_seen = Zxid(Epoch{1}, 5);
  r.timeout_ms = 30000;
  r.session = SessionId{0x10000abcdef0000};
  r.password = session_password(r.session);
  r.read_only = has_read_only;
  r.has_read_only = has_read_only;
  return r;
}

constexpr const char* kConnectRequest =
    "00000000 0000000100000005 00007530 010000abcdef0000 00000010 6392a56db477dd0a797bc8b31d917902";

TEST(ConnectRequest, has_45_bytes_or_44_from_old_clients) {
  EXPECT_EQ(to_hex(encode_connect_request(connect_request(true))), to_hex(hex(kConnectRequest)) + "01");
  EXPECT_EQ(to_hex(encode_connect_request(connect_request(false))), to_hex(hex(kConnectRequest)));
  EXPECT_EQ(hex(kConnectRequest).size(), 44u);
  EXPECT_EQ(decode_connect_request(hex(kConnectRequest)), connect_request(false));
  EXPECT_EQ(decode_connect_request(hex(std::string(kConnectRequest) + "01")), connect_request(true));
}

TEST(ConnectRequest, cut_anywhere_is_refused) {
  const Bytes bytes = hex(kConnectRequest);
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_connect_request(bytes.slice(0, size))) << size;
}

// What refuses a session: no time, no id, sixteen zeros (facts 1.2).
TEST(ConnectResponse, refusal_as_golden_bytes) {
  ConnectResponse r;
  r.password = Bytes(std::string(16, '\0'));
  const std::string bytes = "00000000 00000000 0000000000000000 00000010 00000000000000000000000000000000";
  EXPECT_EQ(to_hex(encode_connect_response(r)), to_hex(hex(bytes + "00")));
  r.has_read_only = false;
  EXPECT_EQ(encode_connect_response(r), hex(bytes));
  EXPECT_EQ(decode_connect_response(hex(bytes)), r);
  for (size_t size = 0; size < 36; ++size) EXPECT_FALSE(decode_connect_response(hex(bytes).slice(0, size))) << size;
}

TEST(Handshake, comes_back_as_it_went) {
  EXPECT_TRUE(rc::check([] {
    ConnectRequest request{draw<int32_t>(), draw<Zxid>(), draw<int32_t>(), draw<SessionId>(),
                           draw<Bytes>(),   draw<bool>(), draw<bool>()};
    ConnectResponse response{draw<int32_t>(), draw<int32_t>(), draw<SessionId>(),
                             draw<Bytes>(),   draw<bool>(),    draw<bool>()};
    if (!request.has_read_only) request.read_only = false;
    if (!response.has_read_only) response.read_only = false;
    RC_ASSERT((decode_connect_request(encode_connect_request(request)) == request));
    RC_ASSERT((decode_connect_response(encode_connect_response(response)) == response));
  }));
}

TEST(SessionPassword, is_upstreams) {  // facts 1.6; made by a JVM
  EXPECT_EQ(to_hex(session_password(SessionId{1})), "054cc74a37327db215e702e20c73f005");
  EXPECT_EQ(to_hex(session_password(SessionId{0x1000000000000001})), "054cc74a37327db215e702e20c73f005");
  EXPECT_EQ(to_hex(session_password(SessionId{0x10000abcdef0000})), "6392a56db477dd0a797bc8b31d917902");
}

// ---- golden bytes of requests and replies
// ------------------------------------------------------------------------------

TEST(Golden, a_create_request) {
  const CreateRequest create{Bytes("/a"), Bytes("x"), world_anyone_all(),
                             static_cast<int32_t>(CreateMode::kEphemeralSequential)};
  EXPECT_EQ(to_hex(request_frame(RequestHeader{7, OpCode::kCreate}, create)),
            to_hex(hex("00000032  00000007 00000001  00000002 2f61  00000001 78  00000001 0000001f 00000005 776f726c64 "
                       "00000006 616e796f6e65  00000003")));
}

TEST(Golden, a_stat_has_68_bytes) {
  const Stat stat{Zxid{1}, Zxid{2}, 3, 4, 5, 6, 7, 8, 9, 10, Zxid{11}};
  EXPECT_EQ(to_hex(encode(stat)),
            to_hex(hex("0000000000000001 0000000000000002 0000000000000003 0000000000000004"
                       "00000005 00000006 00000007 0000000000000008 00000009 0000000a 000000000000000b")));
  EXPECT_EQ(encode(stat).size(), 68u);
}

TEST(Golden, an_error_reply_has_no_body) {
  const ReplyHeader header{9, Zxid(Epoch{1}, 2), ErrorCode::kNoNode};
  EXPECT_EQ(to_hex(reply_frame(header)), to_hex(hex("00000010 00000009 0000000100000002 ffffff9b")));
}

TEST(Golden, a_watch_event) {
  const WatcherEvent event{WatchEventType::kNodeDataChanged, KeeperState::kSyncConnected, Bytes("/a")};
  EXPECT_EQ(to_hex(reply_frame(ReplyHeader{kXidWatchEvent, Zxid{-1}, ErrorCode::kOk}, event)),
            to_hex(hex("0000001e ffffffff ffffffffffffffff 00000000  00000003 00000003 00000002 2f61")));
}

TEST(Golden, a_frame_is_length_and_payload) {
  EXPECT_EQ(frame(Bytes("abc")), hex("00000003 616263"));
  EXPECT_EQ(frame(Bytes()), hex("00000000"));
}

// ---- multi
// -----------------------------------------------------------------------------------------------------------

std::vector<MultiOp> two_ops() {
  return {{OpCode::kCheck, encode(CheckRequest{Bytes("/a"), 3})},
          {OpCode::kDelete, encode(DeleteRequest{Bytes("/b"), -1})}};
}
constexpr const char* kTwoOps =
    "0000000d 00 ffffffff  00000002 2f61 00000003   00000002 00 ffffffff  00000002 2f62 ffffffff   ffffffff 01 "
    "ffffffff";

TEST(Multi, request_as_golden_bytes) {
  EXPECT_EQ(to_hex(encode_multi_request(two_ops())), to_hex(hex(kTwoOps)));
  EXPECT_EQ(decode_multi_request(hex(kTwoOps)), two_ops());
}

TEST(Multi, response_as_golden_bytes) {
  MultiResult created, refused;
  created.type = OpCode::kCreate;
  created.path = Bytes("/a");
  refused.type = OpCode::kError;
  refused.err = ErrorCode::kBadVersion;
  EXPECT_EQ(to_hex(encode_multi_response({created, refused})),
            to_hex(hex("00000001 00 00000000 00000002 2f61   ffffffff 00 ffffff99 ffffff99   ffffffff 01 ffffffff")));
}

TEST(Multi, an_unknown_operation_ends_the_list) {
  EXPECT_EQ(decode_multi_request(hex("00000009 00 ffffffff 00000002 2f61 ffffffff 01 ffffffff")).error(),
            DecodeError::kBadValue);
  EXPECT_EQ(decode_multi_response(hex("00000009 00 ffffffff 00000002 2f61 ffffffff 01 ffffffff")).error(),
            DecodeError::kBadValue);
}

TEST(Multi, cut_anywhere_is_refused) {
  const Bytes request = hex(kTwoOps);
  for (size_t size = 0; size < request.size(); ++size) {
    EXPECT_EQ(decode_multi_request(request.slice(0, size)).error(), DecodeError::kTruncated) << size;
  }
}

TEST(Multi, createContainer_and_createTTL_are_answered_as_create2) {
  MultiResult result;
  result.path = Bytes("/c");
  for (const OpCode type : {OpCode::kCreateContainer, OpCode::kCreateTtl}) {
    result.type = type;
    EXPECT_EQ(decode_multi_response(encode_multi_response({result}))->front().type, OpCode::kCreate2);
  }
}

MultiOp draw_op() {
  switch (*rc::gen::inRange(0, 9)) {
    case 0: return {OpCode::kCreate, encode(draw<CreateRequest>())};
    case 1: return {OpCode::kCreate2, encode(draw<CreateRequest>())};
    case 2: return {OpCode::kCreateContainer, encode(draw<CreateRequest>())};
    case 3: return {OpCode::kCreateTtl, encode(draw<CreateTtlRequest>())};
    case 4: return {OpCode::kDelete, encode(draw<DeleteRequest>())};
    case 5: return {OpCode::kSetData, encode(draw<SetDataRequest>())};
    case 6: return {OpCode::kCheck, encode(draw<CheckRequest>())};
    case 7: return {OpCode::kGetData, encode(draw<PathWatchRequest>())};
    default: return {OpCode::kGetChildren, encode(draw<PathWatchRequest>())};
  }
}

MultiResult draw_result() {
  MultiResult r;
  r.type = *rc::gen::element(OpCode::kError, OpCode::kCreate, OpCode::kCreate2, OpCode::kSetData, OpCode::kDelete,
                             OpCode::kCheck, OpCode::kGetData, OpCode::kGetChildren);
  const auto is = [&](auto... types) { return ((r.type == types) || ...); };
  if (is(OpCode::kError)) r.err = draw<ErrorCode>();
  if (is(OpCode::kCreate, OpCode::kCreate2)) r.path = draw<Bytes>();
  if (is(OpCode::kCreate2, OpCode::kSetData, OpCode::kGetData)) r.stat = draw<Stat>();
  if (is(OpCode::kGetData)) r.data = draw<Bytes>();
  if (is(OpCode::kGetChildren)) r.children = draw<std::vector<Bytes>>();
  return r;
}

template <class Make>
auto draw_list(Make make) {
  std::vector<decltype(make())> items;
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) items.push_back(make());
  return items;
}

TEST(Multi, comes_back_as_it_went_and_never_cut) {
  EXPECT_TRUE(rc::check([] {
    const auto ops = draw_list(draw_op);
    const auto results = draw_list(draw_result);
    const Bytes request = encode_multi_request(ops), response = encode_multi_response(results);
    RC_ASSERT((decode_multi_request(request) == ops));
    RC_ASSERT((decode_multi_response(response) == results));
    for (size_t size = 0; size < request.size(); ++size)
      RC_ASSERT((!decode_multi_request(request.slice(0, size)).has_value()));
    for (size_t size = 0; size < response.size(); ++size)
      RC_ASSERT((!decode_multi_response(response.slice(0, size)).has_value()));
  }));
}

}  // namespace
}  // namespace vivarium::wire

#include "core/posix/connection_words.h"

#include <gtest/gtest.h>

#include "core/base/rng.h"

namespace vivarium::posix {
namespace {

using wire::ErrorCode;
using wire::OpCode;

Bytes together(const std::vector<Bytes>& pieces) {
  std::string out;
  for (const Bytes& piece : pieces) out += piece.view();
  return Bytes(out);
}

Bytes connect_request(int64_t session) {
  wire::ConnectRequest request;
  request.timeout_ms = 6000;
  request.session = SessionId{session};
  request.password = Bytes("0123456789abcdef");
  return wire::frame(wire::encode_connect_request(request));
}
Bytes connect_response(int64_t session, int32_t timeout_ms) {
  return wire::frame(wire::encode_connect_response({0, timeout_ms, SessionId{session}, Bytes("0123456789abcdef")}));
}
Bytes set_data(int32_t xid, const std::string& path) {
  return wire::request_frame({xid, OpCode::kSetData}, wire::SetDataRequest{Bytes(path), Bytes("x"), -1});
}
Bytes body_of_set_data(const std::string& path) { return set_data(0, path).from(12); }
Bytes multi(int32_t xid, const std::vector<std::string>& paths) {
  std::vector<wire::MultiOp> ops;
  ops.reserve(paths.size());
  for (const std::string& path : paths) ops.push_back({OpCode::kSetData, body_of_set_data(path)});
  BytesBuilder out;
  out.i32(xid);
  out.i32(static_cast<int32_t>(OpCode::kMulti));
  out.append(wire::encode_multi_request(ops));
  return wire::frame(out.take());
}
Bytes multi_reply(int32_t xid, const std::vector<wire::MultiResult>& results) {
  BytesBuilder out;
  out.i32(xid);
  out.i64(0x5);
  out.i32(0);
  out.append(wire::encode_multi_response(results));
  return wire::frame(out.take());
}
Bytes reply(int32_t xid, int64_t zxid, ErrorCode error = ErrorCode::kOk) {
  return wire::reply_frame({xid, Zxid{zxid}, error});
}

TEST(ConnectionWords, one_line_for_each_request_and_reply) {
  ConnectionWords words;
  EXPECT_EQ(words.received(connect_request(0)), "connect 0x0");
  EXPECT_EQ(words.sent(connect_response(0x100000a5e0000, 6000)), "session 0x100000a5e0000");
  EXPECT_EQ(
      words.received(together(
          {set_data(1, "/a"), wire::request_frame({2, OpCode::kGetData}, wire::PathWatchRequest{Bytes("/b"), true}),
           wire::request_frame({wire::kXidPing, OpCode::kPing}, wire::PathRequest{}), multi(3, {"/c", "/d"})})),
      "#1 setData /a\n#2 getData /b\n#3 multi /c, /d");
  EXPECT_EQ(words.sent(reply(1, 0x100000004)), "#1 ok 0x100000004");
  EXPECT_EQ(words.sent(reply(wire::kXidPing, 0x100000004)), std::nullopt);
  EXPECT_EQ(words.sent(together({wire::reply_frame({wire::kXidWatchEvent, Zxid{-1}, ErrorCode::kOk},
                                                   wire::WatcherEvent{{}, {}, Bytes("/b")}),
                                 reply(2, 0, ErrorCode::kNoNode)})),
            "watch /b\n#2 NoNode");
}

TEST(ConnectionWords, a_multi_failed_by_the_operation_that_failed_it) {
  ConnectionWords words;
  words.received(connect_request(0x77));
  words.sent(connect_response(0x77, 6000));
  words.received(together({multi(1, {"/a", "/b", "/c"}), multi(2, {"/a"}), multi(3, {"/a"})}));
  const auto part = [](ErrorCode error) { return wire::MultiResult{OpCode::kError, error, {}, {}, {}, {}}; };
  EXPECT_EQ(words.sent(multi_reply(
                1, {part(ErrorCode::kOk), part(ErrorCode::kBadVersion), part(ErrorCode::kRuntimeInconsistency)})),
            "#1 BadVersion 0x5");
  EXPECT_EQ(words.sent(multi_reply(2, {{OpCode::kSetData, ErrorCode::kOk, {}, {}, {}, {}}})), "#2 ok 0x5");
  EXPECT_EQ(words.sent(reply(3, 0x6, ErrorCode::kMarshallingError)), "#3 MarshallingError 0x6");
}

TEST(ConnectionWords, a_session_that_is_gone) {
  ConnectionWords words;
  EXPECT_EQ(words.received(connect_request(0x77)), "connect 0x77");
  EXPECT_EQ(words.sent(connect_response(0, 0)), "session expired");
}

TEST(ConnectionWords, a_word_and_nothing_after_it) {
  ConnectionWords words;
  EXPECT_EQ(words.received(Bytes("ru")), std::nullopt);
  EXPECT_EQ(words.received(Bytes("ok")), "ruok");
  EXPECT_EQ(words.sent(Bytes("imok")), std::nullopt);
  EXPECT_EQ(words.received(Bytes("ruok")), std::nullopt);
}

TEST(ConnectionWords, a_path_stays_on_its_line_and_is_cut_where_it_is_long) {
  ConnectionWords words;
  words.received(connect_request(0));
  EXPECT_EQ(words.received(set_data(1, "/a\n#2 ok")), "#1 setData /a?#2 ok");
  EXPECT_EQ(words.received(set_data(2, "/" + std::string(1000, 'a'))), "#2 setData /" + std::string(255, 'a') + "..");
}

// Whatever a client sends, wherever it is cut: the same words as in one piece, and never a crash.
TEST(ConnectionWords, however_the_bytes_come) {
  const Bytes whole = together({connect_request(0), set_data(1, "/a"), multi(2, {"/c", "/d"}), set_data(3, "/e")});
  Rng rng(1);
  for (int round = 0; round < 200; ++round) {
    ConnectionWords words;
    std::string told;
    for (size_t at = 0; at < whole.size();) {
      const size_t size = std::min<size_t>(whole.size() - at, 1 + rng.below(20));
      if (const auto lines = words.received(whole.slice(at, size))) told += *lines + "\n";
      at += size;
    }
    EXPECT_EQ(told, "connect 0x0\n#1 setData /a\n#2 multi /c, /d\n#3 setData /e\n");
  }
  for (int round = 0; round < 2000; ++round) {  // flipped bytes
    std::string bytes = whole.str();
    for (int i = 0; i < 3; ++i) bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    ConnectionWords words;
    words.received(Bytes(bytes));
    words.sent(Bytes(bytes));
  }
}

}  // namespace
}  // namespace vivarium::posix

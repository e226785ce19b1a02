#include "viz/client_lanes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viz/trace_text.h"
#include "viz/merge.h"
#include "viz/messages.h"
#include "viz/operations.h"

namespace vivarium::viz {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kConn = 4;

// A server's file with what one client said to it.
class ServerTrace {
 public:
  explicit ServerTrace(node::TraceNode server, uint64_t streams = 100)
      : writer_(live_header(server, 1'000'000)), server_(server), in_(streams), out_(streams + 1) {
    last_ = writer_.add({TraceKind::kAccepted, Label::kNone, server, Time{t_}, 0, 0, 0, kConn,
                         static_cast<int64_t>(Listener::kClient), node::kNotSaid, node::kNotSaid});
  }
  ServerTrace& received(const std::string& words) {
    last_ = writer_.add(bytes(TraceKind::kReceived, in_, received_, 0, Label::kNone), text(words));
    received_ += 10;
    return *this;
  }
  ServerTrace& sent(const std::string& words, Label label = Label::kClientReply, int64_t zxid = 0x100000001) {
    writer_.add(bytes(TraceKind::kSend, out_, sent_, last_, label, zxid), text(words));
    sent_ += 10;
    return *this;
  }
  ServerTrace& closed() {
    writer_.add(
        {TraceKind::kClosed, Label::kNone, server_, Time{t_ += 10}, 0, 0, 0, kConn, 0, node::kNotSaid, node::kNotSaid});
    return *this;
  }
  ServerTrace& later(int64_t ns) {
    t_ += ns;
    return *this;
  }
  Trace trace() const {
    auto trace = parse_trace("F", writer_.whole());
    EXPECT_TRUE(trace) << trace.error().sentence;
    return *std::move(trace);
  }

 private:
  static std::optional<std::string_view> text(const std::string& words) {
    return words.empty() ? std::nullopt : std::optional<std::string_view>(words);
  }
  node::TraceRecord bytes(TraceKind kind, uint64_t stream, int64_t offset, uint64_t cause, Label label,
                          int64_t zxid = node::kNotSaid) {
    return {kind, label, server_, Time{t_ += 10}, 0, cause, stream, kConn, 10, offset, zxid};
  }
  TraceWriter writer_;
  node::TraceNode server_;
  uint64_t in_, out_, last_ = 0;
  int64_t t_ = 100, received_ = 0, sent_ = 0;
};

// "setData /a ok 0x100000004 by 0x77 at 130..140"
std::vector<std::string> told(const Trace& trace) {
  std::vector<std::string> out;
  for (const Operation& op : operations_of(trace)) {
    out.push_back(fmt::format("{} {} {} {} by {} at {}..{}", op.name, op.path, op.outcome, hex(op.zxid),
                              node_name(trace, op.client), trace.events.t[op.called],
                              op.returned == kNoEvent ? -1 : trace.events.t[op.returned]));
  }
  return out;
}

ServerTrace one_client() {
  ServerTrace trace(1);
  trace.received("connect 0x0").sent("session 0x77", Label::kConnectResponse, 0);
  trace.received("#1 setData /a\n#2 multi /a, /b").sent("#1 ok 0x100000001").sent("#2 BadVersion 0x100000002");
  return trace;
}

TEST(ClientLanes, a_session_has_a_lane_with_its_operations) {
  const Trace trace = with_client_lanes(one_client().trace());
  ASSERT_EQ(trace.header.nodes.size(), 3U);
  EXPECT_EQ(trace.header.nodes[2].host_name, "0x77");
  EXPECT_EQ(trace.header.nodes[2].sid, 0);
  EXPECT_THAT(told(trace), ElementsAre("setData /a ok 0x100000001 by 0x77 at 130..140",
                                       "multi /a, /b BadVersion 0x100000002 by 0x77 at 130..150"));
  const Operation first = operations_of(trace).front();
  EXPECT_EQ(first.session, 0x77);
  EXPECT_EQ(first.server, 1);
}

TEST(ClientLanes, each_message_has_both_ends_and_each_receipt_its_cause) {
  const Trace trace = with_client_lanes(one_client().trace());
  const Events& e = trace.events;
  const auto messages = messages_of(trace);
  ASSERT_EQ(messages.size(), 5U);
  for (const Message& message : messages) {
    ASSERT_NE(message.received, kNoEvent) << message_name(trace, message.send);
    EXPECT_NE(e.node[message.send], e.node[message.received]);
    EXPECT_EQ(e.cause[message.received], message.send);
    EXPECT_LT(message.send, message.received);
  }
  EXPECT_EQ(message_name(trace, messages[0].send), "connect-request");
  EXPECT_EQ(message_name(trace, messages[2].send), "client-request");
  EXPECT_EQ(e.kind[e.cause[messages[2].send]], TraceKind::kSubmit);
  for (size_t i = 0; i < e.size(); ++i) EXPECT_EQ(e.seq[i], i + 1);
}

TEST(ClientLanes, what_is_written_again_reads_the_same) {
  const Trace trace = with_client_lanes(one_client().trace());
  const auto again = parse_trace("F", format_trace(trace));
  ASSERT_TRUE(again) << again.error().sentence;
  EXPECT_EQ(told(*again), told(trace));
}

TEST(ClientLanes, what_was_not_answered_is_unknown_once_its_connection_ended) {
  const Trace trace = with_client_lanes(one_client().received("#3 delete /a").closed().trace());
  EXPECT_EQ(told(trace).back(), "delete /a unknown 0x0 by 0x77 at 160..170");
  const Trace open = with_client_lanes(one_client().received("#3 delete /a").trace());
  EXPECT_EQ(told(open).back(), "delete /a  0x0 by 0x77 at 160..-1") << "the trace ended first";
}

// The xids of its second connection begin anew: kazoo's do.
TEST(ClientLanes, a_session_that_moves_keeps_its_lane) {
  ServerTrace first = one_client();
  first.received("#3 getData /a").closed();
  ServerTrace second(2, 200);
  second.later(1000).received("connect 0x77").sent("session 0x77", Label::kConnectResponse, 0);
  second.received("#1 getData /a").sent("#1 ok 0x100000001");
  auto merged = merge({{"A", first.trace()}, {"B", second.trace()}});
  ASSERT_TRUE(merged) << merged.error().sentence;
  const Trace trace = with_client_lanes(*std::move(merged));
  EXPECT_EQ(trace.header.nodes.size(), 3U);
  EXPECT_THAT(told(trace), ElementsAre(HasSubstr("setData /a ok"), HasSubstr("multi /a, /b BadVersion"),
                                       HasSubstr("getData /a unknown"), HasSubstr("getData /a ok 0x100000001")));
  EXPECT_EQ(operations_of(trace).back().server, 2);
}

TEST(ClientLanes, a_session_that_has_expired_is_told_on_its_lane) {
  const Trace trace = with_client_lanes(
      ServerTrace(1).received("connect 0x77").sent("session expired", Label::kConnectResponse, 0).trace());
  std::vector<std::string> names;
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    if (trace.events.node[i] == 2) names.push_back(event_name(trace, i));
  }
  EXPECT_THAT(names, ElementsAre("dial", "send connect-request", "received connect-response", "expired 0x77"));
}

TEST(ClientLanes, words_of_operators_and_peers_make_none) {
  const Trace trace = with_client_lanes(ServerTrace(1).received("ruok").sent("", Label::kNone).closed().trace());
  EXPECT_EQ(trace.header.nodes.size(), 2U);
  EXPECT_EQ(trace.events.size(), 4U);
  EXPECT_THAT(told(trace), IsEmpty());
}

TEST(ClientLanes, answers_to_nothing_and_words_that_are_none_are_passed_over) {
  const Trace trace =
      with_client_lanes(one_client().sent("#9 ok").sent("#x ok").sent("#").received("#\n#1\nhello").trace());
  EXPECT_EQ(told(trace).size(), 2U);
}

TEST(ClientLanes, of_very_many_sessions_the_first_have_lanes) {
  TraceWriter writer(live_header(1, 0));
  for (uint64_t i = 1; i <= kMostClientLanes + 5; ++i) {
    const auto conn = static_cast<int64_t>(i);
    writer.add({TraceKind::kAccepted, Label::kNone, 1, Time{conn}, 0, 0, 0, conn, 0, node::kNotSaid, node::kNotSaid});
    node::TraceRecord send = bytes_record(TraceKind::kSend, 1, conn, i, 0, 40, 0, Label::kConnectResponse, 0);
    send.a = conn;
    writer.add(send, fmt::format("session 0x{:x}", i));
  }
  const Trace trace = with_client_lanes(*parse_trace("F", writer.whole()));
  EXPECT_EQ(trace.header.nodes.size(), 2 + kMostClientLanes);
  EXPECT_THAT(trace.remarks, ElementsAre("1005 sessions: the first 1000 have lanes"));
}

}  // namespace
}  // namespace vivarium::viz

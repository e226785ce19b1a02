// A script's end of a client's connections: it sees frames and answers with frames, and owns the virtual clock.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "core/client/client.h"

namespace vivarium::client {

struct Asked {  // one frame from the client, after the handshake
  wire::RequestHeader header;
  Bytes body;
  template <class Record>
  Record as() const {
    auto record = wire::decode<Record>(body);
    EXPECT_TRUE(record.has_value());
    return record ? *record : Record{};
  }
};

class FakeServer {
 public:
  explicit FakeServer(ClientConfig config) : client(std::move(config)) {}

  static ClientConfig config(int servers = 3) {
    ClientConfig c;
    for (int i = 1; i <= servers; ++i) c.servers.push_back({"s" + std::to_string(i), 2181});
    c.session_timeout_ms = 9000;
    return c;
  }

  Client client;
  Now now;
  std::vector<ClientEvent> events;  // all so far, until take_events()
  std::vector<Connect> connects;
  std::vector<ConnId> closes;
  std::vector<Note> notes;
  std::vector<Label> labels;
  size_t chunk = SIZE_MAX;  // how many bytes the client receives at once

  void at(int64_t ms) { now.steady = Time{} + milliseconds(ms); }
  int64_t ms() const { return now.steady.ns / 1'000'000; }
  void step(const ClientInput& input) {
    Outbox out;
    client.step(now, input, out, events);
    perform(out);
  }
  void tick() { step(Tick{}); }
  void tick_at(int64_t ms) {
    at(ms);
    tick();
  }
  Token submit(const Request& request) {
    Outbox out;
    const Token token = client.submit(now, request, out);
    perform(out);
    return token;
  }
  void close() {
    Outbox out;
    client.close(now, out);
    perform(out);
  }
  void perform(const Outbox& out) {
    for (const NetworkOutput& output : out.network) std::visit([this](const auto& one) { on(one); }, output);
  }

  // The host's answers to the latest Connect.
  ConnId conn() const { return connects.empty() ? ConnId{} : connects.back().conn; }
  void accept() { step(Connected{conn()}); }
  void hang_up(CloseReason reason = CloseReason::kByPeer) { step(Closed{conn(), reason}); }

  wire::ConnectRequest connect_request() {
    const auto frame = from_client_.next();
    EXPECT_TRUE(frame.has_value());
    const auto request = frame ? wire::decode_connect_request(*frame) : std::unexpected(wire::DecodeError::kTruncated);
    EXPECT_TRUE(request.has_value());
    return request.value_or(wire::ConnectRequest{});
  }
  void welcome(int64_t session, int32_t timeout_ms = 9000) {
    wire::ConnectResponse response;
    response.session = SessionId{session};
    response.timeout_ms = timeout_ms;
    response.password = session == 0 ? Bytes(std::string(16, '\0')) : wire::session_password(SessionId{session});
    deliver(wire::frame(wire::encode_connect_response(response)));
  }
  // From nothing to a session.
  void connect(int64_t session = 7, int32_t timeout_ms = 9000) {
    if (client.phase() == Phase::kWaiting) {
      if (now.steady < client.deadline()) now.steady = client.deadline();
      tick();
    }
    accept();
    connect_request();
    welcome(session, timeout_ms);
    EXPECT_TRUE(client.connected());
  }

  std::optional<Asked> asked_or_nothing() {
    const auto frame = from_client_.next();
    if (!frame) return std::nullopt;
    wire::JuteReader reader(*frame);
    Asked asked;
    reader.add(asked.header);
    EXPECT_TRUE(reader.ok());
    asked.body = reader.rest();
    return asked;
  }
  Asked asked(wire::OpCode op) {
    const auto got = asked_or_nothing();
    EXPECT_TRUE(got.has_value()) << "expected " << wire::op_name(op);
    if (!got) return {};
    EXPECT_EQ(got->header.type, op) << wire::op_name(got->header.type) << " instead of " << wire::op_name(op);
    return *got;
  }
  void expect_silence() {
    const auto got = asked_or_nothing();
    EXPECT_FALSE(got.has_value()) << "unexpected " << wire::op_name(got->header.type);
  }

  void deliver(const Bytes& bytes) {
    const ConnId to = conn();
    for (size_t begin = 0; begin < bytes.size(); begin += std::min(chunk, bytes.size() - begin))
      step(Received{to, Bytes::copy_of(bytes.data() + begin, std::min(chunk, bytes.size() - begin))});
  }
  template <class Body>
  void reply(int32_t xid, int64_t zxid, const Body& body) {
    deliver(wire::reply_frame(wire::ReplyHeader{xid, Zxid{zxid}, wire::ErrorCode::kOk}, body));
  }
  void reply(int32_t xid, int64_t zxid, wire::ErrorCode error = wire::ErrorCode::kOk) {
    deliver(wire::reply_frame(wire::ReplyHeader{xid, Zxid{zxid}, error}));
  }
  int64_t latest() const { return std::max<int64_t>(1, client.last_zxid_seen().value); }
  // Answers the next request, which must be of this kind.
  template <class... Rest>
  Asked answer(wire::OpCode op, int64_t zxid, const Rest&... rest) {
    const Asked request = asked(op);
    reply(request.header.xid, zxid, rest...);
    return request;
  }
  void fire(wire::WatchEventType type, std::string_view path, int64_t zxid = -1) {
    deliver(wire::reply_frame(wire::ReplyHeader{wire::kXidWatchEvent, Zxid{zxid}, wire::ErrorCode::kOk},
                              wire::WatcherEvent{type, wire::KeeperState::kSyncConnected, Bytes(path)}));
  }

  std::vector<ClientEvent> take_events() { return std::exchange(events, {}); }
  // Shows a recipe what has happened since the last time.
  template <class Recipe>
  void show(Recipe& recipe) {
    for (const ClientEvent& event : take_events()) {
      Outbox out;
      recipe.step(event, now, client, out);
      perform(out);
    }
  }
  // What the user does by himself: f(now, client, outbox).
  template <class F>
  void act(F f) {
    Outbox out;
    f(now, client, out);
    perform(out);
  }
  // The one event since the last take, which must be of this kind.
  template <class T>
  T only() {
    const auto all = take_events();
    EXPECT_EQ(all.size(), 1u);
    const T* one = all.empty() ? nullptr : std::get_if<T>(&all.back());
    EXPECT_NE(one, nullptr);
    return one == nullptr ? T{} : *one;
  }
  std::vector<Completion> completions() const {
    std::vector<Completion> out;
    for (const ClientEvent& event : events)
      if (const auto* c = std::get_if<Completion>(&event)) out.push_back(*c);
    return out;
  }

 private:
  void on(const Connect& c) {
    connects.push_back(c);
    from_client_ = wire::FrameDecoder();
  }
  void on(const Send& s) {
    EXPECT_EQ(s.conn, conn());
    EXPECT_FALSE(s.notify_sent);
    labels.push_back(s.label);
    from_client_.feed(s.bytes);
  }
  void on(const Close& c) { closes.push_back(c.conn); }
  void on(const Note& n) { notes.push_back(n); }
  template <class T>
  void on(const T&) {
    ADD_FAILURE() << "a client does not say this";
  }

  wire::FrameDecoder from_client_;
};

inline wire::Stat stat_of(int32_t version) {
  wire::Stat stat;
  stat.version = version;
  return stat;
}

}  // namespace vivarium::client

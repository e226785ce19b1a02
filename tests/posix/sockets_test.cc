#include "core/posix/sockets.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/posix/free_port.h"

namespace vivarium::posix {
namespace {

// One side of a conversation: what its machine was told.
struct Side {
  explicit Side(boost::asio::io_context& io, SocketLimits limits = {})
      : sockets(io, limits, [this](const zab::PeerInput& input) { take(input); }) {}
  void take(const zab::PeerInput& input) {
    if (const auto* accepted = std::get_if<Accepted>(&input)) conns.push_back(accepted->conn);
    if (std::holds_alternative<Connected>(input)) ++connected;
    if (const auto* received = std::get_if<Received>(&input)) text += received->bytes.view();
    if (std::holds_alternative<Sent>(input)) ++sent;
    if (const auto* closed = std::get_if<Closed>(&input)) lost.push_back(closed->reason);
    if (const auto* failed = std::get_if<BindFailed>(&input)) bind_failed = failed->reason;
  }
  std::vector<ConnId> conns;
  int connected = 0, sent = 0;
  std::string text, bind_failed;
  std::vector<CloseReason> lost;
  Sockets sockets;
};

Send bytes_to(ConnId conn, const Bytes& bytes, bool notify = false) { return {conn, bytes, Label::kNone, {}, notify}; }

class SocketsTest : public ::testing::Test {
 protected:
  template <class Condition>
  bool until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      server.sockets.flush();
      client.sockets.flush();
      io.restart();
      io.run_one_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  void connect(uint64_t conn = 1) { client.sockets.perform(Connect{ConnId{conn}, {"127.0.0.1", port}, seconds(5)}); }
  void open() {
    server.sockets.perform(Listen{Listener::kClient, {"127.0.0.1", port}});
    connect();
    ASSERT_TRUE(until([&] { return client.connected == 1 && server.conns.size() == 1; }));
  }

  boost::asio::io_context io;
  uint16_t port = free_port();
  Side server{io, SocketLimits{2, 3}}, client{io};
};

TEST_F(SocketsTest, bytes_go_both_ways_in_order) {
  open();
  EXPECT_EQ(server.conns[0].value % 2, 0U);
  std::string expected;
  for (int i = 0; i < 500; ++i) {
    const std::string piece = std::to_string(i) + ",";
    expected += piece;
    client.sockets.perform(bytes_to(ConnId{1}, Bytes(piece)));
  }
  server.sockets.perform(bytes_to(server.conns[0], Bytes("hello")));
  EXPECT_TRUE(until([&] { return server.text == expected && client.text == "hello"; })) << server.text.size();
}

TEST_F(SocketsTest, sent_is_told_when_it_was_asked_for) {
  open();
  client.sockets.perform(bytes_to(ConnId{1}, Bytes("a"), true));
  client.sockets.perform(bytes_to(ConnId{1}, Bytes("b")));
  ASSERT_TRUE(until([&] { return server.text == "ab"; }));
  EXPECT_EQ(client.sent, 1);
}

// So that whoever sends the next piece when he hears it does not hold up a turn for as long as the other side reads.
TEST_F(SocketsTest, sent_is_told_in_a_turn_of_its_own) {
  open();
  client.sockets.perform(bytes_to(ConnId{1}, Bytes("a"), true));
  client.sockets.flush();
  EXPECT_EQ(client.sent, 0);
  EXPECT_TRUE(until([&] { return client.sent == 1; }));
}

// What was sent before a Close arrives, and the closing side hears no more of the connection.
TEST_F(SocketsTest, close_delivers_what_was_sent) {
  open();
  const std::string big(3 << 20, 'x');
  server.sockets.perform(bytes_to(server.conns[0], Bytes(big)));
  server.sockets.perform(Close{server.conns[0]});
  ASSERT_TRUE(until([&] { return !client.lost.empty(); }));
  EXPECT_EQ(client.text.size(), big.size());
  EXPECT_EQ(client.lost, std::vector{CloseReason::kByPeer});
  EXPECT_TRUE(server.lost.empty());
}

TEST_F(SocketsTest, who_is_not_read_from_waits) {
  open();
  server.sockets.perform(Reading{server.conns[0], false});
  server.sockets.flush();
  client.sockets.perform(bytes_to(ConnId{1}, Bytes("later")));
  EXPECT_FALSE([&] {
    for (int i = 0; i < 10 && server.text.empty(); ++i) {
      server.sockets.flush();
      client.sockets.flush();
      io.restart();
      io.run_one_for(std::chrono::milliseconds(10));
    }
    return !server.text.empty();
  }());
  server.sockets.perform(Reading{server.conns[0], true});
  EXPECT_TRUE(until([&] { return server.text == "later"; }));
}

TEST_F(SocketsTest, a_refused_dial_and_a_port_that_is_taken) {
  connect();
  ASSERT_TRUE(until([&] { return !client.lost.empty(); }));
  EXPECT_EQ(client.lost[0], CloseReason::kRefused);
  server.sockets.perform(Listen{Listener::kClient, {"127.0.0.1", port}});
  client.sockets.perform(Listen{Listener::kClient, {"127.0.0.1", port}});
  ASSERT_TRUE(until([&] { return !client.bind_failed.empty(); }));
  EXPECT_NE(client.bind_failed.find("Address already in use"), std::string::npos) << client.bind_failed;
}

TEST_F(SocketsTest, a_client_address_has_so_many_connections_and_no_more) {
  open();
  connect(3);
  ASSERT_TRUE(until([&] { return server.conns.size() == 2; }));
  connect(5);
  ASSERT_TRUE(until([&] { return !client.lost.empty(); }));  // closed at once: two are the most of one address
  EXPECT_EQ(server.conns.size(), 2U);
  server.sockets.perform(Close{server.conns[0]});
  ASSERT_TRUE(until([&] { return client.lost.size() == 2; }));
  connect(7);
  EXPECT_TRUE(until([&] { return server.conns.size() == 3; }));
}

// A reader that does not read: its own requests wait, nobody's memory grows without end, others are served.
TEST_F(SocketsTest, a_slow_reader_is_throttled_and_then_dropped) {
  open();
  client.sockets.perform(Reading{ConnId{1}, false});
  client.sockets.flush();
  const Bytes piece(std::string(1 << 20, 'x'));
  for (int i = 0; i < 20; ++i) server.sockets.perform(bytes_to(server.conns[0], piece));
  server.sockets.flush();
  client.sockets.perform(bytes_to(ConnId{1}, Bytes("request")));
  for (int i = 0; i < 10; ++i) {
    client.sockets.flush();
    server.sockets.flush();
    io.restart();
    io.run_one_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(server.text, "") << "read from although it does not read";
  EXPECT_TRUE(server.lost.empty());
  for (int i = 0; i < 80; ++i) server.sockets.perform(bytes_to(server.conns[0], piece));
  ASSERT_TRUE(until([&] { return !server.lost.empty(); }));
}

}  // namespace
}  // namespace vivarium::posix

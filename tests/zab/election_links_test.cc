#include "core/zab/election_links.h"

#include <gtest/gtest.h>

#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

struct LinksTest : ::testing::Test {
  LinksTest() { desk.config.self = Sid{2}; }
  Turn turn() { return desk.turn(); }
  static wire::Notification notification(int64_t round) {
    wire::Notification n;
    n.leader = Sid{3};
    n.round = round;
    return n;
  }
  void send(int64_t to, int64_t round) {
    Turn t = turn();
    links.send(Sid{to}, notification(round), t);
  }
  ConnId dialled(int64_t to) {
    Turn t = turn();
    links.connect(Sid{to}, t);
    const ConnId conn = desk.asked<Connect>().back().conn;
    links.on_connected(conn, t);
    return conn;
  }
  std::vector<ElectionLinks::Arrival> header(ConnId conn, int64_t sid, const Bytes& behind = Bytes::empty_value()) {
    Turn t = turn();
    links.on_accepted(conn, t);
    BytesBuilder bytes;
    bytes.append(wire::encode_election_header({Sid{sid}, "h:1"}));
    bytes.append(behind);
    return links.on_received(conn, bytes.take(), t);
  }
  bool closed(ConnId conn) const {
    const auto all = desk.asked<Close>();
    return std::any_of(all.begin(), all.end(), [conn](const Close& close) { return close.conn == conn; });
  }
  // The rounds of the notifications that were sent since it was last asked.
  std::vector<int64_t> rounds() {
    std::vector<int64_t> out;
    for (const Send& s : desk.asked<Send>()) {
      if (s.label != Label::kNotification) continue;
      wire::ElectionDecoder decoder(false);
      decoder.feed(s.bytes);
      while (const auto body = decoder.next_body()) out.push_back(wire::decode_notification(*body)->round);
    }
    desk.out.clear();
    return out;
  }

  Desk desk{config_of(3)};
  ElectionLinks links;
};

// Only the connection that the larger id made survives.
TEST_F(LinksTest, ASmallerServerIsCalledAndSpokenTo) {
  send(1, 7);
  ASSERT_EQ(desk.asked<Connect>().size(), 1U);
  EXPECT_EQ(desk.asked<Connect>()[0].address, desk.config.servers.at(Sid{1}).election);
  Turn t = turn();
  links.on_connected(desk.asked<Connect>()[0].conn, t);
  EXPECT_EQ(rounds(), std::vector<int64_t>{7});
}

TEST_F(LinksTest, ALargerServerIsCalledAndCallsBack) {
  send(3, 7);
  const ConnId conn = desk.asked<Connect>()[0].conn;
  Turn t = turn();
  links.on_connected(conn, t);
  Turn hung_up = turn();
  links.on_closed(conn, CloseReason::kByPeer, hung_up);  // the header has told it who we are
  EXPECT_TRUE(rounds().empty());
  send(3, 8);
  EXPECT_TRUE(desk.asked<Connect>().empty()) << "it is given the time to call back";
  header(ConnId{100}, 3);
  EXPECT_FALSE(closed(ConnId{100}));
  EXPECT_EQ(rounds(), std::vector<int64_t>{8});
  EXPECT_TRUE(links.owns(ConnId{100}));
}

TEST_F(LinksTest, ItIsCalledAgainWhenItDoesNotCallBack) {
  dialled(3);
  desk.out.clear();
  desk.pass(desk.config.notification_interval_min * 2);
  send(3, 8);
  EXPECT_EQ(desk.asked<Connect>().size(), 1U);
}

TEST_F(LinksTest, ACallOfASmallerServerIsHungUpAndReturned) {
  header(ConnId{100}, 1);
  EXPECT_TRUE(closed(ConnId{100}));
  EXPECT_FALSE(links.owns(ConnId{100}));
  ASSERT_EQ(desk.asked<Connect>().size(), 1U);
  EXPECT_EQ(desk.asked<Connect>()[0].address, desk.config.servers.at(Sid{1}).election);
}

TEST_F(LinksTest, OurselvesAndStrangersAreHungUpOn) {
  header(ConnId{100}, 2);
  header(ConnId{102}, 9);
  EXPECT_TRUE(closed(ConnId{100}));
  EXPECT_TRUE(closed(ConnId{102}));
  EXPECT_TRUE(desk.asked<Connect>().empty());
}

TEST_F(LinksTest, ANewCallReplacesTheOldConnection) {
  header(ConnId{100}, 3);
  header(ConnId{102}, 3);
  EXPECT_TRUE(closed(ConnId{100}));
  EXPECT_FALSE(links.owns(ConnId{100}));
  EXPECT_TRUE(links.owns(ConnId{102}));
}

TEST_F(LinksTest, TheNewestNotificationReplacesThoseThatWait) {
  const ConnId conn = dialled(1);
  for (int64_t round = 1; round <= 4; ++round) send(1, round);
  EXPECT_EQ(rounds(), std::vector<int64_t>{1}) << "one is with the host";
  Turn t = turn();
  links.on_sent(conn, t);
  EXPECT_EQ(rounds(), std::vector<int64_t>{4});
  links.on_sent(conn, t);
  EXPECT_TRUE(rounds().empty());
}

// It may have been lost with the old one.
TEST_F(LinksTest, OnAFreshConnectionTheLastOneIsSentAgain) {
  const ConnId conn = dialled(1);
  send(1, 5);
  rounds();
  Turn t = turn();
  links.on_closed(conn, CloseReason::kByPeer, t);
  EXPECT_FALSE(links.owns(conn));
  dialled(1);
  EXPECT_EQ(rounds(), std::vector<int64_t>{5});
}

TEST_F(LinksTest, RefusedIsWhoseLastDialNobodyTook) {
  Turn t = turn();
  const auto dial = [&](int64_t sid) {
    links.connect(Sid{sid}, t);
    return desk.asked<Connect>().back().conn;
  };
  links.on_closed(dial(1), CloseReason::kRefused, t);
  EXPECT_FALSE(links.refused(Sid{1})) << "it may be starting";
  links.on_closed(dialled(1), CloseReason::kByPeer, t);
  for (const CloseReason reason : {CloseReason::kRefused, CloseReason::kTimeout, CloseReason::kRefused}) {
    links.on_closed(dial(1), reason, t);
    EXPECT_EQ(links.refused(Sid{1}), reason == CloseReason::kRefused);
  }
  const ConnId conn = dial(1);
  links.on_connected(conn, t);
  EXPECT_FALSE(links.refused(Sid{1})) << "it is up";
  links.on_closed(conn, CloseReason::kByPeer, t);
  EXPECT_FALSE(links.refused(Sid{1})) << "it was, a moment ago";

  header(ConnId{98}, 3);
  links.on_closed(ConnId{98}, CloseReason::kReset, t);
  desk.pass(milliseconds(5));
  Turn later = turn();
  links.on_tick(later);
  links.on_closed(desk.asked<Connect>().back().conn, CloseReason::kRefused, later);
  EXPECT_TRUE(links.refused(Sid{3}));
  header(ConnId{100}, 3);
  EXPECT_FALSE(links.refused(Sid{3})) << "it has called";
}

// Its kernel takes calls for a dying process and resets them; soon after nobody does. A few times, not for ever.
TEST_F(LinksTest, ALostLinkIsDialledAgainSoonAFewTimes) {
  for (const int64_t sid : {1, 3}) {
    ConnId conn = dialled(sid);
    for (const int delay_ms : {5, 10, 20, 40, 80}) {
      Turn t = turn();
      links.on_closed(conn, CloseReason::kReset, t);
      EXPECT_EQ(links.deadline(), desk.now.steady + milliseconds(delay_ms));
      const size_t dials = desk.asked<Connect>().size();
      desk.pass(milliseconds(delay_ms));
      Turn later = turn();
      links.on_tick(later);
      ASSERT_EQ(desk.asked<Connect>().size(), dials + 1);
      conn = desk.asked<Connect>().back().conn;
      links.on_connected(conn, later);
    }
    Turn t = turn();
    links.on_closed(conn, CloseReason::kReset, t);
    EXPECT_EQ(links.deadline(), Time::never());
  }
}

TEST_F(LinksTest, ALinkThatLastedIsMissedAnew) {
  for (int i = 0; i < 10; ++i) {
    const ConnId conn = dialled(1);
    desk.pass(milliseconds(1001));
    Turn t = turn();
    links.on_closed(conn, CloseReason::kByPeer, t);
    EXPECT_EQ(links.deadline(), desk.now.steady + milliseconds(5));
  }
}

// It hangs up on the old link when it replaces it. Were it dialled at once, it would replace the new one too, without
// end.
TEST_F(LinksTest, ALargerServerMayCallBackFirst) {
  header(ConnId{100}, 3);
  Turn t = turn();
  links.on_closed(ConnId{100}, CloseReason::kByPeer, t);
  EXPECT_TRUE(desk.asked<Connect>().empty());
  header(ConnId{102}, 3);
  EXPECT_EQ(links.deadline(), Time::never());
  desk.pass(milliseconds(100));
  Turn later = turn();
  links.on_tick(later);
  EXPECT_TRUE(desk.asked<Connect>().empty());
}

TEST_F(LinksTest, NotificationsMayStandRightBehindTheHeaderAndComeByteByByte) {
  BytesBuilder both;
  both.append(wire::encode_notification(notification(5)));
  both.append(wire::encode_notification(notification(6)));
  const Bytes behind = both.take();
  EXPECT_EQ(header(ConnId{100}, 3, behind).size(), 2U);
  std::vector<int64_t> got;
  Turn t = turn();
  for (size_t i = 0; i < behind.size(); ++i) {
    for (const auto& arrival : links.on_received(ConnId{100}, behind.slice(i, 1), t)) {
      EXPECT_EQ(arrival.from, Sid{3});
      got.push_back(arrival.notification.round);
    }
  }
  EXPECT_EQ(got, (std::vector<int64_t>{5, 6}));
}

// 3769
TEST_F(LinksTest, AMalformedNotificationIsOneMessageLostAndAnImpossibleLengthTheConnection) {
  header(ConnId{100}, 3);
  Turn t = turn();
  BytesBuilder bad;
  bad.i32(5);
  bad.append(Bytes("hello"));
  bad.append(wire::encode_notification(notification(6)));
  EXPECT_EQ(links.on_received(ConnId{100}, bad.take(), t).size(), 1U);
  EXPECT_FALSE(closed(ConnId{100}));
  BytesBuilder worse;
  worse.i32(-5);
  EXPECT_TRUE(links.on_received(ConnId{100}, worse.take(), t).empty());
  EXPECT_TRUE(closed(ConnId{100}));
  EXPECT_FALSE(links.owns(ConnId{100}));
}

TEST_F(LinksTest, WhoDoesNotSayItsNameInTimeIsHungUpOn) {
  Turn t = turn();
  links.on_accepted(ConnId{100}, t);
  EXPECT_EQ(links.deadline(), desk.now.steady + desk.config.connect_timeout);
  desk.pass(desk.config.connect_timeout);
  Turn later = turn();
  links.on_tick(later);
  EXPECT_TRUE(closed(ConnId{100}));
  EXPECT_FALSE(links.owns(ConnId{100}));
  EXPECT_EQ(links.deadline(), Time::never());
}

TEST_F(LinksTest, AHeaderThatIsNoneIsHungUpOn) {
  Turn t = turn();
  links.on_accepted(ConnId{100}, t);
  links.on_received(ConnId{100}, Bytes(std::string(16, '\xfe')), t);
  EXPECT_TRUE(closed(ConnId{100}));
}

}  // namespace
}  // namespace vivarium::zab::testing

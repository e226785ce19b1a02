// Each sentence at the top of sim/network.h, but for what cuts and ends do (network_ends_test.cc).
#include "sim/network.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/sim/network_support.h"

namespace vivarium::sim {
namespace {

// ---- connecting
// -----------------------------------------------------------------------------------------------------------

TEST(Network, ConnectingTakesARoundTripAndAcceptingHalfOfOneMore) {
  Net net;
  net.listen(kB);
  net.dial(kA, "b");
  net.run(seconds(10));
  EXPECT_EQ(net.at[kA], std::vector<Time>{Time{2'000'000}});
  EXPECT_EQ(net.at[kB], std::vector<Time>{Time{3'000'000}});
  EXPECT_EQ(net.take(kA), Lines{"connected"});
  EXPECT_EQ(net.take(kB), Lines{"accepted"});
}

TEST(Network, NobodyListensIsRefusedAndAnUnknownNameUnreachable) {
  Net net;
  net.dial(kA, "b");
  net.run(milliseconds(2));
  EXPECT_EQ(net.take(kA), Lines{"closed: refused"});
  net.dial(kA, "nowhere");
  net.run(milliseconds(2));
  EXPECT_EQ(net.take(kA), Lines{"closed: unreachable"});
  net.listen(kB);
  net.network.set_refusing(kB, true);
  net.dial(kA, "b");
  net.run(milliseconds(2));
  EXPECT_EQ(net.take(kA), Lines{"closed: refused"});
  EXPECT_EQ(net.network.connections(), 0u);
}

TEST(Network, ConnectingIntoACutOrToAHostWithoutPowerTimesOut) {
  for (const auto& [from, to] : {std::pair{kA, kB}, std::pair{kB, kA}}) {  // a lost answer is the same to the dialer
    Net net;
    net.listen(kB);
    net.cut(from, to);
    net.dial(kA, "b", seconds(5));
    net.run(milliseconds(4999));
    EXPECT_EQ(net.take(kA), Lines{});
    net.run(milliseconds(2));
    EXPECT_EQ(net.take(kA), Lines{"closed: timeout"});
    EXPECT_EQ(net.take(kB), Lines{});
    EXPECT_EQ(net.network.connections(), 0u);
  }
  Net net;
  net.listen(kB);
  net.power_lost(kB);
  net.dial(kA, "b", seconds(5));
  net.run(seconds(6));
  EXPECT_EQ(net.take(kA), Lines{"closed: timeout"});
}

TEST(Network, ConnectingSucceedsWhenTheCutHealsInTime) {
  Net net;
  net.listen(kB);
  net.cut(kA, kB);
  net.dial(kA, "b", seconds(5));
  net.run(seconds(2));
  net.heal(kA, kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"connected"});
  EXPECT_EQ(net.take(kB), Lines{"accepted"});
}

TEST(Network, APortHasOneOwner) {
  Net net;
  net.listen(kB);
  const ProcessId other = net.network.add_process(kB);
  EXPECT_FALSE(net.network.listen(other, Listener::kClient, {"", kPort}));
  net.die(kB);
  EXPECT_TRUE(net.network.listen(other, Listener::kClient, {"", kPort}));
}

TEST(Network, WhoStopsListeningResetsWhatItHasNotAccepted) {
  Net net;
  net.listen(kB);
  net.dial(kA, "b");
  net.run(milliseconds(2));
  net.network.unlisten(kB, Listener::kQuorum);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), (Lines{"connected", "closed: reset"}));
  EXPECT_EQ(net.take(kB), Lines{});
  EXPECT_EQ(net.network.connections(), 0u);
}

// ---- bytes
// ----------------------------------------------------------------------------------------------------------------

TEST(Network, SendsOfOneStepAreOneSegment) {
  Net net;
  net.connect();
  net.a_sends("one ");
  net.a_sends("two");
  ++net.step;
  net.now = net.now + microseconds(1);
  net.a_sends("three");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), (Lines{"got one two", "got three"}));
}

TEST(Network, SegmentsThatFollowCloselyMayBeReadAsOne) {
  NetworkOptions options = exact();
  options.coalesce_ppb = 1'000'000'000;
  Net net(options);
  net.connect();
  for (const char* text : {"one ", "two ", "three"}) {
    net.a_sends(text);
    net.run(microseconds(10));
  }
  net.run(milliseconds(10));
  EXPECT_EQ(net.take(kB), Lines{"got one two three"});
  net.a_sends("four ");  // but nothing waits for a segment that is far behind
  net.run(microseconds(500));
  net.a_sends("five");
  net.run(milliseconds(10));
  EXPECT_EQ(net.take(kB), (Lines{"got four ", "got five"}));
}

TEST(Network, BytesArriveInOrderWhateverTheLatenciesAndTheCuts) {
  EXPECT_TRUE(rc::check([](uint64_t seed, const std::vector<std::pair<uint8_t, uint16_t>>& sends) {
    NetworkOptions options;
    options.link.latency = {Shape::kSpiky, microseconds(100), microseconds(500)};
    options.split_ppb = 300'000'000;
    options.coalesce_ppb = 300'000'000;
    options.read_bytes_max = 200;
    Net net(options, seed);
    net.connect();
    std::string expected;
    for (const auto& [size, pause] : sends) {
      std::string text;
      for (int i = 0; i < size; ++i) text += static_cast<char>('a' + (expected.size() + static_cast<size_t>(i)) % 23);
      expected += text;
      net.a_sends(text);
      if (pause % 7 == 0) net.cut(pause % 2 ? kA : kB, pause % 2 ? kB : kA);
      net.run(microseconds(pause % 1000));
      if (pause % 5 == 0) net.heal_both();
    }
    while (net.network.links().cut(kA, kB) || net.network.links().cut(kB, kA)) net.heal_both();
    net.run(seconds(1));
    RC_ASSERT(net.bytes[kB] == expected);
    RC_ASSERT(net.network.idle());
  }));
}

// One in two is lost: half of the segments take 1 ms, a quarter 203 (200 and a round trip later), an eighth 607.
TEST(Network, ALostSegmentComesLaterAndWhatFollowsItWaits) {
  NetworkOptions options = exact();
  std::map<int64_t, int> sent_in_ms;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    options.link.loss_ppb = 500'000'000;
    Net net(options, seed);
    net.listen(kB);
    net.a = net.dial(kA, "b", seconds(100));
    net.run(seconds(100));
    net.take(kB);
    const Time begin = net.now;
    net.a_sends("x");
    net.run(microseconds(500));
    net.a_sends("y");
    net.run(seconds(100));
    ASSERT_EQ(net.bytes[kB], "xy");
    ++sent_in_ms[(net.at[kB].front() - begin).ms()];
    EXPECT_GE(net.at[kB].back(), net.at[kB].front());
  }
  EXPECT_NEAR(sent_in_ms[1], 200, 40);
  EXPECT_NEAR(sent_in_ms[203], 100, 35);
  EXPECT_NEAR(sent_in_ms[607], 50, 25);
}

TEST(Network, ALostSynIsSentAgainAfterASecondAndALostResetNever) {
  NetworkOptions options = exact();
  options.link.loss_ppb = 500'000'000;
  std::map<int64_t, int> connected_in_ms;
  int told = 0;
  for (uint64_t seed = 1; seed <= 400; ++seed) {
    Net net(options, seed);
    net.listen(kB);
    net.a = net.dial(kA, "b", seconds(100));
    net.run(seconds(100));
    ++connected_in_ms[net.at[kA].front().ns / 1'000'000];
    net.reading(kB, net.last_accepted[kB], false);
    net.a_sends("unread");
    net.run(seconds(100));
    net.take(kA);
    net.die(kB);
    net.run(seconds(100));
    told += net.take(kA) == Lines{"closed: reset"};
  }
  EXPECT_NEAR(connected_in_ms[2], 100, 35);     // neither the SYN nor its answer was lost
  EXPECT_NEAR(connected_in_ms[1004], 100, 35);  // one of them, once
  EXPECT_NEAR(told, 200, 40);
}

TEST(Network, ReadsMayEndAtAnyByteAndAreCounted) {
  NetworkOptions options = exact();
  options.split_ppb = 1'000'000'000;
  Net net(options);
  net.connect();
  net.a_sends("a frame of some length");
  net.run(seconds(1));
  EXPECT_EQ(net.bytes[kB], "a frame of some length");
  const uint64_t reads = net.network.counters().reads;
  EXPECT_GT(reads, 1u);
  EXPECT_EQ(net.network.counters().split_reads, reads - 1);  // all but the first began inside it

  Net whole;
  whole.connect();
  for (int i = 0; i < 10; ++i) whole.a_sends("frame");
  whole.run(seconds(1));
  EXPECT_EQ(whole.network.counters().split_reads, 0u);
}

TEST(Network, AReadIsBounded) {
  NetworkOptions options = exact();
  options.read_bytes_max = 10;
  Net net(options);
  net.connect();
  net.a_sends("0123456789abcdefghijKL");
  net.run(milliseconds(1));
  EXPECT_EQ(net.take(kB), (Lines{"got 0123456789", "got abcdefghij", "got KL"}));
}

TEST(Network, BandwidthDelaysWhatIsBehind) {
  NetworkOptions options = exact();
  options.link.bytes_per_second = 1000;
  Net net(options);
  net.connect();
  net.a_sends(std::string(100, 'x'));
  ++net.step;
  net.a_sends(std::string(100, 'y'));
  const Time start = net.now;
  net.run(seconds(1));
  EXPECT_EQ(net.at[kB], (std::vector<Time>{start + milliseconds(101), start + milliseconds(201)}));
}

TEST(Network, WhoDoesNotReadHearsNothingUntilItDoes) {
  Net net;
  net.connect();
  net.reading(kB, net.b, false);
  net.a_sends("x");
  net.run(seconds(20));
  EXPECT_EQ(net.take(kB), Lines{});
  net.reading(kB, net.b, true);
  net.run(milliseconds(1));
  EXPECT_EQ(net.take(kB), Lines{"got x"});
}

TEST(Network, SentComesWhenTheKernelsHaveRoom) {
  NetworkOptions options = exact();
  options.buffer_bytes = 10;
  Net net(options);
  net.connect();
  net.reading(kB, net.b, false);
  net.a_sends("12345678", true);
  net.a_sends("12345678", true);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"sent"});
  net.reading(kB, net.b, true);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"sent"});
}

// ---- processes
// ------------------------------------------------------------------------------------------------------------

TEST(Network, TheKernelOfADeadProcessClosesItsConnections) {
  Net net;
  net.connect();
  net.b_sends("last words");
  net.die(kB);
  const Time start = net.now;
  net.run(seconds(1));
  EXPECT_EQ(net.at[kA], (std::vector<Time>{start + milliseconds(1), start + milliseconds(1)}));
  EXPECT_EQ(net.take(kA), (Lines{"got last words", "closed: by peer"}));
  EXPECT_EQ(net.network.connections(), 0u);
  net.dial(kA, "b");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"closed: refused"});
}

TEST(Network, UnreadBytesMakeItAReset) {
  Net net;
  net.connect();
  net.network.pause(kB);
  net.a_sends("unread");
  net.run(milliseconds(5));
  net.die(kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"closed: reset"});
}

TEST(Network, PowerLossIsSilenceAndAResetWhenTheHostIsBack) {
  Net net;
  net.connect();
  net.power_lost(kB);
  net.run(seconds(100));
  EXPECT_EQ(net.take(kA), Lines{});  // nothing to send: nothing to notice
  net.a_sends("x");
  net.run(seconds(5));
  EXPECT_EQ(net.take(kA), Lines{});
  net.power_back(kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"closed: reset"});
  EXPECT_EQ(net.take(kB), Lines{});
  EXPECT_EQ(net.network.connections(), 0u);

  Net timeout;
  timeout.connect();
  timeout.power_lost(kB);
  timeout.a_sends("x");
  timeout.run(seconds(16));
  EXPECT_EQ(timeout.take(kA), Lines{"closed: timeout"});
}

TEST(Network, PowerLossMayTakeTheTailOfWhatWasSent) {
  bool some = false, all = false;
  for (uint64_t seed = 0; seed < 30; ++seed) {
    Net net(exact(), seed);
    net.connect();
    for (const char* text : {"1", "2", "3"}) {
      net.b_sends(text);
      net.run(microseconds(1));
    }
    net.power_lost(kB);
    net.run(seconds(1));
    const std::string got = net.bytes[kA];
    EXPECT_EQ(std::string("123").substr(0, got.size()), got);
    (got == "123" ? all : some) = true;
  }
  EXPECT_TRUE(some && all);
}

TEST(Network, APausedProcessHearsEverythingWhenItResumes) {
  Net net;
  net.connect();
  net.network.pause(kB);
  net.a_sends("one ");
  net.run(seconds(1));
  net.a_sends("two");
  net.dial(kC, "b");  // its kernel answers
  net.run(seconds(60));
  EXPECT_EQ(net.take(kA), Lines{});
  EXPECT_EQ(net.take(kB), Lines{});
  EXPECT_EQ(net.take(kC), Lines{"connected"});
  net.resume(kB);
  net.run(milliseconds(1));
  EXPECT_EQ(net.take(kB), (Lines{"got one two", "accepted"}));
}

TEST(Network, WhatWaitsForAPausedDialerIsKept) {
  Net net;
  net.listen(kB);
  net.dial(kA, "b");
  net.network.pause(kA);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{});
  net.resume(kA);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"connected"});
  EXPECT_EQ(net.take(kB), Lines{"accepted"});
}

TEST(Network, SlotsAreUsedAgainAndNothingOldReachesTheirNewOwners) {
  Net net;
  net.listen(kB);
  for (int i = 0; i < 200; ++i) {
    const ConnId conn = net.dial(kA, "b", seconds(3));  // its timeout outlives it
    net.run(milliseconds(5));
    net.send(kA, conn, "x");
    net.close(kA, conn);
    net.run(milliseconds(5));
  }
  net.run(seconds(10));
  EXPECT_EQ(net.network.connections(), 0u);
  const Lines heard = net.take(kA);
  EXPECT_EQ(static_cast<size_t>(std::count(heard.begin(), heard.end(), "connected")), heard.size());
  EXPECT_EQ(net.bytes[kB], std::string(200, 'x'));
}

TEST(Network, ACopyIsIndependent) {
  Net net;
  net.connect();
  net.a_sends("x");
  Net copy = net;
  net.cut_both();
  net.run(seconds(1));
  copy.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{});
  EXPECT_EQ(copy.take(kB), Lines{"got x"});
}

}  // namespace
}  // namespace vivarium::sim

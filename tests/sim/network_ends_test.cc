// The sentences at the top of sim/network.h on cuts, and on how a connection ends.
#include <gtest/gtest.h>

#include "tests/sim/network_support.h"

namespace vivarium::sim {
namespace {

// ---- cuts
// -------------------------------------------------------------------------------------------------------------------

TEST(Network, ACutStallsBytesAndReleasesThemInOrder) {
  Net net;
  net.connect();
  net.cut_both();
  net.a_sends("one ");
  net.run(seconds(1));
  net.a_sends("two");
  net.run(seconds(5));
  EXPECT_EQ(net.take(kB), Lines{});
  net.heal_both();
  net.run(milliseconds(1));
  EXPECT_EQ(net.take(kB), Lines{"got one two"});
  net.b_sends("back");
  net.run(milliseconds(1));
  EXPECT_EQ(net.take(kA), Lines{"got back"});
}

TEST(Network, AOneWayCutStallsOneDirection) {
  Net net;
  net.connect();
  net.cut(kA, kB);
  net.a_sends("lost for now");
  net.b_sends("through");
  net.run(seconds(5));
  EXPECT_EQ(net.take(kA), Lines{"got through"});
  EXPECT_EQ(net.take(kB), Lines{});
}

TEST(Network, CutsAreCounted) {
  Net net;
  net.connect();
  net.cut(kA, kB);
  net.cut(kA, kB);
  net.a_sends("x");
  net.run(seconds(1));
  net.heal(kA, kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{});
  net.heal(kA, kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{"got x"});
}

TEST(Network, BytesUnacknowledgedForTooLongEndTheConnectionAtTheSenderOnly) {
  Net net;
  net.connect();
  net.cut_both();
  net.a_sends("x");
  net.run(seconds(14));
  EXPECT_EQ(net.take(kA), Lines{});
  net.run(seconds(2));
  EXPECT_EQ(net.take(kA), Lines{"closed: timeout"});
  net.heal_both();
  net.run(seconds(100));
  EXPECT_EQ(net.take(kB), Lines{});  // half-open
  EXPECT_EQ(net.network.connections(), 1u);
  net.b_sends("are you there?");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{"closed: reset"});
  EXPECT_EQ(net.network.connections(), 0u);
}

TEST(Network, AnIdleConnectionSurvivesAnyCut) {
  Net net;
  net.connect();
  net.cut_both();
  net.run(seconds(1000));
  net.heal_both();
  net.a_sends("x");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{"got x"});
  EXPECT_EQ(net.take(kA), Lines{});
}

TEST(Network, LostAcknowledgementsEndTheConnectionToo) {
  Net net;
  net.connect();
  net.cut(kB, kA);
  net.a_sends("x");
  net.run(seconds(16));
  EXPECT_EQ(net.take(kB), Lines{"got x"});
  EXPECT_EQ(net.take(kA), Lines{"closed: timeout"});

  Net healed;
  healed.connect();
  healed.cut(kB, kA);
  healed.a_sends("x");
  healed.run(seconds(10));
  healed.heal(kB, kA);
  healed.run(seconds(100));
  EXPECT_EQ(healed.take(kA), Lines{});
}

TEST(Network, ACutInTheHandshakeLeavesAHalfOpenDialer) {
  Net net;
  net.listen(kB);
  net.dial(kA, "b");
  net.run(milliseconds(2));
  net.cut_both();
  net.run(seconds(20));
  EXPECT_EQ(net.take(kA), (Lines{"connected", "closed: timeout"}));
  EXPECT_EQ(net.take(kB), Lines{});
  EXPECT_EQ(net.network.connections(), 0u);
}

// ---- ends
// -----------------------------------------------------------------------------------------------------------------

TEST(Network, FinTravelsBehindTheData) {
  Net net;
  net.connect();
  net.a_sends("last words");
  net.close(kA, net.a);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), (Lines{"got last words", "closed: by peer"}));
  EXPECT_EQ(net.take(kA), Lines{});
  EXPECT_EQ(net.network.connections(), 0u);
}

TEST(Network, FinIsSentAgainAfterACut) {
  Net net;
  net.connect();
  net.cut_both();
  net.a_sends("last words");
  net.close(kA, net.a);
  net.run(seconds(10));
  EXPECT_EQ(net.take(kB), Lines{});
  net.heal_both();
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), (Lines{"got last words", "closed: by peer"}));
}

TEST(Network, FinIsGivenUpInALongCutAndThePeerStaysHalfOpen) {
  Net net;
  net.connect();
  net.cut_both();
  net.close(kA, net.a);
  net.run(seconds(20));
  net.heal_both();
  net.run(seconds(20));
  EXPECT_EQ(net.take(kB), Lines{});
  net.b_sends("x");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{"closed: reset"});
}

TEST(Network, DataForAClosedEndIsAnsweredWithReset) {
  Net net;
  net.connect();
  net.cut(kA, kB);
  net.close(kA, net.a);
  net.b_sends("x");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{});  // and that reset was lost
  net.heal(kA, kB);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kB), Lines{"closed: by peer"});

  Net direct;
  direct.connect();
  direct.a_sends("bye");
  direct.close(kA, direct.a);
  direct.b_sends("x");
  direct.run(seconds(1));
  EXPECT_EQ(direct.take(kB), (Lines{"got bye", "closed: by peer"}));
  EXPECT_EQ(direct.network.connections(), 0u);
}

TEST(Network, AResetIsLostInACut) {
  Net net;
  net.connect();
  net.network.pause(kB);
  net.a_sends("unread");
  net.run(milliseconds(5));
  net.cut(kB, kA);
  net.die(kB);  // bytes lie unread: RST
  net.run(seconds(1));
  net.heal(kB, kA);
  net.run(seconds(100));
  EXPECT_EQ(net.take(kA), Lines{});
  net.a_sends("x");
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"closed: reset"});
}

TEST(Network, ResetsCanBeInjected) {
  Net net;
  net.connect();
  net.a_sends("x");
  Schedule s = net.schedule();
  EXPECT_EQ(net.network.reset_connections(s, kA, kC), 0);
  EXPECT_EQ(net.network.reset_connections(s, kB, kA), 1);
  net.run(seconds(1));
  EXPECT_EQ(net.take(kA), Lines{"closed: reset"});
  EXPECT_EQ(net.take(kB), Lines{"closed: reset"});
  EXPECT_EQ(net.network.connections(), 0u);
}

}  // namespace
}  // namespace vivarium::sim

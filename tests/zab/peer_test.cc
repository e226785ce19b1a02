#include "core/zab/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/mutate.h"
#include "tests/zab/peer_net.h"

namespace vivarium::zab::testing {
namespace {

constexpr Duration kLong = seconds(60);

::testing::AssertionResult clean(const PeerNet& net) {
  if (net.violations().empty()) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << net.violations().front() << "\n" << net.describe();
}

TEST(Peer, AnEnsembleOfOneServesByItself) {
  PeerNet net(1, {});
  net.start_all();
  EXPECT_TRUE(net.run_until([&] { return net.serving_leader().has_value(); }, seconds(1))) << net.describe();
  EXPECT_TRUE(net.propose(7));
  EXPECT_TRUE(net.run_until([&] { return net.peer(Sid{1}).committed().sessions.contains(SessionId{7}); }, seconds(1)))
      << net.describe();
  EXPECT_EQ(net.peer(Sid{1}).committed().zxid, Zxid(Epoch{1}, 1));
  EXPECT_TRUE(clean(net));
}

TEST(Peer, ThreeElectTheLargestIdAmongEqualsAndServe) {
  PeerNet net(3, {});
  net.start_all();
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_EQ(net.serving_leader(), Sid{3});
  EXPECT_TRUE(clean(net));
}

TEST(Peer, TheMostRecentHistoryLeads) {
  PeerNet net(3, {});
  const auto history = records_of({Zxid(Epoch{1}, 1), Zxid(Epoch{1}, 2), Zxid(Epoch{1}, 3)});
  for (int64_t sid : {1, 2, 3}) {
    auto& disk = net.disk(Sid{sid});
    disk.accepted = disk.current = Epoch{1};
    disk.records.assign(history.begin(), history.begin() + (sid == 1 ? 3 : 1));
  }
  net.start_all();
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_EQ(net.serving_leader(), Sid{1});
  EXPECT_EQ(net.peer(Sid{3}).committed().zxid, Zxid(Epoch{1}, 3));
  EXPECT_TRUE(clean(net));
}

TEST(Peer, WritesReachEveryServerInOrder) {
  PeerNet net(5, {});
  net.start_all();
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  for (int i = 1; i <= 50; ++i) {
    ASSERT_TRUE(net.propose(i));
    if (i % 7 == 0) net.run_for(milliseconds(3));
  }
  EXPECT_TRUE(net.run_until([&] { return net.delivered().size() == 50 && net.all_serve_one_leader(); }, kLong))
      << net.describe();
  EXPECT_TRUE(clean(net));
}

// 1: a1 a2 | a3 a4 (never committed)      2, 3: a1 a2, then b1 in epoch 2
TEST(Peer, AnOldLeadersTailIsTruncated) {
  PeerNet net(3, {});
  net.start_all();
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong));
  ASSERT_EQ(net.serving_leader(), Sid{3});
  ASSERT_TRUE(net.propose(1));
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader() && net.delivered().size() == 1; }, kLong));
  net.cut(Sid{3}, Sid{1});
  net.cut(Sid{3}, Sid{2});
  ASSERT_TRUE(net.propose(100));
  ASSERT_TRUE(net.propose(101));
  net.run_for(milliseconds(50));
  net.kill(Sid{3});
  ASSERT_EQ(net.disk(Sid{3}).records.size(), 3u) << "the tail is on the old leader's disk";
  ASSERT_TRUE(net.run_until([&] { return net.serving_leader() == Sid{2}; }, kLong)) << net.describe();
  net.heal();
  net.start(Sid{3});
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_FALSE(net.peer(Sid{3}).committed().sessions.contains(SessionId{100}));
  EXPECT_EQ(net.disk(Sid{3}).records.size(), 1u);
  EXPECT_TRUE(clean(net));
}

TEST(Peer, AWipedServerDoesNotVoteButJoins) {
  PeerNet net(3, {});
  net.start_all();
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong));
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(net.propose(i));
  ASSERT_TRUE(net.run_until([&] { return net.delivered().size() == 5 && net.all_serve_one_leader(); }, kLong));
  net.kill(Sid{1});
  net.kill(Sid{2});
  net.kill(Sid{3});
  net.wipe(Sid{1});
  net.start(Sid{1});
  net.start(Sid{2});
  EXPECT_FALSE(net.run_until([&] { return net.serving_leader().has_value(); }, seconds(20)))
      << "one voter of three decided: " << net.describe();
  net.start(Sid{3});
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_EQ(net.peer(Sid{1}).committed().sessions.size(), 5u);
  EXPECT_TRUE(clean(net));
}

TEST(Peer, TheZxidCounterRunsOutIntoANewEpoch) {
  PeerNet net(3, {}, [](Config& config) { config.initial_counter = 0xfffffffc; });
  net.start_all();
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong));
  for (int i = 1; i <= 5; ++i) {
    net.propose(i);
    net.run_for(milliseconds(20));
  }
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader() && net.peer(Sid{1}).epoch() == Epoch{2}; }, kLong))
      << net.describe();
  EXPECT_EQ(net.peer(Sid{1}).committed().zxid, Zxid(Epoch{1}, 0xfffffffe));
  EXPECT_TRUE(net.propose(50));
  EXPECT_TRUE(net.run_until([&] { return net.delivered().contains(Zxid(Epoch{2}, 1)); }, kLong)) << net.describe();
  EXPECT_TRUE(clean(net));
}

TEST(Peer, ALeaderWithoutAQuorumStepsDown) {
  PeerNet net(3, {});
  net.start_all();
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong));
  net.cut(Sid{3}, Sid{1});
  net.cut(Sid{3}, Sid{2});
  EXPECT_TRUE(net.run_until([&] { return net.peer(Sid{3}).role() == Role::kLooking; }, seconds(5))) << net.describe();
  EXPECT_TRUE(net.run_until([&] { return net.serving_leader() == Sid{2}; }, kLong)) << net.describe();
  net.heal();
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_TRUE(clean(net));
}

TEST(Peer, AFollowerBehindTheWindowReadsTheLogOrGetsASnapshot) {
  for (const auto& [log_bytes, row] : {std::pair{1 << 20, SyncRow::kInLogDiff}, std::pair{0, SyncRow::kTooFarBehind},
                                       std::pair{500, SyncRow::kLogTooLong}}) {
    PeerNet net(3, {}, [bytes = log_bytes](Config& config) {
      config.window = 5;
      config.log_sync_bytes_max = bytes;
    });
    net.start_all();
    ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong));
    ASSERT_TRUE(net.propose(1));
    ASSERT_TRUE(net.run_until([&] { return net.delivered().size() == 1 && net.all_serve_one_leader(); }, kLong));
    net.kill(Sid{1});
    for (int i = 2; i <= 40; ++i) ASSERT_TRUE(net.propose(i));
    ASSERT_TRUE(net.run_until([&] { return net.delivered().size() == 40; }, kLong));
    net.start(Sid{1});
    ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
    EXPECT_EQ(net.sync_rows().back(), row);
    EXPECT_EQ(net.peer(Sid{1}).committed().sessions.size(), 40u);
    EXPECT_TRUE(clean(net));
  }
}

// ---- the hash

// What distinguishes one moment in the life of a peer from others, for the purpose of seeing each kind once.
std::string kind_of(const Peer& peer) {
  std::string kind = role_name(peer.role());
  if (const auto* following = peer.following()) kind += fmt::format(" {}", static_cast<int>(following->phase()));
  if (const auto* leading = peer.leading()) {
    kind += fmt::format(" {}", static_cast<int>(leading->phase()));
    for (const auto& [conn, link] : leading->links()) kind += fmt::format(",{}", static_cast<int>(link.phase));
  }
  if (const auto* looking = peer.looking()) kind += fmt::format(" {}", looking->deadline() < Time::never());
  return kind + fmt::format(" {} {} {}", peer.history().settled(), peer.history().all_durable(),
                            peer.history().committed().zxid < peer.logged());
}

// Chaos, seed 5055: the others have elected server 3 and follow it while it loses its disk; their votes name it still.
// It must not lead by them: it had no snapshot, so that its log was not trusted after the next power loss.
TEST(Peer, WhoLostItsDiskDoesNotLeadByVotesForWhatItHad) {
  PeerNet net(3, {});
  net.start_all();
  const auto follows = [&](int64_t sid) { return net.peer(Sid{sid}).role() == Role::kFollowing; };
  ASSERT_TRUE(net.run_until([&] { return follows(1) || follows(2); }, kLong)) << net.describe();
  ASSERT_EQ(net.peer(follows(1) ? Sid{1} : Sid{2}).leader(), Sid{3});
  net.kill(Sid{3});
  net.wipe(Sid{3});
  net.start(Sid{3});
  ASSERT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, kLong)) << net.describe();
  EXPECT_NE(net.serving_leader(), Sid{3});
  EXPECT_GT(net.disk(Sid{3}).snapshots, 0);
  EXPECT_TRUE(clean(net));
}

// It knows who leads, so that each election ends at once: without a rest there were thousands in this time.
TEST(Peer, WhoFollowsInVainRestsAndServesWhenTheLeaderAnswers) {
  PeerNet net(3, {});
  net.hang_up(Sid{3}, Sid{1});
  net.start_all();
  net.run_for(seconds(20));
  EXPECT_EQ(net.serving_leader(), Sid{3});
  EXPECT_FALSE(net.peer(Sid{1}).serving());
  EXPECT_GT(net.hung_up(), 20);
  EXPECT_LT(net.hung_up(), 40);
  net.hang_up_no_more();
  EXPECT_TRUE(net.run_until([&] { return net.all_serve_one_leader(); }, seconds(2))) << net.describe();

  // The first success has ended that: when the leader is lost it looks at once.
  const Time killed = net.now();
  net.kill(Sid{3});
  EXPECT_TRUE(net.run_until([&] { return net.serving_leader().has_value(); }, seconds(5))) << net.describe();
  EXPECT_LT(net.now() - killed, milliseconds(500));
  EXPECT_TRUE(clean(net));
}

// Every member of every role in every phase: elections, DIFF, SNAP, the log, truncation, a wiped server.
TEST(Peer, EveryMemberCountsInTheHashWhateverItIsDoing) {
  std::set<std::string> seen;
  size_t most = 0;
  PeerNet net(3, {}, [](Config& config) {
    config.window = 5;
    config.snap_count = 12;
  });
  const auto sweep = [&] {
    for (const int64_t sid : {1, 2, 3}) {
      if (!net.alive(Sid{sid}) || !seen.insert(kind_of(net.peer(Sid{sid}))).second) continue;
      size_t leaves = 0;
      const auto missed = vivarium::testing::unhashed_leaves(net.peer(Sid{sid}), net.now(), leaves);
      EXPECT_THAT(missed, ::testing::IsEmpty()) << kind_of(net.peer(Sid{sid}));
      most = std::max(most, leaves);
    }
    return net.all_serve_one_leader();
  };
  net.start_all();
  ASSERT_TRUE(net.run_until(sweep, kLong));
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(net.propose(i));
  ASSERT_TRUE(net.run_until(sweep, kLong));
  net.kill(Sid{1});
  net.wipe(Sid{1});
  for (int i = 7; i <= 30; ++i) ASSERT_TRUE(net.propose(i));
  ASSERT_TRUE(net.run_until(sweep, kLong));
  net.start(Sid{1});
  ASSERT_TRUE(net.run_until(sweep, kLong));
  net.cut(Sid{3}, Sid{1});
  net.cut(Sid{3}, Sid{2});
  ASSERT_TRUE(net.propose(100));
  net.run_for(milliseconds(50));
  net.kill(Sid{3});
  ASSERT_TRUE(net.run_until([&] { return sweep(), net.serving_leader() == Sid{2}; }, kLong));
  net.heal();
  net.start(Sid{3});
  ASSERT_TRUE(net.run_until(sweep, kLong)) << net.describe();
  EXPECT_GT(seen.size(), 30U);
  EXPECT_GT(most, 150U);
}

}  // namespace
}  // namespace vivarium::zab::testing

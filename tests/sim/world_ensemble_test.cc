// Worlds of the real server and the real client.
#include <gtest/gtest.h>

#include "core/node/node.h"
#include "tests/sim/fake_machine_support.h"

namespace vivarium::sim {
namespace {

constexpr Time at(Duration d) { return Time{} + d; }

struct Ensemble {
  explicit Ensemble(WorldConfig config) : world(std::move(config)) {
    client::ClientConfig client_config;
    for (const ServerSetup& setup : world_config_servers(world)) client_config.servers.push_back({setup.host, 2181});
    client = world.add_client(client_config, world.add_host("c1"));
  }
  static std::vector<ServerSetup> world_config_servers(const World& w) {
    std::vector<ServerSetup> out;
    for (ProcessId p = 0; p < w.servers(); ++p) out.push_back(w.server(p).setup());
    return out;
  }
  // Runs until the token's completion; nothing when it does not come in time.
  std::optional<client::Completion> await(client::Token token, Duration patience = seconds(60)) {
    const Time end = world.now() + patience;
    while (world.next_at() <= end && world.step()) {
      for (const client::ClientEvent& event : world.last().events) {
        const auto* completion = std::get_if<client::Completion>(&event);
        if (completion && completion->token == token) return *completion;
      }
    }
    return std::nullopt;
  }
  // What is lost with a connection is asked again.
  std::optional<client::Completion> insist(const client::Request& request) {
    std::optional<client::Completion> answer;
    for (int i = 0; i < 10; ++i) {
      answer = await(world.submit(client, request));
      if (!answer || answer->error != wire::ErrorCode::kConnectionLoss) break;
    }
    return answer;
  }
  ProcessId leader() const {
    for (ProcessId p = 0; p < world.servers(); ++p) {
      const node::Node* node = world.node(p);
      if (node && node->serving() && node->peer().role() == zab::Role::kLeading) return p;
    }
    return kNoProcess;
  }

  World world;
  ClientId client = 0;
};

bool ok(const std::optional<client::Completion>& completion) {
  return completion && completion->outcome == client::Outcome::kOk;
}

TEST(WorldEnsemble, ElectsServesAndReplicates) {
  Ensemble ensemble(testing::ensemble(3));
  EXPECT_TRUE(ok(ensemble.await(ensemble.world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  EXPECT_NE(ensemble.leader(), kNoProcess);
  const auto read = ensemble.await(ensemble.world.submit(ensemble.client, client::GetData{"/a"}));
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(read->data, Bytes("one"));
  ensemble.world.run_until(ensemble.world.now() + seconds(1));
  const int64_t digest = ensemble.world.node(ensemble.leader())->state().tree_digest;
  for (ProcessId p = 0; p < 3; ++p) EXPECT_EQ(ensemble.world.node(p)->state().tree_digest, digest);
}

// Whether the client is the leader's or a learner's.
TEST(WorldEnsemble, ALeaderShortOfSpaceRefusesWritesUntilThereIsSpaceAgain) {
  Ensemble ensemble(testing::ensemble(3));
  World& world = ensemble.world;
  ASSERT_TRUE(ok(ensemble.await(world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  const ProcessId leader = ensemble.leader();
  world.disk_capacity(leader, world.disk(leader).used() + (64 << 20));  // enough to write, less than the reserve
  const auto refused = ensemble.await(world.submit(ensemble.client, client::Create{"/b", Bytes("two")}));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->outcome, client::Outcome::kError);
  EXPECT_EQ(refused->error, wire::ErrorCode::kThrottledOp);
  EXPECT_TRUE(ok(ensemble.await(world.submit(ensemble.client, client::GetData{"/a"}))));
  EXPECT_EQ(ensemble.leader(), leader);
  world.disk_capacity(leader, SimFileSystem::kUnlimited);
  EXPECT_TRUE(ok(ensemble.await(world.submit(ensemble.client, client::Create{"/b", Bytes("two")}))));
}

TEST(WorldEnsemble, AFollowerShortOfSpaceLeavesAndComesBack) {
  Ensemble ensemble(testing::ensemble(3));
  World& world = ensemble.world;
  ASSERT_TRUE(ok(ensemble.await(world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  const ProcessId leader = ensemble.leader();
  const ProcessId follower = leader == 0 ? 1 : 0;
  world.disk_capacity(follower, world.disk(follower).used() + (63 << 20));
  world.run_until(world.now() + seconds(30));
  ASSERT_TRUE(world.node(follower)) << "it lives on";
  EXPECT_EQ(world.node(follower)->peer().role(), zab::Role::kLooking);
  EXPECT_EQ(ensemble.leader(), leader);
  EXPECT_TRUE(ok(ensemble.insist(client::SetData{"/a", Bytes("two")})));
  world.disk_capacity(follower, SimFileSystem::kUnlimited);
  world.run_until(world.now() + seconds(30));
  EXPECT_TRUE(world.node(follower)->serving());
  EXPECT_EQ(world.node(follower)->state().find(Bytes("/a"))->data, Bytes("two"));
}

TEST(WorldEnsemble, SurvivesTheLeader) {
  Ensemble ensemble(testing::ensemble(3));
  ASSERT_TRUE(ok(ensemble.await(ensemble.world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  const ProcessId old = ensemble.leader();
  ensemble.world.kill(old);
  ASSERT_TRUE(ok(ensemble.insist(client::GetData{"/a"})));
  ensemble.world.restart(old);
  EXPECT_TRUE(ok(ensemble.insist(client::SetData{"/a", Bytes("two")})));
  ensemble.world.run_until(ensemble.world.now() + seconds(20));
  ASSERT_TRUE(ensemble.world.node(old));
  EXPECT_TRUE(ensemble.world.node(old)->serving());
  EXPECT_EQ(ensemble.world.node(old)->state().find(Bytes("/a"))->data, Bytes("two"));
}

TEST(WorldEnsemble, EveryoneLosesPowerAndNothingAcknowledgedIsLost) {
  Ensemble ensemble(testing::ensemble(3));
  ASSERT_TRUE(ok(ensemble.await(ensemble.world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  for (ProcessId p = 0; p < 3; ++p) ensemble.world.power_loss(p);
  ensemble.world.run_until(ensemble.world.now() + seconds(1));
  for (ProcessId p = 0; p < 3; ++p) {
    ensemble.world.restart(p);
    EXPECT_TRUE(ensemble.world.server(p).running()) << ensemble.world.server(p).failure();
  }
  const auto read = ensemble.insist(client::GetData{"/a"});
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(read->data, Bytes("one"));
}

TEST(WorldEnsemble, ForksOfARealWorldGoOnAlike) {
  Ensemble ensemble(testing::ensemble(5));
  ASSERT_TRUE(ok(ensemble.await(ensemble.world.submit(ensemble.client, client::Create{"/a", Bytes("one")}))));
  for (int i = 0; i < 20; ++i) ensemble.world.submit(ensemble.client, client::SetData{"/a", Bytes("x")});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ensemble.world.step());
  World left = ensemble.world, right = ensemble.world;
  right.power_loss(0);  // and one that goes elsewhere in between
  right.run_until(right.now() + seconds(3));
  World third = ensemble.world;
  for (World* world : {&left, &third, &ensemble.world}) world->run_until(at(seconds(20)));
  EXPECT_EQ(left.trace_hash(), ensemble.world.trace_hash());
  EXPECT_EQ(third.trace_hash(), ensemble.world.trace_hash());
  EXPECT_EQ(third.state_hash(), ensemble.world.state_hash());
}

TEST(WorldEnsemble, AKilledClientLeavesItsSessionToExpire) {
  Ensemble ensemble(testing::ensemble(3));
  ASSERT_TRUE(ok(ensemble.await(
      ensemble.world.submit(ensemble.client, client::Create{"/e", Bytes("x"), wire::CreateMode::kEphemeral}))));
  ensemble.world.kill_client(ensemble.client);
  ensemble.world.run_until(ensemble.world.now() + seconds(1));
  EXPECT_NE(ensemble.world.node(ensemble.leader())->state().find(Bytes("/e")), nullptr);
  ensemble.world.run_until(ensemble.world.now() + seconds(30));
  EXPECT_EQ(ensemble.world.node(ensemble.leader())->state().find(Bytes("/e")), nullptr);
  ensemble.world.restart_client(ensemble.client);
  EXPECT_TRUE(ok(ensemble.await(ensemble.world.submit(ensemble.client, client::Create{"/e", Bytes("y")}))));
}

}  // namespace
}  // namespace vivarium::sim

// Worlds of the real server and the real client.
#include <gtest/gtest.h>

#include "core/node/node.h"
#include "tests/sim/fake_machine_support.h"

namespace vivarium::sim {
namespace {

constexpr Time after(Duration d) { return Time{} + d; }

struct Run {
  explicit Run(WorldConfig config) : world(std::move(config)) {
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

bool ok(const std::optional<client::Completion>& completion) { return completion && completion->outcome == client::Outcome::kOk; }

TEST(WorldEnsemble, ElectsServesAndReplicates) {
  Run run(testing::ensemble(3));
  EXPECT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/a", Bytes("one")}))));
  EXPECT_NE(run.leader(), kNoProcess);
  const auto read = run.await(run.world.submit(run.client, client::GetData{"/a"}));
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(read->data, Bytes("one"));
  run.world.run_until(run.world.now() + seconds(1));
  for (ProcessId p = 0; p < 3; ++p) EXPECT_EQ(run.world.node(p)->state().tree_digest, run.world.node(run.leader())->state().tree_digest);
}

TEST(WorldEnsemble, SurvivesTheLeader) {
  Run run(testing::ensemble(3));
  ASSERT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/a", Bytes("one")}))));
  const ProcessId old = run.leader();
  run.world.kill(old);
  const auto read = run.await(run.world.submit(run.client, client::GetData{"/a"}));
  ASSERT_TRUE(ok(read));
  run.world.restart(old);
  EXPECT_TRUE(ok(run.await(run.world.submit(run.client, client::SetData{"/a", Bytes("two")}))));
  run.world.run_until(run.world.now() + seconds(20));
  ASSERT_TRUE(run.world.node(old));
  EXPECT_TRUE(run.world.node(old)->serving());
  EXPECT_EQ(run.world.node(old)->state().find(Bytes("/a"))->data, Bytes("two"));
}

TEST(WorldEnsemble, EveryoneLosesPowerAndNothingAcknowledgedIsLost) {
  Run run(testing::ensemble(3));
  ASSERT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/a", Bytes("one")}))));
  for (ProcessId p = 0; p < 3; ++p) run.world.power_loss(p);
  run.world.run_until(run.world.now() + seconds(1));
  for (ProcessId p = 0; p < 3; ++p) {
    run.world.restart(p);
    EXPECT_TRUE(run.world.server(p).running()) << run.world.server(p).failure();
  }
  const auto read = run.await(run.world.submit(run.client, client::GetData{"/a"}));
  ASSERT_TRUE(ok(read));
  EXPECT_EQ(read->data, Bytes("one"));
}

TEST(WorldEnsemble, ForksOfARealWorldGoOnAlike) {
  Run run(testing::ensemble(5));
  ASSERT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/a", Bytes("one")}))));
  for (int i = 0; i < 20; ++i) run.world.submit(run.client, client::SetData{"/a", Bytes("x")});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(run.world.step());
  World left = run.world, right = run.world;
  right.power_loss(0);  // and one that goes elsewhere in between
  right.run_until(right.now() + seconds(3));
  World third = run.world;
  for (World* world : {&left, &third, &run.world}) world->run_until(after(seconds(20)));
  EXPECT_EQ(left.trace_hash(), run.world.trace_hash());
  EXPECT_EQ(third.trace_hash(), run.world.trace_hash());
  EXPECT_EQ(third.state_hash(), run.world.state_hash());
}

TEST(WorldEnsemble, AKilledClientLeavesItsSessionToExpire) {
  Run run(testing::ensemble(3));
  ASSERT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/e", Bytes("x"), wire::CreateMode::kEphemeral}))));
  run.world.kill_client(run.client);
  run.world.run_until(run.world.now() + seconds(1));
  EXPECT_NE(run.world.node(run.leader())->state().find(Bytes("/e")), nullptr);
  run.world.run_until(run.world.now() + seconds(30));
  EXPECT_EQ(run.world.node(run.leader())->state().find(Bytes("/e")), nullptr);
  run.world.restart_client(run.client);
  EXPECT_TRUE(ok(run.await(run.world.submit(run.client, client::Create{"/e", Bytes("y")}))));
}

}  // namespace
}  // namespace vivarium::sim

// Each moment of the table is recognized in runs of the real server, at the right server, and nowhere else.
#include "sim/moments.h"

#include <gtest/gtest.h>

#include "core/node/node.h"
#include "sim/actors.h"
#include "sim/fault_injector.h"
#include "sim/run.h"
#include "sim/scenario_reader.h"

namespace vivarium::sim {
namespace {

constexpr uint32_t kAllMoments = ~uint32_t{0};

// Runs a scenario with its faults and actors, and shows every step that has moments.
template <class F>
void watch(const char* text, uint64_t seed, F see) {
  const auto scenario = read_scenario("moments.json", text);
  ASSERT_TRUE(scenario) << scenario.error().front().to_string();
  World world(world_config(*scenario, seed));
  Actors actors(*scenario, world);
  FaultInjector faults(*scenario, world);
  std::vector<MomentSeen> seen;
  while (world.now() < Time{} + scenario->duration && world.step()) {
    seen.clear();
    moments_of(world, kAllMoments, seen);
    for (const MomentSeen& moment : seen) see(world, moment);
    faults.after_step(world);
    actors.after_step(world);
  }
}

TEST(Moments, the_table_is_complete_and_its_names_differ) {
  std::set<std::string> names;
  for (const MomentRow& row : moment_rows()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ((row.note ? 1 : 0) + (row.send != Label::kNone ? 1 : 0) + (row.disk != MomentRow::Disk::kNone ? 1 : 0), 1)
        << row.name;
    EXPECT_STREQ(moment_name(row.moment), row.name);
  }
  EXPECT_STREQ(moment_name(Moment::kNone), "none");
}

TEST(Moments, each_is_seen_at_the_right_server) {
  std::map<Moment, int> counts;
  const auto see = [&](const World& world, const MomentSeen& seen) {
    ++counts[seen.moment];
    const node::Node* node = world.node(seen.server);
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(seen.server, world.last().process);
    const Side expected = moment_rows()[static_cast<size_t>(seen.moment) - 1].side;
    if (expected != Side::kEither) {
      EXPECT_EQ(seen.side, expected) << moment_name(seen.moment);
    }
    if (seen.side == Side::kLeader) {
      EXPECT_NE(node->peer().leading(), nullptr) << moment_name(seen.moment);
    }
    if (seen.moment == Moment::kEstablished) {
      EXPECT_TRUE(node->peer().leading()->established());
    }
    if (seen.moment == Moment::kProposedUnacked) {
      EXPECT_LT(node->state().zxid, node->peer().logged());
    }
    if (seen.moment == Moment::kLoggedBeforeEpoch) {
      EXPECT_EQ(node->peer().following()->phase(), zab::Following::Phase::kWritingEpoch);
    }
  };
  // A leader that is alone logs what it must cut later; a follower that is away for long is sent a snapshot; sessions
  // end while their clients are cut off.
  watch(R"({"duration": "20s", "config": {"window": 5, "logSyncBytes": 0},
            "clients": [{"actor": "setter", "outstanding": 2, "think": "30ms"}, {"actor": "lock", "sessionTimeout": "1s"}],
            "faults": [{"what": "partition", "who": "leader", "at": "4s", "lasts": "4s"}, {"what": "power-loss",
      "who": "follower", "at": "11s", "lasts": "1s"},
                       {"what": "cut-link", "who": "all", "at": "14s", "lasts": "3s"}]})",
        3, see);
  for (const MomentRow& row : moment_rows()) {
    if (row.moment != Moment::kSessionExpired && row.moment != Moment::kTruncating) {
      EXPECT_GT(counts[row.moment], 0) << row.name;
    }
  }
  // Clients whose connections are cut, while the servers go on.
  watch(R"({"duration": "12s", "clients": [{"actor": "lock", "count": 2, "sessionTimeout": "1s", "servers": [1]}],
            "faults": [{"what": "pause", "who": 1, "at": "5s", "lasts": "6s"}]})",
        1, see);
  EXPECT_GT(counts[Moment::kSessionExpired], 0);
  for (uint64_t seed = 1; seed <= 8 && counts[Moment::kTruncating] == 0; ++seed) {
    watch(R"({"duration": "14s", "servers": 3, "clients": [{"actor": "setter", "count": 2, "outstanding": 4}],
              "faults": [{"what": "partition", "who": "leader", "at": "4s", "lasts": "5s"}]})",
          seed, see);
  }
  EXPECT_GT(counts[Moment::kTruncating], 0);
}

TEST(Moments, only_the_wanted_are_looked_for) {
  std::vector<MomentSeen> seen;
  const auto scenario = read_scenario("x.json", "{}");
  World world(world_config(*scenario, 1));
  int established = 0, others = 0;
  while (world.now() < Time{} + seconds(3) && world.step()) {
    seen.clear();
    moments_of(world, moment_bit(Moment::kEstablished), seen);
    for (const MomentSeen& moment : seen) ++(moment.moment == Moment::kEstablished ? established : others);
  }
  EXPECT_EQ(established, 1);
  EXPECT_EQ(others, 0);
}

}  // namespace
}  // namespace vivarium::sim

// Each fault does what its words say, when they say it, to whom they say, and its end takes exactly that back.
#include "sim/fault_injector.h"

#include <gtest/gtest.h>

#include <set>

#include "core/node/node.h"
#include "sim/actors.h"
#include "sim/run.h"
#include "sim/scenario_reader.h"

namespace vivarium::sim {
namespace {

Scenario parse(const std::string& text) {
  auto scenario = read_scenario("faults.json", text);
  if (scenario) return *std::move(scenario);
  ADD_FAILURE() << scenario.error().front().to_string();
  return {};
}

// A world under a scenario's faults, and what they did.
struct Sim {
  explicit Sim(const std::string& text, uint64_t seed = 1)
      : scenario(parse(text)), world(world_config(scenario, seed)), actors(scenario, world), faults(scenario, world) {}

  // A step may pass over events that have lost their meaning: a mark in the queue stops it in time.
  void run_until(Duration t) {
    constexpr uint32_t kMark = 77;
    world.schedule(Time{} + t, kMark);
    while (world.step() && !(world.last().record.kind == RecordKind::kScheduled && world.last().record.a == kMark)) {
      before_faults();
      const int struck = faults.after_step(world);
      strikes += struck;
      actors.after_step(world);
      for (const Record& record : world.between()) records.push_back(record);
    }
  }
  void before_faults() {
    leader = leader_of(world);
    if (wiped && world.node(*wiped) && world.node(*wiped)->serving()) wiped.reset();
  }
  std::vector<Record> of(RecordKind kind) const {
    std::vector<Record> out;
    for (const Record& record : records) {
      if (record.kind == kind) out.push_back(record);
    }
    return out;
  }
  std::vector<Duration> times_of(RecordKind kind) const {
    std::vector<Duration> out;
    for (const Record& record : of(kind)) out.push_back(record.t - Time{});
    return out;
  }
  bool cut(int from, int to) const {
    return world.network().links().cut(world.host_of(static_cast<ProcessId>(from)),
                                       world.host_of(static_cast<ProcessId>(to)));
  }
  std::set<std::pair<int, int>> cuts() const {
    std::set<std::pair<int, int>> out;
    const int n = static_cast<int>(world.servers());
    for (int a = 0; a < n; ++a) {
      for (int b = 0; b < n; ++b) {
        if (cut(a, b)) out.insert({a, b});
      }
    }
    return out;
  }
  bool running(int p) const { return world.server(static_cast<ProcessId>(p)).running(); }

  Scenario scenario;
  World world;
  Actors actors;
  FaultInjector faults;
  std::vector<Record> records;
  int strikes = 0;
  ProcessId leader = kNoProcess;
  std::optional<ProcessId> wiped;
};

using Pairs = std::set<std::pair<int, int>>;

TEST(FaultInjector, strikes_at_a_time_and_ends_after_its_time) {
  Sim sim(R"({"faults": [{"what": "kill", "who": 2, "at": "3s", "lasts": "1500ms"}]})");
  sim.run_until(milliseconds(2999));
  EXPECT_TRUE(sim.of(RecordKind::kKilled).empty());
  sim.run_until(seconds(4));
  ASSERT_EQ(sim.times_of(RecordKind::kKilled), std::vector{seconds(3)});
  EXPECT_EQ(sim.of(RecordKind::kKilled)[0].node, 1);
  EXPECT_FALSE(sim.running(1));
  sim.run_until(seconds(5));
  EXPECT_EQ(sim.times_of(RecordKind::kStarted), std::vector{milliseconds(4500)});
  EXPECT_TRUE(sim.running(1));
  EXPECT_EQ(sim.strikes, 1);
  EXPECT_EQ(sim.faults.struck().at("kill"), 1U);
}

TEST(FaultInjector, the_leader_is_who_leads_when_it_strikes) {
  Sim sim(
      R"({"faults": [{"what": "power-loss", "who": "leader", "at": "3s"}, {"what": "pause", "who": "follower", "at": "6s"}]})");
  sim.run_until(milliseconds(2990));
  const ProcessId leader = leader_of(sim.world);
  ASSERT_NE(leader, kNoProcess);
  sim.run_until(seconds(3));
  ASSERT_EQ(sim.of(RecordKind::kPowerLost).size(), 1U);
  EXPECT_EQ(sim.of(RecordKind::kPowerLost)[0].node, leader);
  EXPECT_EQ(sim.faults.coverage().at("power-loss x broadcast-leader"), 1U);
  EXPECT_STREQ(phase_name(sim.world, leader), "down");
  sim.run_until(milliseconds(6500));
  ASSERT_EQ(sim.of(RecordKind::kPaused).size(), 1U);
  EXPECT_NE(sim.of(RecordKind::kPaused)[0].node, leader_of(sim.world));
  EXPECT_EQ(sim.faults.coverage().at("pause x broadcast-follower"), 1U);
}

TEST(FaultInjector, without_a_leader_nothing_happens_to_it) {
  Sim sim(
      R"({"faults": [{"what": "kill", "who": "leader", "at": "1ms"}, {"what": "kill", "who": "follower", "at": "1ms"}]})");
  sim.run_until(seconds(1));
  EXPECT_EQ(sim.strikes, 0);
  EXPECT_TRUE(sim.faults.struck().empty());
}

TEST(FaultInjector, every_keeps_to_its_window_and_its_number) {
  Sim sim(
      R"({"faults": [{"what": "clock-step", "every": "200ms", "from": "1s", "until": "4s"}, {"what": "reset", "who": 1,
      "every": "100ms", "times": 3}]})");
  sim.run_until(seconds(10));
  EXPECT_EQ(sim.faults.struck().at("reset"), 3U);
  const auto steps = sim.faults.struck().at("clock-step");
  EXPECT_GT(steps, 5U);
  EXPECT_LT(steps, 40U);
  for (const Record& record : sim.of(RecordKind::kClockStep)) {
    if (record.a < 0) continue;  // the end of one
    EXPECT_GE(record.t - Time{}, seconds(1));
    EXPECT_LT(record.t - Time{}, seconds(4));
  }
}

TEST(FaultInjector, a_fault_without_a_time_strikes_once_somewhere) {
  std::set<int64_t> times;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    Sim sim(R"({"duration": "2s", "faults": [{"what": "kill", "from": "1s"}]})", seed);
    sim.run_until(seconds(3));
    ASSERT_EQ(sim.times_of(RecordKind::kKilled).size(), 1U);
    const Duration at = sim.times_of(RecordKind::kKilled)[0];
    EXPECT_TRUE(at >= seconds(1) && at < seconds(2));
    times.insert(at.ns);
  }
  EXPECT_EQ(times.size(), 5U);
}

TEST(FaultInjector, chance_thins_out) {
  Sim never(R"({"faults": [{"what": "clock-step", "every": "50ms", "chance": 0}]})");
  never.run_until(seconds(5));
  EXPECT_EQ(never.strikes, 0);
  Sim half(R"({"faults": [{"what": "clock-step", "every": "50ms", "chance": 50, "lasts": "1ms"}]})");
  half.run_until(seconds(15));
  EXPECT_GT(half.strikes, 80);
  EXPECT_LT(half.strikes, 220);
}

TEST(FaultInjector, a_moment_names_the_server) {
  Sim sim(R"({"clients": [{"actor": "register"}],
              "faults": [{"what": "kill", "who": "leader", "when": "proposed-unacked", "from": "3s", "times": 1},
                         {"what": "power-loss", "who": "follower", "when": "logged-before-epoch", "times": 1}]})");
  sim.run_until(seconds(12));
  ASSERT_EQ(sim.faults.struck().at("kill"), 1U);
  ASSERT_EQ(sim.faults.struck().at("power-loss"), 1U);
  EXPECT_EQ(sim.faults.coverage().at("kill x broadcast-leader"), 1U);
  EXPECT_EQ(sim.faults.coverage().at("power-loss x synchronization"), 1U);
  EXPECT_GE(sim.times_of(RecordKind::kKilled).at(0), seconds(3));
}

TEST(FaultInjector, roles_have_their_sizes) {
  Sim sim(
      R"({"servers": 5, "faults": [{"what": "pause", "who": "majority", "at": "1s", "lasts": "500ms"},
      {"what": "pause", "who": "all", "at": "2s", "lasts": "500ms"},
                                       {"what": "pause", "who": "minority", "at": "3s", "lasts": "500ms"},
      {"what": "pause", "who": [2, 4], "at": "4s"}]})");
  const auto paused = [&](Duration until) {
    const size_t before = sim.of(RecordKind::kPaused).size();
    sim.run_until(until);
    return sim.of(RecordKind::kPaused).size() - before;
  };
  EXPECT_EQ(paused(milliseconds(1100)), 3U);
  EXPECT_EQ(paused(milliseconds(2100)), 5U);
  const size_t minority = paused(milliseconds(3100));
  EXPECT_TRUE(minority == 1 || minority == 2);
  EXPECT_EQ(paused(milliseconds(4100)), 2U);
  EXPECT_TRUE(sim.world.paused(1) && sim.world.paused(3));
  sim.run_until(seconds(6));
  for (ProcessId p = 0; p < 5; ++p) EXPECT_FALSE(sim.world.paused(p));
}

TEST(FaultInjector, cuts_overlap_and_heal_one_by_one) {
  Sim sim(
      R"({"faults": [{"what": "partition", "who": 1, "at": "1s", "lasts": "4s"}, {"what": "partition", "groups": [[1],
      [2]], "at": "2s", "lasts": "1s"}]})");
  sim.run_until(milliseconds(1500));
  const Pairs alone{{0, 1}, {1, 0}, {0, 2}, {2, 0}};
  EXPECT_EQ(sim.cuts(), alone);
  sim.run_until(milliseconds(4000));
  EXPECT_EQ(sim.cuts(), alone);
  sim.run_until(milliseconds(5001));
  EXPECT_EQ(sim.cuts(), Pairs{});
}

TEST(FaultInjector, one_way_is_one_way) {
  Sim sim(
      R"({"faults": [{"what": "one-way-in", "who": 1, "at": "1s"}, {"what": "one-way-out", "who": 2, "at": "3s"}]})");
  sim.run_until(milliseconds(1500));
  EXPECT_EQ(sim.cuts(), (Pairs{{1, 0}, {2, 0}}));
  sim.run_until(milliseconds(3500));
  EXPECT_EQ(sim.cuts(), (Pairs{{1, 0}, {1, 2}}));
}

TEST(FaultInjector, a_bridge_sees_both_shores_and_a_ring_two_neighbours) {
  Sim sim(R"({"servers": 5, "faults": [{"what": "bridge", "who": 3, "at": "1s"}, {"what": "ring", "at": "3s"}]})");
  sim.run_until(milliseconds(1500));
  EXPECT_EQ(sim.cuts().size(), 8U);
  for (const auto& [from, to] : sim.cuts()) EXPECT_TRUE(from != 2 && to != 2 && sim.cut(to, from));
  sim.run_until(milliseconds(3500));
  for (int a = 0; a < 5; ++a) {
    int seen = 0;
    for (int b = 0; b < 5; ++b) seen += a != b && !sim.cut(a, b);
    EXPECT_EQ(seen, 2) << a;
  }
  sim.run_until(seconds(5));
  EXPECT_EQ(sim.cuts(), Pairs{});
}

TEST(FaultInjector, links_are_cut_and_slowed_towards_whom_it_says) {
  Sim sim(R"({"clients": [{"actor": "register"}],
              "faults": [{"what": "cut-link", "who": 1, "to": 3, "at": "1s"}, {"what": "slow-link", "who": 2,
      "at": "1s", "percent": 500}]})");
  sim.run_until(milliseconds(1500));
  EXPECT_EQ(sim.cuts(), (Pairs{{0, 2}, {2, 0}}));
  const Links& links = sim.world.network().links();
  const HostId client = sim.world.host_of(sim.world.process_of_client(0));
  EXPECT_TRUE(links.special(1, client) && links.special(client, 1) && links.special(0, 1) && !links.special(0, client));
  EXPECT_EQ(links.options(0, 1).latency.base, sim.scenario.network.link.latency.base * 5);
  sim.run_until(milliseconds(2500));
  EXPECT_FALSE(sim.world.network().links().special(0, 1));
  EXPECT_EQ(sim.cuts(), Pairs{});
}

TEST(FaultInjector, who_is_down_twice_starts_when_both_are_over) {
  Sim sim(
      R"({"faults": [{"what": "kill", "who": 1, "at": "2s", "lasts": "4s"}, {"what": "power-loss", "who": 1,
      "at": "3s", "lasts": "1s"}]})");
  sim.run_until(milliseconds(5900));
  EXPECT_EQ(sim.faults.struck().at("power-loss"), 1U);
  EXPECT_FALSE(sim.running(0));
  sim.run_until(milliseconds(6100));
  EXPECT_TRUE(sim.running(0));
}

TEST(FaultInjector, forever_is_until_peace) {
  Sim sim(R"({"faults": [{"what": "kill", "who": 1, "at": "1s", "forever": true}]})");
  sim.run_until(seconds(15));
  EXPECT_FALSE(sim.running(0));
  sim.world.heal_everything();
  EXPECT_TRUE(sim.running(0));
}

TEST(FaultInjector, disks_and_clocks_are_as_before_in_the_end) {
  Sim sim(R"({"disk": {"capacity": 100000000}, "faults": [
      {"what": "slow-disk", "who": 1, "at": "2s", "percent": 700}, {"what": "disk-full", "who": 2, "at": "2s"},
      {"what": "clock-drift", "who": 3, "drift": "100ppm", "at": "2s"},
      {"what": "clock-step", "who": 3, "step": "-7s", "at": "2s"}, {"what": "refuse", "who": 3, "at": "2s"},
      {"what": "disk-error", "who": 3, "at": "2s"}]})");
  EXPECT_EQ(sim.world.server(1).disk_left() + sim.world.disk(1).used(), 100'000'000);
  sim.run_until(milliseconds(2500));
  EXPECT_EQ(sim.world.server(0).disk_percent, 700);
  EXPECT_LE(sim.world.server(1).disk_left(), 64 << 10);
  EXPECT_EQ(sim.world.server(2).clock().drift_ppb(), 100'000);
  EXPECT_TRUE(sim.world.network().links().refusing(sim.world.host_of(2)));
  EXPECT_TRUE(sim.world.server(2).disk_faults());
  sim.run_until(milliseconds(3500));
  EXPECT_EQ(sim.world.server(0).disk_percent, 100);
  EXPECT_EQ(sim.world.server(1).disk_left() + sim.world.disk(1).used(), 100'000'000);
  EXPECT_EQ(sim.world.server(2).clock().drift_ppb(), 0);
  EXPECT_FALSE(sim.world.network().links().refusing(sim.world.host_of(2)));
  EXPECT_FALSE(sim.world.server(2).disk_faults());
  int64_t stepped = 0;
  for (const Record& record : sim.of(RecordKind::kClockStep)) stepped += record.a;
  EXPECT_EQ(stepped, 0);
  EXPECT_EQ(sim.of(RecordKind::kClockStep).size(), 2U);
}

TEST(FaultInjector, clocks_are_off_from_the_start_if_it_says_so) {
  Sim sim(R"({"clockOffset": "10m"})");
  const auto wall = [&](ProcessId p) { return sim.world.server(p).clock().now(Time{}).wall_ms; };
  EXPECT_NE(wall(0), wall(1));
  EXPECT_LE(std::abs(wall(0) - wall(1)), 2 * 10 * 60'000);
}

// More copies lost at once than a quorum can miss would be data loss by the book.
TEST(FaultInjector, one_server_is_wiped_at_a_time) {
  int wipes = 0;
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Sim sim(R"({"servers": 5, "duration": "25s", "clients": [{"actor": "register"}],
                "faults": [{"what": "wipe", "who": "all", "every": "300ms", "lasts": "500ms"}, {"what": "wipe",
      "every": "1s", "from": "2s"}]})",
            seed);
    for (Duration t{}; t < seconds(25); t = t + milliseconds(50)) {
      const size_t before = sim.of(RecordKind::kWiped).size();
      const auto wiped = sim.wiped;
      sim.run_until(t);
      const auto records = sim.of(RecordKind::kWiped);
      for (size_t i = before; i < records.size(); ++i) {
        ++wipes;
        if (wiped) {
          EXPECT_FALSE(sim.wiped == wiped) << "server " << *wiped << " had not served since it was wiped";
        }
        sim.wiped = records[i].node;
      }
    }
  }
  EXPECT_GT(wipes, 6);
  Sim two(R"({"servers": 2, "faults": [{"what": "wipe", "every": "300ms"}]})");
  two.run_until(seconds(5));
  EXPECT_EQ(two.strikes, 0);
}

TEST(FaultInjector, silencing_one_fault_leaves_the_others_alone) {
  const auto resets = [](const char* times) {
    Sim sim(
        fmt::format(
            R"({{"faults": [{{"what": "clock-step", "every": "300ms", "times": {}}}, {{"what": "reset", "every": "400ms"}}]}})",
            times),
        7);
    sim.run_until(seconds(5));
    std::vector<std::tuple<int64_t, int64_t, int64_t>> out;
    for (const Record& record : sim.of(RecordKind::kConnectionsReset)) out.push_back({record.t.ns, record.a, record.b});
    return out;
  };
  EXPECT_GT(resets("100").size(), 5U);
  EXPECT_EQ(resets("100"), resets("0"));
}

TEST(FaultInjector, stops_when_told) {
  Sim sim(R"({"faults": [{"what": ["kill", "partition"], "every": "100ms"}, {"what": "kill", "when": "elected"}]})");
  sim.run_until(seconds(1));
  const int strikes = sim.strikes;
  EXPECT_GT(strikes, 0);
  sim.faults.stop();
  sim.world.heal_everything();
  sim.run_until(seconds(5));
  EXPECT_EQ(sim.strikes, strikes);
}

}  // namespace
}  // namespace vivarium::sim

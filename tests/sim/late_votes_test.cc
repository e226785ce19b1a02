// When may an election end? ZOOKEEPER-3109: who decides before the best vote has arrived leads, while those that it
// counted have changed their minds; nobody follows it, and until initLimit nobody is served.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "core/node/node.h"
#include "sim/run.h"
#include "sim/scenario_reader.h"

namespace vivarium::sim {
namespace {

constexpr uint64_t kSeeds[] = {1, 2, 3, 4, 5, 26, 77, 109};  // the last three: what deciding at once costs

Scenario late_votes() {
  const std::string file = std::string(VIVARIUM_SOURCE_DIR) + "/scenarios/late-votes.json";
  std::ifstream stream(file);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  auto read = read_scenario(file, text);
  EXPECT_TRUE(read) << (read ? "" : read.error().front().to_string());
  return read ? std::move(*read) : Scenario();
}

// The longest time without a leader that serves.
class Unavailability : public Onlooker {
 public:
  void after_step(const World& world, const FaultCounts& /*faults*/) override {
    if (leads(world)) served_ = world.now();
    longest_ = std::max(longest_, world.now() - served_);
  }
  Duration longest() const { return longest_; }

 private:
  static bool leads(const World& world) {
    for (ProcessId p = 0; p < world.servers(); ++p) {
      const node::Node* node = world.node(p);
      if (node && node->serving() && node->peer().role() == zab::Role::kLeading) return true;
    }
    return false;
  }
  Time served_;
  Duration longest_;
};

Duration longest_unavailability(const Scenario& scenario, uint64_t seed) {
  Unavailability unavailability;
  const RunResult result = run(scenario, {.seed = seed, .check_history = false, .onlooker = &unavailability});
  EXPECT_EQ(result.outcome, Outcome::kPass) << "seed " << seed;
  return unavailability.longest();
}

Duration longest_unavailability(const Scenario& scenario) {
  Duration longest;
  for (const uint64_t seed : kSeeds) longest = std::max(longest, longest_unavailability(scenario, seed));
  return longest;
}

Duration init_limit(const Scenario& scenario) { return scenario.config.tick * scenario.config.init_limit; }

TEST(LateVotes, who_does_not_wait_leads_nobody_until_init_limit) {
  Scenario at_once = late_votes();
  at_once.config.finalize_wait = Duration{};
  at_once.config.decide_when_unanimous = false;
  EXPECT_GE(longest_unavailability(at_once), init_limit(at_once)) << "otherwise the tests below show nothing";
}

TEST(LateVotes, whoever_waits_is_not_left_alone) {
  Scenario waits = late_votes();
  waits.config.decide_when_unanimous = false;
  EXPECT_LT(longest_unavailability(waits), init_limit(waits));
}

TEST(LateVotes, nor_is_who_waits_only_for_those_that_may_have_a_better_vote) {
  Scenario unanimous = late_votes();
  unanimous.config.decide_when_unanimous = true;
  EXPECT_LT(longest_unavailability(unanimous), init_limit(unanimous));
}

}  // namespace
}  // namespace vivarium::sim

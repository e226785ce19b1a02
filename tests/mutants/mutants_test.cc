// Every known mistake is found by a sweep, soon, and by the checks that are there for it; without a mistake nothing is
// found.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>

#include "core/base/mutant.h"
#include "sim/run.h"
#include "sim/story.h"
#include "tests/stories/story.h"

namespace vivarium::sim {
namespace {

struct Expected {
  Mutant mutant;
  const char* name;
  std::vector<std::string> checks;  // one of these is among the first to fire
};

ActorSpec actor(ActorKind kind, int64_t count) {
  ActorSpec out;
  out.kind = kind;
  out.count = count;
  out.think = milliseconds(10);
  return out;
}

FaultSpec often(FaultKind kind, Role role) {
  FaultSpec out;
  out.kinds = {kind};
  out.target.role = role;
  out.every = milliseconds(4000);
  out.lasts = milliseconds(700);
  return out;
}

FaultSpec at_moment(FaultKind kind, Role role, Moment moment) {
  FaultSpec out = often(kind, role);
  out.every.reset();
  out.when = moment;
  out.chance_ppb = 300'000'000;
  out.lasts = milliseconds(400);
  return out;
}

// Small and quick: three servers, eight seconds, slow disks (so that what is not on disk yet matters), and the faults
// that matter.
Scenario hunting_ground() {
  Scenario out;
  out.name = "mutants";
  out.duration = seconds(8);
  out.config.tick = milliseconds(200);
  out.config.connect_timeout = milliseconds(500);
  out.disk.append = exponential(milliseconds(1), milliseconds(4));
  out.disk.small_file = exponential(milliseconds(1), milliseconds(4));
  out.actors = {actor(ActorKind::kRegister, 2), actor(ActorKind::kWatcher, 3), actor(ActorKind::kCas, 1),
                actor(ActorKind::kUniqueNames, 1), actor(ActorKind::kTree, 2)};
  for (ActorSpec& spec : out.actors) spec.session_timeout_ms = 2000;
  out.actors[0].reconnect_every = milliseconds(500);
  out.actors[4].reconnect_every = milliseconds(1000);
  out.faults = {often(FaultKind::kPowerLoss, Role::kAny),
                often(FaultKind::kPowerLoss, Role::kLeader),
                often(FaultKind::kPowerLoss, Role::kAll),
                often(FaultKind::kPartition, Role::kLeader),
                often(FaultKind::kPartition, Role::kFollower),
                often(FaultKind::kKill, Role::kAny),
                often(FaultKind::kSlowDisk, Role::kLeader),
                at_moment(FaultKind::kPowerLoss, Role::kFollower, Moment::kNewLeaderAcked),
                at_moment(FaultKind::kPowerLoss, Role::kAll, Moment::kEpochAccepted),
                at_moment(FaultKind::kPowerLoss, Role::kLeader, Moment::kProposedUnacked)};
  out.faults.back().chance_ppb = 5'000'000;
  return out;
}

const std::vector<Expected>& expectations() {
  static const std::vector<Expected> kAll = {
      {Mutant::kAckBeforeSync, "acknowledging before the sync", {"durability"}},
      {Mutant::kCommitWithoutQuorum, "committing without a quorum", {"durability"}},
      {Mutant::kSkipTruncation,
       "skipping the truncation",
       {"recovery", "agreement", "digest", "prefix-consistency", "integrity", "no-stop", "primary-integrity"}},
      {Mutant::kWatchAfterReply, "firing a watch after the reply", {"watch-order"}},
      {Mutant::kEpochBeforeData,
       "writing currentEpoch before the data",
       {"durability", "primary-integrity", "prefix-consistency", "agreement", "integrity", "recovery"}},
      {Mutant::kEpochReused,
       "leading in an epoch that was used",
       {"leadership", "agreement", "prefix-consistency", "integrity", "no-progress"}},
      {Mutant::kEpochNotPersisted,
       "acknowledging an epoch that is not on disk",
       {"leadership", "agreement", "prefix-consistency", "integrity", "recovery", "primary-integrity"}},
      {Mutant::kSkipApply, "a transaction that one server does not apply", {"no-stop", "digest"}},
      {Mutant::kSkipApplyUnseen, "the same, unseen by the server itself", {"digest"}},
      {Mutant::kWatchLost, "a watch event that is forgotten", {"watch-order", "watch-missed"}},
      {Mutant::kWatchTwice, "a watch that fires twice", {"watch-once"}},
      {Mutant::kVoteIgnoresHistory,
       "electing the largest id",
       {"primary-integrity", "prefix-consistency", "agreement", "integrity", "durability", "no-progress"}},
      {Mutant::kServesBehind, "serving a client that has seen more", {"zxid-seen"}},
      {Mutant::kReplyTwice, "answering twice", {"session-order"}},
      {Mutant::kEphemeralsKept, "ephemerals that outlive their session", {"ephemerals"}},
  };
  return kAll;
}

RunResult run_seed(uint64_t seed) {
  RunOptions options;
  options.seed = seed;
  return run(hunting_ground(), options);
}

std::string first_check(const RunResult& result) {
  if (!result.violations.empty()) return result.violations.front().check;
  return outcome_name(result.outcome);
}

class Mutants : public ::testing::TestWithParam<Expected> {
 protected:
  void TearDown() override { active_mutant = Mutant::kNone; }
};

TEST_P(Mutants, IsFoundWithinAMinuteOfCpu) {
  const Expected& expected = GetParam();
  active_mutant = expected.mutant;
  const std::clock_t begin = std::clock();
  for (uint64_t seed = 1; std::clock() - begin < 60 * CLOCKS_PER_SEC; ++seed) {
    const RunResult result = run_seed(seed);
    if (result.outcome == Outcome::kPass || result.outcome == Outcome::kUndecided ||
        result.outcome == Outcome::kNothingRan)
      continue;
    const std::string check = first_check(result);
    std::printf("%s: seed %llu, %s: %s\n", expected.name, static_cast<unsigned long long>(seed), check.c_str(),
                result.violations.empty() ? result.stuck.c_str() : result.violations.front().what.c_str());
    EXPECT_TRUE(std::find(expected.checks.begin(), expected.checks.end(), check) != expected.checks.end()) << check;
    return;
  }
  FAIL() << expected.name << " was not found";
}

INSTANTIATE_TEST_SUITE_P(All, Mutants, ::testing::ValuesIn(expectations()), [](const auto& param) {
  return "Mutant" + std::to_string(static_cast<int>(param.param.mutant));
});

// What a person reads of a failed run, as text: `> break NUMBER SEED` of the mutant with that number.
std::string told(int mutant, uint64_t seed) {
  active_mutant = static_cast<Mutant>(mutant);
  RunOptions options;
  options.seed = seed;
  options.trace = true;
  const Scenario scenario = hunting_ground();
  World world(world_config(scenario, seed));
  const RunResult result = run(scenario, options, &world);
  active_mutant = Mutant::kNone;
  std::string out = tell(world.trace(), world.trace_header());
  for (const Violation& violation : result.violations) {
    out += fmt::format("{} at {} ms: {}\n", violation.check, violation.at.ns / 1'000'000, violation.what);
  }
  return out + fmt::format("{}; fingerprint \"{}\"\n", outcome_name(result.outcome), result.fingerprint());
}

TEST(MutantsStory, IsToldAsWritten) {
  const std::string path = VIVARIUM_SOURCE_DIR "/tests/mutants/mutants.txt";
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  stories::Story story = stories::parse(text.str());
  ASSERT_FALSE(story.cases.empty());
  for (stories::Case& one : story.cases) {
    std::istringstream words(one.command);
    std::string verb;
    int mutant = 0;
    uint64_t seed = 0;
    ASSERT_TRUE(words >> verb >> mutant >> seed && verb == "break") << one.command;
    const std::string actual = told(mutant, seed);
    if (std::getenv("REWRITE"))
      one.expected = actual;
    else
      EXPECT_EQ(stories::difference(one.expected, actual), "") << one.command << "\nREWRITE=1 writes it anew";
  }
  if (std::getenv("REWRITE")) std::ofstream(path) << stories::format(story);
}

// Peace asks for one digest everywhere; with no invariant looking, that alone finds a server that has another.
TEST(Convergence, FindsAServerThatHasAnotherTree) {
  active_mutant = Mutant::kSkipApplyUnseen;
  RunOptions options;
  options.invariants = options.check_history = false;
  Scenario scenario = hunting_ground();
  scenario.faults.clear();
  scenario.actors = {actor(ActorKind::kUniqueNames, 1)};  // sees nothing of it
  scenario.settle = seconds(5);
  const RunResult result = run(scenario, options);
  active_mutant = Mutant::kNone;
  EXPECT_EQ(result.outcome, Outcome::kNoProgress);
  EXPECT_EQ(run(scenario, options).outcome, Outcome::kPass);
}

TEST(MutantsOff, NothingIsFound) {
  for (uint64_t seed = 1; seed <= 300; ++seed) {
    const RunResult result = run_seed(seed);
    EXPECT_TRUE(result.outcome == Outcome::kPass || result.outcome == Outcome::kNothingRan)
        << "seed " << seed << ": " << first_check(result) << ": "
        << (result.violations.empty() ? result.stuck : result.violations.front().what);
  }
}

}  // namespace
}  // namespace vivarium::sim

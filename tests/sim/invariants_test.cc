// The observer: what a World shows reaches the ledgers. Healthy worlds are silent; broken ones, made of machines that
// do what no server may do, are not. (What each ledger makes of what it is shown: *_ledger_test.cc. Broken servers:
// tests/mutants.)
#include "sim/invariants.h"

#include <gtest/gtest.h>

#include <set>

#include "sim/run.h"
#include "tests/sim/fake_machine_support.h"

namespace vivarium::sim {
namespace {

constexpr Time after(Duration d) { return Time{} + d; }

// Does one thing per beat of 10 ms.
template <class Beat>
class ScriptedMachine final : public Machine {
 public:
  std::unique_ptr<Machine> clone() const override { return std::make_unique<ScriptedMachine>(*this); }
  void step(Now now, const zab::PeerInput& input, log::NodeOutbox& out) override {
    if (!std::holds_alternative<Tick>(input)) return;
    next_ = now.steady + testing::kBeat;
    Beat{}(++beats_, out);
  }
  Time deadline() const override { return next_; }
  uint64_t state_hash(Time) const override { return static_cast<uint64_t>(beats_); }

 private:
  Time next_;
  int beats_ = 0;
};

template <class Beat>
WorldConfig scripted() {
  WorldConfig config = testing::fake_ensemble(3);
  config.machine = [](const node::NodeConfig&, log::Recovered) -> std::unique_ptr<Machine> {
    return std::make_unique<ScriptedMachine<Beat>>();
  };
  return config;
}

void write_epoch(log::NodeOutbox& out, int beat, int64_t epoch) {
  out.disk.push_back(
      {log::Queue::kFile, static_cast<uint64_t>(beat), log::WriteEpoch{log::EpochFile::kAccepted, Epoch{epoch}}});
}

struct GoingBack {
  void operator()(int beat, log::NodeOutbox& out) const {
    if (beat <= 3) write_epoch(out, beat, beat == 3 ? 1 : beat);
  }
};
struct GoingOn {
  void operator()(int beat, log::NodeOutbox& out) const {
    if (beat <= 3) write_epoch(out, beat, beat);
  }
};
struct Stopping {
  void operator()(int beat, log::NodeOutbox& out) const {
    if (beat == 3) out.add(Stop{12, "a commit of what is not known"});
  }
};
// A snapshot, and a record behind it that is no transaction.
struct WritingNonsense {
  void operator()(int beat, log::NodeOutbox& out) const {
    if (beat == 1) out.disk.push_back({log::Queue::kSnapshot, 1, log::WriteSnapshot{tree::State::fresh()}});
    if (beat == 2) {
      log::Record record{Zxid(Epoch{1}, 1), Bytes("this is no transaction, whatever its checksum says")};
      out.disk.push_back({log::Queue::kLog, 1, log::AppendRecords{{record}}});
    }
  }
};

// Runs to the end or the first finding; `act` may do faults after each step.
template <class Act>
std::string first_to_fire(WorldConfig config, Duration span, Act act) {
  World world(std::move(config));
  Invariants invariants(world);
  while (invariants.violations().empty() && world.next_at() <= after(span) && world.step()) {
    invariants.after_step(world);
    act(world);
    invariants.after_faults(world);
  }
  return invariants.violations().empty() ? "" : invariants.violations().front().check;
}
std::string first_to_fire(WorldConfig config, Duration span) {
  return first_to_fire(std::move(config), span, [](World&) {});
}

TEST(Invariants, AreSilentOverHealthyWorlds) {
  EXPECT_EQ(first_to_fire(testing::ensemble(3), seconds(20)), "");
  EXPECT_EQ(first_to_fire(scripted<GoingOn>(), seconds(1)), "");
}

TEST(Invariants, SeeAnEpochFileGoBack) { EXPECT_EQ(first_to_fire(scripted<GoingBack>(), seconds(1)), "epoch-files"); }

TEST(Invariants, SeeAServerStopByItself) { EXPECT_EQ(first_to_fire(scripted<Stopping>(), seconds(1)), "no-stop"); }

// Kills server 0 at 500 ms and starts it again.
std::string first_after_a_kill(bool excused) {
  bool done = false;
  return first_to_fire(scripted<WritingNonsense>(), seconds(1), [&](World& world) {
    if (done || world.now() < after(milliseconds(500))) return;
    done = true;
    if (excused) world.disk_fault(0, DiskFault{FsCall::kUnlink, "nothing", FsError::kIo, 1});
    world.kill(0);
    world.restart(0);
  });
}

TEST(Invariants, SeeAServerThatCannotRecover) { EXPECT_EQ(first_after_a_kill(false), "recovery"); }
TEST(Invariants, ExcuseAServerWhoseDiskIsAtFault) { EXPECT_EQ(first_after_a_kill(true), ""); }

TEST(Invariants, EachHasANameASentenceAndNoOtherThatLooksLikeIt) {
  std::set<std::string> names, sentences;
  for (size_t i = 0; i < kChecks; ++i) {
    names.insert(check_name(static_cast<Check>(i)));
    sentences.insert(check_says(static_cast<Check>(i)));
  }
  EXPECT_EQ(names.size(), kChecks);
  EXPECT_EQ(sentences.size(), kChecks);
  EXPECT_FALSE(names.contains(""));
}

TEST(Findings, KeepTheFirstOfAKindWithItsPlace) {
  Findings findings;
  findings.at(Time{5}, 7);
  findings.report(Check::kDigest, "one", {});
  findings.at(Time{6}, 8);
  findings.report(Check::kDigest, "what follows from it", {});
  findings.report(Check::kPrefix, "another", {});
  ASSERT_EQ(findings.violations().size(), 2U);
  EXPECT_EQ(findings.violations()[0].what, "one");
  EXPECT_EQ(findings.violations()[0].at, Time{5});
  EXPECT_EQ(findings.violations()[0].seqs, std::vector<uint64_t>{7});
  EXPECT_EQ(findings.violations()[1].check, "prefix-consistency");
}

// ---- at the end

Scenario small() {
  Scenario scenario;
  scenario.duration = seconds(3);
  ActorSpec actor;
  scenario.actors.push_back(actor);
  return scenario;
}

TEST(Convergence, IsReached) { EXPECT_EQ(run(small(), {}).outcome, Outcome::kPass); }

TEST(Convergence, IsDemandedInTime) {
  Scenario scenario = small();
  FaultSpec fault;
  fault.kinds = {FaultKind::kPowerLoss};
  fault.target.role = Role::kMajority;
  fault.at = milliseconds(2500);
  fault.forever = true;
  scenario.faults.push_back(fault);
  EXPECT_EQ(run(scenario, {}).outcome, Outcome::kPass);
  scenario.settle = milliseconds(50);
  const RunResult result = run(scenario, {});
  EXPECT_EQ(result.outcome, Outcome::kNoProgress);
  EXPECT_EQ(exit_code(result.outcome), 3);
  EXPECT_NE(result.stuck.find("no write succeeded"), std::string::npos) << result.stuck;
  EXPECT_NE(result.stuck.find("had every chance"), std::string::npos) << result.stuck;
}

}  // namespace
}  // namespace vivarium::sim

#include "sim/world.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/sim/fake_machine_support.h"

namespace vivarium::sim {
namespace {

using testing::fake;
using testing::fake_ensemble;

constexpr Time after(Duration d) { return Time{} + d; }

World started(int servers = 3, uint64_t seed = 7) {
  World world(fake_ensemble(servers, seed));
  world.run_until(after(seconds(1)));
  return world;
}

// ---- a value
// ------------------------------------------------------------------------------------------------------------------

TEST(World, TheSameSeedIsTheSameRun) {
  World a(fake_ensemble(3)), b(fake_ensemble(3)), other(fake_ensemble(3, 8));
  for (World* world : {&a, &b, &other}) world->run_until(after(seconds(5)));
  EXPECT_EQ(a.trace_hash(), b.trace_hash());
  EXPECT_EQ(a.state_hash(), b.state_hash());
  EXPECT_EQ(a.seq(), b.seq());
  EXPECT_NE(a.trace_hash(), other.trace_hash());
}

TEST(World, SteppingACopyDoesNotChangeTheOriginal) {
  World alone = started();
  alone.run_until(after(seconds(4)));

  World original = started();
  World fork = original;
  fork.kill(1);
  fork.cut_both(0, 2);
  fork.run_until(after(seconds(3)));
  EXPECT_EQ(original.now(), after(seconds(1)));
  World second = original;
  original.run_until(after(seconds(4)));
  second.run_until(after(seconds(4)));
  EXPECT_EQ(original.trace_hash(), alone.trace_hash());
  EXPECT_EQ(second.trace_hash(), alone.trace_hash());
  EXPECT_EQ(original.state_hash(), alone.state_hash());
  EXPECT_NE(fork.trace_hash(), alone.trace_hash());
}

TEST(World, ACopyInTheMiddleOfEverythingGoesOnAlike) {
  World world(fake_ensemble(3));
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(world.step());
    World fork = world;
    ASSERT_TRUE(fork.step());
    World again = world;
    ASSERT_TRUE(again.step());
    ASSERT_EQ(fork.trace_hash(), again.trace_hash());
  }
}

TEST(World, ARunCanBeGivenAgainFromItsAnswers) {
  const auto crashes = [](World& world) {
    world.run_until(after(seconds(1)));
    world.power_loss(1);
    world.run_until(after(seconds(2)));
    world.restart(1);
    world.run_until(after(seconds(3)));
  };
  WorldConfig config = fake_ensemble(3);
  config.first_boot = uniform({}, milliseconds(100));
  World plain(config);
  crashes(plain);
  config.record_answers = true;
  World recorded(config);
  crashes(recorded);
  EXPECT_EQ(recorded.trace_hash(), plain.trace_hash());
  const std::vector<Answer> answers = recorded.choices().answers();
  EXPECT_GT(answers.size(), 100u);

  config.seed = 99;  // the answers decide, not the seed
  World again(config, answers);
  crashes(again);
  EXPECT_EQ(again.trace_hash(), plain.trace_hash());
  World fresh(config);
  crashes(fresh);
  EXPECT_NE(fresh.trace_hash(), plain.trace_hash());
}

TEST(World, TheTraceDoesNotChangeTheRun) {
  World quiet(fake_ensemble(3)), traced(fake_ensemble(3));
  traced.trace_on();
  quiet.run_until(after(seconds(2)));
  traced.run_until(after(seconds(2)));
  EXPECT_EQ(quiet.trace_hash(), traced.trace_hash());
  EXPECT_EQ(traced.trace().items().size(), traced.seq());
  EXPECT_EQ(quiet.trace().items().size(), 0u);
}

// ---- what a step shows
// ----------------------------------------------------------------------------------------------------------

TEST(World, AStepShowsItsInputAndItsAnswer) {
  World world(fake_ensemble(2));
  std::set<RecordKind> kinds;
  int sends = 0;
  uint64_t seq = 0;
  while (world.now() < after(milliseconds(100)) && world.step()) {
    const Happening& last = world.last();
    kinds.insert(last.record.kind);
    ASSERT_GT(last.record.seq, seq);
    ASSERT_LT(last.record.cause, last.record.seq);
    seq = last.record.seq + last.outputs.size() + last.disk.size();
    ASSERT_EQ(world.seq(), seq);
    for (const NetworkOutput& output : last.outputs) sends += std::holds_alternative<Send>(output);
    if (last.record.kind == RecordKind::kReceived) {
      ASSERT_TRUE(last.input && std::holds_alternative<Received>(*last.input));
      EXPECT_EQ(last.record.label, Label::kPing);
    }
  }
  EXPECT_EQ(kinds, (std::set{RecordKind::kStarted, RecordKind::kTick, RecordKind::kConnected, RecordKind::kAccepted,
                             RecordKind::kReceived, RecordKind::kDurable}));
  EXPECT_GT(sends, 10);
  EXPECT_EQ(world.counters().messages, static_cast<uint64_t>(sends));
}

TEST(World, WakesWhoAsked) {
  World world(fake_ensemble(1));
  world.schedule(after(milliseconds(55)), 42, 7, 8);
  bool woken = false;
  while (!woken && world.step()) {
    const Record& record = world.last().record;
    if (record.kind != RecordKind::kScheduled) continue;
    woken = true;
    EXPECT_EQ(world.now(), after(milliseconds(55)));
    EXPECT_EQ(std::tuple(record.a, record.b, record.c), std::tuple(42, 7, 8));
  }
  EXPECT_TRUE(woken);
}

TEST(World, FaultsAreRecordsBesideTheStep) {
  World world = started();
  world.cut(0, 1);
  world.kill(2);
  ASSERT_EQ(world.between().size(), 2u);
  EXPECT_EQ(world.between()[0].kind, RecordKind::kCut);
  EXPECT_EQ(world.between()[1].kind, RecordKind::kKilled);
  EXPECT_EQ(world.between()[1].node, 2);
  const uint64_t before = world.trace_hash();
  world.heal(0, 1);
  EXPECT_NE(world.trace_hash(), before);
  world.heal(0, 1);  // nothing to heal: nothing happens
  EXPECT_EQ(world.between().size(), 3u);
}

// ---- processes
// -----------------------------------------------------------------------------------------------------------------

TEST(World, AKilledServerIsNoticedAndComesBackWithItsDisk) {
  World world = started();
  const int64_t written = fake(world, 1).durable;
  EXPECT_GT(written, 50);
  world.kill(1);
  EXPECT_EQ(world.server(1).life(), Life::kDead);
  EXPECT_EQ(world.node(1), nullptr);
  world.run_until(after(seconds(3)));
  EXPECT_EQ(world.server(1).life(), Life::kDead);  // whoever killed it decides when it returns
  EXPECT_EQ(fake(world, 0).closed, 1);
  world.restart(1);
  world.run_until(after(seconds(4)));
  EXPECT_EQ(world.server(1).incarnation(), 2);
  EXPECT_GE(fake(world, 1).recovered.accepted_epoch.value, written);
  EXPECT_GT(fake(world, 1).received, 0);
}

TEST(World, PowerLossKeepsWhatWasDurable) {
  for (uint64_t seed = 1; seed < 40; ++seed) {
    World world(fake_ensemble(2, seed));
    world.run_until(after(milliseconds(100) + microseconds(static_cast<int64_t>(seed) * 137)));
    const int64_t durable = fake(world, 1).durable, written = fake(world, 1).written;
    world.power_loss(1);
    EXPECT_EQ(world.server(1).life(), Life::kPowerless);
    world.run_until(after(seconds(1)));
    world.restart(1);
    ASSERT_TRUE(world.server(1).running()) << world.server(1).failure();
    EXPECT_GE(fake(world, 1).recovered.accepted_epoch.value, durable);
    EXPECT_LE(fake(world, 1).recovered.accepted_epoch.value, written);
  }
}

TEST(World, PowerLossIsSilent) {
  World world = started(2);
  world.power_loss(1);
  world.run_until(after(seconds(10)));
  EXPECT_EQ(fake(world, 0).closed, 0);
  world.run_until(after(seconds(20)));
  EXPECT_EQ(fake(world, 0).closed, 1);
}

TEST(World, AWipedServerKnowsThatItLostItsPast) {
  World world = started();
  EXPECT_TRUE(fake(world, 1).recovered.may_vote);
  world.wipe(1);
  world.restart(1);
  EXPECT_EQ(fake(world, 1).recovered.accepted_epoch, Epoch{0});
  EXPECT_FALSE(fake(world, 1).recovered.may_vote);
}

TEST(World, APausedServerIsNotSteppedAndMissesNothing) {
  World world = started(2);
  world.pause(1);
  const int64_t beats = fake(world, 1).beats, received = fake(world, 1).received;
  world.run_until(after(seconds(5)));
  EXPECT_EQ(fake(world, 1).beats, beats);
  world.resume(1);
  world.run_until(after(seconds(5) + milliseconds(1)));
  EXPECT_EQ(fake(world, 1).beats, beats + 1);
  EXPECT_GE(fake(world, 1).received, received + 390 * 4);
  world.run_until(after(seconds(6)));
  EXPECT_EQ(fake(world, 0).closed, 0);
}

TEST(World, TheSupervisorRestartsWhatStopsByItself) {
  WorldConfig config = fake_ensemble(1);
  config.machine = testing::make_stopping;
  config.supervisor.delay = constant(seconds(1));
  World world(config);
  world.run_until(after(seconds(1)));
  EXPECT_EQ(world.server(0).life(), Life::kDead);
  EXPECT_EQ(world.server(0).failure(), "five beats are enough");
  EXPECT_EQ(world.counters().exits, 1u);
  world.run_until(after(milliseconds(1060)));
  EXPECT_TRUE(world.server(0).running());
  EXPECT_EQ(world.server(0).incarnation(), 2);

  config.supervisor.restarts = false;
  World alone(config);
  alone.run_until(after(seconds(10)));
  EXPECT_EQ(alone.server(0).incarnation(), 1);
}

TEST(World, AFaultOutranksTheSupervisor) {
  WorldConfig config = fake_ensemble(1);
  config.machine = testing::make_stopping;
  World world(config);
  world.run_until(after(milliseconds(100)));
  world.kill(0);
  world.run_until(after(seconds(10)));
  EXPECT_EQ(world.server(0).incarnation(), 1);
}

// ---- disks and clocks
// ------------------------------------------------------------------------------------------------------------

TEST(World, ADiskErrorEndsTheProcessLoudly) {
  World world = started();
  world.disk_fault(1, {FsCall::kSync, "", FsError::kIo, 0, 1});
  bool failed = false, exited = false;
  while (!exited && world.step()) {
    failed |= world.last().record.kind == RecordKind::kDiskFailed;
    for (const Record& record : world.between()) exited |= record.kind == RecordKind::kExited && record.node == 1;
  }
  EXPECT_TRUE(failed);
  EXPECT_EQ(world.server(1).life(), Life::kDead);
  EXPECT_FALSE(world.server(1).failure().empty());
  world.clear_disk_faults(1);
  world.run_until(after(seconds(5)));
  EXPECT_TRUE(world.server(1).running());
}

TEST(World, ASlowDiskIsSlow) {
  World usual = started(2), slow(fake_ensemble(2));
  slow.slow_disk(1, 100'000);
  slow.run_until(after(seconds(1)));
  EXPECT_LT(fake(slow, 1).durable, fake(usual, 1).durable / 5);
  EXPECT_NEAR(static_cast<double>(fake(slow, 0).durable), static_cast<double>(fake(usual, 0).durable), 2);
}

TEST(World, AFullDiskIsForeseen) {
  World world = started();
  EXPECT_EQ(fake(world, 1).space, -1);
  world.disk_capacity(1, world.disk(1).used() + 5000);
  ASSERT_TRUE(world.step());
  EXPECT_EQ(fake(world, 1).space, 5000);
}

TEST(World, ADriftingClockBeatsFasterAndASteppedOneShowsIt) {
  World world = started(2);
  world.clock_drift(1, 500'000'000);
  const int64_t first = fake(world, 0).beats, second = fake(world, 1).beats;
  const int64_t wall = fake(world, 0).wall_ms;
  world.clock_step(0, seconds(-100));
  world.run_until(after(seconds(3)));
  EXPECT_NEAR(static_cast<double>(fake(world, 0).beats - first), 200, 1);
  EXPECT_NEAR(static_cast<double>(fake(world, 1).beats - second), 300, 1);
  EXPECT_NEAR(static_cast<double>(fake(world, 0).wall_ms - wall), 2000 - 100'000, 20);
}

// ---- shapes of partitions
// ----------------------------------------------------------------------------------------------------------

std::string cuts(const World& world, HostId hosts) {
  std::string out;
  for (HostId from = 0; from < hosts; ++from) {
    for (HostId to = 0; to < hosts; ++to) out += world.network().links().cut(from, to) ? 'x' : '.';
    out += ' ';
  }
  return out;
}

TEST(World, ShapesOfPartitions) {
  const World whole(fake_ensemble(5));
  World world = whole;
  world.partition({{0, 1}, {2, 3}});
  EXPECT_EQ(cuts(world, 5), "..xx. ..xx. xx... xx... ..... ");
  world = whole;
  world.isolate(1);
  EXPECT_EQ(cuts(world, 5), ".x... x.xxx .x... .x... .x... ");
  world = whole;
  world.bridge({0, 1}, 2, {3, 4});
  EXPECT_EQ(cuts(world, 5), "...xx ...xx ..... xx... xx... ");
  world.isolate(0);
  world.heal_all();
  EXPECT_EQ(cuts(world, 5), "..... ..... ..... ..... ..... ");
  world.ring({0, 1, 2, 3, 4});
  EXPECT_EQ(cuts(world, 5), "..xx. ...xx x...x xx... .xx.. ");
  world.heal_everything();
  EXPECT_EQ(cuts(world, 5), "..... ..... ..... ..... ..... ");
}

TEST(World, HealEverythingHeals) {
  World world = started(4);
  world.kill(0);
  world.power_loss(1);
  world.pause(2);
  world.cut_both(2, 3);
  world.slow_link(3, 2, 1000);
  world.refuse_connections(3, true);
  world.slow_disk(3, 500);
  world.clock_drift(3, 1000);
  world.run_until(after(seconds(2)));
  world.heal_everything();
  for (ProcessId p = 0; p < 4; ++p) EXPECT_TRUE(world.server(p).running() && !world.paused(p));
  world.run_until(after(seconds(10)));
  for (ProcessId p = 0; p < 4; ++p) {
    EXPECT_EQ(world.network().open_connections(p).size(), 1u)
        << "server " << p;  // a fake dials once: 1 found 0 again, 3 kept 2
  }
}

}  // namespace
}  // namespace vivarium::sim

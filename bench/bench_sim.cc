// What the simulator costs, per core: the queue, and whole worlds of the real server with the real codec, disks and
// client.
//
//   hold/N             pop the earliest of N, push another: items per second
//   idle               five servers at tickTime 2 s: simulated seconds per CPU second
//   writes/0, /1       five servers, one client with 32 setData of 100 B outstanding: committed writes per CPU second;
//                      1: with all invariants after every event
//   fork_and_destroy/N of a world in the middle of that load, after 10 000 writes, with N more nodes in its tree
//   first_step/N       the same, and one step of the fork
//   chaos              scenarios/chaos.json, a seed after the other, as `vivarium sweep` runs it: CPU per run
#include <benchmark/benchmark.h>

#include <fstream>
#include <optional>
#include <sstream>

#include "core/base/rng.h"
#include "sim/invariants.h"
#include "sim/run.h"
#include "sim/scenario_reader.h"
#include "sim/world.h"

namespace vivarium::sim {
namespace {

void hold(benchmark::State& state) {
  EventQueue<Event> queue;
  Rng rng(1);
  std::vector<int64_t> distances(1 << 14);
  for (int64_t& distance : distances) distance = rng.between(1, 1'000'000);
  for (int64_t i = 0; i < state.range(0); ++i) queue.push(Time{rng.between(0, 1'000'000)}, Event{DueKind::kTimer});
  size_t i = 0;
  for (auto _ : state) {
    const auto due = queue.pop();
    queue.push(due.at + nanoseconds(distances[i++ & (distances.size() - 1)]), due.what);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->Arg(64)->Arg(1024)->Arg(16384);

WorldConfig ensemble(int servers) {
  WorldConfig config;
  zab::Config shared;
  for (int i = 1; i <= servers; ++i) {
    const std::string host = "s" + std::to_string(i);
    shared.servers[Sid{i}] = {{host, 2888}, {host, 3888}, {host, 2181}, true};
  }
  for (const auto& [sid, spec] : shared.servers) {
    ServerSetup setup;
    setup.host = spec.client.host;
    setup.config.ensemble = shared;
    setup.config.ensemble.self = sid;
    config.servers.push_back(std::move(setup));
  }
  return config;
}

void idle(benchmark::State& state) {
  World world(ensemble(5));
  world.run_until(Time{} + seconds(10));
  constexpr int kSpan = 100;
  for (auto _ : state) world.run_until(world.now() + seconds(kSpan));
  const auto simulated = static_cast<double>(state.iterations()) * kSpan;
  state.counters["simulated_s_per_cpu_s"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
}
BENCHMARK(idle);

// One client that keeps 32 writes outstanding.
class Load {
 public:
  explicit Load(bool checked, int64_t nodes = 0) : world(ensemble(5)), data_(Bytes(std::string(100, 'x'))) {
    if (checked) invariants_.emplace(world);
    client::ClientConfig config;
    for (ProcessId p = 0; p < world.servers(); ++p) config.servers.push_back({world.server(p).setup().host, 2181});
    client_ = world.add_client(config, world.add_host("client"));
    world.submit(client_, client::Create{"/a", data_});
    until(1);
    for (int64_t i = 0; i < nodes; ++i) world.submit(client_, client::Create{"/a/" + std::to_string(i), data_});
    while (done_ < static_cast<uint64_t>(nodes) + 1) step();
    done_ = 1;
    for (int i = 0; i < 32; ++i) write();
  }
  void until(uint64_t completed) {
    while (done_ < completed) {
      for (uint64_t answers = step(); answers > 0 && done_ > 1; --answers) write();
    }
  }
  uint64_t done() const { return done_; }

  World world;

 private:
  // How many requests it answered.
  uint64_t step() {
    uint64_t answers = 0;
    CHECK(world.step());
    for (const client::ClientEvent& event : world.last().events) {
      const auto* completion = std::get_if<client::Completion>(&event);
      if (!completion) continue;
      CHECK(completion->outcome == client::Outcome::kOk);
      ++answers;
    }
    done_ += answers;
    if (invariants_) invariants_->after_step(world);
    return answers;
  }
  void write() { world.submit(client_, client::SetData{"/a", data_}); }

  Bytes data_;
  ClientId client_ = 0;
  uint64_t done_ = 0;
  std::optional<Invariants> invariants_;
};

void writes(benchmark::State& state) {
  Load load(state.range(0) != 0);
  load.until(5000);
  const uint64_t before = load.done();
  const uint64_t events = load.world.counters().events, messages = load.world.counters().messages;
  for (auto _ : state) load.until(load.done() + 1000);
  const auto n = static_cast<double>(load.done() - before);
  state.counters["writes_per_cpu_s"] = benchmark::Counter(n, benchmark::Counter::kIsRate);
  state.counters["events_per_write"] = static_cast<double>(load.world.counters().events - events) / n;
  state.counters["messages_per_write"] = static_cast<double>(load.world.counters().messages - messages) / n;
}
BENCHMARK(writes)->Arg(0)->Arg(1);

void fork_and_destroy(benchmark::State& state) {
  Load load(false, state.range(0));
  load.until(10'000);
  for (auto _ : state) {
    World fork = load.world;
    benchmark::DoNotOptimize(fork);
  }
}
BENCHMARK(fork_and_destroy)->Arg(0)->Arg(20'000);

void first_step(benchmark::State& state) {
  Load load(false, state.range(0));
  load.until(10'000);
  int steps = 0;
  for (auto _ : state) {
    World fork = load.world;
    benchmark::DoNotOptimize(fork.step());
    if (++steps % 100 == 0) load.world.step();  // a different step now and then
  }
}
BENCHMARK(first_step)->Arg(0)->Arg(20'000);

void chaos(benchmark::State& state) {
  std::ostringstream text;
  text << std::ifstream(VIVARIUM_SOURCE_DIR "/scenarios/chaos.json").rdbuf();
  const auto scenario = read_scenario("chaos.json", text.str());
  CHECK(scenario.has_value());
  uint64_t operations = 0, faults = 0;
  RunOptions options;
  options.seed = 0;
  for (auto _ : state) {
    ++options.seed;
    const RunResult result = run(*scenario, options);
    CHECK(result.outcome == Outcome::kPass, "seed {}", options.seed);
    operations += result.operation_count();
    for (const auto& [fault, count] : result.faults) faults += count;
  }
  const auto runs = static_cast<double>(options.seed);
  state.counters["operations_per_run"] = static_cast<double>(operations) / runs;
  state.counters["faults_per_run"] = static_cast<double>(faults) / runs;
}
BENCHMARK(chaos)->Unit(benchmark::kMillisecond)->Iterations(40);

}  // namespace
}  // namespace vivarium::sim

BENCHMARK_MAIN();

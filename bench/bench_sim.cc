// What the simulator costs, per core: the queue, and whole worlds of the real server with the real codec, disks and
// client.
//
//   hold/N             pop the earliest of N, push another: items per second
//   idle               five servers at tickTime 2 s: simulated seconds per CPU second
//   writes/0, /1       five servers, one client with 32 setData of 100 B outstanding: committed writes per CPU second;
//                      1: with all invariants after every event
//   fork_and_destroy   of a world in the middle of that load, after 10 000 writes
//   first_step         the same, and one step of the fork
#include <benchmark/benchmark.h>

#include <optional>

#include "core/base/rng.h"
#include "sim/invariants.h"
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
  explicit Load(bool checked) : world(ensemble(5)), data_(Bytes(std::string(100, 'x'))) {
    if (checked) invariants_.emplace(world);
    client::ClientConfig config;
    for (ProcessId p = 0; p < world.servers(); ++p) config.servers.push_back({world.server(p).setup().host, 2181});
    client_ = world.add_client(config, world.add_host("client"));
    world.submit(client_, client::Create{"/a", data_});
    until(1);
    for (int i = 0; i < 32; ++i) write();
  }
  void until(uint64_t completed) {
    while (done_ < completed) {
      CHECK(world.step());
      for (const client::ClientEvent& event : world.last().events) {
        if (!std::holds_alternative<client::Completion>(event)) continue;
        CHECK(std::get<client::Completion>(event).outcome == client::Outcome::kOk);
        if (done_++ > 0) write();
      }
      if (invariants_) invariants_->after_step(world);
    }
  }
  uint64_t done() const { return done_; }

  World world;

 private:
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
  Load load(false);
  load.until(10'000);
  for (auto _ : state) {
    World fork = load.world;
    benchmark::DoNotOptimize(fork);
  }
}
BENCHMARK(fork_and_destroy);

void first_step(benchmark::State& state) {
  Load load(false);
  load.until(10'000);
  int steps = 0;
  for (auto _ : state) {
    World fork = load.world;
    benchmark::DoNotOptimize(fork.step());
    if (++steps % 100 == 0) load.world.step();  // a different step now and then
  }
}
BENCHMARK(first_step);

}  // namespace
}  // namespace vivarium::sim

BENCHMARK_MAIN();

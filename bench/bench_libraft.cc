// The peer in the same run: libraft's own deterministic fixture (Debian libraft-dev), five servers, to be read beside
// bench_sim. What it leaves out flatters it: messages are handed over as structs (no codec), disks do not lose
// anything, there are no faults, no clients and no checks but its own leader invariants.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

extern "C" {
#include <raft.h>
#include <raft/fixture.h>
}

namespace {

constexpr unsigned kServers = 5;
constexpr std::size_t kPayload = 100;

// The fixture compares the leader's whole log with a copy at every step, so short logs are its best case (measured: 16
// and 8).
constexpr unsigned kSnapshotThreshold = 16;
constexpr unsigned kSnapshotTrailing = 8;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "bench_libraft: %s failed\n", what);
  std::abort();
}

void must(int status, const char* what) {
  if (status != 0) fail(what);
}

int fsm_apply(raft_fsm*, const raft_buffer*, void** result) {
  *result = nullptr;
  return 0;
}

int fsm_snapshot(raft_fsm*, raft_buffer* buffers[], unsigned* count) {
  *count = 1;
  *buffers = static_cast<raft_buffer*>(raft_malloc(sizeof(raft_buffer)));
  (*buffers)->base = raft_calloc(1, sizeof(std::uint64_t));
  (*buffers)->len = sizeof(std::uint64_t);
  return 0;
}

int fsm_restore(raft_fsm*, raft_buffer* buffer) {
  raft_free(buffer->base);
  return 0;
}

// An established ensemble; not movable, the servers point into it.
struct Ensemble {
  raft_fixture fixture{};
  raft_fsm machines[kServers]{};

  Ensemble() {
    must(raft_fixture_initialize(&fixture), "raft_fixture_initialize");
    for (unsigned i = 0; i < kServers; ++i) {
      machines[i].version = 1;
      machines[i].apply = fsm_apply;
      machines[i].snapshot = fsm_snapshot;
      machines[i].restore = fsm_restore;
      must(raft_fixture_grow(&fixture, &machines[i]), "raft_fixture_grow");
      raft_set_snapshot_threshold(raft_fixture_get(&fixture, i), kSnapshotThreshold);
      raft_set_snapshot_trailing(raft_fixture_get(&fixture, i), kSnapshotTrailing);
    }
    raft_configuration configuration;
    must(raft_fixture_configuration(&fixture, kServers, &configuration), "raft_fixture_configuration");
    must(raft_fixture_bootstrap(&fixture, &configuration), "raft_fixture_bootstrap");
    raft_configuration_close(&configuration);
    must(raft_fixture_start(&fixture), "raft_fixture_start");
    raft_fixture_elect(&fixture, 0);
  }
  ~Ensemble() { raft_fixture_close(&fixture); }
  Ensemble(const Ensemble&) = delete;
  Ensemble& operator=(const Ensemble&) = delete;

  raft* leader() { return raft_fixture_get(&fixture, 0); }
};

// One slot of the in-flight window: resubmits itself as long as the benchmark runs.
struct Slot {
  struct raft_apply request{};
  Ensemble* ensemble = nullptr;
  std::uint64_t* commits = nullptr;
  bool* running = nullptr;

  void submit() {
    raft_buffer buffer{raft_malloc(kPayload), kPayload};
    std::memset(buffer.base, 'x', kPayload);
    request.data = this;
    must(::raft_apply(ensemble->leader(), &request, &buffer, 1, on_applied), "raft_apply");
  }

  static void on_applied(struct raft_apply* request, int status, void*) {
    auto* slot = static_cast<Slot*>(request->data);
    if (status != 0) return;  // the fixture is closing
    ++*slot->commits;
    if (*slot->running) slot->submit();
  }
};

void idle(benchmark::State& state) {
  Ensemble ensemble;
  constexpr unsigned kChunkMs = 10'000;
  for (auto _ : state) raft_fixture_step_until_elapsed(&ensemble.fixture, kChunkMs);
  state.counters["simulated_s_per_cpu_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kChunkMs / 1000, benchmark::Counter::kIsRate);
}

void writes(benchmark::State& state) {
  std::uint64_t commits = 0;
  std::uint64_t steps = 0;
  bool running = true;
  std::vector<Slot> slots(static_cast<std::size_t>(state.range(0)));
  Ensemble ensemble;
  for (Slot& slot : slots) {
    slot.ensemble = &ensemble;
    slot.commits = &commits;
    slot.running = &running;
    slot.submit();
  }
  constexpr unsigned kChunkSteps = 10'000;
  for (auto _ : state) {
    raft_fixture_step_n(&ensemble.fixture, kChunkSteps);
    steps += kChunkSteps;
  }
  running = false;
  state.counters["commits_per_cpu_s"] = benchmark::Counter(static_cast<double>(commits), benchmark::Counter::kIsRate);
  state.counters["steps_per_cpu_s"] = benchmark::Counter(static_cast<double>(steps), benchmark::Counter::kIsRate);
}

}  // namespace

BENCHMARK(idle)->Name("libraft/5_servers/idle")->Unit(benchmark::kMillisecond);
BENCHMARK(writes)->Name("libraft/5_servers/writes_100B/outstanding")->Arg(1)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();

// The peer in the same run: libraft's fixture (Debian libraft-dev), five servers, to be read beside bench_sim. What it
// leaves out flatters it: messages are handed over as structs (no codec), disks do not lose anything, there are no
// faults, no clients and no checks but its own leader invariants.
#include <benchmark/benchmark.h>

#include <memory>

#include "bench/libraft_peer.h"

namespace {

struct Free {
  void operator()(libraft_peer* peer) const { libraft_peer_free(peer); }
};
using Peer = std::unique_ptr<libraft_peer, Free>;

void idle(benchmark::State& state) {
  constexpr unsigned kChunkMs = 10'000;
  const Peer peer(libraft_peer_new(0));
  for (auto _ : state) libraft_peer_pass(peer.get(), kChunkMs);
  state.counters["simulated_s_per_cpu_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kChunkMs / 1000, benchmark::Counter::kIsRate);
}

void writes(benchmark::State& state) {
  constexpr unsigned kChunkSteps = 10'000;
  const Peer peer(libraft_peer_new(static_cast<unsigned>(state.range(0))));
  const auto before = libraft_peer_commits(peer.get());
  for (auto _ : state) libraft_peer_step(peer.get(), kChunkSteps);
  state.counters["commits_per_cpu_s"] =
      benchmark::Counter(static_cast<double>(libraft_peer_commits(peer.get()) - before), benchmark::Counter::kIsRate);
  state.counters["steps_per_cpu_s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) * kChunkSteps, benchmark::Counter::kIsRate);
}

}  // namespace

BENCHMARK(idle)->Name("libraft/5_servers/idle")->Unit(benchmark::kMillisecond);
BENCHMARK(writes)->Name("libraft/5_servers/writes_100B/outstanding")->Arg(1)->Arg(32)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();

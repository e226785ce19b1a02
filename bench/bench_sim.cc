// What the simulator costs, per core: the queue, and (README's figures) whole worlds of the real server.
#include <benchmark/benchmark.h>

#include "core/base/rng.h"
#include "sim/event.h"

namespace vivarium::sim {
namespace {

// Hold model: pop the earliest, push one at a random distance from it.
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

}  // namespace
}  // namespace vivarium::sim

BENCHMARK_MAIN();

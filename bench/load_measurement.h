// A warm-up, then a measurement, without a pause between them: what came of each request is told here.
#pragma once

#include "bench/latency_histogram.h"
#include "bench/load_settings.h"

namespace vivarium::bench {

class Measurement {
 public:
  explicit Measurement(const LoadSettings& settings) : settings_(settings) {}

  bool ended() const { return ended_at_ != 0; }

  void answered(bool write, bool ok, int64_t sent_at, int64_t at) {
    if (!ok) ++errors_;
    if (write) ++writes_in_all_;
    if (++answers_ == settings_.warm_up + 1) begin(at);
    if (begun_at_ == 0 || ended()) return;
    (write ? writes_ : reads_).add(at - sent_at);
    if (at - begun_at_ >= settings_.milliseconds * 1'000'000) end(at);
  }

  // One JSON object. CPU: of the servers' processes, for each operation; own: of this process, of one core.
  void print() const {
    LatencyHistogram all = reads_;
    all.merge(writes_);
    const int64_t count = all.count(), took = ended_at_ - begun_at_;
    fmt::print("{{\"operations\": {}, \"milliseconds\": {}, \"throughput\": {}, \"errors\": {}, \"writes_in_all\": {}, ",
               count, took / 1'000'000, count * 1'000'000'000 / took, errors_, writes_in_all_);
    fmt::print("\"cpu_ns\": {}, \"own_cpu_per_mille\": {}, ", cpu_ / count, own_cpu_ * 1000 / took);
    fmt::print("\"all\": {}, \"reads\": {}, \"writes\": {}}}\n", figures(all), figures(reads_), figures(writes_));
  }

 private:
  void begin(int64_t at) {
    begun_at_ = at;
    cpu_ = -cpu_of(settings_.pids);
    own_cpu_ = -nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID);
  }
  void end(int64_t at) {
    ended_at_ = at;
    cpu_ += cpu_of(settings_.pids);
    own_cpu_ += nanoseconds_of(CLOCK_PROCESS_CPUTIME_ID);
  }
  static std::string figures(const LatencyHistogram& histogram) {
    return fmt::format("{{\"count\": {}, \"p50_ns\": {}, \"p99_ns\": {}}}", histogram.count(), histogram.quantile(500),
                       histogram.quantile(990));
  }

  const LoadSettings& settings_;
  LatencyHistogram reads_, writes_;
  int64_t answers_ = 0, writes_in_all_ = 0, errors_ = 0;
  int64_t begun_at_ = 0, ended_at_ = 0, cpu_ = 0, own_cpu_ = 0;
};

}  // namespace vivarium::bench

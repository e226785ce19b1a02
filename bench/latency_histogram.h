// Latencies counted by size, in integers: buckets of 1/64 of their power of two, so a quantile is right to 1.6 %.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace vivarium::bench {

class LatencyHistogram {
 public:
  void add(int64_t ns) {
    ++counts_[bucket_of(static_cast<uint64_t>(ns))];
    ++count_;
  }
  void merge(const LatencyHistogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
  }
  int64_t count() const { return count_; }

  // The least latency, in ns, that at least `per_mille` of all do not exceed; 0 when there are none.
  int64_t quantile(int64_t per_mille) const {
    const int64_t rank = (count_ * per_mille + 999) / 1000;
    int64_t seen = 0;
    for (size_t i = 0; i < counts_.size() && count_ > 0; ++i) {
      seen += counts_[i];
      if (seen >= rank) return upper_bound(i);
    }
    return 0;
  }

 private:
  static constexpr int kBits = 6;
  static constexpr uint64_t kSteps = uint64_t{1} << kBits;

  static size_t bucket_of(uint64_t ns) {
    if (ns < kSteps) return ns;
    const int shift = std::bit_width(ns) - 1 - kBits;
    return (static_cast<size_t>(shift) + 1) * kSteps + ((ns >> shift) - kSteps);
  }
  static int64_t upper_bound(size_t bucket) {
    if (bucket < kSteps) return static_cast<int64_t>(bucket);
    const size_t shift = bucket / kSteps - 1;
    return static_cast<int64_t>(((bucket % kSteps + kSteps + 1) << shift) - 1);
  }

  std::vector<int64_t> counts_ = std::vector<int64_t>((64 - kBits + 1) * kSteps);
  int64_t count_ = 0;
};

}  // namespace vivarium::bench

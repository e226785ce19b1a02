// Our own generator and distributions, in integers: the same numbers on every compiler and library.
// xoshiro256** (Blackman, Vigna) seeded through splitmix64; test vectors in tests/base/rng_test.cc.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace vivarium {

class Rng {
 public:
  Rng() : Rng(0) {}
  explicit Rng(uint64_t seed);

  uint64_t next();
  // Uniform in [0, n), without bias. n > 0.
  uint64_t below(uint64_t n);
  // Uniform in [low, high], both included.
  int64_t between(int64_t low, int64_t high) {
    CHECK(low <= high, "{} > {}", low, high);
    const uint64_t span = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    return static_cast<int64_t>(static_cast<uint64_t>(low) + (span == UINT64_MAX ? next() : below(span + 1)));
  }
  // True with `parts` in a billion.
  bool chance_ppb(uint64_t parts) { return parts > 0 && below(1'000'000'000) < parts; }
  // An independent stream, a function of this one's seed and of the label only: taking one away does not reshuffle the
  // rest.
  Rng stream(std::string_view label) const;

  template <class Container>
  void shuffle(Container& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }
  bool operator==(const Rng&) const = default;
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("seed", self.seed_);
    for (auto& word : self.state_) v("state", word);
  }

 private:
  uint64_t seed_;
  std::array<uint64_t, 4> state_;
};

}  // namespace vivarium

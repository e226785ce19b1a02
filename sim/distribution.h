// How long things take, as integers: base + spread * (a quantile of a shape). No float decides anything (design.md, 2).
#pragma once

#include <cstdint>

#include "core/base/time.h"

namespace vivarium::sim {

enum class Shape : uint8_t {
  kConstant,     // base
  kUniform,      // base .. base + spread
  kExponential,  // base + exponential with mean spread
  kSpiky,        // exponential, but one in a thousand takes up to a hundred times the spread more
};

struct Distribution {
  Shape shape = Shape::kConstant;
  Duration base{}, spread{};

  // The quantile at u / 2^32.
  Duration quantile(uint32_t u) const;
  bool operator==(const Distribution&) const = default;
};

constexpr Distribution constant(Duration d) { return {Shape::kConstant, d, {}}; }
constexpr Distribution uniform(Duration low, Duration high) { return {Shape::kUniform, low, high - low}; }
constexpr Distribution exponential(Duration base, Duration mean_above) {
  return {Shape::kExponential, base, mean_above};
}

}  // namespace vivarium::sim

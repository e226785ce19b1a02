#include "sim/distribution.h"

#include <array>

#include "core/base/check.h"

namespace vivarium::sim {

namespace {

// -ln(1 - i/64) in parts of 2^16; the last, where the exponential has no end, is its quantile at 1 - 1/4096.
constexpr std::array<int64_t, 65> kExponentialQuantiles = {
    0,      1032,   2081,   3146,   4230,   5331,   6451,   7591,   8751,   9932,   11135,  12360,  13608,
    14880,  16178,  17502,  18854,  20233,  21643,  23083,  24556,  26063,  27605,  29184,  30802,  32461,
    34164,  35911,  37707,  39553,  41453,  43409,  45426,  47507,  49656,  51877,  54177,  56561,  59034,
    61604,  64280,  67069,  69982,  73031,  76228,  79590,  83133,  86879,  90852,  95082,  99603,  104460,
    109706, 115408, 121654, 128559, 136278, 145029, 155132, 167080, 181704, 200558, 227130, 272557, 545113};

__extension__ using Wide = __int128;

int64_t exponential_quantile(int64_t mean, uint32_t u) {
  constexpr int kCellBits = 26;
  const uint32_t cell = u >> kCellBits;
  const int64_t within = u & ((1u << kCellBits) - 1);
  const int64_t low = kExponentialQuantiles[cell], high = kExponentialQuantiles[cell + 1];
  const int64_t factor = (low << 10) + (((high - low) << 10) * within >> kCellBits);  // parts of 2^26
  return static_cast<int64_t>(static_cast<Wide>(mean) * factor >> 26);
}

}  // namespace

Duration Distribution::quantile(uint32_t u) const {
  switch (shape) {
    case Shape::kConstant: return base;
    case Shape::kUniform: return {base.ns + static_cast<int64_t>(static_cast<Wide>(spread.ns) * u >> 32)};
    case Shape::kExponential: return {base.ns + exponential_quantile(spread.ns, u)};
    case Shape::kSpiky: {
      constexpr uint32_t kSpike = UINT32_MAX - UINT32_MAX / 1000;
      const int64_t usual = base.ns + exponential_quantile(spread.ns, u);
      return {u < kSpike ? usual
                         : usual + 100 * static_cast<int64_t>(static_cast<Wide>(spread.ns) * (u - kSpike) /
                                                              (UINT32_MAX - kSpike))};
    }
  }
  CHECK(false, "shape {}", static_cast<int>(shape));
  return {};
}

}  // namespace vivarium::sim

// Hashing for state_hash and trace_hash: XXH3, 64 bit, the same on every machine of one byte order (little-endian
// only).
#pragma once

#include <cstdint>
#include <string_view>

namespace vivarium {

uint64_t hash_bytes(std::string_view bytes, uint64_t seed = 0);

// One step of a running hash; order matters.
constexpr uint64_t hash_mix(uint64_t h, uint64_t v) {
  h ^= v + 0x9e3779b97f4a7c15u + (h << 6) + (h >> 2);
  h *= 0xff51afd7ed558ccdu;
  return h ^ (h >> 32);
}

}  // namespace vivarium

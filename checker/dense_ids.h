#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace vivarium::checker {

// Numbers 64-bit keys 0, 1, 2, ... in the order of their first sight.
class DenseIds {
 public:
  static constexpr uint32_t kMissing = UINT32_MAX;

  // Forgets all keys; room for `expected` of them without growing.
  void reset(size_t expected) {
    keys_.clear();
    index_.assign(std::bit_ceil(expected * 2 + 8), 0);
  }

  uint32_t id(uint64_t key) {
    if ((keys_.size() + 1) * 2 > index_.size()) grow();
    const size_t at = probe(key);
    if (index_[at] == 0) {
      keys_.push_back(key);
      index_[at] = static_cast<uint32_t>(keys_.size());
    }
    return index_[at] - 1;
  }

  uint32_t find(uint64_t key) const { return index_.empty() ? kMissing : index_[probe(key)] - 1; }
  uint64_t key(uint32_t id) const { return keys_[id]; }
  uint32_t size() const { return static_cast<uint32_t>(keys_.size()); }
  size_t memory_bytes() const { return keys_.capacity() * 8 + index_.capacity() * 4; }

 private:
  size_t probe(uint64_t key) const {
    const size_t mask = index_.size() - 1;
    uint64_t h = key * 0x9e3779b97f4a7c15ull;
    size_t at = (h ^ (h >> 32)) & mask;
    while (index_[at] != 0 && keys_[index_[at] - 1] != key) at = (at + 1) & mask;
    return at;
  }

  void grow() {
    index_.assign(index_.empty() ? 16 : index_.size() * 2, 0);
    for (uint32_t id = 0; id < keys_.size(); ++id) index_[probe_free(keys_[id])] = id + 1;
  }
  size_t probe_free(uint64_t key) const {
    const size_t mask = index_.size() - 1;
    uint64_t h = key * 0x9e3779b97f4a7c15ull;
    size_t at = (h ^ (h >> 32)) & mask;
    while (index_[at] != 0) at = (at + 1) & mask;
    return at;
  }

  std::vector<uint64_t> keys_;
  std::vector<uint32_t> index_;  // id + 1, or 0 where free
};

}  // namespace vivarium::checker

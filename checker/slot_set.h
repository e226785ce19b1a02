#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace vivarium::checker {

// A set of slots; a slot is the place of a step while it is open.
template <size_t W>
struct SlotSet {
  std::array<uint64_t, W> words{};

  void set(uint32_t slot) { words[slot / 64] |= uint64_t{1} << (slot % 64); }
  void clear(uint32_t slot) { words[slot / 64] &= ~(uint64_t{1} << (slot % 64)); }
  bool test(uint32_t slot) const { return (words[slot / 64] >> (slot % 64) & 1) != 0; }
  bool none() const {
    uint64_t any = 0;
    for (uint64_t word : words) any |= word;
    return any == 0;
  }
  uint32_t count() const {
    uint32_t n = 0;
    for (uint64_t word : words) n += static_cast<uint32_t>(std::popcount(word));
    return n;
  }
  SlotSet& operator|=(const SlotSet& other) {
    for (size_t i = 0; i < W; ++i) words[i] |= other.words[i];
    return *this;
  }
  friend SlotSet operator&(SlotSet a, const SlotSet& b) {
    for (size_t i = 0; i < W; ++i) a.words[i] &= b.words[i];
    return a;
  }
  friend SlotSet operator|(SlotSet a, const SlotSet& b) { return a |= b; }
  friend SlotSet minus(SlotSet a, const SlotSet& b) {
    for (size_t i = 0; i < W; ++i) a.words[i] &= ~b.words[i];
    return a;
  }
  friend bool operator==(const SlotSet&, const SlotSet&) = default;
  friend auto operator<=>(const SlotSet&, const SlotSet&) = default;

  template <typename F>
  void each(F&& f) const {
    for (size_t i = 0; i < W; ++i) {
      for (uint64_t left = words[i]; left != 0; left &= left - 1) {
        f(static_cast<uint32_t>(i * 64) + static_cast<uint32_t>(std::countr_zero(left)));
      }
    }
  }
};

}  // namespace vivarium::checker

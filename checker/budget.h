#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vivarium::checker {

enum class Answer : uint8_t { Holds, Violated, Undecided };

// What a judgement may cost. Exceeding it ends in Undecided, never in the machine's limits.
struct Budget {
  using Clock = std::chrono::steady_clock;
  size_t memory_bytes = size_t{512} << 20;  // of the search alone
  Clock::time_point deadline = Clock::time_point::max();

  bool late() const { return deadline != Clock::time_point::max() && Clock::now() >= deadline; }
};

}  // namespace vivarium::checker

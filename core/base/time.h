// Time is an argument. Integer nanoseconds; a Time is a point on one node's steady clock, never comparable across
// nodes.
#pragma once

#include <compare>
#include <cstdint>

namespace vivarium {

struct Duration {
  int64_t ns{};
  constexpr auto operator<=>(const Duration&) const = default;
  constexpr Duration operator+(Duration o) const { return {ns + o.ns}; }
  constexpr Duration operator-(Duration o) const { return {ns - o.ns}; }
  constexpr Duration operator*(int64_t k) const { return {ns * k}; }
  constexpr Duration operator/(int64_t k) const { return {ns / k}; }
  constexpr int64_t ms() const { return ns / 1'000'000; }
};

constexpr Duration nanoseconds(int64_t n) { return {n}; }
constexpr Duration microseconds(int64_t n) { return {n * 1'000}; }
constexpr Duration milliseconds(int64_t n) { return {n * 1'000'000}; }
constexpr Duration seconds(int64_t n) { return {n * 1'000'000'000}; }

struct Time {
  int64_t ns{};
  constexpr auto operator<=>(const Time&) const = default;
  constexpr Time operator+(Duration d) const { return {ns + d.ns}; }
  constexpr Time operator-(Duration d) const { return {ns - d.ns}; }
  constexpr Duration operator-(Time o) const { return {ns - o.ns}; }
  static constexpr Time never() { return {INT64_MAX}; }
};

constexpr Time earlier(Time a, Time b) { return a < b ? a : b; }

// What a step is told of time. Wall time enters State only as the stamp that a leader puts into a transaction.
struct Now {
  Time steady;
  int64_t wall_ms{};  // milliseconds since 1970
};

}  // namespace vivarium

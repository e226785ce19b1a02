#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checker/dense_ids.h"
#include "checker/problem.h"

namespace vivarium::checker {

// A counter: the state is its sum. add: x is what is added, y the sum that the reply told (b = 1), if it did (b = 0).
// read: y is the sum that was seen.
class CounterModel : public CustomModel {
 public:
  State state(int64_t sum) { return sums_.id(static_cast<uint64_t>(sum)); }
  int64_t sum(State state) const { return static_cast<int64_t>(sums_.key(state)); }
  bool holds(const Step& step, State state) override { return sum(state) == step.y; }
  bool apply(const Step& step, State state, State& next) override;
  std::string show(State state) const override { return std::to_string(sum(state)); }
  size_t memory_bytes() const override { return sums_.memory_bytes(); }

 private:
  DenseIds sums_;
};

inline constexpr State kAnyValue = UINT32_MAX;

// A znode's data and version. A step demands value `a` (or kAnyValue) and version `x` (or -1), writes value `b`, and
// told the resulting version `y` (or -1). Observed: value `a`, version `y`; with x = -2, `b` = 1, that `a` and `y` were
// not both so.
class VersionedModel : public CustomModel {
 public:
  State state(State value, int64_t version) {
    return states_.id(uint64_t{value} << 32 | static_cast<uint32_t>(version));
  }
  State value(State state) const { return static_cast<State>(states_.key(state) >> 32); }
  int32_t version(State state) const { return static_cast<int32_t>(states_.key(state)); }
  bool holds(const Step& step, State state) override;
  bool apply(const Step& step, State state, State& next) override;
  std::string show(State state) const override;
  size_t memory_bytes() const override { return states_.memory_bytes(); }

 private:
  DenseIds states_;
};

// A whole set. A step adds (b = 1) or removes (b = 0) element `a`; with x = 1 only if that changes something. Observed:
// with x = 0 that element `a` is there (b = 1) or not (b = 0), with x = 1 that the set is just `snapshots[y]`.
class SetModel : public CustomModel {
 public:
  using Elements = std::vector<State>;  // ascending

  State state(const Elements& elements);
  const Elements& elements(State state) const { return *states_[state]; }
  bool holds(const Step& step, State state) override;
  bool apply(const Step& step, State state, State& next) override;
  std::string show(State state) const override;
  size_t memory_bytes() const override { return bytes_; }

  std::vector<Elements> snapshots;

 private:
  std::map<Elements, State> numbers_;
  std::vector<const Elements*> states_;  // the keys of numbers_, which stay where they are
  size_t bytes_ = 0;
};

}  // namespace vivarium::checker

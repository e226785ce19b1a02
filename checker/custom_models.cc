#include "checker/custom_models.h"

#include <algorithm>

namespace vivarium::checker {

bool CounterModel::apply(const Step& step, State from, State& next) {
  // Unsigned, so that a sum that overflows wraps instead of being undefined.
  const auto result = static_cast<int64_t>(static_cast<uint64_t>(sum(from)) + static_cast<uint64_t>(step.x));
  if (step.b == 1 && result != step.y) return false;
  next = state(result);
  return true;
}

bool VersionedModel::holds(const Step& step, State at) {
  const bool same_value = step.a == kAnyValue || step.a == value(at);
  const bool same_version = step.y < 0 || step.y == version(at);
  return (same_value && same_version) == (step.b == 0);
}

bool VersionedModel::apply(const Step& step, State from, State& next) {
  if (step.a != kAnyValue && step.a != value(from)) return false;
  if (step.x >= 0 && step.x != version(from)) return false;
  // -1 means "any" in requests, so a version that would wrap to it skips it (ZOOKEEPER-4743).
  const int64_t bumped = version(from) == INT32_MAX ? INT32_MIN : int64_t{version(from)} + 1;
  const int64_t after = bumped == -1 ? 0 : bumped;
  if (step.y >= 0 && step.y != after) return false;
  next = state(step.b, after);
  return true;
}

std::string VersionedModel::show(State at) const { return "version " + std::to_string(version(at)); }

State SetModel::state(const Elements& elements) {
  const auto [at, fresh] = numbers_.try_emplace(elements, static_cast<State>(states_.size()));
  if (fresh) {
    states_.push_back(&at->first);
    bytes_ += elements.size() * sizeof(State) + 96;
  }
  return at->second;
}

bool SetModel::holds(const Step& step, State at) {
  if (step.x == 1) return elements(at) == snapshots[static_cast<size_t>(step.y)];
  return std::ranges::binary_search(elements(at), step.a) == (step.b == 1);
}

bool SetModel::apply(const Step& step, State from, State& next) {
  const bool there = std::ranges::binary_search(elements(from), step.a);
  if (there == (step.b == 1)) {
    next = from;
    return step.x == 0;
  }
  Elements changed = elements(from);
  const auto at = std::ranges::lower_bound(changed, step.a);
  if (there) {
    changed.erase(at);
  } else {
    changed.insert(at, step.a);
  }
  next = state(changed);
  return true;
}

std::string SetModel::show(State at) const { return "a set of " + std::to_string(elements(at).size()); }

}  // namespace vivarium::checker

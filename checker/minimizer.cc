#include "checker/minimizer.h"

#include <algorithm>
#include <set>

#include "checker/leave_out.h"
#include "checker/search.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

constexpr size_t kTestMemoryBytes = size_t{64} << 20;
constexpr auto kMinimizeTime = std::chrono::seconds(3);
constexpr size_t kInitialStatesMost = 4096;
constexpr size_t kValuesMost = 512;

// As it looks from within [begin, end]: it may take effect outside of it, too.
Operation loosened(Operation op, uint32_t begin) {
  op.outcome = Outcome::Unknown;
  op.ret = kNever;
  op.call = std::max(op.call, begin);
  return op;
}

// Whether an operation that reaches over an edge can still matter: an observation could have been made outside.
bool matters_loosened(const Operation& op) { return is_effect(op) && op.outcome != Outcome::Mismatch; }

}  // namespace

Minimizer::Minimizer(const KeyView& view, ModelKind model, const ValueTable& values, const Initial& initial,
                     const Budget& budget)
    : view_(view), model_(model), initial_(initial), judge_(model, values), budget_(budget), full_budget_(budget) {
  budget_.memory_bytes = std::min(budget.memory_bytes, kTestMemoryBytes);
  budget_.deadline = std::min(budget.deadline, Budget::Clock::now() + kMinimizeTime);
}

Part Minimizer::minimize(const ObjectVerdict& verdict, bool& verified) {
  Part part;
  verified = false;
  if (!verdict.conflict.empty()) {
    part = chosen(verdict.conflict);
    verified = settle_initial(part);
    if (verified && verdict.claims_matter) return part;  // what a claim contradicts is already the smallest
  }
  if (!verified) {
    const uint32_t failed =
        verdict.failed != kNone ? verdict.failed : judge_.search_whole(view_, initial_, full_budget_).failed;
    if (failed == kNone) return part;
    verified = stretch_of_time(failed, part);
    if (!verified) return part;
  }
  reduce(part);
  verified = violates(part);
  return part;
}

bool Minimizer::violates(Part& part) {
  part.small.sort_by_call();
  return judge_.judge(part.small.view(), part.initial, budget_).answer == Answer::Violated;
}

bool Minimizer::whole_set() const { return is_set(model_) && reads_whole_set(view_); }

// Whether "anything" can be tried out value by value.
bool Minimizer::enumerable_initial() const {
  return model_ != ModelKind::Counter && model_ != ModelKind::Versioned && !whole_set();
}

Part Minimizer::chosen(const std::vector<uint32_t>& conflict) const {
  std::vector<uint32_t> sorted = conflict;
  std::ranges::sort(sorted, {}, [this](uint32_t i) { return view_.operations[i].call; });
  Part part;
  for (uint32_t index : sorted) part.small.add(view_.operations[index], index);
  return part;
}

// The weakest assumption about the value before with which the part is still rejected.
bool Minimizer::settle_initial(Part& part) {
  if (!whole_set() && model_ != ModelKind::Counter) {
    part.initial = Initial{.any = true};
    if (violates(part)) return true;
  }
  part.initial = initial_;
  return violates(part);
}

// Cuts after the return by which no order was left, and as late before it as the contradiction allows.
bool Minimizer::stretch_of_time(uint32_t failed, Part& part) {
  const uint32_t end = view_.operations[failed].ret;
  std::vector<uint32_t> before;
  view_.each_operation([&](uint32_t index, const Operation& op) {
    if (op.call <= end && op.outcome != Outcome::Fail) before.push_back(index);
  });
  for (size_t last = enumerable_initial() ? 2 : 1; last < before.size() && !whole_set(); last *= 2) {
    const uint32_t begin = view_.operations[before[before.size() - last]].call;
    part = cut(before, begin, end);
    if (enumerable_initial()) {
      part.initial = Initial{.any = true};
    } else if (!states_before(before, begin, part.initial)) {
      continue;
    }
    if (violates(part)) return true;
    if (budget_.late()) break;
  }
  part = cut(before, 0, end);
  part.initial = initial_;
  part.small.sort_by_call();
  return judge_.judge(part.small.view(), part.initial, full_budget_).answer == Answer::Violated;
}

// The operations that reach into [begin, end], loosened where they reach over its edges.
Part Minimizer::cut(const std::vector<uint32_t>& operations, uint32_t begin, uint32_t end) const {
  Part part;
  for (uint32_t index : operations) {
    const Operation& op = view_.operations[index];
    if (op.deadline() < begin) continue;
    const bool over = op.call < begin || op.deadline() > end;
    if (!over) {
      part.small.add(op, index);
    } else if (matters_loosened(op)) {
      part.small.add(loosened(op, begin), index);
    }
  }
  return part;
}

// What the object can have been at `begin`: everything that some order of the operations before leads to.
bool Minimizer::states_before(const std::vector<uint32_t>& operations, uint32_t begin, Initial& initial) {
  SmallHistory prefix;
  for (uint32_t index : operations) {
    const Operation& op = view_.operations[index];
    if (op.call >= begin) break;
    if (op.deadline() <= begin) {
      prefix.add(op, index);
    } else if (matters_loosened(op)) {
      prefix.add(loosened(op, 0), index);
    }
  }
  prefix.sort_by_call();
  const Problem problem =
      judge_.builder().build(prefix.view(), initial_, search_claim(claims_of(prefix.view()), model_));
  const std::vector<State> states = states_after(problem, budget_);
  initial = Initial{};
  for (State state : states) initial.one_of.push_back(judge_.builder().state_value(state));
  return !states.empty() && states.size() <= kInitialStatesMost;
}

// Halves, quarters, ... single operations.
void Minimizer::reduce(Part& part) {
  for (size_t chunk = std::max<size_t>(part.size() / 2, 1); chunk > 0 && !budget_.late(); chunk /= 2) {
    while (sweep(part, chunk)) {
    }
    if (chunk > 1) drop_values(part);
  }
}

// Tries to do without each `chunk` operations in turn, the last first. True when it could do without some.
bool Minimizer::sweep(Part& part, size_t chunk) {
  bool smaller = false;
  for (size_t at = part.size(); at > 0 && !budget_.late();) {
    const size_t begin = at > chunk ? at - chunk : 0;
    std::vector<bool> out(part.size(), false);
    for (size_t i = begin; i < at; ++i) out[i] = true;
    at = begin;
    smaller = try_without(part, std::move(out)) || smaller;
  }
  return smaller;
}

// All that has to do with one value at once.
void Minimizer::drop_values(Part& part) {
  std::set<uint64_t> values;
  for (const Operation& op : part.small.operations) values.insert(subject_of(model_, op).bits());
  if (values.size() > kValuesMost) return;
  for (uint64_t value : values) {
    if (budget_.late()) return;
    std::vector<bool> out;
    for (const Operation& op : part.small.operations) out.push_back(subject_of(model_, op).bits() == value);
    try_without(part, std::move(out));
  }
}

bool Minimizer::try_without(Part& part, std::vector<bool> out) {
  if (!keep_what_is_needed(model_, part.small.operations, out)) return false;
  Part less;
  less.initial = part.initial;
  for (size_t i = 0; i < out.size(); ++i) {
    if (!out[i]) less.small.add(part.small.operations[i], part.small.source[i]);
  }
  if (!violates(less)) return false;
  part = std::move(less);
  return true;
}

}  // namespace vivarium::checker

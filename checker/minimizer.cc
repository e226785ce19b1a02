#include "checker/minimizer.h"

#include <algorithm>

#include "checker/leave_out.h"
#include "checker/search.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

constexpr size_t kTestMemoryBytes = size_t{64} << 20;
constexpr auto kMinimizeTime = std::chrono::seconds(3);
constexpr size_t kInitialStatesMost = 4096;
constexpr size_t kStretchesTried = 5;
constexpr size_t kSmall = 6;  // operations that a person takes in at once
constexpr size_t kWhole = SIZE_MAX;

// As it looks from within [begin, end]: it may take effect outside of it, too.
Operation loosened(Operation op, uint32_t begin) {
  op.outcome = Outcome::Unknown;
  op.ret = kNever;
  op.call = std::max(op.call, begin);
  return op;
}

// An observation that reaches over an edge could have been made outside.
void add_within(SmallHistory& to, const Operation& op, uint32_t source, uint32_t begin, uint32_t end) {
  if (op.deadline() < begin) return;
  const bool over = op.call < begin || op.deadline() > end;
  if (!over) {
    to.add(op, source);
  } else if (takes_effect(op)) {
    to.add(loosened(op, begin), source);
  }
}

bool is_cas(const Operation& op) { return op.f == Function::Cas && takes_effect(op); }

// A write of the new value can do whatever the cas could.
Operation without_condition(Operation cas) {
  cas.f = Function::Write;
  cas.argument = cas.second;
  cas.second = Value();
  return cas;
}

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
    return failed == kNone ? part : smallest_stretch(failed, verified);
  }
  reduce(part);
  part.stand_ins = false;
  verified = violates(part);
  return part;
}

// A longer stretch may hold a simpler contradiction than the shortest that holds any.
Part Minimizer::smallest_stretch(uint32_t failed, bool& verified) {
  Part best;
  size_t last = enumerable_initial() ? 2 : 1;
  for (size_t tries = 0; tries < kStretchesTried && !(verified && budget_.late()); ++tries) {
    Part part;
    if (!stretch_of_time(failed, last, part)) break;
    reduce(part);
    part.stand_ins = false;
    if (!violates(part)) break;
    if (!verified || part.size() < best.size()) best = std::move(part);
    verified = true;
    if (best.size() <= kSmall) break;
  }
  return best;
}

bool Minimizer::violates(Part& part) {
  part.small.sort_by_call();
  if (!part.stand_ins) return judge_.judge(part.small.view(), part.initial, budget_).answer == Answer::Violated;
  SmallHistory all;
  for (const Operation& op : part.small.operations) {
    if (op.outcome == Outcome::Mismatch) all.add(stand_in(op), kNone);
  }
  for (size_t i = 0; i < part.size(); ++i) all.add(part.small.operations[i], part.small.source[i]);
  return judge_.judge(all.view(), part.initial, budget_).answer == Answer::Violated;
}

// Not where replies claim an order: a stand-in has no place in it.
bool Minimizer::stand_ins_possible(const Part& part) const {
  const bool registers = model_ == ModelKind::Register || model_ == ModelKind::CasRegister;
  return registers && search_claim(claims_of(part.small.view()), model_) == Claim::None;
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

// Cuts after the return by which no order was left, and as late before it as the contradiction allows, but not later
// than `last` operations before; `last` is where the next longer stretch would begin.
bool Minimizer::stretch_of_time(uint32_t failed, size_t& last, Part& part) {
  const uint32_t end = view_.operations[failed].ret;
  std::vector<uint32_t> before;
  view_.each_operation([&](uint32_t index, const Operation& op) {
    if (op.call <= end && op.outcome != Outcome::Fail) before.push_back(index);
  });
  while (last < before.size() && !whole_set() && !budget_.late()) {
    const uint32_t begin = view_.operations[before[before.size() - last]].call;
    last *= 2;
    part = cut(before, begin, end);
    if (enumerable_initial()) {
      part.initial = Initial{.any = true};
    } else if (!states_before(before, begin, part.initial)) {
      continue;
    }
    if (violates(part)) return true;
  }
  if (last == kWhole) return false;
  last = kWhole;
  part = cut(before, 0, end);
  part.initial = initial_;
  part.small.sort_by_call();
  return judge_.judge(part.small.view(), part.initial, full_budget_).answer == Answer::Violated;
}

// The operations that reach into [begin, end], loosened where they reach over its edges.
Part Minimizer::cut(const std::vector<uint32_t>& operations, uint32_t begin, uint32_t end) const {
  Part part;
  for (uint32_t index : operations) add_within(part.small, view_.operations[index], index, begin, end);
  return part;
}

// The same of a part that was thinned out: what was before does not matter then, if what it left behind does not.
bool Minimizer::cut_front(Part& part) {
  if (!enumerable_initial()) return false;
  for (size_t i = part.size(); i-- > 1 && !budget_.late();) {
    Part later;
    later.initial = Initial{.any = true};
    later.stand_ins = part.stand_ins;
    const uint32_t begin = part.small.operations[i].call;
    for (size_t j = 0; j < part.size(); ++j) {
      add_within(later.small, part.small.operations[j], part.small.source[j], begin, kNever);
    }
    if (later.size() == part.size() || !violates(later)) continue;
    part = std::move(later);
    return true;
  }
  return false;
}

// What the object can have been at `begin`: everything that some order of the operations before leads to.
bool Minimizer::states_before(const std::vector<uint32_t>& operations, uint32_t begin, Initial& initial) {
  SmallHistory prefix;
  for (uint32_t index : operations) {
    const Operation& op = view_.operations[index];
    if (op.call >= begin) break;
    if (op.deadline() <= begin) {
      prefix.add(op, index);
    } else if (takes_effect(op)) {
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

// Some operations are in the window for their own sake (the chosen ones), others because those ask about what they
// made. An effect of unknown outcome demands nothing, so it is never there for its own sake. Observations go first: an
// effect that they ask about may be needed without them, too.
void Minimizer::reduce(Part& part) {
  for (bool more = true; more && !budget_.late();) {
    const size_t before = part.size();
    std::vector<bool> chosen;
    for (const Operation& op : part.small.operations) chosen.push_back(op.outcome != Outcome::Unknown);
    try_only(part, chosen, std::vector<bool>(chosen));
    thin_out(part, chosen, false);
    thin_out(part, chosen, true);
    const bool weaker = forget_conditions(part);
    more = cut_front(part) || weaker || part.size() < before;
  }
}

// Tries to do without halves, quarters, ..., single ones of the chosen observations or effects.
void Minimizer::thin_out(Part& part, std::vector<bool>& chosen, bool effects) {
  for (size_t chunk = std::max<size_t>(part.size() / 2, 1); chunk > 0 && !budget_.late(); chunk /= 2) {
    while (sweep(part, chosen, effects, chunk)) {
    }
  }
}

// Tries to do without each `chunk` of them in turn, the last first. True when some could go.
bool Minimizer::sweep(Part& part, std::vector<bool>& chosen, bool effects, size_t chunk) {
  bool fewer = false;
  for (size_t end = part.size(); end > 0 && !budget_.late();) {
    std::vector<bool> rest = chosen;
    size_t begin = end;
    for (size_t out = 0; begin > 0 && out < chunk; --begin) {
      if (!chosen[begin - 1] || takes_effect(part.small.operations[begin - 1]) != effects) continue;
      rest[begin - 1] = false;
      ++out;
    }
    if (rest != chosen && try_only(part, chosen, rest)) fewer = true;
    end = std::min(begin, part.size());
  }
  return fewer;
}

// A cas that matters only because it overwrites need not ask about the old value. True when there was one.
bool Minimizer::forget_conditions(Part& part) {
  if (!stand_ins_possible(part)) return false;
  bool forgot = false;
  for (size_t i = 0; i < part.size() && !budget_.late(); ++i) {
    if (!is_cas(part.small.operations[i])) continue;
    Part weaker = part;
    weaker.small.operations[i] = without_condition(weaker.small.operations[i]);
    if (!violates(weaker)) continue;
    part = std::move(weaker);
    forgot = true;
  }
  return forgot;
}

bool Minimizer::try_only(Part& part, std::vector<bool>& chosen, const std::vector<bool>& fewer) {
  const bool stand_ins = stand_ins_possible(part);
  const std::vector<bool> stay = with_what_they_ask(model_, part.small.operations, stand_ins, fewer);
  Part less;
  less.initial = part.initial;
  less.stand_ins = stand_ins;
  std::vector<bool> chosen_of_less;
  for (size_t i = 0; i < stay.size(); ++i) {
    if (!stay[i]) continue;
    const Operation& op = part.small.operations[i];
    const bool only_asked_about = stand_ins && !fewer[i];
    less.small.add(only_asked_about && is_cas(op) ? without_condition(op) : op, part.small.source[i]);
    chosen_of_less.push_back(fewer[i]);
  }
  if (!violates(less)) return false;
  part = std::move(less);
  chosen = std::move(chosen_of_less);
  return true;
}

}  // namespace vivarium::checker

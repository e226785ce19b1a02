#include "checker/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "checker/history_reader.h"
#include "checker/search.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

constexpr size_t kTestMemoryBytes = size_t{64} << 20;
constexpr size_t kStatesShown = 8;
constexpr auto kMinimizeTime = std::chrono::seconds(3);

// A candidate: operations, some of them loosened, and what is assumed before them.
struct Part {
  SmallHistory small;
  Initial initial;
  size_t size() const { return small.operations.size(); }
};

class Minimizer {
 public:
  Minimizer(const History& history, const KeyView& view, ModelKind model, const Initial& initial, const Budget& budget)
      : view_(view), model_(model), initial_(initial), judge_(model, history.values) {
    budget_.memory_bytes = std::min(budget.memory_bytes, kTestMemoryBytes);
    budget_.deadline = std::min(budget.deadline, Budget::Clock::now() + kMinimizeTime);
    full_budget_ = budget;
  }

  Part minimize(const ObjectVerdict& verdict, bool& verified) {
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

  ObjectJudge& judge() { return judge_; }
  const Budget& budget() const { return budget_; }

 private:
  bool violates(Part& part) {
    part.small.sort_by_call();
    return judge_.judge(part.small.view(), part.initial, budget_).answer == Answer::Violated;
  }

  bool sets() const { return model_ == ModelKind::Set || model_ == ModelKind::UniqueNames; }
  bool whole_set() const { return sets() && reads_whole_set(view_); }
  // "Anything" can be tried out value by value.
  bool enumerable_initial() const {
    return model_ != ModelKind::Counter && model_ != ModelKind::Versioned && !whole_set();
  }

  Part chosen(const std::vector<uint32_t>& conflict) {
    std::vector<uint32_t> sorted = conflict;
    std::ranges::sort(sorted, {}, [this](uint32_t i) { return view_.operations[i].call; });
    Part part;
    for (uint32_t index : sorted) part.small.add(view_.operations[index], index);
    return part;
  }

  // The weakest assumption about the value before with which the part is still rejected.
  bool settle_initial(Part& part) {
    if (!whole_set() && model_ != ModelKind::Counter) {
      part.initial = Initial{.any = true};
      if (violates(part)) return true;
    }
    part.initial = initial_;
    return violates(part);
  }

  // Cuts after the return by which no order was left, and as late before it as the contradiction allows.
  bool stretch_of_time(uint32_t failed, Part& part) {
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
    Budget all = full_budget_;
    return judge_.judge(part.small.view(), part.initial, all).answer == Answer::Violated;
  }

  // The operations that reach into [begin, end], loosened where they reach over its edges.
  Part cut(const std::vector<uint32_t>& operations, uint32_t begin, uint32_t end) const {
    Part part;
    for (uint32_t index : operations) {
      Operation op = view_.operations[index];
      if (op.deadline() < begin) continue;
      const bool over = op.call < begin || op.deadline() > end;
      if (over) {
        if (!is_effect(op) || op.outcome == Outcome::Mismatch) continue;
        op.outcome = Outcome::Unknown;
        op.ret = kNever;
        op.call = std::max(op.call, begin);
      }
      part.small.add(op, index);
    }
    return part;
  }

  // What the object can have been at `begin`: everything that some order of the operations before leads to.
  bool states_before(const std::vector<uint32_t>& operations, uint32_t begin, Initial& initial) {
    SmallHistory prefix;
    for (uint32_t index : operations) {
      Operation op = view_.operations[index];
      if (op.call >= begin) break;
      if (op.deadline() > begin) {
        if (!is_effect(op) || op.outcome == Outcome::Mismatch) continue;
        op.outcome = Outcome::Unknown;
        op.ret = kNever;
      }
      prefix.add(op, index);
    }
    prefix.sort_by_call();
    const Problem problem =
        judge_.builder().build(prefix.view(), initial_, search_claim(claims_of(prefix.view()), model_));
    const std::vector<State> states = states_after(problem, budget_);
    initial = Initial{};
    for (State state : states) initial.one_of.push_back(judge_.builder().state_value(state));
    return !states.empty() && states.size() <= 4096;
  }

  // --- leaving out ---

  void reduce(Part& part) {
    for (size_t chunk = std::max<size_t>(part.size() / 2, 1); chunk > 0 && !budget_.late(); chunk /= 2) {
      bool again = true;
      while (again && !budget_.late()) {
        again = false;
        for (size_t at = part.size(); at > 0 && !budget_.late();) {
          const size_t begin = at > chunk ? at - chunk : 0;
          std::vector<bool> out(part.size(), false);
          for (size_t i = begin; i < at; ++i) out[i] = true;
          at = begin;
          again = try_without(part, std::move(out)) || again;
        }
      }
      if (chunk > 1) drop_values(part);
    }
  }

  // All that has to do with one value at once.
  void drop_values(Part& part) {
    std::set<uint64_t> values;
    for (const Operation& op : part.small.operations) values.insert(subject(op).bits());
    for (uint64_t value : values) {
      if (budget_.late() || values.size() > 512) return;
      std::vector<bool> out;
      for (const Operation& op : part.small.operations) out.push_back(subject(op).bits() == value);
      try_without(part, std::move(out));
    }
  }

  Value subject(const Operation& op) const {
    if (model_ == ModelKind::Lock) return holder(op);
    if (op.f == Function::Read) return op.result;
    return op.f == Function::Cas ? op.second : op.argument;
  }

  bool try_without(Part& part, std::vector<bool> out) {
    if (!may_leave_out(part, out)) return false;
    Part less;
    less.initial = part.initial;
    for (size_t i = 0; i < out.size(); ++i) {
      if (!out[i]) less.small.add(part.small.operations[i], part.small.source[i]);
    }
    if (less.size() == part.size() || !violates(less)) return false;
    part = std::move(less);
    return true;
  }

  static Value holder(const Operation& op) {
    return op.argument.is_null() ? Value::of_number(op.process) : op.argument;
  }

  // An order of all is also an order of the rest, if the rest asks about nothing that the left-out effects made.
  bool may_leave_out(const Part& part, std::vector<bool>& out) const {
    const auto& ops = part.small.operations;
    if (model_ == ModelKind::Lock) return lock_may_leave_out(ops, out);
    std::set<uint64_t> asked;
    bool differs = false;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (out[i]) continue;
      if (sets()) {
        asked.insert(element_of(ops[i]).bits());
        differs = differs || ops[i].f == Function::Read;  // it asks about every element
        continue;
      }
      if (ops[i].f == Function::Read) asked.insert(ops[i].result.bits());
      if (ops[i].f == Function::Cas) asked.insert(ops[i].argument.bits());
      differs = differs || ops[i].outcome == Outcome::Mismatch;
    }
    bool any = false;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (!out[i]) continue;
      const bool effect = is_effect(ops[i]) && ops[i].outcome != Outcome::Mismatch;
      // Only of plain registers and sets do we know that nobody misses an effect; a failed comparison may owe to any of
      // them.
      const bool known = model_ == ModelKind::Register || model_ == ModelKind::CasRegister || sets();
      const Value made = sets() ? element_of(ops[i]) : ops[i].f == Function::Cas ? ops[i].second : ops[i].argument;
      if (effect && (!known || differs || asked.contains(made.bits()))) {
        out[i] = false;
      } else {
        any = true;
      }
    }
    return any;
  }

  // A holder who is left out altogether leaves the lock free in the meantime. A failed acquire may owe to any holder.
  static bool lock_may_leave_out(const std::vector<Operation>& ops, std::vector<bool>& out) {
    std::set<uint64_t> kept;
    bool differs = false;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (out[i]) continue;
      if (ops[i].outcome == Outcome::Mismatch) {
        differs = true;
      } else {
        kept.insert(holder(ops[i]).bits());
      }
    }
    bool any = false;
    for (size_t i = 0; i < ops.size(); ++i) {
      if (!out[i]) continue;
      const bool effect = ops[i].outcome != Outcome::Mismatch;
      if (effect && (differs || kept.contains(holder(ops[i]).bits()))) {
        out[i] = false;
      } else {
        any = true;
      }
    }
    return any;
  }

  const KeyView& view_;
  ModelKind model_;
  const Initial& initial_;
  ObjectJudge judge_;
  Budget budget_;
  Budget full_budget_;
};

std::string key_name(const History& history, const Operation& op, ModelKind model) {
  const std::string key(history.keys[op.key]);
  const bool sets = model == ModelKind::Set || model == ModelKind::UniqueNames;
  if (!sets || op.f == Function::Read || element_of(op).is_null()) return key;
  return fmt::format("{} ({})", key, history.values.show(element_of(op)));
}

std::vector<std::string> show_states(const std::vector<State>& states, const ProblemBuilder& builder) {
  std::vector<std::string> shown;
  for (State state : states) {
    if (shown.size() == kStatesShown) {
      shown.push_back(fmt::format("{} more", states.size() - kStatesShown));
      break;
    }
    shown.push_back(builder.show(state));
  }
  return shown;
}

std::string show_initial(const History& history, const Initial& initial, ModelKind model) {
  if (initial.any) return "anything";
  if (initial.one_of.empty()) {
    if (model == ModelKind::Lock && initial.value.is_null()) return "free";
    if (model == ModelKind::Counter && initial.value.is_null()) return "0";
    if (model == ModelKind::Set || model == ModelKind::UniqueNames) return "empty";
    std::string shown = history.values.show(initial.value);
    if (model == ModelKind::Versioned) shown += fmt::format(" at version {}", initial.version);
    return shown;
  }
  std::string shown;
  for (size_t i = 0; i < initial.one_of.size(); ++i) {
    if (i == kStatesShown) return shown + fmt::format(" or {} more", initial.one_of.size() - i);
    const auto& [value, number] = initial.one_of[i];
    if (i > 0) shown += " or ";
    shown += model == ModelKind::Counter ? std::to_string(number)
                                         : fmt::format("{} at version {}", history.values.show(value), number);
  }
  return shown;
}

// One sentence for each "this was over before that began" that does not follow from two others.
void say_order(const std::vector<Operation>& ops, std::vector<std::string>& why) {
  constexpr size_t kMost = 12;
  if (ops.size() > kMost) return;
  const auto before = [&](size_t a, size_t b) {
    return ops[a].deadline() != kNever && ops[a].deadline() < ops[b].call;
  };
  for (size_t b = 0; b < ops.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (!before(a, b)) continue;
      bool implied = false;
      for (size_t m = 0; m < ops.size(); ++m) implied = implied || (before(a, m) && before(m, b));
      if (!implied) why.push_back(fmt::format("({}) returned before ({}) was called.", a + 1, b + 1));
    }
  }
}

}  // namespace

std::string describe_call(const History& history, const Operation& op) {
  const auto show = [&](Value value) { return history.values.show(value); };
  std::string said(word_of(op.f));
  if (op.f == Function::Cas) {
    said += fmt::format(" {} -> {}", show(op.argument), show(op.second));
  } else if (!op.argument.is_null() || op.f == Function::Write) {
    said += " " + show(op.argument);
  }
  if (op.asked_version >= 0) said += fmt::format(" if version {}", op.asked_version);
  return said;
}

std::string describe_outcome(const History& history, const Operation& op) {
  std::string said;
  switch (op.outcome) {
    case Outcome::Unknown: return "unknown";
    case Outcome::Fail: said = "failed"; break;
    case Outcome::Mismatch: said = "comparison failed"; break;
    case Outcome::Ok:
      said = "ok";
      if (!op.result.is_null() || op.f == Function::Read) said += " " + history.values.show(op.result);
      break;
  }
  if (op.version >= 0) said += fmt::format(" version {}", op.version);
  if (op.zxid != kNoZxid) said += fmt::format(" zxid 0x{:x}", op.zxid);
  return said;
}

Window smallest_window(const History& history, const KeyView& view, ModelKind model, const Initial& initial,
                       const ObjectVerdict& verdict, const Budget& budget) {
  Minimizer minimizer(history, view, model, initial, budget);
  Window window;
  Part part = minimizer.minimize(verdict, window.verified);
  window.initial = show_initial(history, part.initial, model);
  const ObjectVerdict again = minimizer.judge().judge(part.small.view(), part.initial, minimizer.budget());
  if (!verdict.why.empty()) window.why.push_back(verdict.why + ".");

  StatesSeen seen;
  const bool small = part.size() <= 64 && (!part.initial.any || model != ModelKind::Versioned);
  std::vector<std::vector<std::string>> states(part.size());
  if (small) {
    ProblemBuilder& builder = minimizer.judge().builder();
    const Problem problem =
        builder.build(part.small.view(), part.initial, search_claim(claims_of(part.small.view()), model));
    seen = states_seen(problem, minimizer.budget());
    for (size_t i = 0; i < problem.steps.size() && i < seen.during.size(); ++i) {
      states[problem.steps[i].source] = show_states(seen.during[i], builder);
    }
  }
  for (size_t i = 0; i < part.size(); ++i) {
    const Operation& op = part.small.operations[i];
    const Operation& whole = history.operations[part.small.source[i]];
    WindowOperation shown;
    shown.operation = part.small.source[i];
    shown.line = history.line_of(whole.call);
    shown.process = op.process;
    shown.what = describe_call(history, op);
    shown.outcome = describe_outcome(history, whole);
    shown.call_time = history.records[shown.operation].call_time;
    shown.return_time =
        whole.ret == kNever || whole.outcome == Outcome::Unknown ? -1 : history.records[shown.operation].return_time;
    shown.loose = op.call != whole.call || op.outcome != whole.outcome;
    shown.states = std::move(states[i]);
    window.operations.push_back(std::move(shown));
  }
  if (!part.small.operations.empty()) window.key = key_name(history, part.small.operations.front(), model);
  say_order(part.small.operations, window.why);
  const uint32_t culprit = again.failed;
  if (again.answer == Answer::Violated && culprit != kNone && verdict.why.empty()) {
    const WindowOperation& last = window.operations[culprit];
    window.why.push_back(fmt::format("No order of these explains ({}), {}: {}.", culprit + 1, last.what, last.outcome));
    if (!last.states.empty()) {
      window.why.push_back(fmt::format("While ({}) ran, the {} can only have been {}.", culprit + 1,
                                       model == ModelKind::Lock ? "lock" : "value", fmt::join(last.states, " or ")));
    }
  }
  std::istringstream text(to_json_lines(history, part.small.operations, part.small.source, {}));
  for (std::string line; std::getline(text, line);) window.history.push_back(line);
  return window;
}

}  // namespace vivarium::checker

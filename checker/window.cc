#include "checker/window.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "checker/history_reader.h"
#include "checker/minimizer.h"
#include "checker/search.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

constexpr size_t kStatesShown = 8;
constexpr size_t kStatesWorkedOut = 64;  // of windows of at most so many operations
constexpr size_t kOrderSaid = 12;

std::string key_name(const History& history, const Operation& op, ModelKind model) {
  const std::string key(history.keys[op.key]);
  if (!is_set(model) || op.f == Function::Read || element_of(op).is_null()) return key;
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
    if (is_set(model)) return "empty";
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

// What the object can have been while each operation of the part ran; empty where that was not worked out.
std::vector<std::vector<std::string>> states_during(Minimizer& minimizer, const Part& part, ModelKind model) {
  std::vector<std::vector<std::string>> states(part.size());
  const bool endless = part.initial.any && model == ModelKind::Versioned;
  if (part.size() > kStatesWorkedOut || endless) return states;
  const ProblemBuilder& builder = minimizer.judge().builder();
  const Problem problem = minimizer.judge().builder().build(part.small.view(), part.initial,
                                                            search_claim(claims_of(part.small.view()), model));
  const StatesSeen seen = states_seen(problem, minimizer.budget());
  for (size_t i = 0; i < problem.steps.size() && i < seen.during.size(); ++i) {
    states[problem.steps[i].source] = show_states(seen.during[i], builder);
  }
  return states;
}

// As they were called: with what the minimizer could do without, they are rejected all the more.
std::vector<Operation> with_conditions(const History& history, const Part& part) {
  std::vector<Operation> operations = part.small.operations;
  for (size_t i = 0; i < operations.size(); ++i) {
    const Operation& whole = history.operations[part.small.source[i]];
    operations[i].f = whole.f;
    operations[i].argument = whole.argument;
    operations[i].second = whole.second;
  }
  return operations;
}

WindowOperation show_operation(const History& history, const Operation& op, uint32_t source) {
  const Operation& whole = history.operations[source];
  WindowOperation shown;
  shown.operation = source;
  shown.line = history.line_of(whole.call);
  shown.process = op.process;
  shown.what = describe_call(history, op);
  shown.outcome = describe_outcome(history, whole);
  shown.call_time = history.records[source].call_time;
  if (whole.deadline() != kNever) shown.return_time = history.records[source].return_time;
  shown.loose = op.call != whole.call || op.outcome != whole.outcome;
  return shown;
}

// --- why ---

std::string sentence(std::string said) {
  if (said[0] >= 'a' && said[0] <= 'z') said[0] = static_cast<char>(said[0] - 'a' + 'A');
  return said + ".";
}

// One sentence for each "this was over before that began" that does not follow from two others.
void say_order(const std::vector<Operation>& ops, std::vector<std::string>& why) {
  if (ops.size() > kOrderSaid) return;
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

// By the return of this operation no order was left.
void say_failed(const Window& window, uint32_t failed, ModelKind model, std::vector<std::string>& why) {
  const WindowOperation& op = window.operations[failed];
  why.push_back(fmt::format("No order of these explains ({}), {}: {}.", failed + 1, op.what, op.outcome));
  if (op.states.empty()) return;
  why.push_back(fmt::format("While ({}) ran, the {} can only have been {}.", failed + 1,
                            model == ModelKind::Lock ? "lock" : "value", fmt::join(op.states, " or ")));
}

// The rule that is broken where one was found, the order that real time demands, and else what no order explains.
std::vector<std::string> explain(const Window& window, const Part& part, const ObjectVerdict& whole,
                                 const ObjectVerdict& alone, ModelKind model) {
  std::vector<std::string> why;
  const std::string& rule = alone.why.empty() ? whole.why : alone.why;
  if (!rule.empty()) why.push_back(sentence(rule));
  say_order(part.small.operations, why);
  if (!rule.empty()) return why;
  if (alone.failed != kNone) {
    say_failed(window, alone.failed, model, why);
  } else {
    why.push_back("No order of these explains what they were told.");
  }
  return why;
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
  Minimizer minimizer(view, model, history.values, initial, budget);
  Window window;
  const Part part = minimizer.minimize(verdict, window.verified);
  ObjectVerdict alone = minimizer.judge().judge(part.small.view(), part.initial, minimizer.budget());
  if (alone.answer != Answer::Violated) alone = {};
  auto states = states_during(minimizer, part, model);
  const std::vector<Operation> operations = with_conditions(history, part);
  for (size_t i = 0; i < part.size(); ++i) {
    window.operations.push_back(show_operation(history, operations[i], part.small.source[i]));
    window.operations.back().states = std::move(states[i]);
  }
  window.initial = show_initial(history, part.initial, model);
  if (part.size() > 0) window.key = key_name(history, part.small.operations.front(), model);
  window.why = explain(window, part, verdict, alone, model);
  std::istringstream text(to_json_lines(history, operations, part.small.source, {}));
  for (std::string line; std::getline(text, line);) window.history.push_back(line);
  return window;
}

}  // namespace vivarium::checker

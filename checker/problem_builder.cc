#include "checker/problem_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "checker/custom_models.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

constexpr Value kAbsent = Value::of_number(0);
constexpr Value kPresent = Value::of_number(1);

}  // namespace

ProblemBuilder::Raw ProblemBuilder::raw(const Operation& op) const {
  // No effect, and nothing testified.
  const bool silent = op.outcome == Outcome::Fail || (op.outcome != Outcome::Ok && !is_effect(op));
  if (silent) return Raw{.none = true};
  switch (model_) {
    case ModelKind::Versioned: return raw_versioned(op);
    case ModelKind::Counter: return raw_counter(op);
    case ModelKind::Lock: return raw_lock(op);
    case ModelKind::Set:
    case ModelKind::UniqueNames: return whole_set_ ? raw_set(op) : raw_element(op);
    default: return raw_register(op);
  }
}

ProblemBuilder::Raw ProblemBuilder::raw_register(const Operation& op) const {
  const bool required = op.outcome != Outcome::Unknown;
  if (op.f == Function::Read) return {.kind = StepKind::Equals, .a = op.result};
  if (op.f == Function::Write) {
    if (op.outcome == Outcome::Mismatch) return {.none = true};
    return {.kind = StepKind::Write, .required = required, .a = op.argument};
  }
  if (op.outcome == Outcome::Mismatch) return {.kind = StepKind::Differs, .a = op.argument};
  if (op.argument == op.second) {
    if (!required) return {.none = true};
    // With an order claimed it keeps its place in it, though it changes nothing.
    return op.zxid == kNoZxid && op.version == kNoVersion
               ? Raw{.kind = StepKind::Equals, .a = op.argument}
               : Raw{.kind = StepKind::Swap, .a = op.argument, .b = op.second};
  }
  return {.kind = StepKind::Swap, .required = required, .a = op.argument, .b = op.second};
}

ProblemBuilder::Raw ProblemBuilder::raw_versioned(const Operation& op) const {
  const bool required = op.outcome != Outcome::Unknown;
  if (op.f == Function::Read) return {.kind = StepKind::CustomObserve, .a = op.result, .y = op.version};
  const bool cas = op.f == Function::Cas;
  if (op.outcome == Outcome::Mismatch) {
    if (!cas && op.asked_version < 0) return {.none = true};
    return {.kind = StepKind::CustomObserve, .a = op.argument, .any_a = !cas, .x = -2, .y = op.asked_version};
  }
  return {.kind = StepKind::CustomStep,
          .required = required,
          .a = op.argument,
          .b = cas ? op.second : op.argument,
          .any_a = !cas,
          .x = op.asked_version,
          .y = op.version};
}

ProblemBuilder::Raw ProblemBuilder::raw_counter(const Operation& op) const {
  if (op.outcome == Outcome::Mismatch) return {.none = true};
  if (op.f == Function::Read) return {.kind = StepKind::CustomObserve, .y = op.result.number()};
  // A reply that came after a window's end still says what the sum was, if the add took effect before it.
  const bool told = op.f == Function::AddAndGet && op.result.is_number();
  if (op.argument.number() == 0 && !told) return {.none = true};
  return {.kind = StepKind::CustomStep,
          .required = op.outcome == Outcome::Ok,
          .b = Value::of_number(told ? 1 : 0),
          .x = op.argument.number(),
          .y = told ? op.result.number() : 0};
}

// The state is the holder, null when the lock is free. Who holds it is the value of the operations, or the process.
ProblemBuilder::Raw ProblemBuilder::raw_lock(const Operation& op) const {
  const Value holder = op.argument.is_null() ? Value::of_number(op.process) : op.argument;
  const bool acquires = op.f == Function::Acquire;
  const Value from = acquires ? Value() : holder;
  if (op.outcome == Outcome::Mismatch) return {.kind = StepKind::Differs, .a = from};
  return {.kind = StepKind::Swap, .required = op.outcome == Outcome::Ok, .a = from, .b = acquires ? holder : Value()};
}

// One element of a set, there or not. Adding twice is no mistake for a set; creating a name twice is.
ProblemBuilder::Raw ProblemBuilder::raw_element(const Operation& op) const {
  const bool required = op.outcome == Outcome::Ok;
  const bool names = model_ == ModelKind::UniqueNames;
  if (op.f == Function::Contains) {
    return {.kind = StepKind::Equals, .a = table_->show(op.result) == "false" ? kAbsent : kPresent};
  }
  const bool adds = op.f == Function::Add || op.f == Function::Create;
  const Value after = adds ? kPresent : kAbsent;
  const Value before = adds ? kAbsent : kPresent;
  if (op.outcome == Outcome::Mismatch) return {.kind = StepKind::Equals, .a = after};
  if (names) return {.kind = StepKind::Swap, .required = required, .a = before, .b = after};
  return {.kind = StepKind::Write, .required = required, .a = after};
}

ProblemBuilder::Raw ProblemBuilder::raw_set(const Operation& op) const {
  if (op.f == Function::Read) return {.kind = StepKind::CustomObserve, .any_a = true, .x = 1};
  if (element_of(op).is_null()) return {.none = true};
  Raw step = raw_element(op);
  // The same meaning, said of one element of many.
  const bool present = (step.kind == StepKind::Swap ? step.b : step.a) == kPresent;
  const bool strict = step.kind == StepKind::Swap;
  return {.kind = step.observes() ? StepKind::CustomObserve : StepKind::CustomStep,
          .required = step.required,
          .a = element_of(op),
          .b = present ? kPresent : kAbsent,
          .x = strict ? 1 : 0};
}

State ProblemBuilder::class_of(Value value) const {
  const uint32_t id = values_.find(value.bits());
  return id == DenseIds::kMissing ? kOtherValue : id + 1;
}

// Only values that somebody asks about get states of their own.
void ProblemBuilder::number_values(const KeyView& view, const Initial& initial) {
  values_.reset(std::min<size_t>(view.count, 1024));
  view.each_operation([&](uint32_t, const Operation& op) {
    const Raw step = raw(op);
    if (step.none || step.kind == StepKind::Write || step.any_a) return;
    if (step.kind == StepKind::CustomStep && model_ == ModelKind::Counter) return;
    values_.id(step.a.bits());
  });
  if (whole_set_) {
    view.each_operation([&](uint32_t, const Operation& op) {
      if (op.f != Function::Read || op.outcome != Outcome::Ok) return;
      for (Value element : elements_of(op.result, *table_, unheard_)) values_.id(element.bits());
    });
  }
  if (model_ == ModelKind::Versioned) {
    for (const auto& [value, version] : initial.one_of) values_.id(value.bits());
  }
}

Problem ProblemBuilder::build(const KeyView& view, const Initial& initial, Claim claim) {
  Problem problem;
  const bool sets = is_set(model_);
  whole_set_ = sets && reads_whole_set(view);
  unheard_ = TextTable();
  number_values(view, initial);
  problem.values = values_.size() + 1;
  effects_.reset(64);
  custom_effects_.clear();
  if (model_ == ModelKind::Counter) custom_ = std::make_shared<CounterModel>();
  if (model_ == ModelKind::Versioned) custom_ = std::make_shared<VersionedModel>();
  if (whole_set_) custom_ = std::make_shared<SetModel>();
  problem.custom = custom_;
  problem.steps.reserve(view.count);
  problem.events.reserve(view.count * 2);
  // Returns still to come, the nearest last.
  std::vector<std::pair<uint32_t, uint32_t>> open;
  uint32_t never = 0;
  const auto close_until = [&](uint32_t position) {
    for (; !open.empty() && open.back().first < position; open.pop_back())
      problem.events.push_back(open.back().second << 1 | 1);
  };
  view.each_operation([&](uint32_t index, const Operation& op) {
    const Raw step = raw(op);
    if (step.none) return;
    close_until(op.call);
    const auto number = static_cast<uint32_t>(problem.steps.size());
    problem.events.push_back(number << 1);
    add_step(problem, op, index, step);
    const std::pair<uint32_t, uint32_t> closing(op.deadline(), number);
    if (closing.first == kNever) {
      ++never;
    } else {
      open.insert(std::ranges::lower_bound(open, closing, std::greater<>()), closing);
    }
    problem.slots = std::max(problem.slots, static_cast<uint32_t>(open.size()) + never);
  });
  close_until(kNever);
  add_initial(problem, initial);
  if (claim != Claim::None) add_ranks(problem, view, claim);
  return problem;
}

void ProblemBuilder::add_step(Problem& problem, const Operation& op, uint32_t source, const Raw& raw) {
  Step& step = problem.steps.emplace_back();
  step.call = op.call;
  step.ret = op.deadline();
  step.source = source;
  step.kind = raw.kind;
  step.required = raw.required;
  step.x = raw.x;
  step.y = raw.y;
  if (whole_set_) {
    auto& set = static_cast<SetModel&>(*custom_);
    step.a = raw.any_a ? kAnyValue : class_of(raw.a);
    step.b = raw.b == kPresent ? 1 : 0;
    if (op.f == Function::Read) {
      SetModel::Elements elements;
      for (Value element : elements_of(op.result, *table_, unheard_)) elements.push_back(class_of(element));
      std::ranges::sort(elements);
      step.y = static_cast<int64_t>(set.snapshots.size());
      set.snapshots.push_back(std::move(elements));
    }
  } else if (model_ == ModelKind::Counter) {
    step.b = raw.b == Value::of_number(1) ? 1 : 0;
  } else {
    step.a = raw.any_a ? kAnyValue : class_of(raw.a);
    step.b = class_of(raw.b);
    if (raw.kind == StepKind::CustomObserve) step.b = raw.x == -2 ? 1 : 0;
  }
  step.effect = step.observes() ? 0 : effect_of(step);
}

uint32_t ProblemBuilder::effect_of(const Step& step) {
  if (step.kind == StepKind::Write) return step.a;
  if (step.kind == StepKind::Swap) return (1u << 30) + effects_.id(uint64_t{step.a} << 32 | step.b);
  const auto [at, fresh] = custom_effects_.try_emplace({step.a, step.b, step.x, step.y}, custom_effects_.size());
  return (1u << 30) + static_cast<uint32_t>(at->second);
}

void ProblemBuilder::add_initial(Problem& problem, const Initial& initial) {
  if (model_ == ModelKind::Counter) {
    auto& counter = static_cast<CounterModel&>(*custom_);
    for (const auto& [value, sum] : initial.one_of) problem.initial.push_back(counter.state(sum));
    if (problem.initial.empty())
      problem.initial = {counter.state(initial.value.is_number() ? initial.value.number() : 0)};
    return;
  }
  if (model_ == ModelKind::Versioned) {
    auto& versioned = static_cast<VersionedModel&>(*custom_);
    for (const auto& [value, version] : initial.one_of)
      problem.initial.push_back(versioned.state(class_of(value), version));
    if (problem.initial.empty()) problem.initial = {versioned.state(class_of(initial.value), initial.version)};
    return;
  }
  if (whole_set_) {
    problem.initial = {static_cast<SetModel&>(*custom_).state({})};
    return;
  }
  if (!initial.any) {
    problem.initial = {class_of(element() && initial.value.is_null() ? kAbsent : initial.value)};
    return;
  }
  for (State state = 0; state < problem.values; ++state) problem.initial.push_back(state);
}

// Replies that claim a place in the order of effects are held to it: a claimed effect waits for all that claim to be
// before it, an observation is made when just those have happened.
void ProblemBuilder::add_ranks(Problem& problem, const KeyView& view, Claim claim) {
  std::vector<int64_t> order;
  for (const Step& step : problem.steps) {
    const int64_t place = claimed(view.operations[step.source], claim);
    if (!step.observes() && step.required && place != kNoClaim) order.push_back(place);
  }
  if (order.empty()) return;
  std::ranges::sort(order);
  problem.ranked = true;
  uint32_t ranked = 0;
  for (Step& step : problem.steps) {
    const int64_t place = claimed(view.operations[step.source], claim);
    if (place == kNoClaim) continue;
    if (step.observes()) {
      step.rank = static_cast<uint32_t>(std::ranges::upper_bound(order, place) - order.begin());
    } else if (step.required) {
      step.rank = static_cast<uint32_t>(std::ranges::lower_bound(order, place) - order.begin());
      step.effect = (1u << 31) + ranked++;
    }
  }
}

std::string ProblemBuilder::show(State state) const {
  if (whole_set_ || model_ == ModelKind::Counter) return custom_->show(state);
  if (model_ == ModelKind::Versioned) {
    const auto& versioned = static_cast<const VersionedModel&>(*custom_);
    const State value = versioned.value(state);
    return fmt::format("{} at {}", value == kOtherValue ? "another value" : table_->show(state_value(state).first),
                       custom_->show(state));
  }
  if (state == kOtherValue) return element() ? "not asked for" : "another value";
  const Value value = state_value(state).first;
  if (element()) return value == kPresent ? "present" : "absent";
  if (model_ == ModelKind::Lock && value.is_null()) return "free";
  return table_->show(value);
}

std::pair<Value, int64_t> ProblemBuilder::state_value(State state) const {
  const auto value_of = [this](State of) {
    if (of == kOtherValue) return kUnheardOf;
    const uint64_t bits = values_.key(of - 1);
    if (bits == 0) return Value();
    return (bits & 3) == 1 ? Value::of_number(static_cast<int64_t>(bits) >> 2)
                           : Value::of_text(static_cast<uint32_t>(bits >> 2));
  };
  if (model_ == ModelKind::Counter) return {Value(), static_cast<const CounterModel&>(*custom_).sum(state)};
  if (model_ == ModelKind::Versioned) {
    const auto& versioned = static_cast<const VersionedModel&>(*custom_);
    return {value_of(versioned.value(state)), versioned.version(state)};
  }
  return {value_of(state), 0};
}

}  // namespace vivarium::checker

#include "tests/checker/brute_force_support.h"

#include <nlohmann/json.hpp>

namespace vivarium::checker::test {
namespace {

// One object of any model; each model uses its own part.
struct Object {
  Value value;                     // registers
  int64_t version = 0;             // versioned
  int64_t sum = 0;                 // counter
  std::optional<Value> holder;     // lock
  std::set<std::string> elements;  // sets
};

class BruteForce {
 public:
  BruteForce(const History& history, ModelKind model, Value initial)
      : history_(history), model_(model), initial_(initial) {}

  bool some_order() {
    for (const Operation& op : history_.operations) {
      // No effect and nothing testified: it can be left out. So can an observation that never came back.
      if (op.outcome == Outcome::Fail || (op.outcome == Outcome::Unknown && !changes(op))) continue;
      operations_.push_back(&op);
    }
    used_.assign(operations_.size(), false);
    std::map<uint32_t, Object> objects;
    return place_next(objects);
  }

 private:
  static bool changes(const Operation& op) { return op.f != Function::Read && op.f != Function::Contains; }

  bool place_next(const std::map<uint32_t, Object>& objects) {
    bool all_required_placed = true;
    for (size_t i = 0; i < operations_.size(); ++i) {
      if (!used_[i] && operations_[i]->outcome != Outcome::Unknown) all_required_placed = false;
    }
    if (all_required_placed) return true;  // the unknown ones that are left never take effect
    for (size_t i = 0; i < operations_.size(); ++i) {
      if (used_[i] || !may_be_next(i)) continue;
      std::map<uint32_t, Object> after = objects;
      auto [at, fresh] = after.try_emplace(operations_[i]->key);
      if (fresh) at->second.value = initial_;
      if (!perform(*operations_[i], at->second)) continue;
      used_[i] = true;
      const bool works = place_next(after);
      used_[i] = false;
      if (works) return true;
    }
    return false;
  }

  // Nobody who is still to come returned before it was called. (An unknown one that is left out was never there.)
  bool may_be_next(size_t i) const {
    for (size_t j = 0; j < operations_.size(); ++j) {
      if (!used_[j] && j != i && operations_[j]->deadline() < operations_[i]->call) return false;
    }
    return true;
  }

  bool perform(const Operation& op, Object& object) const {
    const bool ok = op.outcome != Outcome::Mismatch;  // unknown: as if it had succeeded
    const bool told = op.outcome == Outcome::Ok;
    switch (model_) {
      case ModelKind::Register:
      case ModelKind::CasRegister: return on_register(op, object, ok);
      case ModelKind::Versioned: return on_versioned(op, object, ok, told);
      case ModelKind::Counter: return on_counter(op, object, ok, told);
      case ModelKind::Lock: return on_lock(op, object, ok);
      case ModelKind::Set:
      case ModelKind::UniqueNames: return on_set(op, object, ok, told);
      case ModelKind::Zookeeper: return false;
    }
    return false;
  }

  static bool on_register(const Operation& op, Object& object, bool ok) {
    if (op.f == Function::Read) return object.value == op.result;
    if (op.f == Function::Write) {
      if (ok) object.value = op.argument;
      return true;
    }
    if (!ok) return object.value != op.argument;
    if (object.value != op.argument) return false;
    object.value = op.second;
    return true;
  }

  static bool on_versioned(const Operation& op, Object& object, bool ok, bool told) {
    if (op.f == Function::Read) return object.value == op.result && (op.version < 0 || op.version == object.version);
    const bool right_version = op.asked_version < 0 || op.asked_version == object.version;
    const bool right_value = op.f != Function::Cas || object.value == op.argument;
    const bool conditional = op.f == Function::Cas || op.asked_version >= 0;
    if (!ok) return !conditional || !(right_version && right_value);
    if (!right_version || !right_value) return false;
    object.value = op.f == Function::Cas ? op.second : op.argument;
    ++object.version;
    return !told || op.version < 0 || op.version == object.version;
  }

  static bool on_counter(const Operation& op, Object& object, bool ok, bool told) {
    if (op.f == Function::Read) return object.sum == op.result.number();
    if (!ok) return true;
    object.sum += op.argument.number();
    return op.f != Function::AddAndGet || !told || object.sum == op.result.number();
  }

  static bool on_lock(const Operation& op, Object& object, bool ok) {
    const Value who = op.argument.is_null() ? Value::of_number(op.process) : op.argument;
    if (op.f == Function::Acquire) {
      if (!ok) return object.holder.has_value();
      if (object.holder) return false;
      object.holder = who;
      return true;
    }
    const bool holds = object.holder == who;
    if (!ok) return !holds;
    if (!holds) return false;
    object.holder.reset();
    return true;
  }

  bool on_set(const Operation& op, Object& object, bool ok, bool told) const {
    const bool names = model_ == ModelKind::UniqueNames;
    if (op.f == Function::Read) {
      std::set<std::string> shown;
      size_t count = 0;
      for (const auto& element : nlohmann::json::parse(history_.values.show(op.result))) {
        shown.insert(element.dump());
        ++count;
      }
      return shown == object.elements && count == shown.size();
    }
    if (!ok && op.argument.is_null()) return true;  // the name that was refused is not known
    const Value subject = op.f == Function::Create && told ? op.result : op.argument;
    const std::string element = history_.values.show(subject);
    const bool there = object.elements.contains(element);
    if (op.f == Function::Contains) return there == (history_.values.show(op.result) == "true");
    const bool adds = op.f == Function::Add || op.f == Function::Create;
    if (!ok) return there == adds;
    if (names && there == adds) return false;
    if (adds) object.elements.insert(element);
    if (!adds) object.elements.erase(element);
    return true;
  }

  const History& history_;
  ModelKind model_;
  Value initial_;
  std::vector<const Operation*> operations_;
  std::vector<bool> used_;
};

// A create whose name and outcome are unknown may have made any name that is mentioned anywhere.
bool some_name_fits(History& history, size_t from, ModelKind model, Value initial, const std::vector<Value>& names) {
  for (size_t i = from; i < history.operations.size(); ++i) {
    Operation& op = history.operations[i];
    if (op.f != Function::Create || op.outcome != Outcome::Unknown || !op.argument.is_null()) continue;
    bool fits = false;
    for (size_t n = 0; n < names.size() && !fits; ++n) {
      op.argument = names[n];
      fits = some_name_fits(history, i + 1, model, initial, names);
    }
    op.argument = Value();
    return fits;
  }
  return BruteForce(history, model, initial).some_order();
}

}  // namespace

bool some_order_exists(const History& history, ModelKind model, Value initial) {
  History copy = history;
  std::vector<Value> names = {copy.values.json("\"never seen\"")};
  for (const Operation& op : history.operations) {
    if (op.f != Function::Read && !op.argument.is_null()) names.push_back(op.argument);
    if (op.f == Function::Create && !op.result.is_null()) names.push_back(op.result);
    if (op.f != Function::Read || op.outcome != Outcome::Ok || model != ModelKind::UniqueNames) continue;
    for (const auto& element : nlohmann::json::parse(history.values.show(op.result)))
      names.push_back(copy.values.json(element.dump()));
  }
  return some_name_fits(copy, 0, model, initial, names);
}

}  // namespace vivarium::checker::test

#include "tests/checker/random_histories_support.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vivarium::checker::test {
namespace {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 12345) {}
  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ull;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  uint64_t below(uint64_t n) { return next() % n; }
  bool per_cent(uint64_t n) { return below(100) < n; }

 private:
  uint64_t state_;
};

// An operation in flight and what it will answer once it took effect.
struct Flight {
  Operation op;
  bool happened = false;
  bool failed = false;
};

class Maker {
 public:
  Maker(ModelKind model, const RandomShape& shape, uint64_t seed) : model_(model), shape_(shape), random_(seed) {}

  History make() {
    const uint64_t count = 1 + random_.below(shape_.operations_most);
    uint64_t called = 0;
    while (called < count || !flights_.empty()) {
      ++time_;
      const bool may_call = called < count && flights_.size() < shape_.processes;
      if (may_call && (flights_.empty() || random_.per_cent(45))) {
        call();
        ++called;
      } else {
        finish_one();
      }
    }
    return std::move(builder_).take();
  }

 private:
  Value small_value() {
    if (shape_.unique) return Value::of_number(++unique_);
    return Value::of_number(static_cast<int64_t>(random_.below(shape_.values)));
  }
  Value any_value() {
    return shape_.unique ? Value::of_number(static_cast<int64_t>(1 + random_.below(static_cast<uint64_t>(unique_) + 2)))
                         : small_value();
  }
  Value name(uint64_t n) { return builder_.string(fmt::format("n{}", n)); }

  void call() {
    Flight flight;
    const auto functions = functions_of(model_);
    do {
      flight.op.f = functions[random_.below(functions.size())];
    } while ((!shape_.whole_reads && flight.op.f == Function::Read && set_like()) ||
             (!shape_.removes && (flight.op.f == Function::Remove || flight.op.f == Function::Delete ||
                                  flight.op.f == Function::Contains)));
    flight.op.process = static_cast<int64_t>(process_++);
    if (model_ == ModelKind::Lock) flight.op.argument = Value::of_number(static_cast<int64_t>(random_.below(3)));
    pick_argument(flight.op);
    HistoryBuilder::Invoke invoke;
    invoke.process = flight.op.process;
    invoke.f = flight.op.f;
    invoke.key = "/k";
    invoke.value = flight.op.argument;
    invoke.second = flight.op.second;
    invoke.version = flight.op.asked_version;
    invoke.time = time_;
    builder_.invoke(invoke);
    flights_.push_back(flight);
    if (random_.per_cent(50)) perform(flights_[random_.below(flights_.size())]);
  }

  bool set_like() const { return model_ == ModelKind::Set || model_ == ModelKind::UniqueNames; }

  void pick_argument(Operation& op) {
    switch (op.f) {
      case Function::Write:
        op.argument = small_value();
        if (model_ == ModelKind::Versioned && random_.per_cent(40)) op.asked_version = static_cast<int32_t>(version_);
        break;
      case Function::Cas:
        op.argument = random_.per_cent(70) ? value_ : any_value();
        op.second = small_value();
        break;
      case Function::Add:
      case Function::AddAndGet:
        op.argument = set_like() ? name(random_.below(shape_.values))
                                 : Value::of_number(static_cast<int64_t>(random_.below(4)) - 1);
        break;
      case Function::Remove:
      case Function::Contains:
      case Function::Delete: op.argument = name(random_.below(shape_.values)); break;
      case Function::Create:
        if (random_.per_cent(50)) op.argument = name(random_.below(shape_.values));
        break;
      default: break;
    }
  }

  void perform(Flight& flight) {
    if (flight.happened) return;
    flight.happened = true;
    Operation& op = flight.op;
    switch (op.f) {
      case Function::Read:
        op.result = model_ == ModelKind::Counter ? Value::of_number(sum_) : set_like() ? shown() : value_;
        op.version = static_cast<int32_t>(version_);
        op.zxid = zxid_;
        return;
      case Function::Write:
        flight.failed = op.asked_version >= 0 && op.asked_version != version_;
        if (!flight.failed) change(op, op.argument);
        return;
      case Function::Cas:
        flight.failed = value_ != op.argument;
        if (!flight.failed) change(op, op.second);
        return;
      case Function::AddAndGet:
        sum_ += op.argument.number();
        op.result = Value::of_number(sum_);
        break;
      case Function::Add:
        if (!set_like()) sum_ += op.argument.number();
        if (set_like()) elements_.insert(builder_.values().show(op.argument));
        break;
      case Function::Acquire:
        flight.failed = holder_.has_value();
        if (!flight.failed) holder_ = op.argument;
        break;
      case Function::Release:
        flight.failed = holder_ != op.argument;
        if (!flight.failed) holder_.reset();
        break;
      case Function::Create: {
        op.result = op.argument.is_null() ? name(random_.below(shape_.values)) : op.argument;
        flight.failed = !elements_.insert(builder_.values().show(op.result)).second;
        break;
      }
      case Function::Remove: elements_.erase(builder_.values().show(op.argument)); break;
      case Function::Delete: flight.failed = elements_.erase(builder_.values().show(op.argument)) == 0; break;
      case Function::Contains:
        op.result = builder_.values().json(elements_.contains(builder_.values().show(op.argument)) ? "true" : "false");
        break;
      default: break;
    }
    if (!flight.failed) op.zxid = ++zxid_;
  }

  void change(Operation& op, Value value) {
    value_ = value;
    op.version = static_cast<int32_t>(++version_);
    op.zxid = ++zxid_;
  }

  Value shown() {
    std::string text;
    for (const std::string& element : elements_) text += (text.empty() ? "[" : ",") + element;
    return builder_.values().json(text.empty() ? "[]" : text + "]");
  }

  void finish_one() {
    const size_t at = random_.below(flights_.size());
    Flight flight = flights_[at];
    const bool unknown = unknown_ < shape_.unknown_most && random_.per_cent(25);
    if (!unknown || random_.per_cent(50)) perform(flight);
    flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(at));
    HistoryBuilder::Return reply;
    reply.process = flight.op.process;
    reply.time = time_;
    if (unknown) {
      ++unknown_;
      if (random_.per_cent(70)) builder_.info(reply);  // else it never returns at all
      return;
    }
    // A refused acquire or release that is reported as granted.
    if (flight.failed && model_ == ModelKind::Lock && random_.per_cent(shape_.wrong_per_cent)) flight.failed = false;
    if (flight.failed) {
      spoil(flight);
      if (random_.per_cent(85)) {
        builder_.mismatch(reply);
      } else {
        builder_.fail(reply);
      }
      return;
    }
    if (random_.per_cent(shape_.wrong_per_cent)) spoil(flight);
    reply.value = flight.op.result;
    if (shape_.versions) reply.version = flight.op.version;
    if (shape_.zxids) reply.zxid = flight.op.zxid;
    builder_.ok(reply);
  }

  void spoil(Flight& flight) {
    Operation& op = flight.op;
    if (op.f == Function::Read && model_ == ModelKind::Counter)
      op.result = Value::of_number(op.result.number() + static_cast<int64_t>(random_.below(3)) - 1);
    if (op.f == Function::Read &&
        (model_ == ModelKind::Register || model_ == ModelKind::CasRegister || model_ == ModelKind::Versioned))
      op.result = any_value();
    if (op.f == Function::Read && set_like() && random_.per_cent(30)) {
      elements_.insert(builder_.values().show(name(random_.below(shape_.values))));
      op.result = shown();
    }
    if (op.f == Function::AddAndGet)
      op.result = Value::of_number(op.result.number() + static_cast<int64_t>(random_.below(2)));
    if (op.f == Function::Contains && random_.per_cent(50))
      op.result = builder_.values().json(random_.per_cent(50) ? "true" : "false");
    if (op.f == Function::Create && !flight.failed) op.result = name(random_.below(shape_.values));
    if (op.version > 0 && random_.per_cent(50)) op.version += static_cast<int32_t>(random_.below(3)) - 1;
    if (op.zxid > 0 && random_.per_cent(30)) op.zxid += static_cast<int64_t>(random_.below(2));
  }

  ModelKind model_;
  RandomShape shape_;
  Random random_;
  HistoryBuilder builder_;
  std::vector<Flight> flights_;
  int64_t time_ = 0;
  uint32_t process_ = 0;
  uint32_t unknown_ = 0;
  int64_t unique_ = 0;
  Value value_;
  int64_t version_ = 0;
  int64_t zxid_ = 0;
  int64_t sum_ = 0;
  std::optional<Value> holder_;
  std::set<std::string> elements_;
};

}  // namespace

History random_history(ModelKind model, const RandomShape& shape, uint64_t seed) {
  return Maker(model, shape, seed).make();
}

}  // namespace vivarium::checker::test

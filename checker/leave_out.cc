#include "checker/leave_out.h"

#include <set>

#include "checker/claims.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

Value holder_of(const Operation& op) { return op.argument.is_null() ? Value::of_number(op.process) : op.argument; }

// What an operation is about: the value that it made, the holder of a lock, the element of a set.
Value subject_of(ModelKind model, const Operation& op) {
  if (model == ModelKind::Lock) return holder_of(op);
  if (is_set(model)) return element_of(op);
  return op.f == Function::Cas ? op.second : op.argument;
}

// What the operations that stay ask about.
class Asked {
 public:
  // Only of plain registers, locks and sets do we know when nobody misses an effect.
  Asked(ModelKind model, bool stand_ins)
      : model_(model), stand_ins_(stand_ins), all_(model == ModelKind::Versioned || model == ModelKind::Counter) {}

  void add(const Operation& op) {
    if (is_set(model_)) {
      all_ = all_ || op.f == Function::Read;  // of the whole set
      values_.insert(element_of(op).bits());
      return;
    }
    all_ = all_ || (op.outcome == Outcome::Mismatch && !stand_ins_);
    // A holder who is left out altogether leaves the lock free in the meantime.
    if (model_ == ModelKind::Lock) values_.insert(holder_of(op).bits());
    if (op.f == Function::Read) values_.insert(op.result.bits());
    if (op.f == Function::Cas) values_.insert(op.argument.bits());
  }
  bool about(const Operation& op) const {
    return takes_effect(op) && (all_ || values_.contains(subject_of(model_, op).bits()));
  }

 private:
  ModelKind model_;
  bool stand_ins_;
  bool all_;
  std::set<uint64_t> values_;
};

}  // namespace

std::vector<bool> with_what_they_ask(ModelKind model, const std::vector<Operation>& operations, bool stand_ins,
                                     std::vector<bool> chosen) {
  Asked asked(model, stand_ins);
  for (size_t i = 0; i < operations.size(); ++i) {
    if (chosen[i]) asked.add(operations[i]);
  }
  // What must stay may itself ask about something: a cas about its old value, unless it stays without that condition.
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < operations.size(); ++i) {
      if (chosen[i] || !asked.about(operations[i])) continue;
      chosen[i] = true;
      if (stand_ins) continue;
      asked.add(operations[i]);
      more = true;
    }
  }
  return chosen;
}

Operation stand_in(const Operation& like) {
  Operation other;
  other.key = like.key;
  other.process = like.process;
  other.f = Function::Write;
  other.argument = kUnheardOf;
  return other;
}

}  // namespace vivarium::checker

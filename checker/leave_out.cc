#include "checker/leave_out.h"

#include <algorithm>
#include <set>

#include "checker/claims.h"
#include "checker/sets.h"

namespace vivarium::checker {
namespace {

Value holder_of(const Operation& op) { return op.argument.is_null() ? Value::of_number(op.process) : op.argument; }

bool takes_effect(const Operation& op) { return is_effect(op) && op.outcome != Outcome::Mismatch; }

// What the operations that stay ask about.
class Asked {
 public:
  // Only of plain registers, locks and sets do we know when nobody misses an effect.
  explicit Asked(ModelKind model) : model_(model), all_(model == ModelKind::Versioned || model == ModelKind::Counter) {}

  void add(const Operation& op) {
    if (is_set(model_)) {
      all_ = all_ || op.f == Function::Read;  // of the whole set
      values_.insert(element_of(op).bits());
      return;
    }
    all_ = all_ || op.outcome == Outcome::Mismatch;  // it may owe to any effect
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
  bool all_;
  std::set<uint64_t> values_;
};

}  // namespace

Value subject_of(ModelKind model, const Operation& op) {
  if (model == ModelKind::Lock) return holder_of(op);
  if (is_set(model)) return element_of(op);
  if (op.f == Function::Read) return op.result;
  return op.f == Function::Cas ? op.second : op.argument;
}

bool keep_what_is_needed(ModelKind model, const std::vector<Operation>& operations, std::vector<bool>& out) {
  Asked asked(model);
  for (size_t i = 0; i < operations.size(); ++i) {
    if (!out[i]) asked.add(operations[i]);
  }
  // What is taken back may itself ask about something: a cas about its old value.
  for (bool more = true; more;) {
    more = false;
    for (size_t i = 0; i < operations.size(); ++i) {
      if (!out[i] || !asked.about(operations[i])) continue;
      out[i] = false;
      asked.add(operations[i]);
      more = true;
    }
  }
  return std::ranges::find(out, true) != out.end();
}

}  // namespace vivarium::checker

#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "checker/claims.h"
#include "checker/dense_ids.h"
#include "checker/key_view.h"
#include "checker/model.h"
#include "checker/problem.h"

namespace vivarium::checker {

// Turns the operations on one object into steps. Reused from key to key, so that the tables are allocated once.
class ProblemBuilder {
 public:
  ProblemBuilder(ModelKind model, const ValueTable& values) : model_(model), table_(&values) {}

  // `claim`: the order that the replies claim, which the search then holds them to (None: it is free).
  Problem build(const KeyView& view, const Initial& initial, Claim claim);

  // The value (and, of versioned znodes, version) behind a state of the problem built last.
  std::string show(State state) const;
  // The same as something that Initial::one_of takes.
  std::pair<Value, int64_t> state_value(State state) const;

 private:
  struct Raw {  // a step before its values have numbers
    StepKind kind = StepKind::Equals;
    bool required = true;
    Value a = Value();
    Value b = Value();
    bool none = false;  // no step at all: no effect, nothing seen
    bool any_a = false;
    int64_t x = 0;
    int64_t y = 0;
    bool observes() const { return kind != StepKind::Write && kind != StepKind::Swap && kind != StepKind::CustomStep; }
  };
  Raw raw(const Operation& op) const;
  Raw raw_register(const Operation& op) const;
  Raw raw_versioned(const Operation& op) const;
  Raw raw_counter(const Operation& op) const;
  Raw raw_lock(const Operation& op) const;
  Raw raw_element(const Operation& op) const;
  Raw raw_set(const Operation& op) const;

  void number_values(const KeyView& view, const Initial& initial);
  State class_of(Value value) const;
  void add_step(Problem& problem, const Operation& op, uint32_t source, const Raw& raw);
  uint32_t effect_of(const Step& step);
  void add_initial(Problem& problem, const Initial& initial);
  void add_ranks(Problem& problem, const KeyView& view, Claim claim);

  bool element() const { return is_set(model_) && !whole_set_; }

  ModelKind model_;
  const ValueTable* table_;
  bool whole_set_ = false;  // a set whose reads show all of it is one object; otherwise each element is one
  DenseIds values_;         // bits of a value that somebody asks about -> its state, less one
  DenseIds effects_;        // of swaps
  std::map<std::tuple<State, State, int64_t, int64_t>, size_t> custom_effects_;
  std::shared_ptr<CustomModel> custom_;
  TextTable unheard_;  // elements that only reads of the whole set mention
};

}  // namespace vivarium::checker

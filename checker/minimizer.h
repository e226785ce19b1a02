#pragma once

#include <vector>

#include "checker/budget.h"
#include "checker/key_view.h"
#include "checker/model.h"
#include "checker/object_judge.h"

namespace vivarium::checker {

// A candidate for a window: operations, some of them loosened or without their condition, and what is assumed before
// them.
struct Part {
  SmallHistory small;
  Initial initial;
  bool stand_ins = false;  // effects were left out; stand-ins (leave_out.h) take their place
  size_t size() const { return small.operations.size(); }
};

// Finds the smallest part of one object's operations that the judge still rejects (window.h says which parts count).
class Minimizer {
 public:
  Minimizer(const KeyView& view, ModelKind model, const ValueTable& values, const Initial& initial,
            const Budget& budget);

  // `verified`: the judge, asked about the part alone, rejects it.
  Part minimize(const ObjectVerdict& verdict, bool& verified);

  ObjectJudge& judge() { return judge_; }
  const Budget& budget() const { return budget_; }

 private:
  bool violates(Part& part);
  bool stand_ins_possible(const Part& part) const;
  bool whole_set() const;
  bool enumerable_initial() const;

  Part chosen(const std::vector<uint32_t>& conflict) const;
  bool settle_initial(Part& part);
  Part smallest_stretch(uint32_t failed, bool& verified);
  bool stretch_of_time(uint32_t failed, size_t& last, Part& part);
  Part cut(const std::vector<uint32_t>& operations, uint32_t begin, uint32_t end) const;
  bool states_before(const std::vector<uint32_t>& operations, uint32_t begin, Initial& initial);

  void reduce(Part& part);
  void thin_out(Part& part, std::vector<bool>& chosen, bool effects);
  bool sweep(Part& part, std::vector<bool>& chosen, bool effects, size_t chunk);
  bool forget_conditions(Part& part);
  bool cut_front(Part& part);
  bool try_only(Part& part, std::vector<bool>& chosen, const std::vector<bool>& fewer);

  const KeyView& view_;
  ModelKind model_;
  const Initial& initial_;
  ObjectJudge judge_;
  Budget budget_;  // of one question about a part
  Budget full_budget_;
};

}  // namespace vivarium::checker

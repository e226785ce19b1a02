#pragma once

#include <string>
#include <vector>

#include "checker/budget.h"
#include "checker/key_view.h"
#include "checker/model.h"
#include "checker/problem_builder.h"

namespace vivarium::checker {

struct ObjectVerdict {
  Answer answer = Answer::Holds;
  std::string why;                 // Violated: the rule, where a fast path found it; Undecided: the reason
  std::vector<uint32_t> conflict;  // Violated by a fast path: operations that contradict each other
  bool claims_matter = false;      // the contradiction needs the zxids or versions of the replies
  uint32_t failed = kNone;         // Violated by the search: by the return of this operation no order was left
};

// Judges the operations on one object by the cheapest way that can.
class ObjectJudge {
 public:
  ObjectJudge(ModelKind model, const ValueTable& values) : model_(model), values_(values), builder_(model, values) {}

  ObjectVerdict judge(const KeyView& view, const Initial& initial, const Budget& budget);
  // The same without the fast paths.
  ObjectVerdict search_whole(const KeyView& view, const Initial& initial, const Budget& budget) {
    return search_it(view, initial, budget);
  }
  // No reply of the whole history carries a claim: nobody needs to look for one.
  void expect_no_claims() { claimless_ = true; }
  ProblemBuilder& builder() { return builder_; }

 private:
  ObjectVerdict judge_set(const KeyView& view, const Initial& initial, const Budget& budget);
  ObjectVerdict judge_elements(const KeyView& view, const Initial& initial, const Budget& budget);
  ObjectVerdict explain_by_lost(const KeyView& element, const Initial& initial, const Budget& budget,
                                std::vector<uint32_t>& nameless, ObjectVerdict without);
  ObjectVerdict search_it(const KeyView& view, const Initial& initial, const Budget& budget);

  Claims claims(const KeyView& view) const { return claimless_ ? Claims{} : claims_of(view); }

  ModelKind model_;
  bool claimless_ = false;
  const ValueTable& values_;
  ProblemBuilder builder_;
};

}  // namespace vivarium::checker

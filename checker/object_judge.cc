#include "checker/object_judge.h"

#include "checker/ordered.h"
#include "checker/search.h"
#include "checker/sets.h"
#include "checker/unique_values.h"

namespace vivarium::checker {
namespace {

ObjectVerdict from_fast(FastResult fast, bool claims_matter) {
  ObjectVerdict verdict;
  verdict.answer = fast.kind == FastResult::Kind::Violated ? Answer::Violated : Answer::Holds;
  verdict.why = std::move(fast.why);
  verdict.conflict = std::move(fast.operations);
  verdict.claims_matter = claims_matter;
  return verdict;
}

ObjectVerdict undecided(std::string why) {
  ObjectVerdict verdict;
  verdict.answer = Answer::Undecided;
  verdict.why = std::move(why);
  return verdict;
}

bool shrinks(const KeyView& view) {
  bool found = false;
  view.each_operation([&](uint32_t, const Operation& op) {
    found = found || ((op.f == Function::Remove || op.f == Function::Delete) && op.outcome != Outcome::Fail);
  });
  return found;
}

bool has_nameless(const KeyView& view) {
  bool found = false;
  view.each_operation([&](uint32_t, const Operation& op) {
    found = found || (op.f == Function::Create && op.outcome == Outcome::Unknown && element_of(op).is_null());
  });
  return found;
}

}  // namespace

Claim ObjectJudge::search_claim(const KeyView& view) const {
  bool zxids = false;
  bool versions = false;
  view.each_operation([&](uint32_t, const Operation& op) {
    if (!is_effect(op) || op.outcome != Outcome::Ok) return;
    zxids = zxids || op.zxid != kNoZxid;
    versions = versions || op.version >= 0;
  });
  const bool plain = model_ == ModelKind::Register || model_ == ModelKind::CasRegister;
  return zxids ? Claim::Zxid : versions && plain ? Claim::Version : Claim::None;
}

ObjectVerdict ObjectJudge::judge(const KeyView& view, const Initial& initial, const Budget& budget) {
  if (budget.late()) return undecided("the time budget is spent");
  const bool sets = model_ == ModelKind::Set || model_ == ModelKind::UniqueNames;
  if (const FastResult zxids = judge_zxid_order(view); zxids.kind == FastResult::Kind::Violated) return from_fast(zxids, true);
  if (sets && reads_whole_set(view)) {
    FastResult fast = judge_growing_set(view, model_, values_);
    if (fast.kind != FastResult::Kind::Unsuited) return from_fast(std::move(fast), false);
    if (has_nameless(view) && shrinks(view)) return undecided("names are deleted, the whole set is read, and a create of unknown name got lost");
  }
  if (!sets && initial.one_of.empty()) {
    const Claim claim = usable_claim(view, model_);
    FastResult fast = claim != Claim::None ? judge_ordered(view, model_, initial, claim)
                                           : search_claim(view) == Claim::None ? judge_unique_values(view, model_, initial) : FastResult{};
    if (fast.kind != FastResult::Kind::Unsuited) return from_fast(std::move(fast), claim != Claim::None);
    if (initial.any && model_ == ModelKind::Versioned) return undecided("an excerpt of a versioned znode needs the version in every reply");
  }
  return search_it(view, initial, budget);
}

ObjectVerdict ObjectJudge::search_it(const KeyView& view, const Initial& initial, const Budget& budget) {
  const Claim claim = search_claim(view);
  const Problem problem = builder_.build(view, initial, claim);
  Budget rest = budget;
  if (problem.memory_bytes() >= budget.memory_bytes) return undecided("the memory budget does not hold the operations");
  rest.memory_bytes -= problem.memory_bytes();
  const SearchResult result = search(problem, rest);
  ObjectVerdict verdict;
  verdict.answer = result.answer;
  verdict.why = result.why_undecided;
  verdict.claims_matter = claim != Claim::None;
  if (result.answer == Answer::Violated) verdict.failed = problem.steps[problem.events[result.failed_event] >> 1].source;
  return verdict;
}

}  // namespace vivarium::checker

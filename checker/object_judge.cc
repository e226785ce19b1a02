#include "checker/object_judge.h"

#include <algorithm>
#include <span>

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

// Creates of unknown outcome and unknown name.
std::vector<uint32_t> nameless_creates(const KeyView& view) {
  std::vector<uint32_t> nameless;
  view.each_operation([&](uint32_t index, const Operation& op) {
    if (op.f == Function::Create && op.outcome == Outcome::Unknown && element_of(op).is_null())
      nameless.push_back(index);
  });
  return nameless;
}

}  // namespace

ObjectVerdict ObjectJudge::judge(const KeyView& view, const Initial& initial, const Budget& budget) {
  if (budget.late()) return undecided("the time budget is spent");
  const Claims claimed = claims(view);
  const bool registers = model_ == ModelKind::Register || model_ == ModelKind::CasRegister;
  const bool ordered = ordering_claim(claimed, model_) != Claim::None;
  if (const FastResult zxids = claimed.zxids && !(registers && ordered) ? judge_zxid_order(view) : FastResult{};
      zxids.kind == FastResult::Kind::Violated)
    return from_fast(zxids, true);
  if (is_set(model_)) return judge_set(view, initial, budget);
  if (initial.one_of.empty()) {
    const Claim claim = ordering_claim(claimed, model_);
    FastResult fast = claim != Claim::None                           ? judge_ordered(view, model_, initial, claim)
                      : search_claim(claimed, model_) == Claim::None ? judge_unique_values(view, model_, initial)
                                                                     : FastResult{};
    if (fast.kind != FastResult::Kind::Unsuited) return from_fast(std::move(fast), claim != Claim::None);
    if (initial.any && model_ == ModelKind::Versioned)
      return undecided("an excerpt of a versioned znode needs the version in every reply");
  }
  return search_it(view, initial, budget);
}

ObjectVerdict ObjectJudge::judge_set(const KeyView& view, const Initial& initial, const Budget& budget) {
  if (!reads_whole_set(view)) return judge_elements(view, initial, budget);
  FastResult fast = judge_growing_set(view, model_, values_);
  if (fast.kind != FastResult::Kind::Unsuited) return from_fast(std::move(fast), false);
  ObjectVerdict verdict = search_it(view, initial, budget);
  if (verdict.answer == Answer::Violated && !nameless_creates(view).empty()) {
    return undecided(
        "a create got lost whose name is unknown, and names are deleted or refused: it might explain what was seen");
  }
  return verdict;
}

// Element by element. A create that got lost with its name may explain one element that nothing else does.
ObjectVerdict ObjectJudge::judge_elements(const KeyView& view, const Initial& initial, const Budget& budget) {
  const Elements elements = split_elements(view);
  std::vector<uint32_t> nameless = nameless_creates(view);
  ObjectVerdict verdict;
  for (size_t i = 0; i < elements.size(); ++i) {
    const KeyView element = {view.operations, elements.of(i), elements.of(i).size()};
    ObjectVerdict one = search_it(element, initial, budget);
    if (one.answer == Answer::Violated && !nameless.empty())
      one = explain_by_lost(element, initial, budget, nameless, std::move(one));
    if (one.answer == Answer::Violated) return one;
    if (one.answer == Answer::Undecided) verdict = std::move(one);
  }
  return verdict;
}

ObjectVerdict ObjectJudge::explain_by_lost(const KeyView& element, const Initial& initial, const Budget& budget,
                                           std::vector<uint32_t>& nameless, ObjectVerdict without) {
  const auto judge_with = [&](std::span<const uint32_t> lost) {
    SmallHistory small;
    Value name;
    element.each_operation([&](uint32_t index, const Operation& op) {
      small.add(op, index);
      name = element_of(op);
    });
    for (uint32_t index : lost) {
      Operation op = element.operations[index];
      op.argument = name;
      small.add(op, index);
    }
    small.sort_by_call();
    return search_it(small.view(), initial, budget).answer;
  };
  for (size_t i = 0; i < nameless.size(); ++i) {
    if (judge_with(std::span(nameless).subspan(i, 1)) != Answer::Holds) continue;
    nameless.erase(nameless.begin() + static_cast<std::ptrdiff_t>(i));
    return {};
  }
  if (judge_with(nameless) == Answer::Violated) return without;
  return undecided("several creates got lost whose names are unknown: they might explain what was seen");
}

ObjectVerdict ObjectJudge::search_it(const KeyView& view, const Initial& initial, const Budget& budget) {
  const Claim claim = search_claim(claims(view), model_);
  const Problem problem = builder_.build(view, initial, claim);
  Budget rest = budget;
  if (problem.memory_bytes() >= budget.memory_bytes) return undecided("the memory budget does not hold the operations");
  rest.memory_bytes -= problem.memory_bytes();
  const SearchResult result = search(problem, rest);
  ObjectVerdict verdict;
  verdict.answer = result.answer;
  verdict.why = result.why_undecided;
  verdict.claims_matter = claim != Claim::None;
  if (result.answer == Answer::Violated)
    verdict.failed = problem.steps[problem.events[result.failed_event] >> 1].source;
  return verdict;
}

}  // namespace vivarium::checker

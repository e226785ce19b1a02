#include "checker/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "checker/key_view.h"
#include "checker/object_judge.h"
#include "checker/window.h"
#include "checker/zookeeper.h"

namespace vivarium::checker {
namespace {

// The operations of a history, key by key.
struct Partition {
  std::vector<uint32_t> members;  // empty when there is one key
  std::vector<size_t> begins;
  bool claims = false;  // some reply carries a zxid or a version
};

Partition by_key(const History& history) {
  Partition parts;
  const auto claims = [](const Operation& op) { return op.zxid != kNoZxid || op.version >= 0; };
  parts.claims = std::ranges::any_of(history.operations, claims);
  if (history.keys.size() == 1) {
    parts.begins = {0, history.operations.size()};
    return parts;
  }
  parts.begins.assign(size_t{history.keys.size()} + 1, 0);
  for (const Operation& op : history.operations) ++parts.begins[op.key + 1];
  const bool one_key = std::ranges::count_if(parts.begins, [](size_t count) { return count > 0; }) <= 1;
  std::partial_sum(parts.begins.begin(), parts.begins.end(), parts.begins.begin());
  if (one_key) return parts;
  parts.members.resize(history.operations.size());
  std::vector<size_t> at(parts.begins.begin(), parts.begins.end() - 1);
  for (uint32_t i = 0; i < history.operations.size(); ++i) parts.members[at[history.operations[i].key]++] = i;
  return parts;
}

class Checker {
 public:
  Checker(const History& history, const Options& options)
      : history_(history), options_(options), judge_(options.model, history.values) {
    verdict_.model = name_of(options.model);
    verdict_.operations = history.operations.size();
    if (options.time_limit_ms > 0)
      budget_.deadline = Budget::Clock::now() + std::chrono::milliseconds(options.time_limit_ms);
    if (options.initial == "any") {
      initial_.any = true;
    } else if (!options.initial.empty()) {
      initial_.value = history.values.find(options.initial);
    }
  }

  Verdict run() {
    const size_t held = history_.memory_bytes() + history_.operations.size() * sizeof(uint32_t);
    if (held >= options_.memory_bytes) {
      undecided("the history alone needs more than the memory budget");
      return std::move(verdict_);
    }
    budget_.memory_bytes = options_.memory_bytes - held;
    const Partition parts = by_key(history_);
    if (!parts.claims) judge_.expect_no_claims();
    for (size_t key = 0; key + 1 < parts.begins.size(); ++key) {
      const size_t count = parts.begins[key + 1] - parts.begins[key];
      if (count == 0) continue;  // a text that is no key: a znode's name in a detail
      ++verdict_.keys;
      const std::span<const uint32_t> members = parts.members.empty()
                                                    ? std::span<const uint32_t>()
                                                    : std::span(parts.members).subspan(parts.begins[key], count);
      if (verdict_.answer != Answer::Violated) judge_object({history_.operations.data(), members, count});
    }
    return std::move(verdict_);
  }

 private:
  void undecided(std::string why) {
    verdict_.answer = Answer::Undecided;
    if (verdict_.undecided.empty()) verdict_.undecided = std::move(why);
  }

  void judge_object(const KeyView& view) {
    const ObjectVerdict object = judge_.judge(view, initial_, budget_);
    if (object.answer == Answer::Undecided) {
      undecided(fmt::format("key {}: {}", history_.keys[view[0].key], object.why));
    }
    if (object.answer != Answer::Violated) return;
    verdict_.answer = Answer::Violated;
    if (options_.minimize) verdict_.window = smallest_window(history_, view, options_.model, initial_, object, budget_);
  }

  const History& history_;
  const Options& options_;
  ObjectJudge judge_;
  Initial initial_;
  Budget budget_;
  Verdict verdict_;
};

}  // namespace

Verdict check(const History& history, const Options& options) {
  const auto begin = Budget::Clock::now();
  Verdict verdict =
      options.model == ModelKind::Zookeeper ? check_zookeeper(history, options) : Checker(history, options).run();
  verdict.seconds = std::chrono::duration<double>(Budget::Clock::now() - begin).count();
  if (verdict.answer != Answer::Undecided) verdict.undecided.clear();
  return verdict;
}

}  // namespace vivarium::checker

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

// The entries of a history, key by key.
struct Partition {
  std::vector<uint32_t> entries;
  std::vector<size_t> begins;
};

Partition by_key(const History& history) {
  std::vector<uint32_t> order(history.positions, kNone);  // position -> entry
  Partition parts;
  parts.begins.assign(size_t{history.keys.size()} + 1, 0);
  for (uint32_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    order[op.call] = i << 1;
    ++parts.begins[op.key + 1];
    if (op.deadline() != kNever) {
      order[op.ret] = i << 1 | 1;
      ++parts.begins[op.key + 1];
    }
  }
  std::partial_sum(parts.begins.begin(), parts.begins.end(), parts.begins.begin());
  if (history.keys.size() <= 1) {
    std::erase(order, kNone);
    parts.entries = std::move(order);
    return parts;
  }
  parts.entries.resize(parts.begins.back());
  std::vector<size_t> at(parts.begins.begin(), parts.begins.end() - 1);
  for (uint32_t entry : order) {
    if (entry != kNone) parts.entries[at[history.operations[entry >> 1].key]++] = entry;
  }
  return parts;
}

size_t calls_in(std::span<const uint32_t> entries) {
  return static_cast<size_t>(std::ranges::count_if(entries, [](uint32_t entry) { return (entry & 1) == 0; }));
}

class Checker {
 public:
  Checker(const History& history, const Options& options) : history_(history), options_(options), judge_(options.model, history.values) {
    verdict_.model = name_of(options.model);
    verdict_.operations = history.operations.size();
    if (options.time_limit_ms > 0) budget_.deadline = Budget::Clock::now() + std::chrono::milliseconds(options.time_limit_ms);
    if (options.initial == "any") {
      initial_.any = true;
    } else if (!options.initial.empty()) {
      initial_.value = history.values.find(options.initial);
    }
  }

  Verdict run() {
    const size_t held = history_.memory_bytes() + size_t{history_.positions} * 2 * sizeof(uint32_t);
    if (held >= options_.memory_bytes) {
      undecided("the history alone needs more than the memory budget");
      return std::move(verdict_);
    }
    budget_.memory_bytes = options_.memory_bytes - held;
    const Partition parts = by_key(history_);
    for (size_t key = 0; key + 1 < parts.begins.size(); ++key) {
      const std::span<const uint32_t> entries = std::span(parts.entries).subspan(parts.begins[key], parts.begins[key + 1] - parts.begins[key]);
      if (entries.empty()) continue;  // a text that is no key: a znode's name in a detail
      ++verdict_.keys;
      if (verdict_.answer != Answer::Violated) judge_object({history_.operations.data(), entries, calls_in(entries)});
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
      undecided(fmt::format("key {}: {}", history_.keys[view.operations[view.entries[0] >> 1].key], object.why));
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
  Verdict verdict = options.model == ModelKind::Zookeeper ? check_zookeeper(history, options) : Checker(history, options).run();
  verdict.seconds = std::chrono::duration<double>(Budget::Clock::now() - begin).count();
  if (verdict.answer != Answer::Undecided) verdict.undecided.clear();
  return verdict;
}

}  // namespace vivarium::checker

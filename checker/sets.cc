#include "checker/sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checker/claims.h"
#include "checker/dense_ids.h"

namespace vivarium::checker {
namespace {

bool by_bits(Value a, Value b) { return a.bits() < b.bits(); }

// A read of the whole set.
struct Snapshot {
  uint32_t index = 0;
  std::vector<Value> elements;
  size_t size() const { return elements.size(); }
};

class GrowingSet {
 public:
  GrowingSet(const KeyView& view, ModelKind model, const ValueTable& values)
      : view_(view), model_(model), values_(values) {}

  FastResult judge() {
    result_.kind = FastResult::Kind::Holds;
    collect() && check_chain() && place_elements() && check_time() && explain_unheard();
    // Who made a name is not known for sure when it may have been a create that got lost with its name.
    if (result_.kind == FastResult::Kind::Violated && ambiguous_ && !nameless_.empty()) unsuited();
    return result_;
  }

 private:
  const Operation& op(uint32_t index) const { return view_.operations[index]; }
  bool violated(std::vector<uint32_t> operations, std::string why) {
    result_ = {FastResult::Kind::Violated, std::move(operations), std::move(why)};
    return false;
  }
  bool unsuited() {
    result_ = {FastResult::Kind::Unsuited, {}, {}};
    return false;
  }

  bool collect() {
    bool good = true;
    view_.each_operation([&](uint32_t, const Operation& o) {
      const bool grows = o.f == Function::Add || o.f == Function::Create || o.f == Function::Read;
      const bool says_nothing =
          o.outcome == Outcome::Fail || (o.f == Function::Contains && o.outcome == Outcome::Unknown);
      good = good && (says_nothing || (grows && o.outcome != Outcome::Mismatch));
    });
    if (!good) return unsuited();
    view_.each_operation([&](uint32_t index, const Operation& o) {
      if (!good || o.outcome == Outcome::Fail || o.f == Function::Contains) return;
      if (o.f == Function::Read) {
        if (o.outcome == Outcome::Ok) add_snapshot(index);
      } else if (element_of(o).is_null()) {
        nameless_.push_back(index);
      } else {
        good = add_maker(index);
      }
    });
    std::ranges::stable_sort(reads_, {}, &Snapshot::size);
    return good;
  }

  void add_snapshot(uint32_t index) {
    Snapshot& read = reads_.emplace_back();
    read.index = index;
    read.elements = elements_of(op(index).result, values_, unheard_);
  }

  bool add_maker(uint32_t index) {
    const auto [at, fresh] = makers_.try_emplace(element_of(op(index)).bits(), index);
    ambiguous_ = ambiguous_ || op(index).outcome == Outcome::Unknown;
    if (fresh) return true;
    const bool both = op(at->second).outcome == Outcome::Ok && op(index).outcome == Outcome::Ok;
    if (model_ != ModelKind::UniqueNames || !both) return unsuited();
    return violated({at->second, index}, "one name was given twice");
  }

  bool check_chain() {
    for (const Snapshot& read : reads_) {
      const auto twice = std::ranges::adjacent_find(read.elements);
      if (twice != read.elements.end()) return violated({read.index}, "the read shows an element twice");
    }
    for (size_t i = 1; i < reads_.size(); ++i) {
      if (!std::ranges::includes(reads_[i].elements, reads_[i - 1].elements, by_bits)) {
        return violated({reads_[i - 1].index, reads_[i].index},
                        "nothing is ever removed, but neither of the two reads contains the other");
      }
    }
    return true;
  }

  // Slots of the order: the adds first seen by the reads of level L stand in slot 2L, these reads in 2L + 1.
  bool place_elements() {
    std::map<uint64_t, uint32_t> level_of;
    uint32_t level = 0;
    for (size_t i = 0; i < reads_.size(); ++i) {
      if (i > 0 && reads_[i].elements != reads_[i - 1].elements) ++level;
      for (Value element : reads_[i].elements) {
        if (!level_of.try_emplace(element.bits(), level).second) continue;
        if (!makers_.contains(element.bits())) orphans_.emplace_back(level, static_cast<uint32_t>(i));
      }
      slots_.emplace_back(2 * level + 1, reads_[i].index);
    }
    for (const auto& [bits, maker] : makers_) {
      const auto seen = level_of.find(bits);
      if (seen != level_of.end()) {
        slots_.emplace_back(2 * seen->second, maker);
      } else if (op(maker).outcome == Outcome::Ok) {
        slots_.emplace_back(2 * (level + 1), maker);
      }
    }
    std::ranges::sort(slots_);
    return true;
  }

  bool check_time() {
    uint32_t latest = kNone;  // of the slots before this one
    uint32_t latest_here = kNone;
    const auto later = [this](uint32_t a, uint32_t b) { return a == kNone || op(b).call > op(a).call ? b : a; };
    for (size_t i = 0; i < slots_.size(); ++i) {
      if (i > 0 && slots_[i].first != slots_[i - 1].first && latest_here != kNone) latest = later(latest, latest_here);
      const uint32_t index = slots_[i].second;
      if (latest != kNone && op(index).deadline() < op(latest).call)
        return out_of_order(index, latest, slots_[i].first);
      latest_here = later(latest_here, index);
    }
    return true;
  }

  // `early` returned before `late` was called, yet the reads put it after `late`.
  bool out_of_order(uint32_t early, uint32_t late, uint32_t slot) {
    std::vector<uint32_t> evidence = {early, late};
    if (op(early).f != Function::Read && op(late).f != Function::Read) {
      for (const Snapshot& read : reads_) {  // the read that shows the late one without the early one
        if (std::ranges::binary_search(read.elements, element_of(op(late)), by_bits)) {
          evidence.push_back(read.index);
          break;
        }
      }
    }
    const bool unseen = op(late).f == Function::Read && op(early).f != Function::Read && slot > 0;
    return violated(std::move(evidence),
                    unseen ? "the element was there before the read began, but the read does not show it"
                           : "the read shows what was added only after it, or elements in another order than "
                             "they were added");
  }

  // Elements that nobody is known to have added: each needs a create of its own whose outcome, and so name, is unknown.
  bool explain_unheard() {
    if (orphans_.empty()) return true;
    std::vector<uint32_t> deadlines(2 * reads_.size() + 4, kNever);
    for (const auto& [slot, index] : slots_) deadlines[slot] = std::min(deadlines[slot], op(index).deadline());
    for (size_t slot = deadlines.size() - 1; slot-- > 0;)
      deadlines[slot] = std::min(deadlines[slot], deadlines[slot + 1]);
    size_t used = 0;  // nameless_ is in order of call, orphans_ in order of deadline
    for (const auto& [level, read] : orphans_) {
      if (used == nameless_.size() || op(nameless_[used]).call > deadlines[2 * level + 1]) {
        std::vector<uint32_t> evidence(nameless_.begin(), nameless_.begin() + static_cast<std::ptrdiff_t>(used));
        evidence.push_back(reads_[read].index);
        return violated(std::move(evidence), "the read shows an element that nobody can have added");
      }
      ++used;
    }
    return true;
  }

  const KeyView& view_;
  ModelKind model_;
  const ValueTable& values_;
  TextTable unheard_;  // elements that only reads mention
  FastResult result_;
  std::vector<Snapshot> reads_;                         // by size, once sorted
  std::map<uint64_t, uint32_t> makers_;                 // element -> operation
  bool ambiguous_ = false;                              // a create of known name got lost
  std::vector<uint32_t> nameless_;                      // creates of unknown outcome and unknown name
  std::vector<std::pair<uint32_t, uint32_t>> orphans_;  // (level, read) of elements without a maker
  std::vector<std::pair<uint32_t, uint32_t>> slots_;    // (slot, operation)
};

}  // namespace

bool reads_whole_set(const KeyView& view) {
  bool whole = false;
  view.each_operation(
      [&](uint32_t, const Operation& op) { whole = whole || (op.f == Function::Read && op.outcome == Outcome::Ok); });
  return whole;
}

Value element_of(const Operation& op) {
  const bool told = op.f == Function::Create && !op.result.is_null();
  return told ? op.result : op.argument;
}

Elements split_elements(const KeyView& view) {
  DenseIds ids;
  ids.reset(view.count);
  std::vector<uint32_t> counts;
  const auto element = [&](const Operation& op) {
    const Value value = element_of(op);
    return value.is_null() || op.f == Function::Read ? kNone : ids.id(value.bits());
  };
  view.each_operation([&](uint32_t, const Operation& op) {
    const uint32_t id = element(op);
    if (id == kNone) return;
    if (id >= counts.size()) counts.resize(id + 1, 0);
    ++counts[id];
  });
  Elements split;
  split.begins.assign(1, 0);
  for (uint32_t count : counts) split.begins.push_back(split.begins.back() + count);
  split.members.resize(split.begins.back());
  std::vector<size_t> at(split.begins.begin(), split.begins.end() - 1);
  view.each_operation([&](uint32_t index, const Operation& op) {
    const uint32_t id = element(op);
    if (id != kNone) split.members[at[id]++] = index;
  });
  return split;
}

FastResult judge_growing_set(const KeyView& view, ModelKind model, const ValueTable& values) {
  return GrowingSet(view, model, values).judge();
}

FastResult judge_zxid_order(const KeyView& view) {
  std::vector<std::pair<int64_t, uint32_t>> order;
  view.each_operation([&](uint32_t index, const Operation& op) {
    if (is_effect(op) && op.outcome == Outcome::Ok && op.zxid != kNoZxid) order.emplace_back(op.zxid, index);
  });
  std::ranges::sort(order);
  FastResult result;
  result.kind = FastResult::Kind::Holds;
  uint32_t latest = kNone;
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t index = order[i].second;
    const Operation& op = view.operations[index];
    if (i > 0 && order[i].first == order[i - 1].first) {
      return {
          FastResult::Kind::Violated, {order[i - 1].second, index}, fmt::format("two effects claim zxid {}", op.zxid)};
    }
    if (latest != kNone && op.ret < view.operations[latest].call) {
      return {FastResult::Kind::Violated,
              {latest, index},
              "one operation returned before the other was called, but their zxids claim the opposite order"};
    }
    if (latest == kNone || op.call > view.operations[latest].call) latest = index;
  }
  return result;
}

std::vector<Value> elements_of(Value array, const ValueTable& values, TextTable& unheard) {
  std::vector<Value> elements;
  const auto parsed = nlohmann::json::parse(values.compact(array), nullptr, false);
  for (const auto& element : parsed) {
    const std::string text = element.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    elements.push_back(values.find(text));
    // Numbered from the top down, where no interned text has its number.
    if (elements.back() == kUnheardOf) elements.back() = Value::of_text(UINT32_MAX - 1 - unheard.intern(text));
  }
  std::ranges::sort(elements, by_bits);
  return elements;
}

}  // namespace vivarium::checker

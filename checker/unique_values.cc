#include "checker/unique_values.h"

#include <algorithm>
#include <vector>

#include "checker/claims.h"
#include "checker/dense_ids.h"

namespace vivarium::checker {
namespace {

// One value: who made it, who read it, and who replaced it by a cas.
struct Life {
  uint32_t maker = kNone;
  uint32_t next_maker = kNone;  // the cas that demanded this value and is known to have happened
  uint32_t last_call = 0;       // of the reads
  uint32_t first_ret = kNever;
  uint32_t last_caller = kNone;
  uint32_t first_returner = kNone;
  bool observed = false;
  bool done = false;  // belongs to a block already
};

// A maximal chain of values connected by cas, which nothing can interrupt.
struct Block {
  uint32_t first_ret = kNever;
  uint32_t last_call = 0;
  uint32_t first_returner = kNone;
  uint32_t last_caller = kNone;
  uint32_t value = 0;  // the first of the chain
};

class UniqueJudge {
 public:
  UniqueJudge(const KeyView& view, const Initial& initial) : view_(view), initial_(initial) {}

  FastResult judge() {
    if (!collect()) return result_;
    observe_unknown();
    make_blocks() && compare_blocks();
    if (result_.kind == FastResult::Kind::Holds && compared_) unsuited();
    return result_;
  }

 private:
  static constexpr uint32_t kInitial = 0;  // the initial value's number

  const Operation& op(uint32_t index) const { return view_.operations[index]; }

  bool violated(std::vector<uint32_t> operations, std::string why) {
    std::erase(operations, kNone);
    std::ranges::sort(operations);
    operations.erase(std::ranges::unique(operations).begin(), operations.end());
    result_ = {FastResult::Kind::Violated, std::move(operations), std::move(why)};
    return false;
  }
  bool unsuited() {
    result_ = {FastResult::Kind::Unsuited, {}, {}};
    return false;
  }

  Life& life(Value value) {
    const uint32_t id = ids_.id(value.bits());
    if (id == lives_.size()) lives_.emplace_back();
    return lives_[id];
  }

  // Two passes: who made what; then who saw what, which a maker of unknown outcome must be known to.
  bool collect() {
    result_.kind = FastResult::Kind::Holds;
    ids_.reset(view_.count);
    life(initial_.value);
    bool good = true;
    std::vector<uint32_t> failed;
    view_.each_operation([&](uint32_t index, const Operation& o) {
      if (!good || o.outcome == Outcome::Fail) return;
      if (o.outcome == Outcome::Mismatch) {
        if (o.f == Function::Cas) failed.push_back(index);
        return;
      }
      if (!is_effect(o)) return;
      const Value made = o.f == Function::Cas ? o.second : o.argument;
      Life& l = life(made);
      if (l.maker != kNone || made == initial_.value) {
        good = unsuited();
        return;
      }
      l.maker = index;
    });
    if (!good) return false;
    // Failed comparisons only add demands: what is wrong without them is wrong; what is right is not known to be.
    for (uint32_t index : failed) compared_ = compared_ || ids_.find(op(index).argument.bits()) != DenseIds::kMissing;
    view_.each_operation([&](uint32_t index, const Operation& o) {
      if (o.outcome != Outcome::Ok || !good) return;
      if (o.f == Function::Read) good = see(index, o);
      if (o.f == Function::Cas) good = chain(index, o);
    });
    return good;
  }

  bool see(uint32_t index, const Operation& o) {
    const uint32_t id = ids_.find(o.result.bits());
    if (id == DenseIds::kMissing) return violated({index}, "the value that was read was never written");
    Life& l = lives_[id];
    l.observed = true;
    if (l.last_caller == kNone || o.call >= l.last_call) {
      l.last_call = o.call;
      l.last_caller = index;
    }
    if (o.ret < l.first_ret) {
      l.first_ret = o.ret;
      l.first_returner = index;
    }
    return true;
  }

  // A cas, and if its outcome is unknown those by whom it is known to have happened.
  std::vector<uint32_t> with_observers(uint32_t index) const {
    const Life& made = lives_[ids_.find(op(index).second.bits())];
    if (op(index).outcome == Outcome::Ok) return {index};
    return {index, made.first_returner != kNone ? made.first_returner : made.next_maker};
  }

  // A cas that happened: it follows its old value at once.
  bool chain(uint32_t index, const Operation& o) {
    const uint32_t id = ids_.find(o.argument.bits());
    if (id == DenseIds::kMissing)
      return violated(with_observers(index), "the cas succeeded on a value that was never written");
    Life& l = lives_[id];
    l.observed = true;
    if (l.next_maker != kNone && l.next_maker != index) {
      std::vector<uint32_t> both = with_observers(index);
      for (uint32_t other : with_observers(l.next_maker)) both.push_back(other);
      both.push_back(l.maker);
      return violated(std::move(both), "two cas succeeded on one value that was written once");
    }
    l.next_maker = index;
    return true;
  }

  // A cas of unknown outcome whose value was seen has happened, so what it demanded was there: back to the known.
  bool observe_unknown() {
    for (uint32_t id = 0; id < lives_.size(); ++id) {
      uint32_t at = id;
      while (lives_[at].observed && lives_[at].maker != kNone) {
        const uint32_t maker = lives_[at].maker;
        const Operation& o = op(maker);
        if (o.f != Function::Cas || o.outcome != Outcome::Unknown) break;
        const uint32_t before = ids_.find(o.argument.bits());
        if (before != DenseIds::kMissing && lives_[before].next_maker == maker) break;  // was here
        if (!chain(maker, o)) return false;
        at = before;
      }
    }
    return true;
  }

  bool exists(uint32_t id) const {
    const Life& l = lives_[id];
    return id == kInitial || (l.maker != kNone && (l.observed || op(l.maker).outcome == Outcome::Ok));
  }

  bool make_blocks() {
    if (result_.kind != FastResult::Kind::Holds) return false;
    for (uint32_t id = 0; id < lives_.size(); ++id) {
      if (!exists(id)) {
        if (lives_[id].observed)
          return violated({lives_[id].first_returner}, "the value that was seen was never written");
        continue;
      }
      const bool begins = id == kInitial || op(lives_[id].maker).f == Function::Write;
      if (begins && !follow_chain(id)) return false;
    }
    for (uint32_t id = 0; id < lives_.size(); ++id) {
      if (exists(id) && !lives_[id].done) {  // only cas upon cas, in a ring
        return violated({lives_[id].maker, lives_[id].next_maker},
                        "these cas each demand the value of another of them");
      }
    }
    return true;
  }

  // Within a block the order is known: each value's maker, its readers, the next maker.
  bool follow_chain(uint32_t first) {
    Block block;
    block.value = first;
    if (first == kInitial) block.first_ret = 0;
    uint32_t latest = 0;
    uint32_t latest_caller = kNone;
    for (uint32_t id = first;;) {
      Life& l = lives_[id];
      l.done = true;
      if (l.maker != kNone) {
        const Operation& maker = op(l.maker);
        if (maker.deadline() < latest)
          return violated({l.maker, latest_caller}, "a cas returned before what it follows was called");
        extend(block, maker.call, maker.deadline(), l.maker, l.maker);
        if (maker.call >= latest) {
          latest = maker.call;
          latest_caller = l.maker;
        }
      }
      if (l.first_returner != kNone) {
        if (l.first_ret < latest)
          return violated({l.maker, l.first_returner, latest_caller},
                          "a value was read before it can have been written");
        extend(block, l.last_call, l.first_ret, l.last_caller, l.first_returner);
        if (l.last_call >= latest) {
          latest = l.last_call;
          latest_caller = l.last_caller;
        }
      }
      if (l.next_maker == kNone) break;
      const Operation& next = op(l.next_maker);
      id = ids_.find(next.second.bits());
    }
    blocks_.push_back(block);
    return true;
  }

  // Positions are counted from 1 here: at 0 lies the moment when the initial value was made.
  static void extend(Block& block, uint32_t call, uint32_t ret, uint32_t caller, uint32_t returner) {
    ++call;
    if (ret != kNever) ++ret;
    if (block.last_caller == kNone || call >= block.last_call) {
      block.last_call = call;
      block.last_caller = caller;
    }
    if (ret < block.first_ret) {
      block.first_ret = ret;
      block.first_returner = returner;
    }
  }

  bool compare_blocks() {
    std::vector<uint32_t> forward;  // blocks that surely held their values from first_ret to last_call
    for (uint32_t i = 0; i < blocks_.size(); ++i) {
      const Block& block = blocks_[i];
      if (block.value == kInitial || block.first_ret < block.last_call) forward.push_back(i);
    }
    std::ranges::sort(forward, {}, [this](uint32_t i) { return std::pair(blocks_[i].first_ret, blocks_[i].value); });
    for (size_t i = 1; i < forward.size(); ++i) {
      const Block& a = blocks_[forward[i - 1]];
      const Block& b = blocks_[forward[i]];
      if (b.first_ret < a.last_call) return clash(a, b);
    }
    for (const Block& block : blocks_) {
      if (block.value == kInitial || block.first_ret < block.last_call) continue;
      auto after =
          std::ranges::lower_bound(forward, block.last_call, {}, [this](uint32_t i) { return blocks_[i].first_ret; });
      if (after == forward.begin()) continue;
      const Block& around = blocks_[*std::prev(after)];
      if (block.first_ret < around.last_call) return clash(around, block);
    }
    return true;
  }

  bool clash(const Block& a, const Block& b) {
    std::vector<uint32_t> operations;
    for (const Block* block : {&a, &b}) {
      for (uint32_t index : {block->first_returner, block->last_caller}) {
        operations.push_back(index);
        if (index != kNone) explain_value(*block, index, operations);
      }
    }
    return violated(std::move(operations),
                    "the first value was seen before and after the second, but was written once");
  }

  // How the operation's value came about: back along the chain, as far as it matters, to the block's first value.
  void explain_value(const Block& block, uint32_t index, std::vector<uint32_t>& operations) {
    const Operation& o = op(index);
    Value value = o.f == Function::Read ? o.result : o.f == Function::Cas ? o.second : o.argument;
    for (uint32_t id = ids_.find(value.bits()); lives_[id].maker != kNone && id != block.value;) {
      operations.push_back(lives_[id].maker);
      id = ids_.find(op(lives_[id].maker).argument.bits());
    }
    operations.push_back(lives_[block.value].maker);
  }

  const KeyView& view_;
  const Initial& initial_;
  FastResult result_;
  DenseIds ids_;
  std::vector<Life> lives_;
  std::vector<Block> blocks_;
  bool compared_ = false;  // some comparison with a value that was written failed
};

}  // namespace

FastResult judge_unique_values(const KeyView& view, ModelKind model, const Initial& initial) {
  const bool registers = model == ModelKind::Register || model == ModelKind::CasRegister;
  if (!registers || initial.any) return {};
  return UniqueJudge(view, initial).judge();
}

}  // namespace vivarium::checker

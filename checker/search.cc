#include "checker/search.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <tuple>

#include "checker/slot_set.h"

namespace vivarium::checker {
namespace {

constexpr size_t kPairwiseMost = 64;  // configurations that are compared each with each
constexpr size_t kCompareMost = 96;   // dominators tried for one configuration in a bigger layer
constexpr size_t kKeepLeast = 64;
constexpr size_t kVisitsPerKept = 4;  // steps tried for each configuration that may be kept
constexpr size_t kKeepGrowth = 4;     // from round to round
constexpr uint64_t kClockEvery = 1 << 14;

template <size_t W>
class Sweep {
 public:
  Sweep(const Problem& problem, const Budget& budget) : p_(problem), budget_(budget) {
    slot_of_.resize(p_.steps.size());
    step_at_.resize(W * 64);
    better_.resize(W * 64);
    if constexpr (kTables) {
      if (!p_.custom && !p_.ranked) {
        equals_.resize(p_.values);
        differs_.resize(p_.values);
        writes_.resize(p_.values);
        swaps_.resize(p_.values);
      }
    }
  }

  // `keep`: how many configurations may be kept at once.
  SearchResult run(size_t keep, StatesSeen* seen = nullptr) {
    reset();
    keep_ = keep;
    visits_most_ = std::min(std::max(keep, kKeepLeast) * kVisitsPerKept, affordable());
    seen_ = seen;
    for (State state : p_.initial) {
      layer_.emplace_back();
      layer_.back().state = state;
    }
    filter(layer_);
    for (uint32_t at = 0; at < p_.events.size(); ++at) {
      const uint32_t step = p_.events[at] >> 1;
      if ((p_.events[at] & 1) == 0) {
        on_call(step);
        if (seen_ != nullptr) note_states(layer_);
        continue;
      }
      on_return(step);
      if (!result_.why_undecided.empty()) return finish(Answer::Undecided, at);
      if (layer_.empty()) return finish(Answer::Violated, at);
      if (seen_ != nullptr) note_states(layer_);
      if (++since_clock_ >= kClockEvery) check_clock();
    }
    return finish(Answer::Holds, kNever);
  }

  bool truncated() const { return truncated_; }
  std::vector<State> last_states() const {
    std::vector<State> states;
    for (const Config& config : layer_) states.push_back(config.state);
    return states;
  }
  size_t affordable() const { return std::max<size_t>(budget_.memory_bytes / (sizeof(Config) * 12), 64); }

 private:
  // Tables by value make observers cheap; with very wide masks they would cost more than they save.
  static constexpr bool kTables = W <= 4;

  // done: the step has taken effect (an observer: is satisfied).
  // met: the step need not take effect any more, but still may, until it returns. That is so for unknown outcomes, and
  // for a write that could have been placed, unseen, just before another write or where the state was its own value
  // anyway.
  struct Config {
    SlotSet<W> done;
    SlotSet<W> met;
    State state = 0;
    uint32_t rank = 0;  // ranked effects done so far
    friend bool operator==(const Config&, const Config&) = default;
  };

  struct Work {
    Config config;
    bool wasted = false;  // the last step was a write that nobody saw
    bool met = false;     // the wanted step is met; what follows matters only if it will be seen
    uint64_t states = 0;  // (the first 64) gone through since something was gained
    friend bool operator==(const Work&, const Work&) = default;
  };

  void reset() {
    result_ = SearchResult{};
    truncated_ = false;
    layer_.clear();
    open_ = effects_ = observers_ = obliged_writes_ = exact_ = sparing_ = SlotSet<W>{};
    free_slots_.clear();
    for (uint32_t slot = W * 64; slot-- > 0;) free_slots_.push_back(slot);
    std::ranges::fill(better_, SlotSet<W>{});
    for (auto* table : {&equals_, &differs_, &writes_, &swaps_}) std::ranges::fill(*table, SlotSet<W>{});
    differing_ = SlotSet<W>{};
  }

  SearchResult finish(Answer answer, uint32_t at) {
    result_.answer = answer;
    result_.failed_event = answer == Answer::Violated ? at : kNever;
    return result_;
  }

  void check_clock() {
    since_clock_ = 0;
    if (budget_.late()) result_.why_undecided = "the time budget is spent";
  }

  bool tables() const { return kTables && !equals_.empty(); }
  const Step& at_slot(uint32_t slot) const { return p_.steps[step_at_[slot]]; }

  bool holds(const Step& step, State state, uint32_t rank) const {
    if (step.rank != kNoRank && step.rank != rank) return false;
    if (step.kind == StepKind::Equals) return state == step.a;
    if (step.kind == StepKind::Differs) return state != step.a;
    return p_.custom->holds(step, state);
  }

  // The open observers that `state` satisfies.
  SlotSet<W> satisfied(State state, uint32_t rank) const {
    if (tables()) return equals_[state] | minus(differing_, differs_[state]);
    SlotSet<W> satisfied;
    observers_.each([&](uint32_t slot) {
      if (holds(at_slot(slot), state, rank)) satisfied.set(slot);
    });
    return satisfied;
  }

  // The open obliged writes of just this value: they could be placed here without anyone noticing.
  SlotSet<W> same_value_writes(State state) const {
    if (tables()) return writes_[state];
    SlotSet<W> same;
    obliged_writes_.each([&](uint32_t slot) {
      if (at_slot(slot).a == state) same.set(slot);
    });
    return same;
  }

  void on_call(uint32_t index) {
    const Step& step = p_.steps[index];
    const uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    slot_of_[index] = slot;
    step_at_[slot] = index;
    open_.set(slot);
    if (step.observes()) {
      open_observer(step, slot);
    } else {
      open_effect(step, slot);
    }
  }

  void open_observer(const Step& step, uint32_t slot) {
    observers_.set(slot);
    if (tables()) {
      (step.kind == StepKind::Equals ? equals_ : differs_)[step.a].set(slot);
      if (step.kind == StepKind::Differs) differing_.set(slot);
    }
    for (Config& config : layer_) {
      if (holds(step, config.state, config.rank)) config.done.set(slot);
    }
  }

  void open_effect(const Step& step, uint32_t slot) {
    // Among interchangeable steps only the one with the nearest deadline is tried: better_[s] are those before s.
    effects_.each([&](uint32_t other) {
      const Step& o = at_slot(other);
      if (o.effect != step.effect) return;
      if (o.ret <= step.ret) {
        better_[slot].set(other);
      } else {
        better_[other].set(slot);
      }
    });
    effects_.set(slot);
    const bool unseen_possible = step.kind == StepKind::Write && step.required && step.rank == kNoRank && !p_.ranked;
    if (unseen_possible) {
      obliged_writes_.set(slot);
      if (tables()) writes_[step.a].set(slot);
      for (Config& config : layer_) {
        if (config.state == step.a) config.met.set(slot);
      }
    }
    if (unseen_possible || !step.required) {
      sparing_.set(slot);
    } else {
      exact_.set(slot);
    }
    if (step.kind == StepKind::Swap && tables()) swaps_[step.a].set(slot);
  }

  void close(uint32_t slot) {
    const Step& step = at_slot(slot);
    if (tables()) {
      if (step.kind == StepKind::Equals) equals_[step.a].clear(slot);
      if (step.kind == StepKind::Differs) differs_[step.a].clear(slot);
      if (step.kind == StepKind::Write) writes_[step.a].clear(slot);
      if (step.kind == StepKind::Swap) swaps_[step.a].clear(slot);
      differing_.clear(slot);
    }
    if (!step.observes()) {
      effects_.clear(slot);
      effects_.each([&](uint32_t other) { better_[other].clear(slot); });
      better_[slot] = SlotSet<W>{};
    }
    for (SlotSet<W>* mask : {&open_, &observers_, &obliged_writes_, &exact_, &sparing_}) mask->clear(slot);
    free_slots_.push_back(slot);
  }

  void on_return(uint32_t index) {
    const uint32_t slot = slot_of_[index];
    bool all_done = true;
    for (const Config& config : layer_) all_done = all_done && config.done.test(slot);
    if (!all_done) {
      next_.clear();
      begin_closure();
      for (const Config& config : layer_) begin_at(config, slot);
      explore(slot);
      layer_.swap(next_);
    }
    for (Config& config : layer_) {
      config.done.clear(slot);
      config.met.clear(slot);
    }
    close(slot);
    if (!all_done) filter(layer_);  // else nothing can coincide by its leaving
    result_.configurations += layer_.size();
    result_.configurations_most = std::max(result_.configurations_most, layer_.size());
    since_clock_ += layer_.size();
  }

  // Where the wanted step is met without having been seen, this is also its last chance to be seen.
  void begin_at(const Config& config, uint32_t wanted) {
    const bool met = config.met.test(wanted);
    if (met || config.done.test(wanted)) next_.push_back(config);
    if (!config.done.test(wanted)) work_.push_back({config, false, met, state_bit(config.state)});
  }

  // Everything that some open steps can make of the begun configurations until the step in `wanted` is satisfied, the
  // shortest ways first.
  void explore(uint32_t wanted) {
    for (size_t at = 0; at < work_.size() && result_.why_undecided.empty(); ++at) {
      const Work work = work_[at];
      minus(effects_, work.config.done).each([&](uint32_t slot) { try_step(work, slot, wanted); });
    }
  }

  void try_step(const Work& work, uint32_t slot, uint32_t wanted) {
    if (!minus(better_[slot], work.config.done).none()) return;  // an interchangeable one goes first
    const Step& step = at_slot(slot);
    // After a write that nobody saw, another write would make it as if the first had not been.
    if (work.wasted && step.kind == StepKind::Write) return;
    Work after{work.config, false, work.met, work.states};
    if (!apply(step, slot, after.config)) return;
    if (seen_ != nullptr) note_state(after.config.state);
    if (++since_clock_ >= kClockEvery) check_clock();
    const bool done = after.config.done.test(wanted);
    if (done || (after.config.met.test(wanted) && !work.met)) {
      next_.push_back(after.config);
      if (next_.size() > 2 * keep_ + 1024) filter(next_);
      if (done) return;
      after.met = true;
    }
    after.wasted = step.kind == StepKind::Write && !p_.ranked && !step_seen(work.config, after.config);
    if (after.wasted && no_swap_from(after.config)) return;
    const uint64_t bit = state_bit(after.config.state);
    if (exact_.test(slot) || step_gained(work.config, after.config)) {
      after.states = bit;
    } else {
      // A detour that ends where it began, and on which nothing was gained, can be made later if it must.
      if ((after.states & bit) != 0) return;
      after.states |= bit;
    }
    if (first_visit(after)) work_.push_back(after);
  }

  static uint64_t state_bit(State state) { return state < 64 ? uint64_t{1} << state : 0; }

  // Whether the configuration before cannot do all that the one after can. (Ranked effects never take detours.)
  bool step_gained(const Config& before, const Config& after) const {
    return p_.ranked || step_seen(before, after) || !(minus(after.met, before.met) & obliged_writes_).none();
  }

  bool step_seen(const Config& before, const Config& after) const {
    return !(minus(after.done, before.done) & observers_).none();
  }

  bool no_swap_from(const Config& config) const { return tables() && minus(swaps_[config.state], config.done).none(); }

  bool apply(const Step& step, uint32_t slot, Config& config) {
    if (step.rank != kNoRank) {
      if (step.rank != config.rank) return false;
      ++config.rank;
    }
    if (step.kind == StepKind::Write) {
      // Where it changes nothing it is of use only to those that could then stand, unseen, just before it.
      if (step.rank == kNoRank && config.state == step.a && minus(obliged_writes_, config.met).none()) return false;
      config.state = step.a;
      if (!p_.ranked) config.met |= obliged_writes_;  // each could stand, unseen, just before this one
    } else if (step.kind == StepKind::Swap) {
      if (config.state != step.a) return false;
      config.state = step.b;
    } else if (!p_.custom->apply(step, config.state, config.state)) {
      return false;
    }
    config.done.set(slot);
    config.met.set(slot);
    if (!obliged_writes_.none()) config.met |= same_value_writes(config.state);
    config.done |= satisfied(config.state, config.rank);
    return true;
  }

  // --- configurations met within one closure ---

  void begin_closure() {
    if (++generation_ == 0) {
      std::ranges::fill(visited_stamp_, 0);
      generation_ = 1;
    }
    visits_ = 0;
    work_.clear();
  }

  static uint64_t hash(const Config& config) {
    uint64_t h = (uint64_t{config.state} << 32 ^ config.rank) * 0x9e3779b97f4a7c15ull;
    for (size_t i = 0; i < W; ++i) {
      h = (h ^ config.done.words[i]) * 0xff51afd7ed558ccdull;
      h = ((h ^ (h >> 29)) ^ config.met.words[i]) * 0xc4ceb9fe1a85ec53ull;
    }
    return h ^ (h >> 32);
  }

  // False when this closure was here before, or has been at as many places as it may.
  bool first_visit(const Work& work) {
    if (visits_ >= visits_most_) {
      truncated_ = true;
      return false;
    }
    if ((visits_ + 1) * 2 > visited_.size()) grow_visited();
    const size_t mask = visited_.size() - 1;
    size_t at = (hash(work.config) + (work.wasted ? 0x9e3779b9u : 0u) + (work.met ? 0x85ebca6bu : 0u)) & mask;
    for (size_t tries = 0; tries < 64; ++tries, at = (at + 1) & mask) {
      if (visited_stamp_[at] != generation_) break;
      if (visited_[at] == work) return false;
    }
    visited_stamp_[at] = generation_;
    visited_[at] = work;
    ++visits_;
    return true;
  }

  void grow_visited() {
    const size_t size = visited_.empty() ? 256 : visited_.size() * 2;
    std::vector<Work> old = std::move(visited_);
    std::vector<uint32_t> old_stamp = std::move(visited_stamp_);
    visited_.assign(size, Work{});
    visited_stamp_.assign(size, 0);
    visits_ = 0;
    for (size_t i = 0; i < old.size(); ++i) {
      if (old_stamp[i] == generation_) first_visit(old[i]);
    }
  }

  // --- keeping only what matters ---

  // True when whatever can follow from `b` can follow from `a` too.
  bool dominates(const Config& a, const Config& b) const {
    for (size_t i = 0; i < W; ++i) {
      const uint64_t differ = a.done.words[i] ^ b.done.words[i];
      if ((differ & exact_.words[i]) != 0) return false;
      if ((b.done.words[i] & ~a.done.words[i] & observers_.words[i]) != 0) return false;
      if ((a.done.words[i] & ~b.done.words[i] & sparing_.words[i]) != 0) return false;
      if ((b.met.words[i] & ~a.met.words[i] & obliged_writes_.words[i]) != 0) return false;
    }
    return true;
  }

  // Fewer is better: steps still to be satisfied, and steps used up that could have been spared.
  uint32_t cost(const Config& config) const {
    const SlotSet<W> owed = minus(minus(open_, config.done), config.met);
    return (owed & (observers_ | exact_ | obliged_writes_)).count() * 2 + (config.done & sparing_).count();
  }

  void filter(std::vector<Config>& layer) {
    if (layer.size() < 2) return;
    if (layer.size() <= kPairwiseMost) {
      filter_pairwise(layer);
    } else {
      filter_sorted(layer);
    }
    if (layer.size() > keep_) truncate(layer);
  }

  void filter_pairwise(std::vector<Config>& layer) {
    size_t kept = 0;
    for (size_t i = 0; i < layer.size(); ++i) {
      const Config candidate = layer[i];
      bool dominated = false;
      size_t survivors = 0;
      for (size_t j = 0; j < kept && !dominated; ++j) {
        const bool comparable = layer[j].state == candidate.state && layer[j].rank == candidate.rank;
        if (comparable && dominates(layer[j], candidate)) dominated = true;
      }
      if (dominated) continue;
      for (size_t j = 0; j < kept; ++j) {
        const bool comparable = layer[j].state == candidate.state && layer[j].rank == candidate.rank;
        if (comparable && dominates(candidate, layer[j])) continue;
        if (survivors != j) layer[survivors] = layer[j];
        ++survivors;
      }
      layer[survivors] = candidate;
      kept = survivors + 1;
    }
    layer.resize(kept);
  }

  struct Rank {
    State state;
    uint32_t rank;
    uint64_t exact;
    uint32_t cost;
    uint32_t index;
  };

  void filter_sorted(std::vector<Config>& layer) {
    ranks_.clear();
    for (uint32_t i = 0; i < layer.size(); ++i) {
      const Config& config = layer[i];
      uint64_t exact = 0;
      for (size_t w = 0; w < W; ++w) exact = (exact ^ (config.done.words[w] & exact_.words[w])) * 0x9e3779b97f4a7c15ull;
      ranks_.push_back({config.state, config.rank, exact, cost(config), i});
    }
    std::ranges::sort(ranks_, {}, [](const Rank& r) { return std::tuple(r.state, r.rank, r.exact, r.cost, r.index); });
    scratch_.clear();
    size_t group = 0;  // where the configurations comparable with this one begin in scratch_
    for (size_t i = 0; i < ranks_.size(); ++i) {
      const Rank& r = ranks_[i];
      if (i == 0 || r.state != ranks_[i - 1].state || r.rank != ranks_[i - 1].rank || r.exact != ranks_[i - 1].exact) {
        group = scratch_.size();
      }
      const Config& config = layer[r.index];
      bool dominated = false;
      const size_t most = std::min(scratch_.size(), group + kCompareMost);
      for (size_t j = group; j < most && !dominated; ++j) dominated = dominates(scratch_[j], config);
      for (size_t j = scratch_.size(); j-- > most && !dominated && scratch_.size() - j < 8;) {
        dominated = dominates(scratch_[j], config);  // equal ones lie close together
      }
      if (!dominated) scratch_.push_back(config);
    }
    layer.swap(scratch_);
  }

  void truncate(std::vector<Config>& layer) {
    truncated_ = true;
    std::ranges::stable_sort(layer, {}, [this](const Config& config) { return cost(config); });
    // The cheapest of every state first: a state that is given up is rarely found again.
    std::vector<uint32_t> seen(layer.size());
    std::vector<std::pair<State, uint32_t>> counts;
    for (size_t i = 0; i < layer.size(); ++i) {
      auto at = std::ranges::lower_bound(counts, layer[i].state, {}, &std::pair<State, uint32_t>::first);
      if (at == counts.end() || at->first != layer[i].state) at = counts.insert(at, {layer[i].state, 0});
      seen[i] = at->second++;
    }
    std::vector<uint32_t> order(layer.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [&](uint32_t i) { return seen[i]; });
    scratch_.clear();
    for (size_t i = 0; i < keep_; ++i) scratch_.push_back(layer[order[i]]);
    layer.swap(scratch_);
  }

  // --- what each step could have seen ---

  void note_state(State state) {
    open_.each([&](uint32_t slot) { seen_->during[step_at_[slot]].push_back(state); });
  }
  void note_states(const std::vector<Config>& layer) {
    for (const Config& config : layer) note_state(config.state);
  }

  const Problem& p_;
  const Budget& budget_;
  SearchResult result_;
  StatesSeen* seen_ = nullptr;
  size_t keep_ = SIZE_MAX;
  bool truncated_ = false;
  uint64_t since_clock_ = 0;

  std::vector<Config> layer_;
  std::vector<Config> next_;
  std::vector<Config> scratch_;
  std::vector<Rank> ranks_;
  std::vector<Work> work_;
  std::vector<Work> visited_;
  std::vector<uint32_t> visited_stamp_;
  uint32_t generation_ = 0;
  size_t visits_ = 0;
  size_t visits_most_ = SIZE_MAX;

  std::vector<uint32_t> slot_of_;
  std::vector<uint32_t> step_at_;
  std::vector<uint32_t> free_slots_;
  std::vector<SlotSet<W>> better_;
  SlotSet<W> open_;
  SlotSet<W> effects_;
  SlotSet<W> observers_;
  SlotSet<W> obliged_writes_;  // required, unranked writes: can be met unseen
  SlotSet<W> exact_;           // required effects that must really happen: done and not done are not comparable
  SlotSet<W> sparing_;         // effects that are better not used up
  SlotSet<W> differing_;
  std::vector<SlotSet<W>> equals_, differs_, writes_, swaps_;  // open steps by value
};

template <size_t W>
SearchResult search_in_rounds(const Problem& problem, const Budget& budget) {
  Sweep<W> sweep(problem, budget);
  const size_t most = sweep.affordable();
  uint64_t configurations = 0;
  // With few steps open at once all configurations are few enough; with many, the promising ones usually suffice.
  size_t keep = problem.slots <= 32 ? 4096 : 32;
  for (;; keep *= kKeepGrowth) {
    keep = std::min(keep, most);
    SearchResult result = sweep.run(keep);
    configurations += result.configurations;
    result.configurations = configurations;
    if (result.answer != Answer::Violated || !sweep.truncated()) return result;
    if (keep < most) continue;
    result.answer = Answer::Undecided;
    result.failed_event = kNever;
    result.why_undecided =
        fmt::format("the memory budget holds {} possible states at once, and more were needed", most);
    return result;
  }
}

void sort_once(std::vector<State>& states) {
  std::ranges::sort(states);
  states.erase(std::ranges::unique(states).begin(), states.end());
}

template <size_t W>
std::vector<State> states_after_with(const Problem& problem, const Budget& budget) {
  Sweep<W> sweep(problem, budget);
  const bool reached = sweep.run(sweep.affordable()).answer == Answer::Holds && !sweep.truncated();
  std::vector<State> states = reached ? sweep.last_states() : std::vector<State>();
  sort_once(states);
  return states;
}

template <size_t W>
StatesSeen states_seen_with(const Problem& problem, const Budget& budget) {
  StatesSeen seen;
  seen.during.resize(problem.steps.size());
  Sweep<W> sweep(problem, budget);
  sweep.run(sweep.affordable(), &seen);
  for (auto& states : seen.during) sort_once(states);
  return seen;
}

}  // namespace

SearchResult search(const Problem& problem, const Budget& budget) {
  if (problem.slots <= 64) return search_in_rounds<1>(problem, budget);
  if (problem.slots <= 128) return search_in_rounds<2>(problem, budget);
  if (problem.slots <= 256) return search_in_rounds<4>(problem, budget);
  if (problem.slots <= 1024) return search_in_rounds<16>(problem, budget);
  if (problem.slots <= 8192) return search_in_rounds<128>(problem, budget);
  SearchResult result;
  result.answer = Answer::Undecided;
  result.why_undecided = fmt::format("{} operations are open at once; at most 8192 can be explored", problem.slots);
  return result;
}

std::vector<State> states_after(const Problem& problem, const Budget& budget) {
  if (problem.slots <= 64) return states_after_with<1>(problem, budget);
  if (problem.slots <= 1024) return states_after_with<16>(problem, budget);
  return {};
}

StatesSeen states_seen(const Problem& problem, const Budget& budget) {
  if (problem.slots <= 64) return states_seen_with<1>(problem, budget);
  if (problem.slots <= 1024) return states_seen_with<16>(problem, budget);
  return {};
}

}  // namespace vivarium::checker

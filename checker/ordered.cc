#include "checker/ordered.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace vivarium::checker {
namespace {

// The stretch of the claimed order between one effect and the next: that effect, and the observations of its value.
struct Place {
  uint32_t writer = kNone;
  uint32_t witness = kNone;  // the operation by which `value` is known
  Value value;
  bool known = false;
  bool cas = false;
  uint32_t made_call = 0;  // of the writer; copied, for every pass asks for them
  uint32_t made_ret = kNever;
  uint32_t last_call = 0;  // of the observations
  uint32_t first_ret = kNever;
  uint32_t last_caller = kNone;
  uint32_t first_returner = kNone;
};

class OrderedJudge {
 public:
  OrderedJudge(const KeyView& view, ModelKind model, const Initial& initial, Claim claim)
      : view_(view), versioned_(model == ModelKind::Versioned), initial_(initial), claim_(claim) {}

  FastResult judge() {
    if (!collect()) return result_;
    place_effects() && place_observations() && check_conditions() && check_zxids() && check_time() && explain_gaps() &&
        place_floating();
    return result_;
  }

 private:
  const Operation& op(uint32_t index) const { return view_.operations[index]; }

  bool violated(std::vector<uint32_t> operations, std::string why) {
    std::erase(operations, kNone);
    result_ = {FastResult::Kind::Violated, std::move(operations), std::move(why)};
    return false;
  }
  bool unsuited() {
    result_ = {FastResult::Kind::Unsuited, {}, {}};
    return false;
  }
  // What contradicts the known effects might still be explained by one of unknown outcome.
  bool unexplained(std::vector<uint32_t> operations, std::string why) {
    return unknown_.empty() ? violated(std::move(operations), std::move(why)) : unsuited();
  }

  std::string_view claim_name() const { return claim_ == Claim::Zxid ? "zxid" : "version"; }

  bool collect() {
    result_.kind = FastResult::Kind::Holds;
    effects_.reserve(view_.count / 2);
    view_.each_operation([&](uint32_t index, const Operation& o) {
      if (o.outcome == Outcome::Ok && o.version >= 0) note_version(index, o);
      if (is_effect(o)) {
        if (o.outcome == Outcome::Ok) {
          const std::pair<int64_t, uint32_t> effect(claimed(o, claim_), index);
          sorted_ = sorted_ && (effects_.empty() || effects_.back() <= effect);
          effects_.push_back(effect);
          zxids_ = zxids_ || o.zxid != kNoZxid;
        }
        if (o.outcome == Outcome::Unknown) unknown_.push_back(index);
        if (o.outcome == Outcome::Mismatch && claimed(o, claim_) == kNoClaim) floating_.push_back(index);
      } else if (o.outcome == Outcome::Ok && claimed(o, claim_) == kNoClaim) {
        floating_.push_back(index);
      }
    });
    return claim_ == Claim::Count ? number_by_count() : number_by_order();
  }

  bool number_by_order() {
    if (!sorted_) std::ranges::sort(effects_);
    for (size_t i = 1; i < effects_.size(); ++i) {
      if (effects_[i].first == effects_[i - 1].first) return same_place(effects_[i - 1].second, effects_[i].second);
    }
    places_.resize(effects_.size() + 1);
    return true;
  }

  void note_version(uint32_t index, const Operation& o) {
    least_ = std::min<int64_t>(least_, is_effect(o) ? o.version - 1 : o.version);
    if (o.version <= most_) return;
    most_ = o.version;
    newest_ = index;
  }

  // Versions count from the initial one; an excerpt counts from the least that it shows.
  bool number_by_count() {
    int64_t most = initial_.any ? most_ : std::max<int64_t>(most_, initial_.version);
    base_ = initial_.any ? (newest_ == kNone ? 0 : least_) : initial_.version;
    most = std::max(most, base_);
    const auto span = static_cast<uint64_t>(most - base_);
    if (!initial_.any && span > effects_.size() + unknown_.size()) {
      std::vector<uint32_t> evidence = unknown_;
      evidence.push_back(newest_);
      return violated(std::move(evidence),
                      fmt::format("version {} was seen, but only {} operations can have made a version", most,
                                  effects_.size() + unknown_.size()));
    }
    if (span > view_.count * 4 + 1024) return unsuited();
    places_.resize(span + 1);
    return true;
  }

  bool same_place(uint32_t a, uint32_t b) {
    return violated({a, b}, fmt::format("two effects claim {} {}", claim_name(), claimed(op(a), claim_)));
  }

  // The place whose value an observation with this claim has seen.
  int64_t observed_place(int64_t place) {
    if (claim_ == Claim::Count) return place - base_;
    if (effects_.empty() || place < effects_.front().first) return 0;
    // Observations mostly come in the order of their claims.
    while (hint_ > 0 && effects_[hint_ - 1].first > place) --hint_;
    for (size_t steps = 0; hint_ < effects_.size() && effects_[hint_].first <= place; ++hint_) {
      if (++steps > 16) {
        const auto above = std::ranges::upper_bound(effects_, place, {}, &std::pair<int64_t, uint32_t>::first);
        hint_ = static_cast<size_t>(above - effects_.begin());
        break;
      }
    }
    return static_cast<int64_t>(hint_);
  }

  bool place_effects() {
    places_[0].known = !initial_.any;
    places_[0].value = initial_.value;
    for (size_t i = 0; i < effects_.size(); ++i) {
      const uint32_t index = effects_[i].second;
      const Operation& o = op(index);
      const int64_t at = claim_ == Claim::Count ? o.version - base_ : static_cast<int64_t>(i) + 1;
      if (at < 1) {
        return violated({index},
                        fmt::format("a write made version {}, but the versions began at {}", o.version, base_));
      }
      if (claim_ == Claim::Count && o.asked_version >= 0 && o.asked_version != o.version - 1) {
        return violated({index},
                        fmt::format("a write that demanded version {} made version {}", o.asked_version, o.version));
      }
      Place& place = places_[static_cast<size_t>(at)];
      if (place.writer != kNone) return same_place(place.writer, index);
      place.writer = index;
      place.made_call = o.call;
      place.made_ret = o.ret;
      place.cas = o.f == Function::Cas;
      place.witness = index;
      place.value = o.f == Function::Cas ? o.second : o.argument;
      place.known = true;
    }
    return true;
  }

  bool see(Place& place, uint32_t index, Value value) {
    if (!place.known) {
      place.known = true;
      place.value = value;
      place.witness = index;
      return true;
    }
    if (place.value == value) return true;
    const bool initial = place.witness == kNone;
    return unexplained({place.witness, index},
                       fmt::format("the read does not show the value of the {} that it claims to see{}", claim_name(),
                                   initial ? ", which is the initial value" : ""));
  }

  bool place_observations() {
    bool good = true;
    view_.each_operation([&](uint32_t index, const Operation& o) {
      const bool observes = is_effect(o) ? o.outcome == Outcome::Mismatch : o.outcome == Outcome::Ok;
      const int64_t claim = claimed(o, claim_);
      if (!good || !observes || claim == kNoClaim) return;
      const int64_t at = observed_place(claim);
      if (at < 0) {
        good = violated({index}, fmt::format("version {} was seen, but the versions began at {}", claim, base_));
        return;
      }
      Place& place = places_[static_cast<size_t>(at)];
      if (o.call >= place.last_call || place.last_caller == kNone) {
        place.last_call = o.call;
        place.last_caller = index;
      }
      if (o.deadline() < place.first_ret) {
        place.first_ret = o.deadline();
        place.first_returner = index;
      }
      if (o.f == Function::Read) {
        good = see(place, index, o.result);
      } else {
        conditional_.emplace_back(index, static_cast<uint32_t>(at));
      }
    });
    return good;
  }

  // Whether the condition of a cas or of a write with a version holds at a place; the value there must be known.
  bool condition(const Operation& o, size_t at) const {
    const bool right_value = o.f != Function::Cas || places_[at].value == o.argument;
    const bool right_version =
        !versioned_ || o.asked_version < 0 || base_ + static_cast<int64_t>(at) == o.asked_version;
    return right_value && right_version;
  }

  bool check_conditions() {
    for (size_t at = 1; at < places_.size(); ++at) {
      if (!places_[at].cas) continue;
      const Value demanded = op(places_[at].writer).argument;
      Place& before = places_[at - 1];
      if (!before.known) {
        before.known = true;
        before.value = demanded;
        before.witness = places_[at].writer;
      } else if (before.value != demanded) {
        return unexplained({before.witness, places_[at].writer},
                           fmt::format("the cas succeeded, but the value before its {} was not the one it "
                                       "demanded",
                                       claim_name()));
      }
    }
    for (const auto& [index, at] : conditional_) {
      if (!places_[at].known && op(index).f == Function::Cas) return unsuited();
      if (!condition(op(index), at)) continue;
      return unexplained({places_[at].witness, index},
                         fmt::format("the comparison failed, but at the {} that it claims it holds", claim_name()));
    }
    return true;
  }

  // Where both are told, versions and zxids must agree on the order.
  bool check_zxids() {
    if (claim_ == Claim::Zxid || !zxids_) return true;
    uint32_t before = kNone;
    for (const Place& place : places_) {
      if (place.writer == kNone || op(place.writer).zxid == kNoZxid) continue;
      if (before != kNone && op(place.writer).zxid <= op(before).zxid) {
        return violated({before, place.writer}, "the later version has the smaller zxid");
      }
      before = place.writer;
    }
    return true;
  }

  // No operation may return before one that is claimed to precede it is called.
  bool check_time() {
    uint32_t latest = 0;
    uint32_t latest_caller = kNone;
    for (const Place& place : places_) {
      if (place.writer != kNone) {
        if (place.made_ret < latest) return out_of_order(place.writer, latest_caller);
        if (place.made_call >= latest) {
          latest = place.made_call;
          latest_caller = place.writer;
        }
      }
      if (place.first_ret < latest) return out_of_order(place.first_returner, latest_caller, place.writer);
      if (place.last_caller != kNone && place.last_call >= latest) {
        latest = place.last_call;
        latest_caller = place.last_caller;
      }
    }
    return true;
  }

  bool out_of_order(uint32_t early, uint32_t late, uint32_t writer = kNone) {
    return violated({late, early, writer},
                    fmt::format("one operation returned before the other was called, but their {}s claim "
                                "the opposite order",
                                claim_name()));
  }

  // --- versions that no known write made ---

  bool explain_gaps() {
    if (claim_ != Claim::Count || initial_.any) return true;
    std::vector<uint32_t> gaps;
    for (uint32_t at = 1; at < places_.size(); ++at) {
      if (places_[at].writer == kNone) gaps.push_back(at);
    }
    if (gaps.empty()) return true;
    gap_deadlines();
    if (std::ranges::any_of(unknown_, [this](uint32_t index) { return op(index).f == Function::Cas; }))
      return unsuited();
    if (!floating_.empty()) return unsuited();
    std::vector<uint32_t> left = unknown_;  // in order of call
    // A write that demands a version fits one gap only, so it is never missed elsewhere.
    std::erase_if(gaps, [&](uint32_t at) { return fill(left, at, true); });
    std::vector<uint32_t> anything;
    for (uint32_t at : gaps) {
      if (!places_[at].known) {
        anything.push_back(at);
      } else if (!fill(left, at, false)) {
        return no_writer(at);
      }
    }
    for (uint32_t at : anything) {
      if (!fill(left, at, false)) return no_writer(at);
    }
    return true;
  }

  // Takes a write that may have made version `at`: of those that fit the last called, which are the least useful
  // elsewhere.
  bool fill(std::vector<uint32_t>& left, uint32_t at, bool demanding) {
    const auto fits = [&](uint32_t index) {
      const Operation& o = op(index);
      if ((o.asked_version >= 0) != demanding) return false;
      if (demanding && o.asked_version != base_ + at - 1) return false;
      return o.call < deadlines_[at] && (!places_[at].known || places_[at].value == o.argument);
    };
    const auto last = std::ranges::find_if(left.rbegin(), left.rend(), fits);
    if (last == left.rend()) return false;
    left.erase(std::next(last).base());
    return true;
  }

  // By when the effect at each place must have been called: the first return at it or beyond it.
  void gap_deadlines() {
    deadlines_.assign(places_.size(), kNever);
    uint32_t first = kNever;
    for (size_t at = places_.size(); at-- > 0;) {
      first = std::min(first, places_[at].first_ret);
      first = std::min(first, places_[at].made_ret);
      deadlines_[at] = first;
    }
  }

  bool no_writer(uint32_t at) {
    std::vector<uint32_t> evidence = {places_[at].witness, places_[at].first_returner};
    for (size_t later = at; later < places_.size() && evidence.size() < 3; ++later) {
      if (places_[later].first_returner != kNone) evidence.push_back(places_[later].first_returner);
      if (places_[later].writer != kNone) evidence.push_back(places_[later].writer);
    }
    std::ranges::sort(evidence);
    evidence.erase(std::ranges::unique(evidence).begin(), evidence.end());
    for (uint32_t index : unknown_) evidence.push_back(index);
    return violated(std::move(evidence), fmt::format("no operation can have made version {}", base_ + at));
  }

  // --- observations without a claim ---

  // Each goes to the earliest place that its interval, its value and the floating ones before it allow.
  bool place_floating() {
    if (floating_.empty()) return true;
    bounds();
    std::vector<size_t> place_of(floating_.size(), 0);
    std::vector<std::pair<uint32_t, uint32_t>> returns;  // (return, index in floating_), by return
    for (uint32_t i = 0; i < floating_.size(); ++i) returns.emplace_back(op(floating_[i]).deadline(), i);
    std::ranges::sort(returns);
    size_t returned = 0;
    size_t bound = 0;
    size_t from = 0;
    for (size_t i = 0; i < floating_.size(); ++i) {
      const Operation& o = op(floating_[i]);
      for (; returned < returns.size() && returns[returned].first < o.call; ++returned)
        bound = std::max(bound, place_of[returns[returned].second]);
      while (until_[from] <= o.call) ++from;
      size_t at = std::max(from, bound);
      while (at < places_.size() && since_[at] < o.deadline() && !fits(o, at)) {
        if (!places_[at].known) return unsuited();
        ++at;
      }
      if (at == places_.size() || since_[at] >= o.deadline()) return nowhere(floating_[i]);
      if (!places_[at].known) return unsuited();
      place_of[i] = at;
    }
    return true;
  }

  bool fits(const Operation& o, size_t at) const {
    if (!places_[at].known) return false;
    return o.f == Function::Read ? places_[at].value == o.result : !condition(o, at);
  }

  // Place i can hold the value from since_[i] on at the earliest, until until_[i] at the latest.
  void bounds() {
    since_.assign(places_.size(), 0);
    until_.assign(places_.size(), kNever);
    uint32_t latest = 0;
    for (size_t at = 0; at < places_.size(); ++at) {
      latest = std::max(latest, places_[at].made_call);
      since_[at] = latest;
      if (places_[at].last_caller != kNone) latest = std::max(latest, places_[at].last_call);
    }
    uint32_t first = kNever;
    for (size_t at = places_.size(); at-- > 0;) {
      until_[at] = first;
      first = std::min(first, places_[at].first_ret);
      first = std::min(first, places_[at].made_ret);
    }
  }

  // The evidence: who wrote what it saw last before, and who had overwritten it by then.
  bool nowhere(uint32_t index) {
    const Operation& o = op(index);
    std::vector<uint32_t> evidence = {index};
    size_t before = 0;
    bool found = false;
    for (size_t at = 0; at < places_.size() && until_[at] <= o.call; ++at) {
      if (!fits(o, at)) continue;
      before = at;
      found = true;
    }
    if (found) {
      evidence.push_back(places_[before].writer);
      for (size_t at = before + 1; at < places_.size(); ++at) {
        const Place& place = places_[at];
        const bool by_writer = place.writer != kNone && place.made_ret == until_[before];
        if (by_writer || place.first_ret == until_[before]) {
          evidence.push_back(by_writer ? place.writer : place.first_returner);
          evidence.push_back(place.writer);
          break;
        }
      }
    }
    std::ranges::sort(evidence);
    evidence.erase(std::ranges::unique(evidence).begin(), evidence.end());
    return unexplained(std::move(evidence),
                       o.f == Function::Read ? "the value that was read was not current at any moment of the read"
                                             : "the comparison failed, but it held at every moment of the operation");
  }

  const KeyView& view_;
  bool versioned_;
  const Initial& initial_;
  Claim claim_;
  FastResult result_;
  std::vector<std::pair<int64_t, uint32_t>> effects_;       // (claim, operation)
  std::vector<uint32_t> unknown_;                           // effects of unknown outcome
  std::vector<uint32_t> floating_;                          // observations without a claim
  std::vector<std::pair<uint32_t, uint32_t>> conditional_;  // failed comparisons with a claim, and their places
  std::vector<Place> places_;
  std::vector<uint32_t> since_, until_, deadlines_;
  int64_t base_ = 0;
  int64_t least_ = INT64_MAX;  // of the versions that are told
  int64_t most_ = -1;
  uint32_t newest_ = kNone;
  size_t hint_ = 0;
  bool sorted_ = true;
  bool zxids_ = false;  // some effect told its zxid
};

}  // namespace

FastResult judge_ordered(const KeyView& view, ModelKind model, const Initial& initial, Claim claim) {
  return OrderedJudge(view, model, initial, claim).judge();
}

}  // namespace vivarium::checker

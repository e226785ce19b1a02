// When faults strike, whom, and what is counted; what they do is in fault_effects.cc.
#include "sim/fault_injector.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

constexpr uint64_t kDueStrike = 0;  // otherwise 1 + the number of the fault under way that is over

bool happens_once(const FaultSpec& spec) { return !spec.every && spec.when == Moment::kNone; }

}  // namespace

ProcessId leader_of(const World& world) {
  ProcessId leader = kNoProcess;
  Epoch epoch;
  for (ProcessId p = 0; p < world.servers(); ++p) {
    const node::Node* node = world.node(p);
    const zab::Leading* leading = node ? node->peer().leading() : nullptr;
    if (!leading || !leading->established()) continue;
    if (leader == kNoProcess || leading->epoch() > epoch) {
      leader = p;
      epoch = leading->epoch();
    }
  }
  return leader;
}

const char* phase_name(const World& world, ProcessId p) {
  const node::Node* node = world.node(p);
  if (!node) return "down";
  using Lead = zab::Leading::Phase;
  using Follow = zab::Following::Phase;
  if (const zab::Leading* leading = node->peer().leading()) {
    if (leading->phase() == Lead::kBroadcast) return "broadcast-leader";
    return leading->phase() <= Lead::kAckEpoch ? "discovery" : "synchronization";
  }
  if (const zab::Following* following = node->peer().following()) {
    if (following->phase() == Follow::kBroadcast) return "broadcast-follower";
    return following->phase() <= Follow::kAckEpoch ? "discovery" : "synchronization";
  }
  return "looking";
}

FaultInjector::FaultInjector(const Scenario& scenario, World& world)
    : specs_(scenario.faults),
      duration_(scenario.duration),
      disk_capacity_(scenario.disk_capacity_bytes),
      progress_(scenario.faults.size()),
      holds_(world.servers()) {
  for (ProcessId p = 0; p < world.servers(); ++p) {
    if (disk_capacity_ != SimFileSystem::kUnlimited) world.disk_capacity(p, disk_capacity_);
    if (scenario.clock_offset_max.ns > 0) {
      const int64_t most = scenario.clock_offset_max.ns;
      world.clock_step(p,
                       Duration{world.choices().between({Subsystem::kClock, p}, Question::kClockOffset, -most, most)});
    }
  }
  for (size_t i = 0; i < specs_.size(); ++i) {
    const FaultSpec& spec = specs_[i];
    CHECK(!spec.kinds.empty(), "fault {} is of no kind", i);
    if (spec.when != Moment::kNone) {
      wanted_ |= moment_bit(spec.when);
    } else if (spec.at) {
      world.schedule(Time{} + *spec.at, kFaultTag, i, kDueStrike);
    } else if (happens_once(spec)) {
      const int64_t last = std::max(spec.from.ns, std::min(spec.until, duration_).ns - 1);
      world.schedule(Time{world.choices().between(fault_stream(i), Question::kFaultTime, spec.from.ns, last)},
                     kFaultTag, i, kDueStrike);
    } else {
      schedule_next(world, i);
    }
  }
}

// Of "every": anything up to twice as long, so that faults meet in every order, and none stays away for a whole run.
void FaultInjector::schedule_next(World& world, size_t index) {
  const FaultSpec& spec = specs_[index];
  const Time from = std::max(world.now(), Time{} + spec.from);
  const Time at = from + world.choices().draw(fault_stream(index), Question::kFaultTime, uniform({}, *spec.every * 2));
  if (at < Time{} + std::min(spec.until, duration_)) world.schedule(at, kFaultTag, index, kDueStrike);
}

int FaultInjector::after_step(World& world) {
  if (stopped_) return 0;
  int struck = 0;
  const Record& record = world.last().record;
  if (record.kind == RecordKind::kScheduled && record.a == kFaultTag) {
    const size_t index = static_cast<size_t>(record.b);
    const uint64_t due = static_cast<uint64_t>(record.c);
    if (due != kDueStrike) {
      end(world, active_[due - 1]);
    } else {
      if (strike(world, index, nullptr)) ++struck;
      if (specs_[index].every && progress_[index].struck < specs_[index].times) schedule_next(world, index);
    }
  }
  if (wanted_ == 0) return struck;
  moments_of(world, wanted_, seen_);
  for (size_t s = 0; s < seen_.size(); ++s) {
    const MomentSeen seen = seen_[s];
    for (size_t i = 0; i < specs_.size(); ++i) {
      const FaultSpec& spec = specs_[i];
      const Duration now = world.now() - Time{};
      // One at a time: many moments come in crowds.
      if (spec.when != seen.moment || progress_[i].under_way > 0 || now < spec.from || now >= spec.until) continue;
      if (strike(world, i, &seen)) ++struck;
    }
  }
  seen_.clear();
  return struck;
}

bool FaultInjector::strike(World& world, size_t index, const MomentSeen* seen) {
  const FaultSpec& spec = specs_[index];
  Choices& choices = world.choices();
  if (progress_[index].struck >= spec.times) return false;
  if (spec.chance_ppb < 1'000'000'000 && !choices.chance(fault_stream(index), Question::kOther, spec.chance_ppb))
    return false;
  Active active{index, spec.kinds.front(), {}, {}, false};
  if (spec.kinds.size() > 1)
    active.kind = spec.kinds[choices.below(fault_stream(index), Question::kFaultKind, spec.kinds.size())];
  active.victims = victims_of(world, active, spec, seen);
  std::vector<const char*> phases;
  for (const ProcessId p : active.victims) phases.push_back(phase_name(world, p));
  if (!apply(world, active, spec, seen)) return false;

  ++progress_[index].struck;
  ++struck_[fault_name(active.kind)];
  for (const char* phase : phases) ++coverage_[fmt::format("{} x {}", fault_name(active.kind), phase)];
  if (active.kind == FaultKind::kReset) return true;
  ++progress_[index].under_way;
  active_.push_back(std::move(active));
  if (!spec.forever) world.schedule(world.now() + time_until_over(world, index), kFaultTag, index, active_.size());
  return true;
}

// To the letter where the time is, too; about as long where chance rules anyway.
Duration FaultInjector::time_until_over(World& world, size_t index) {
  const FaultSpec& spec = specs_[index];
  if (!spec.every) return spec.lasts;
  return Duration{world.choices().between(fault_stream(index), Question::kFaultDuration, spec.lasts.ns / 2,
                                          spec.lasts.ns + spec.lasts.ns / 2)};
}

// ---- whom
// ----------------------------------------------------------------------------------------------------------------------------

bool FaultInjector::applies(const World& world, ProcessId p, FaultKind kind) const {
  switch (kind) {
    case FaultKind::kKill: return world.server(p).running();
    case FaultKind::kPowerLoss: return world.server(p).life() != Life::kPowerless;
    case FaultKind::kPause: return world.server(p).running() && !world.paused(p);
    case FaultKind::kWipe: return world.server(p).life() != Life::kPowerless && may_be_wiped(world, p);
    default: return true;
  }
}

// A wiped disk is a copy of the history lost. ZooKeeper survives that only while a majority still has it all: so one
// server at a time, never again before the last one has caught up, and never where the rest is no majority.
bool FaultInjector::may_be_wiped(const World& world, ProcessId p) const {
  if (world.servers() < 3) return false;
  if (!wiped_) return true;
  const node::Node* node = world.node(*wiped_);
  return node && node->serving() && (*wiped_ == p || holds_[*wiped_].down == 0);
}

std::vector<ProcessId> FaultInjector::some(World& world, size_t index, std::vector<ProcessId> from, size_t count) {
  count = std::min(count, from.size());
  for (size_t i = 0; i < count; ++i) {
    const size_t rest = from.size() - i;
    const size_t at = rest == 1 ? 0 : world.choices().below(fault_stream(index), Question::kTarget, rest);
    std::swap(from[i], from[i + at]);
  }
  from.resize(count);
  std::ranges::sort(from);
  return from;
}

// Whom the fault is about. Groups name everybody: it is about those who are in the smallest.
std::vector<ProcessId> FaultInjector::victims_of(World& world, const Active& active, const FaultSpec& spec,
                                                 const MomentSeen* seen) {
  if (active.kind == FaultKind::kRing) return choose(world, active.spec, {Role::kAll, {}}, active.kind, seen);
  if (active.kind != FaultKind::kPartition || spec.groups.empty())
    return choose(world, active.spec, spec.target, active.kind, seen);
  const auto smallest =
      std::ranges::min_element(spec.groups, {}, [](const std::vector<Sid>& group) { return group.size(); });
  return choose(world, active.spec, {Role::kListed, *smallest}, active.kind, seen);
}

std::vector<ProcessId> FaultInjector::choose(World& world, size_t index, const Target& target, FaultKind kind,
                                             const MomentSeen* seen) {
  std::vector<ProcessId> fit;
  for (ProcessId p = 0; p < world.servers(); ++p) {
    if (applies(world, p, kind)) fit.push_back(p);
  }
  const auto only_if_fit = [&](ProcessId p) {
    return std::ranges::find(fit, p) != fit.end() ? std::vector{p} : std::vector<ProcessId>{};
  };
  const size_t n = world.servers();
  const size_t most = kind == FaultKind::kWipe ? 1 : n;
  switch (target.role) {
    case Role::kLeader: return only_if_fit(seen && seen->side == Side::kLeader ? seen->server : leader_of(world));
    case Role::kFollower: {
      if (seen && seen->side == Side::kFollower) return only_if_fit(seen->server);
      std::erase_if(fit, [&](ProcessId p) {
        return !world.node(p) || !world.node(p)->peer().following() || !world.node(p)->peer().serving();
      });
      return some(world, index, std::move(fit), 1);
    }
    case Role::kAny: return seen ? only_if_fit(seen->server) : some(world, index, std::move(fit), 1);
    case Role::kAll: return some(world, index, std::move(fit), most);
    case Role::kMinority: {
      const size_t minority = (n - 1) / 2;
      if (minority == 0) return {};
      const size_t count =
          minority == 1 ? 1 : 1 + world.choices().below(fault_stream(index), Question::kTarget, minority);
      return some(world, index, std::move(fit), std::min(most, count));
    }
    case Role::kMajority: return some(world, index, std::move(fit), std::min(most, n / 2 + 1));
    case Role::kListed: {
      std::erase_if(fit, [&](ProcessId p) {
        return std::ranges::find(target.listed, world.server(p).sid()) == target.listed.end();
      });
      if (fit.size() > most) fit.resize(most);
      return fit;
    }
  }
  return {};
}

}  // namespace vivarium::sim

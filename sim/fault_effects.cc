// What each kind of fault does to its victims, and how its end takes exactly that back.
#include <algorithm>
#include <array>

#include "sim/fault_injector.h"

namespace vivarium::sim {

namespace {

// The calls that a running server makes; each may fail with an error of the device.
constexpr std::array kBreakable = {FsCall::kPwrite, FsCall::kSync,          FsCall::kTruncate,
                                   FsCall::kRename, FsCall::kSyncDirectory, FsCall::kAny};
constexpr uint64_t kCallsBefore = 20;
constexpr int64_t kBytesLeft = 64 << 10;
constexpr int64_t kDriftMaxPpb = 500'000;

bool of_links(FaultKind kind) { return kind >= FaultKind::kPartition && kind <= FaultKind::kReset; }

}  // namespace

bool FaultInjector::apply(World& world, Active& active, const FaultSpec& spec, const MomentSeen* seen) {
  return of_links(active.kind) ? apply_to_links(world, active, spec, seen) : apply_to_servers(world, active, spec);
}

bool FaultInjector::apply_to_servers(World& world, Active& active, const FaultSpec& spec) {
  for (const ProcessId p : active.victims) {
    Holds& holds = holds_[p];
    switch (active.kind) {
      case FaultKind::kKill:
        ++holds.down;
        world.kill(p);
        break;
      case FaultKind::kPowerLoss:
        ++holds.down;
        world.power_loss(p);
        break;
      case FaultKind::kWipe:
        ++holds.down;
        world.wipe(p);
        wiped_ = p;
        break;
      case FaultKind::kPause:
        ++holds.paused;
        world.pause(p);
        break;
      case FaultKind::kRefuse:
        ++holds.refusing;
        world.refuse_connections(world.host_of(p), true);
        break;
      case FaultKind::kSlowDisk:
        ++holds.slow_disk;
        world.slow_disk(p, spec.percent);
        break;
      case FaultKind::kDiskError:
        ++holds.faulty_disk;
        break_disk(world, active, spec, p);
        break;
      case FaultKind::kDiskFull: {
        ++holds.full_disk;
        const int64_t left = world.choices().between(fault_stream(active.spec), Question::kOther, 0, kBytesLeft);
        world.disk_capacity(p, world.disk(p).used() + left);
        break;
      }
      case FaultKind::kClockStep: world.clock_step(p, spec.step); break;
      case FaultKind::kClockDrift: {
        ++holds.drifting;
        const int64_t ppb = spec.drift_ppb != 0 ? spec.drift_ppb
                                                : world.choices().between(fault_stream(active.spec), Question::kOther,
                                                                          -kDriftMaxPpb, kDriftMaxPpb);
        world.clock_drift(p, ppb);
        break;
      }
      default: CHECK(false, "{} is a fault of links", fault_name(active.kind));
    }
  }
  return !active.victims.empty();
}

void FaultInjector::break_disk(World& world, const Active& active, const FaultSpec& spec, ProcessId p) {
  const StreamId stream = fault_stream(active.spec);
  DiskFault fault;
  fault.call = kBreakable[world.choices().below(stream, Question::kOther, kBreakable.size())];
  fault.path_contains = spec.path;
  fault.error = FsError::kIo;
  fault.skip = static_cast<int64_t>(world.choices().below(stream, Question::kOther, kCallsBefore));
  world.disk_fault(p, fault);
}

// ---- links
// -----------------------------------------------------------------------------------------------------------------------------

// Directed pairs of hosts between which something happens.
std::vector<FaultInjector::HostPair> FaultInjector::crossings(World& world, const Active& active, const FaultSpec& spec,
                                                              const MomentSeen* seen) {
  std::set<HostPair> pairs;
  const auto both = [&](HostId a, HostId b) {
    if (a == b) return;
    pairs.insert({a, b});
    pairs.insert({b, a});
  };
  const auto host = [&](ProcessId p) { return world.host_of(p); };
  const auto is_victim = [&](ProcessId p) { return std::ranges::find(active.victims, p) != active.victims.end(); };
  std::vector<ProcessId> rest;
  for (ProcessId p = 0; p < world.servers(); ++p) {
    if (!is_victim(p)) rest.push_back(p);
  }
  switch (active.kind) {
    case FaultKind::kPartition:
      for (size_t i = 0; i < spec.groups.size(); ++i) {
        for (size_t j = i + 1; j < spec.groups.size(); ++j) {
          for (const Sid a : spec.groups[i]) {
            for (const Sid b : spec.groups[j]) both(host(world.process_of(a)), host(world.process_of(b)));
          }
        }
      }
      if (!spec.groups.empty()) break;
      for (const ProcessId p : active.victims) {
        for (const ProcessId other : rest) both(host(p), host(other));
      }
      break;
    case FaultKind::kOneWayIn:
    case FaultKind::kOneWayOut:
      for (const ProcessId p : active.victims) {
        for (ProcessId other = 0; other < world.servers(); ++other) {
          if (other == p) continue;
          pairs.insert(active.kind == FaultKind::kOneWayIn ? HostPair{host(other), host(p)}
                                                           : HostPair{host(p), host(other)});
        }
      }
      break;
    case FaultKind::kBridge: {
      // The first victim sees both shores, which do not see each other.
      if (active.victims.empty()) break;
      std::erase(rest, active.victims.front());
      const std::vector<ProcessId> left = some(world, active.spec, rest, rest.size() / 2);
      for (const ProcessId a : left) {
        for (const ProcessId b : rest) {
          if (std::ranges::find(left, b) == left.end()) both(host(a), host(b));
        }
      }
      break;
    }
    case FaultKind::kRing: {
      std::vector<ProcessId> order;
      for (ProcessId p = 0; p < world.servers(); ++p) order.push_back(p);
      for (size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[world.choices().below(fault_stream(active.spec), Question::kTarget, i)]);
      for (size_t i = 0; i < order.size(); ++i) {
        for (size_t j = i + 2; j < order.size(); ++j) {
          if (i != 0 || j + 1 != order.size()) both(host(order[i]), host(order[j]));
        }
      }
      break;
    }
    default: {  // kCutLink, kSlowLink, kReset
      const std::vector<ProcessId> others =
          spec.to ? choose(world, active.spec, *spec.to, active.kind, seen) : std::vector<ProcessId>{};
      for (const ProcessId p : active.victims) {
        for (const ProcessId other : others) both(host(p), host(other));
        for (HostId h = 0; !spec.to && h < world.network().links().hosts(); ++h) both(host(p), h);
      }
    }
  }
  return {pairs.begin(), pairs.end()};
}

bool FaultInjector::apply_to_links(World& world, Active& active, const FaultSpec& spec, const MomentSeen* seen) {
  active.links = crossings(world, active, spec, seen);
  for (const auto& [from, to] : active.links) {
    if (active.kind == FaultKind::kReset) {
      if (from < to) world.reset_connections(from, to);
    } else if (active.kind == FaultKind::kSlowLink) {
      ++slow_links_[{from, to}];
      world.slow_link(from, to, spec.percent);
    } else {
      world.cut(from, to);
    }
  }
  return !active.links.empty();
}

// ---- the end
// ---------------------------------------------------------------------------------------------------------------------------

void FaultInjector::end(World& world, Active& active) {
  CHECK(!active.over, "a fault ends once");
  active.over = true;
  --progress_[active.spec].under_way;
  for (const auto& link : active.links) {
    if (active.kind != FaultKind::kSlowLink)
      world.heal(link.first, link.second);
    else if (--slow_links_[link] == 0)
      world.restore_link(link.first, link.second);
  }
  if (of_links(active.kind)) return;
  for (const ProcessId p : active.victims) release(world, active, p);
}

void FaultInjector::release(World& world, const Active& active, ProcessId p) {
  Holds& holds = holds_[p];
  switch (active.kind) {
    case FaultKind::kKill:
    case FaultKind::kPowerLoss:
    case FaultKind::kWipe:
      if (--holds.down == 0) world.restart(p);
      break;
    case FaultKind::kPause:
      if (--holds.paused == 0) world.resume(p);
      break;
    case FaultKind::kRefuse:
      if (--holds.refusing == 0) world.refuse_connections(world.host_of(p), false);
      break;
    case FaultKind::kSlowDisk:
      if (--holds.slow_disk == 0) world.slow_disk(p, 100);
      break;
    case FaultKind::kDiskError:
      if (--holds.faulty_disk == 0) world.clear_disk_faults(p);
      break;
    case FaultKind::kDiskFull:
      if (--holds.full_disk == 0) world.disk_capacity(p, disk_capacity_);
      break;
    case FaultKind::kClockStep: world.clock_step(p, Duration{-specs_[active.spec].step.ns}); break;
    case FaultKind::kClockDrift:
      if (--holds.drifting == 0) world.clock_drift(p, 0);
      break;
    default: break;
  }
}

}  // namespace vivarium::sim

#include "viz/roles.h"

#include <array>
#include <optional>

namespace vivarium::viz {

namespace {

// What the next span of a server is, from the one that ends.
std::optional<RoleSpan> after_note(RoleSpan now, const Trace& trace, uint32_t i) {
  const int64_t number = trace.events.b[i];
  switch (static_cast<NoteKind>(trace.events.a[i])) {
    case NoteKind::kLooking:
      now.role = ServerRole::kLooking;
      now.phase = ZabPhase::kElection;
      now.leader = 0;
      return now;
    case NoteKind::kFollowing:
    case NoteKind::kLeading: {
      const bool leads = static_cast<NoteKind>(trace.events.a[i]) == NoteKind::kLeading;
      now.role = leads ? ServerRole::kLeading : ServerRole::kFollowing;
      now.phase = ZabPhase::kDiscovery;
      now.leader = leads ? trace.sid(trace.events.node[i]) : number;
      return now;
    }
    case NoteKind::kEpochProposed:
    case NoteKind::kEpochAccepted:
    case NoteKind::kSyncChosen:
      if (now.phase != ZabPhase::kDiscovery) return {};
      if (static_cast<NoteKind>(trace.events.a[i]) != NoteKind::kSyncChosen) now.epoch = number;
      now.phase = ZabPhase::kSynchronization;
      return now;
    case NoteKind::kEpochCurrent:
      if (now.epoch == number) return {};
      now.epoch = number;
      return now;
    case NoteKind::kEstablished:
    case NoteKind::kServing:
      if (now.phase == ZabPhase::kBroadcast) return {};
      now.phase = ZabPhase::kBroadcast;
      now.epoch = number;
      return now;
    default: return {};
  }
}

std::optional<RoleSpan> after(RoleSpan now, const Trace& trace, uint32_t i) {
  switch (trace.events.kind[i]) {
    case TraceKind::kStarted:
      now.role = ServerRole::kLooking;
      now.phase = ZabPhase::kElection;
      now.epoch = trace.events.d[i];
      now.leader = 0;
      return now;
    case TraceKind::kKilled:
    case TraceKind::kExited:
    case TraceKind::kPowerLost:
    case TraceKind::kDiskFailed:
    case TraceKind::kRecoveryRefused:
      now.role = ServerRole::kDown;
      now.phase = ZabPhase::kNone;
      now.leader = 0;
      return now;
    case TraceKind::kNote: return after_note(now, trace, i);
    default: return {};
  }
}

}  // namespace

const char* role_name(ServerRole role) {
  static constexpr std::array kNames = {"down", "looking", "following", "leading", "observing"};
  return kNames[static_cast<size_t>(role)];
}

const char* phase_name(ZabPhase phase) {
  static constexpr std::array kNames = {"none", "election", "discovery", "synchronization", "broadcast"};
  return kNames[static_cast<size_t>(phase)];
}

std::vector<RoleSpan> roles_of(const Trace& trace) {
  const Events& e = trace.events;
  const bool live = trace.header.scenario.empty();
  std::vector<std::vector<RoleSpan>> spans(trace.header.nodes.size());
  std::vector<int64_t> last_event(trace.header.nodes.size());
  for (uint32_t i = 0; i < e.size(); ++i) {
    const uint16_t node = e.node[i];
    if (node == node::kTraceWorld || trace.sid(node) == 0) continue;
    last_event[node] = e.t[i];
    auto& all = spans[node];
    const RoleSpan now = all.empty() ? RoleSpan{node, ServerRole::kDown, ZabPhase::kNone, 0, 0, -1, 0, i} : all.back();
    auto next = after(now, trace, i);
    if (!next) continue;
    const bool same = !all.empty() && next->role == now.role && next->phase == now.phase && next->epoch == now.epoch &&
                      next->leader == now.leader;
    if (same) continue;
    next->begin = e.t[i];
    next->event = i;
    if (!all.empty()) all.back().end = e.t[i];
    all.push_back(*next);
  }
  std::vector<RoleSpan> out;
  for (auto& all : spans) {
    if (!all.empty()) all.back().end = live ? last_event[all.back().node] : e.t.back();
    for (const RoleSpan& span : all) {
      if (span.end > span.begin || &span == &all.back()) out.push_back(span);
    }
  }
  return out;
}

}  // namespace vivarium::viz

// What each server was, and when: the states that notes of a trace begin and end.
#pragma once

#include <cstdint>
#include <vector>

#include "viz/trace.h"

namespace vivarium::viz {

enum class ServerRole : uint8_t { kDown, kLooking, kFollowing, kLeading, kObserving };
enum class ZabPhase : uint8_t { kNone, kElection, kDiscovery, kSynchronization, kBroadcast };
const char* role_name(ServerRole role);
const char* phase_name(ZabPhase phase);

struct RoleSpan {
  uint16_t node;
  ServerRole role;
  ZabPhase phase;
  int64_t begin, end;  // the last ends with the trace; of a running server with what its own file tells
  int64_t epoch;       // the latest that it has taken over or promised; -1: not known
  int64_t leader;      // server id; 0: none
  uint32_t event;      // that began it
};
// By node, then by time, without gaps from a server's first event on. Clients have none.
std::vector<RoleSpan> roles_of(const Trace& trace);

}  // namespace vivarium::viz

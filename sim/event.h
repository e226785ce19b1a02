// What the queue of a World holds: something that is due, as plain memory. Its owner (network or world) checks `serial`
// against its own before acting on it, so that cancelling costs nothing.
#pragma once

#include <cstdint>

#include "core/base/time.h"
#include "sim/choices.h"
#include "sim/event_queue.h"

namespace vivarium::sim {

using ProcessId = uint16_t;  // servers first, from 0, in the order of the configuration; then clients
using HostId = uint16_t;     // a machine of the network; every server has its own, clients may share one
inline constexpr ProcessId kNoProcess = UINT16_MAX;
inline constexpr HostId kNoHost = UINT16_MAX;

enum class DueKind : uint8_t {
  // network: slot and serial name the connection
  kSyn,
  kSynAnswer,
  kDialFailed,
  kArrival,
  kReset,
  kRetransmitTimeout,
  kSent,
  // world
  kTimer,
  kDiskDone,
  kSpace,
  kBoot,
  kBindFailed,
  kScheduled,
};

struct Event {
  DueKind kind;
  uint8_t direction = 0;  // of the connection: 0 from the dialer, 1 to the dialer
  uint8_t detail = 0;     // CloseReason, Queue, Listener
  bool through = false;   // has passed the network; it only waited for a paused process
  ProcessId process = kNoProcess;
  uint32_t slot = 0;
  uint64_t serial = 0;
  uint64_t cause = 0;  // seq of the record that led to it
};

// What every part of a World needs to put something into the future.
struct Schedule {
  EventQueue<Event>& queue;
  Choices& choices;
  Time now;
  uint64_t step;   // ascending; Sends of one step to one connection travel together
  uint64_t cause;  // seq of the record that is being acted on

  void after(Duration d, const Event& event) { queue.push(now + d, event); }
  void at(Time t, const Event& event) { queue.push(t < now ? now : t, event); }
};

}  // namespace vivarium::sim

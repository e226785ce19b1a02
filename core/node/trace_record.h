// What a trace is made of: one thing that happened to a server, a client or the world around them, as a small typed
// value (design.md, 5). The simulator and a running server write the same.
#pragma once

#include <cstdint>

#include "core/base/hash.h"
#include "core/base/step.h"

namespace vivarium::node {

using TraceNode = uint16_t;  // who it happened to, as the trace's header numbers them
inline constexpr TraceNode kTraceWorld = UINT16_MAX;

enum class TraceKind : uint8_t {
  // what a process is told
  kTick,
  kAccepted,
  kConnected,
  kReceived,
  kSent,
  kClosed,
  kBindFailed,
  kDurable,
  kReloaded,
  kLogRead,
  kSpace,
  kSubmit,
  kEndSession,
  // what it answers
  kListen,
  kUnlisten,
  kDial,
  kSend,
  kReading,
  kClose,
  kStop,
  kNote,
  kDisk,
  // what happens to processes
  kStarted,
  kRecoveryRefused,
  kDiskFailed,
  kExited,
  kKilled,
  kPowerLost,
  kPowerBack,
  kWiped,
  kPaused,
  kResumed,
  // what happens to the world around them
  kCut,
  kHealed,
  kLinkChanged,
  kLinkRestored,
  kConnectionsReset,
  kRefusing,
  kDiskSlowed,
  kDiskFault,
  kDiskFaultsCleared,
  kDiskCapacity,
  kClockDrift,
  kClockStep,
  // somebody outside asked to be woken
  kScheduled,
  // a running server did more than could be written: so many records are missing here
  kDropped,
};
inline constexpr size_t kTraceKinds = static_cast<size_t>(TraceKind::kDropped) + 1;
const char* trace_kind_name(TraceKind kind);

inline constexpr int64_t kNotSaid = INT64_MIN;  // of a field: it is left out

struct TraceRecord {
  TraceKind kind{};
  Label label = Label::kNone;
  TraceNode node = kTraceWorld;
  Time t;
  uint64_t seq = 0;
  uint64_t cause = 0;                  // seq of the record that led to this one; 0: none
  uint64_t stream = 0;                 // of bytes sent and received; both ends have the same number
  int64_t a = 0, b = 0, c = 0, d = 0;  // by kind: see kKinds in trace_record.cc
  uint64_t bytes_hash = 0;
};

// What a..d of a kind mean; nullptr: not used.
struct TraceFields {
  const char *a, *b, *c, *d;
};
TraceFields trace_fields(TraceKind kind);

// Folds a record into a running hash. One dependent step, so that it costs a few nanoseconds.
inline uint64_t hash_record(uint64_t hash, const TraceRecord& r) {
  uint64_t v =
      static_cast<uint64_t>(r.kind) | static_cast<uint64_t>(r.label) << 8 | static_cast<uint64_t>(r.node) << 16;
  v += static_cast<uint64_t>(r.t.ns) * 0x9fb21c651e98df25u + r.seq * 0xc2b2ae3d27d4eb4fu +
       r.stream * 0x165667b19e3779f9u;
  v += (static_cast<uint64_t>(r.a) * 0xff51afd7ed558ccdu) ^ (static_cast<uint64_t>(r.b) * 0xc4ceb9fe1a85ec53u);
  v += (static_cast<uint64_t>(r.c) * 0x87c37b91114253d5u) ^ (static_cast<uint64_t>(r.d) * 0x4cf5ad432745937fu);
  return hash_mix(hash, v ^ r.bytes_hash);
}

}  // namespace vivarium::node

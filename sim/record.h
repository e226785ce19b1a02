// Record: one thing that happened in a World, as a small typed value. All of them are counted by seq and covered by the
// trace hash; the trace keeps them and formats them late.
#pragma once

#include <cstdint>

#include "core/base/hash.h"
#include "core/base/step.h"
#include "sim/event.h"

namespace vivarium::sim {

enum class RecordKind : uint8_t {
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
};
inline constexpr size_t kRecordKinds = static_cast<size_t>(RecordKind::kScheduled) + 1;
const char* record_name(RecordKind kind);

struct Record {
  RecordKind kind{};
  Label label = Label::kNone;
  ProcessId node = kNoProcess;  // kNoProcess: the world
  Time t;
  uint64_t seq = 0;
  uint64_t cause = 0;                  // seq of the record that led to this one; 0: none
  uint64_t stream = 0;                 // of bytes sent and received: 2 * connection + direction
  int64_t a = 0, b = 0, c = 0, d = 0;  // by kind: see kFields in record.cc
  uint64_t bytes_hash = 0;
};

// What a..d of a kind mean; nullptr: not used.
struct RecordFields {
  const char *a, *b, *c, *d;
};
RecordFields record_fields(RecordKind kind);

// Folds a record into a running hash. One dependent step, so that it costs a few nanoseconds.
inline uint64_t hash_record(uint64_t hash, const Record& r) {
  uint64_t v =
      static_cast<uint64_t>(r.kind) | static_cast<uint64_t>(r.label) << 8 | static_cast<uint64_t>(r.node) << 16;
  v += static_cast<uint64_t>(r.t.ns) * 0x9fb21c651e98df25u + r.seq * 0xc2b2ae3d27d4eb4fu +
       r.stream * 0x165667b19e3779f9u;
  v += (static_cast<uint64_t>(r.a) * 0xff51afd7ed558ccdu) ^ (static_cast<uint64_t>(r.b) * 0xc4ceb9fe1a85ec53u);
  v += (static_cast<uint64_t>(r.c) * 0x87c37b91114253d5u) ^ (static_cast<uint64_t>(r.d) * 0x4cf5ad432745937fu);
  return hash_mix(hash, v ^ r.bytes_hash);
}

}  // namespace vivarium::sim

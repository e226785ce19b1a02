// Scenario: what a JSON file of scenarios/ says, as plain values. Read by scenario_reader, described by
// scenario_schema, executed by run. Defaults are the common case, so that a file says only what is special.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/mutant.h"
#include "sim/world.h"

namespace vivarium::sim {

// ---- who does what to the servers
// ---------------------------------------------------------------------------------------------

enum class FaultKind : uint8_t {
  kKill,
  kPowerLoss,
  kPause,
  kWipe,  // of processes; `lasts` later they are started or go on
  kPartition,
  kOneWayIn,
  kOneWayOut,
  kBridge,
  kRing,
  kCutLink,  // of the network; heal after `lasts`
  kSlowLink,
  kReset,
  kRefuse,
  kSlowDisk,
  kDiskError,
  kDiskFull,  // of disks
  kClockStep,
  kClockDrift,  // of clocks
};
inline constexpr size_t kFaultKinds = static_cast<size_t>(FaultKind::kClockDrift) + 1;
const char* fault_name(FaultKind kind);  // as in JSON: "kill", "power-loss", ...

// A role is looked up at the moment when the fault strikes. Without a leader, kLeader is nobody, and the fault does not
// happen.
enum class Role : uint8_t { kLeader, kFollower, kAny, kAll, kMinority, kMajority, kListed };
struct Target {
  Role role = Role::kAny;
  std::vector<Sid> listed;  // kListed
};

// Named moments of the protocol; the table with their meaning is in sim/moments.
enum class Moment : uint8_t {
  kNone,
  kProposedUnacked,    // the leader has sent a proposal that nobody has acknowledged
  kLoggedBeforeEpoch,  // a follower has logged what NEWLEADER brought, its currentEpoch is not yet written
  kEpochProposed,      // a leader has written its acceptedEpoch; LEADERINFO is about to leave
  kEpochAccepted,      // a follower has accepted the new epoch
  kSyncChosen,         // a leader has begun to synchronize a learner
  kSnapStreaming,      // SNAP has begun
  kNewLeaderSent,      // NEWLEADER has left the leader
  kNewLeaderAcked,     // a follower acknowledges NEWLEADER
  kEstablished,        // a leader is established
  kCommitted,          // the leader commits a transaction
  kTruncating,         // a follower cuts its log
  kElected,            // a server has made up its mind
  kSessionExpired,     // the leader expires a session
};
inline constexpr size_t kMoments = static_cast<size_t>(Moment::kSessionExpired) + 1;
const char* moment_name(Moment moment);

struct FaultSpec {
  std::vector<FaultKind> kinds;  // one of them each time
  Target target;
  // When: once `at`, or again and again `every` (on average, at random) from `from` until `until`, or at each `when`
  // (with `chance_ppb`, at most `times` times). Without any of them: once, at a random moment.
  std::optional<Duration> at;
  std::optional<Duration> every;
  Moment when = Moment::kNone;
  uint64_t chance_ppb = 1'000'000'000;
  int64_t times = INT64_MAX;
  Duration from{}, until{INT64_MAX};
  Duration lasts = seconds(1);
  bool forever = false;                  // until the end of the run: only peace ends it
  std::vector<std::vector<Sid>> groups;  // kPartition: who stays together; empty: the target against the rest
  std::optional<Target> to;              // kCutLink, kSlowLink: the other end; none: everybody
  int64_t percent = 1000;                // kSlowLink, kSlowDisk: of the usual time
  Duration step = seconds(30);           // kClockStep
  int64_t drift_ppb = 0;                 // kClockDrift; 0: random up to 500 ppm
  std::string path;                      // kDiskError: which files; empty: all
};

// ---- who uses them
// --------------------------------------------------------------------------------------------------------------

enum class ActorKind : uint8_t { kRegister, kCas, kVersioned, kCounter, kUniqueNames, kLock, kWatcher, kSetter, kTree };
const char* actor_name(ActorKind kind);  // "register", "cas", "versioned-counter"...

struct ActorSpec {
  ActorKind kind = ActorKind::kRegister;
  int64_t count = 1;                  // clients of this kind, each with a session of its own
  int64_t keys = 1;                   // shared by all actors of the same kind
  Duration think = milliseconds(20);  // mean pause between two operations, at random
  int64_t outstanding = 1;            // kSetter: pipelined requests
  int64_t read_percent = 50;          // kRegister, kCas, kVersioned, kTree
  int64_t sync_percent = 0;           // of the reads: a sync before
  int64_t data_bytes = 100;           // kSetter
  int64_t operations = INT64_MAX;     // each client stops after so many
  std::vector<Sid> servers;           // empty: all
  int32_t session_timeout_ms = 6000;
  bool recursive_watch = false;  // kTree: each client has one on the whole tree
  bool containers = false;       // kTree: some of what it creates are containers
  Duration reconnect_every{};    // > 0: leaves its server and moves on, so often on average
};

// ---- all of it
// ------------------------------------------------------------------------------------------------------------------

struct Scenario {
  std::string name, why;
  uint64_t hash = 0;                // of the file's text
  Mutant mistake = Mutant::kNone;   // that every server makes (sim/mistake.h)
  Duration duration = seconds(20);  // faults and load
  Duration settle =
      seconds(60);  // after everything is healed: within it a leader serves, all converge, a write succeeds
  int64_t servers = 3;
  zab::Config config;  // self and servers are filled in when the world is made
  NetworkOptions network;
  DiskTimes disk;
  int64_t disk_capacity_bytes = INT64_MAX;
  SupervisorOptions supervisor;
  Duration clock_offset_max = milliseconds(0);  // each server's wall clock is off by up to so much
  std::vector<ActorSpec> actors;
  std::vector<FaultSpec> faults;
};

}  // namespace vivarium::sim

// How a learner is brought to the leader's history: DIFF, TRUNC, TRUNC then DIFF, or SNAP (facts 2.6). The decision is
// a table: questions about the learner's last zxid across, one row an answer, the first row that fits is taken.
#pragma once

#include <array>
#include <optional>

#include "core/zab/history.h"

namespace vivarium::zab {

enum class SyncRow : uint8_t {
  kForcedSnap,
  kEqual,
  kAheadTrunc,
  kAheadEpochStart,
  kInWindowDiff,
  kInWindowEpochStart,
  kInWindowTruncDiff,
  kInWindowOtherEpoch,
  kReadLog,
  kInLogDiff,
  kInLogEpochStart,
  kInLogTruncDiff,
  kInLogOtherEpoch,
  kLogGap,
  kLogTooLong,
  kTooFarBehind,
};
inline constexpr size_t kSyncRows = static_cast<size_t>(SyncRow::kTooFarBehind) + 1;

enum class SyncAction : uint8_t { kDiff, kTrunc, kTruncDiff, kSnap, kReadLog };

// What is known of a learner's last zxid `peer` against our history (.., last].
struct SyncQuestions {
  bool forced = false;           // every learner gets SNAP
  bool equal = false;            // peer == last
  bool ahead = false;            // peer > last
  bool epoch_start = false;      // counter of peer is 0: an upstream leader that has proposed nothing since
  bool in_window = false;        // window base <= peer <= last
  bool from_log = false;         // the log on disk has been read, meets the window without a gap, and may be sent
  bool log_gap = false;          // it has been read, and does not meet it
  bool log_long = false;         // DIFF would send more of it than is allowed
  bool log_allowed = false;      // it may be read
  bool known = false;            // peer is a transaction of our history (in the part at hand), or its base
  bool same_epoch_next = false;  // the first of our transactions after peer is of peer's epoch
};

struct SyncDecision {
  SyncRow row;
  SyncAction action;
  const char* why;
};

// One row: what must hold (1), must not hold (0), or does not matter (-), in the order of SyncQuestions.
struct SyncRule {
  const char* pattern;
  SyncDecision decision;
};
const std::array<SyncRule, kSyncRows>& sync_rules();
SyncDecision decide_sync(const SyncQuestions& questions);
const char* sync_row_name(SyncRow row);

// Where the learner's history and ours part, in the window and, when they were read, in records of the log.
struct SyncPoint {
  SyncDecision decision;
  Zxid common;  // DIFF starts after it; TRUNC cuts to it
};
SyncPoint choose_sync(const History& history, Zxid last, Zxid peer, const Config& config, const log::LogRead* read);

}  // namespace vivarium::zab

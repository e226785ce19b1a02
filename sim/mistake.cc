#include "sim/mistake.h"

#include <algorithm>

#include "core/base/check.h"

namespace vivarium::sim {

const std::array<MistakeRow, kMutants>& mistake_rows() {
  static constexpr std::array<MistakeRow, kMutants> kRows = {{
      {Mutant::kAckBeforeSync, "acknowledge-before-sync", "a follower acknowledges what is not on its disk yet"},
      {Mutant::kCommitWithoutQuorum, "commit-without-quorum", "the leader commits at the first acknowledgement"},
      {Mutant::kSkipTruncation, "skip-truncation", "a log is cut in memory only"},
      {Mutant::kWatchAfterReply, "watch-after-reply", "the reply overtakes the watch event"},
      {Mutant::kEpochBeforeData, "epoch-before-data",
       "currentEpoch is written before the data that the leader sent is on disk"},
      {Mutant::kEpochReused, "epoch-reused", "a new leader takes the latest epoch instead of a later one"},
      {Mutant::kEpochNotPersisted, "epoch-not-persisted",
       "a follower acknowledges an epoch that it has not written down"},
      {Mutant::kSkipApply, "skip-apply", "one transaction in forty changes nothing on server 2"},
      {Mutant::kSkipApplyUnseen, "skip-apply-unseen", "the same, and server 2 does not compare its digest"},
      {Mutant::kWatchLost, "watch-lost", "one watch event in eight is forgotten"},
      {Mutant::kWatchTwice, "watch-twice", "a watch fires twice"},
      {Mutant::kVoteIgnoresHistory, "vote-ignores-history",
       "the largest server id wins an election, whatever its history"},
      {Mutant::kServesBehind, "serves-behind", "a server takes over a client that has seen more than the server has"},
      {Mutant::kReplyTwice, "reply-twice", "a setData is answered twice"},
      {Mutant::kEphemeralsKept, "ephemerals-kept", "the end of a session leaves its ephemeral nodes"},
  }};
  return kRows;
}

std::optional<Mutant> mistake_named(std::string_view name) {
  const auto row =
      std::ranges::find(mistake_rows(), name, [](const MistakeRow& r) { return std::string_view(r.name); });
  return row == mistake_rows().end() ? std::nullopt : std::optional(row->mutant);
}

const MistakeRow& mistake_row(Mutant mistake) {
  CHECK(mistake != Mutant::kNone, "no mistake");
  return mistake_rows()[static_cast<size_t>(mistake) - 1];
}

#ifdef VIVARIUM_MUTANTS
bool make_mistake(Mutant mistake) {
  active_mutant = mistake;
  return true;
}
#else
bool make_mistake(Mutant mistake) { return mistake == Mutant::kNone; }
#endif

}  // namespace vivarium::sim

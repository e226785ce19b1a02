// Mutants: known mistakes, each a switch, that exist only in the test program `test_mutants` and in `vivarium-mistaken`,
// which runs the scenarios that ask for one (built with VIVARIUM_MUTANTS). They prove that what watches over the core
// can see, and show what a failure looks like. In every other build mutant() is a constant and costs nothing.
#pragma once

#include <cstdint>

namespace vivarium {

enum class Mutant : uint8_t {
  kNone,
  kAckBeforeSync,        // a follower acknowledges what is not on its disk yet
  kCommitWithoutQuorum,  // the leader commits at the first acknowledgement
  kSkipTruncation,       // TRUNC is done in memory only
  kWatchAfterReply,      // the reply overtakes the watch event
  kEpochBeforeData,      // currentEpoch is written, and NEWLEADER acknowledged, before the synchronized data is on disk
  kEpochReused,          // a new leader takes the latest epoch instead of a later one
  kEpochNotPersisted,    // a follower acknowledges an epoch that it has not written down
  kSkipApply,            // one transaction in forty changes nothing on server 2
  kSkipApplyUnseen,      // the same, and its digest is not compared
  kWatchLost,            // one watch event in eight is forgotten
  kWatchTwice,           // a watch fires twice
  kVoteIgnoresHistory,   // the largest server id wins an election, whatever its history
  kServesBehind,         // a server takes over a client that has seen more than the server has
  kReplyTwice,           // a setData is answered twice
  kEphemeralsKept,       // the end of a session leaves its ephemeral nodes
};
inline constexpr int kMutants = static_cast<int>(Mutant::kEphemeralsKept);

#ifdef VIVARIUM_MUTANTS
inline Mutant active_mutant = Mutant::kNone;
inline bool mutant(Mutant m) { return active_mutant == m; }
#else
constexpr bool mutant(Mutant) { return false; }
#endif

}  // namespace vivarium

// Check: what must be true after every event, by name; and Findings, where those that watch over a world report what is
// not. Who checks what: broadcast_ledger, client_ledger, watch_ledger, and invariants, which shows them the World.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "core/node/trace_format.h"
#include "sim/event.h"

namespace vivarium::sim {

enum class Check : uint8_t {
  kLeadership,          // at most one established leader per epoch
  kIntegrity,           // what is delivered was proposed
  kAgreement,           // one transaction per zxid, for ever and everywhere
  kPrefix,              // delivered histories are prefixes of one another
  kTotalOrder,          // nobody leaves out what another delivers between two transactions
  kLocalPrimaryOrder,   // the transactions of one epoch are delivered in the order in which its leader proposed them
  kGlobalPrimaryOrder,  // an earlier epoch's transactions before a later one's
  kPrimaryIntegrity,    // a leader has all that was ever committed before it proposes
  kDurability,          // committed means on a quorum's disks
  kEpochFiles,          // epoch files never go back
  kDigest,              // equal state at equal zxid
  kEphemerals,          // only live sessions own ephemerals
  kSessionOrder,        // replies in the order of the requests
  kZxidSeen,            // a client's lastZxidSeen never goes back
  kWatchOrder,          // a watch event comes before the data that it announces
  kWatchOnce,           // one event for an armed watch, none for another
  kWatchMissed,         // every change after arming gives an event
  kRecovery,            // a server always recovers from its own disk
  kNoStop,              // no server stops by itself but for an injected disk fault
};
inline constexpr size_t kChecks = static_cast<size_t>(Check::kNoStop) + 1;
const char* check_name(Check check);
const char* check_says(Check check);  // the sentence above

using node::TraceSide;

struct Violation {
  std::string check;  // the check's or the model's name: half of the fingerprint
  Time at;
  std::string what;            // a sentence
  std::vector<uint64_t> seqs;  // of the records that show it; the first: after which it was seen
  // For whoever draws it (core/node/trace_format.h).
  std::string promise;
  std::vector<TraceSide> sides;
  std::vector<std::string> why;
  std::vector<node::TraceWindowOperation> window;
};

// Who did or has something, and the record that showed it to us.
struct Witness {
  ProcessId process = kNoProcess;
  uint64_t seq = 0;
};

// One report of a kind is enough: what follows from it would only hide it.
class Findings {
 public:
  // What is reported from here on was seen at this event.
  void at(Time now, uint64_t seq, ProcessId process = kNoProcess) {
    now_ = now;
    here_ = {process, seq};
  }
  const Witness& here() const { return here_; }
  // What the one does to whom this event happened.
  TraceSide side(std::string says) const { return {here_.process, here_.seq, std::move(says)}; }
  // `sides`: the two, or more, that do not agree.
  void report(Check check, std::string what, std::vector<TraceSide> sides);
  const std::vector<Violation>& violations() const { return violations_; }
  bool empty() const { return violations_.empty(); }

 private:
  Time now_;
  Witness here_;
  std::set<Check> reported_;
  std::vector<Violation> violations_;
};

}  // namespace vivarium::sim

// Invariants: what must be true after every event, judged from outside the nodes. Each has two independent sources:
// what a node says is held against a model of all that was ever proposed and committed, and against the bytes on the
// simulated disks.
//
// Names: zookeeper-facts 6.6, checker-reference 1.6 (the Zab specification's).
#pragma once

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sim/disk_index.h"
#include "sim/run.h"

namespace vivarium::sim {

enum class Check : uint8_t {
  kLeadership,          // at most one established leader per epoch
  kIntegrity,           // what is delivered was proposed
  kAgreement,           // one transaction per zxid, for ever and everywhere
  kPrefix,              // delivered histories are prefixes of one another
  kTotalOrder,          // and in the order of their zxids
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
  kRecovery,            // a server always recovers from its own disk
  kDigestStop,          // no server stops by itself but for an injected disk fault
};
inline constexpr size_t kChecks = static_cast<size_t>(Check::kDigestStop) + 1;
const char* check_name(Check check);
const char* check_says(Check check);  // the sentence above

class Invariants {
 public:
  Invariants(const World& world);
  void after_step(const World& world);
  // After whatever was done to the world between this step and the next.
  void after_faults(const World& world);
  // After peace: what can only be judged when nothing is under way.
  void at_end(const World& world);
  const std::vector<Violation>& violations() const { return violations_; }
  uint64_t committed() const { return committed_.size(); }

 private:
  struct Committed {
    Zxid zxid;
    uint64_t payload_hash;
    int64_t tree_digest;
  };
  struct Server {
    Zxid committed{-1};  // as of its last step
    int64_t incarnation = 0;
    DiskIndex disk, wiped;    // as it is; as it was when it was last wiped
    Epoch accepted, current;  // as parsed from its durable files
    bool excused = false;     // a disk fault is being injected there
    bool established = false;
  };
  struct Armed {
    Zxid seen;
    bool exists;
  };
  struct ClientView {
    Zxid last_zxid_seen;
    SessionId session;
    uint64_t last_token = 0;
    std::map<std::string, Armed> watches;  // data watches armed by getData; path -> mzxid that was seen
    std::map<uint64_t, std::pair<std::string, bool>> reads;  // token -> path, with watch
  };

  void report(Check check, const World& world, std::string what);
  void look_at_server(const World& world, ProcessId p);
  void look_at_proposals(const World& world, ProcessId p);
  void look_at_disk(const World& world, ProcessId p);
  void look_at_leadership(const World& world, ProcessId p);
  void look_at_commits(const World& world, ProcessId p);
  void commit_one(const World& world, ProcessId p, const zab::Proposal& proposal);
  void judge_durability(const World& world, ProcessId p, Zxid zxid);
  void look_at_client(const World& world);
  void look_at_records(const World& world, const Record& record);
  const Committed* find(Zxid zxid) const;

  std::vector<Server> servers_;
  std::vector<Committed> committed_;          // by zxid, ascending: the one history
  std::vector<std::pair<Zxid, Zxid>> holes_;  // (after, up to]: committed inside a snapshot
  std::map<Zxid, uint64_t> proposed_;         // payload hashes of proposals not yet committed
  std::map<Epoch, ProcessId> leaders_;
  std::vector<ClientView> clients_;
  std::vector<Violation> violations_;
  std::set<Check> reported_;
};

}  // namespace vivarium::sim

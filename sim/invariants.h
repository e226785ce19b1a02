// Invariants: what must be true after every event (check.h), judged from outside the nodes. Each has two independent
// sources: what a node says is held against a ledger of all that was ever proposed and committed, and against the bytes
// on the simulated disks. This class shows the ledgers what happens in a World.
//
// Names: zookeeper-facts 6.6, checker-reference 1.6 (the Zab specification's).
#pragma once

#include <vector>

#include "sim/broadcast_ledger.h"
#include "sim/client_ledger.h"
#include "sim/disk_index.h"
#include "sim/world.h"

namespace vivarium::sim {

class Invariants {
 public:
  explicit Invariants(const World& world);
  void after_step(const World& world);
  // After whatever was done to the world between this step and the next.
  void after_faults(const World& world);
  // After peace: what can only be judged when nothing is under way.
  void at_end(const World& world);
  const std::vector<Violation>& violations() const { return findings_.violations(); }
  uint64_t committed() const { return ledger_.committed(); }

 private:
  struct Server {
    Zxid committed{-1};  // as of its last step
    int64_t incarnation = 0;
    DiskIndex disk, wiped;  // as it is; as it was when it was last wiped
    bool excused = false;   // a disk fault is being injected there
    bool established = false;
  };

  void look_at_records(const World& world, const Record& record);
  void look_at_server(const World& world, ProcessId p);
  void look_at_disk(const World& world, ProcessId p);
  void look_at_notes(const World& world, ProcessId p);
  void look_at_commits(const World& world, ProcessId p);
  void look_at_burden(const World& world, ProcessId p);
  void look_at_leadership(const World& world, ProcessId p);
  void look_at_client(const World& world);
  void judge_durability(ProcessId p, Zxid zxid, uint64_t payload_hash);

  std::vector<Server> servers_;
  BroadcastLedger ledger_;
  std::vector<ClientLedger> clients_;
  Findings findings_;
};

}  // namespace vivarium::sim

// BroadcastLedger: the one history that all servers share, as an outsider who sees everything would write it down: what
// was proposed, what is committed, who led. Whatever a server says is held against it. It knows no World: show it
// observations, and it reports what cannot be.
//
// Names of the checks: the Zab specification's.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/tree/state.h"
#include "sim/check.h"

namespace vivarium::sim {

class BroadcastLedger {
 public:
  struct Transaction {
    Zxid zxid;
    uint64_t payload_hash = 0;
    int64_t tree_digest = 0;  // after it
    Witness first{};          // who delivered it first
  };

  explicit BroadcastLedger(std::vector<Sid> servers) : sids_(std::move(servers)), servers_(sids_.size()) {}

  // Servers are numbered from 0. A server leads `epoch`, and a quorum follows it; it has applied all up to `has`.
  void established(size_t server, Epoch epoch, Zxid has, int64_t tree_digest, Findings& findings);
  // What a leader brings inside a snapshot is committed when it is established, and nobody has delivered it one by one.
  // Told before the leader's deliveries of that step, which follow upon it.
  void brought(Zxid has, int64_t tree_digest);
  void proposed(size_t server, Zxid zxid, uint64_t payload_hash, Findings& findings);
  // A server has begun anew, from its disk or from nothing.
  void started(size_t server);
  // A server says that it commits.
  void announced(size_t server, Zxid zxid, Findings& findings);
  // A server has everything up to zxid without having delivered it one by one (a snapshot, its disk).
  void jumped(size_t server, Zxid zxid) { servers_[server].delivered = zxid; }
  // A server applies its next transaction. True: it is the first of all to do so, and the disks should be judged.
  bool delivered(size_t server, const Transaction& transaction, Findings& findings);
  // Where a server stands after all that.
  void stands_at(size_t server, Zxid zxid, int64_t tree_digest, bool serving, Findings& findings);
  // Servers on whose disks (or on whose lost disks) the transaction is that `server` was the first to commit.
  // `newest`: what each disk ends with, to be told.
  void durable_on(size_t server, Zxid zxid, const std::vector<size_t>& holders, const std::vector<Zxid>& newest,
                  Findings& findings) const;
  // What an epoch file holds now; a wipe makes it a new one.
  void epoch_file(size_t server, const char* name, Epoch now, Findings& findings);
  void wiped(size_t server) { servers_[server].epochs.clear(); }

  size_t committed() const { return committed_.size(); }
  const Transaction* find(Zxid zxid) const;

 private:
  struct Server {
    Zxid delivered;  // all up to here
    Zxid announced;  // since it started
    uint64_t delivered_seq = 0, announced_seq = 0;
    std::map<std::string, std::pair<Epoch, uint64_t>> epochs;  // by file, and the record that wrote it
  };
  struct Proposed {
    uint64_t payload_hash;
    Witness by;
  };
  bool was_proposed(const Transaction& transaction) const;
  void report_unproposed(size_t server, const Transaction& transaction, Findings& findings) const;
  static std::vector<TraceSide> digests(size_t server, const Transaction& known, int64_t tree_digest,
                                        const Findings& findings);
  bool first_to_deliver(size_t server, const Transaction& transaction, Findings& findings);
  bool in_a_hole(Zxid zxid) const;
  Sid sid(size_t server) const { return sids_[server]; }
  // A side of what does not agree: what a server does now, and what somebody did.
  static TraceSide now(size_t server, const Findings& findings, std::string says);
  static TraceSide then(const Witness& witness, std::string says);

  std::vector<Sid> sids_;
  std::vector<Server> servers_;
  std::vector<Transaction> committed_;        // ascending: the one history
  std::vector<std::pair<Zxid, Zxid>> holes_;  // (after, before): committed inside a snapshot, and not known one by one
  std::map<Zxid, Proposed> proposed_;
  std::map<Epoch, Witness> leaders_;
};

// A session that owns ephemeral nodes and does not live; nothing when there is none. Cheap: looks at the owners only.
std::optional<SessionId> dead_owner(const tree::State& state);
// The same from the nodes themselves, and nodes that their owner's list does not know. For once at the end: walks the
// tree. A sentence, or empty.
std::string misowned_ephemeral(const tree::State& state);

}  // namespace vivarium::sim

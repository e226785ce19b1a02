// The history of one server: what is committed, what is logged beyond that, and what of it is durable.
//
//        base            committed              durable           logged
//   ------|--- window ------|--- uncommitted ------|--- not yet ----|
//
// Every entry after committed holds its State-after, so that committing moves a pointer, and a truncation to any of
// them too. A committed one keeps its until the next step, for whoever looks at what this one has done; hundreds of
// States that nobody asks for are megabytes that the processor's cache has better uses for. Invariants: base <=
// committed <= logged; durable <= logged. Snapshots are of `committed` only.
#pragma once

#include <optional>

#include "core/base/persistent_map.h"
#include "core/base/rng.h"
#include "core/zab/disk_queues.h"
#include "core/zab/turn.h"

namespace vivarium::zab {

class History {
 public:
  History() = default;
  History(log::Recovered recovered, const Config& config, Rng rng);

  const tree::State& committed() const { return committed_; }
  const tree::State& logged() const { return logged_; }
  Zxid durable() const { return durable_; }
  bool all_durable() const { return durable_ == logged_.zxid && unsent_.empty(); }
  Zxid base() const { return base_.zxid; }
  int64_t base_digest() const { return base_.tree_digest; }
  const PersistentMap<Zxid, ProposalRef>& window() const { return window_; }
  const ProposalRef* find(Zxid zxid) const { return window_.find(zxid); }
  // The state at a point that is committed, logged or between; nullptr: there is none.
  const tree::State* state_at(Zxid zxid) const;

  // 261: false until a server whose disk was empty has synchronized with a leader.
  bool may_vote() const { return may_vote_; }
  Epoch accepted_epoch() const { return accepted_epoch_; }
  Epoch current_epoch() const { return current_epoch_; }
  const DiskQueues& disk() const { return disk_; }

  // ---- growing
  // ----------------------------------------------------------------------------------------------------------- Extends
  // logged; the record reaches the disk in a group, one append in flight at a time.
  void append(ProposalRef proposal, Turn& turn);
  // Learner: decodes a PROPOSAL's payload and applies it to logged. nullopt: malformed, or the digest differs (then
  // `mismatch`).
  std::optional<ProposalRef> proposal_from(const Bytes& payload, bool* mismatch) const;
  // Commits all entries up to and including zxid, which must be in the window; gives nothing: entries are read by the
  // caller.
  void commit(Zxid zxid, Turn& turn);
  // A new step: those of committed entries go.
  void forget_states();

  // ---- synchronization
  // --------------------------------------------------------------------------------------------------- Cuts everything
  // after keep, durably. When keep's State is not held (only a snapshot that holds more than what is committed can
  // bring that about), it is reloaded from disk first.
  void truncate(Zxid keep, Turn& turn);
  // What SNAP brought replaces all. Nothing of the log survives.
  void replace(tree::State state, Turn& turn);
  // The disk has done everything that start, truncate or replace asked.
  bool settled() const { return !reload_ && errands_.empty() && errand_.kept(disk_); }
  // A server whose disk was empty and that was brought up by DIFF has a log and nothing below it. Its snapshot is
  // written when all of it is durable and before currentEpoch, the file that tells a recovery that the synchronization
  // came to its end. False: there is one.
  bool write_missing_snapshot(Turn& turn);
  // What was synchronized from a leader may be voted with.
  void synchronized() { may_vote_ = true; }

  Promise write_epoch(log::EpochFile file, Epoch epoch, Turn& turn);
  // What the disk needs before anything is logged.
  void start(Turn& turn);

  // ---- answers of the disk
  // -------------------------------------------------------------------------------------------------
  void on_durable(const log::Durable& durable, Turn& turn);
  void on_reloaded(const log::Reloaded& reloaded, Turn& turn);
  uint64_t read_log(Zxid from, Turn& turn);

  // Entries up to this one are kept in the window, whatever its size, while a learner is being synchronized.
  void hold_window(std::optional<Zxid> after) { hold_ = after; }

  VIV_VISIT(v("base", self.base_), v("committed", self.committed_), v("logged", self.logged_),
            v("window", self.window_), v("stateless", self.stateless_), v("durable", self.durable_),
            v("unsent", self.unsent_), v("appending", self.appending_), v("accepted_epoch", self.accepted_epoch_),
            v("current_epoch", self.current_epoch_), v("may_vote", self.may_vote_),
            v("first_snapshot", self.first_snapshot_), v("has_snapshot", self.has_snapshot_),
            v("stale_log", self.stale_log_), v("disk", self.disk_), v("accepted_write", self.accepted_write_),
            v("current_write", self.current_write_), v("reload", self.reload_), v("errands", self.errands_),
            v("errand", self.errand_), v("hold", self.hold_), v("snapshot", self.snapshot_),
            v("bytes_since_snapshot", self.bytes_since_snapshot_), v("log_file_bytes", self.log_file_bytes_),
            v("wants_purge", self.wants_purge_), v("purge", self.purge_), v("log_use", self.log_use_),
            v("next_purge", self.next_purge_), v("waiting", self.waiting_), v("since_snapshot", self.since_snapshot_),
            v("committed_entries", self.committed_entries_), v("snapshot_after", self.snapshot_after_),
            v.unhashed("self", self.self_), v.unhashed("membership", self.membership_), v.unhashed("rng", self.rng_),
            v.unhashed("queries", self.queries_))

 private:
  struct Base {
    Zxid zxid;
    int64_t tree_digest = 0;
    VIV_VISIT(VIV_FIELD(zxid), VIV_FIELD(tree_digest))
  };
  struct Append {
    uint64_t seq;
    Zxid last;
    VIV_VISIT(VIV_FIELD(seq), VIV_FIELD(last))
  };
  struct EpochWrite {
    uint64_t seq;
    Epoch epoch;
    VIV_VISIT(VIV_FIELD(seq), VIV_FIELD(epoch))
  };

  // Operations that must follow each other across queues: each is asked when the one before is durable.
  struct Errand {
    enum class Kind : uint8_t { kWriteSnapshot, kSnapshotLogged, kTruncateLog, kDiscardSnapshots };
    Kind kind;
    Zxid zxid;
    VIV_VISIT(VIV_FIELD(kind), VIV_FIELD(zxid))
  };

  // What reads the log: ReadLog, or Reload up to `zxid`.
  struct LogUse {
    bool reload;
    uint64_t query;
    Zxid zxid;
    VIV_VISIT(VIV_FIELD(reload), v.unhashed("query", self.query), VIV_FIELD(zxid))
  };

  void run(std::vector<Errand> errands, Turn& turn);
  void next_errand(Turn& turn);
  void cut_window(Zxid keep);
  void adopt(log::Recovered recovered);
  void begin_at(tree::State state);
  tree::State with_membership(tree::State state) const;
  void flush(Turn& turn);
  void trim(const Config& config);
  void snapshot_if_due(Turn& turn);
  void draw_snapshot_threshold(const Config& config);
  bool snapshot_is_due(const Config& config) const;
  void want_purge(Turn& turn);
  void purge_if_wanted(Turn& turn);
  void use_log(const LogUse& use, Turn& turn);

  Sid self_;
  Bytes membership_;  // of our zoo.cfg: /zookeeper/config of every state that does not come from a transaction
  Base base_;
  tree::State committed_, logged_;
  PersistentMap<Zxid, ProposalRef> window_;
  Zxid stateless_;                 // entries up to this one hold no State
  int64_t committed_entries_ = 0;  // of the window
  Zxid durable_;
  std::vector<log::Record> unsent_;  // logged, waiting for the appends before them
  std::optional<Append> appending_;
  Epoch accepted_epoch_, current_epoch_;  // durable values
  std::optional<EpochWrite> accepted_write_, current_write_;
  bool may_vote_ = true;
  bool first_snapshot_ = false;  // still to be written
  bool has_snapshot_ = false;    // on disk, or on its way there
  bool stale_log_ = false;       // the log on disk may end before the snapshot
  DiskQueues disk_;
  std::optional<Zxid> reload_;   // the point that is being reloaded
  std::vector<Errand> errands_;  // still to be asked
  Promise errand_;               // the one under way
  std::optional<Zxid> hold_;
  Promise snapshot_;  // the ordinary snapshot being written
  int64_t since_snapshot_ = 0, snapshot_after_ = 0;
  int64_t bytes_since_snapshot_ = 0;  // of records
  int64_t log_file_bytes_ = 0;        // of records in the log that is being written
  // A purge removes logs, so it waits for whoever reads or cuts them, and they wait for it.
  bool wants_purge_ = false;
  Promise purge_, log_use_;  // under way; log_use_: the last ReadLog, Reload or TruncateLog
  std::optional<Time> next_purge_;
  std::vector<LogUse> waiting_;  // to be asked when the purge is over
  uint64_t queries_ = 0;
  Rng rng_;
};

}  // namespace vivarium::zab

#include "core/zab/history.h"

#include "core/base/mutant.h"

namespace vivarium::zab {

History::History(log::Recovered recovered, const Config& config, Rng rng)
    : self_(config.self), membership_(config.membership), rng_(rng) {
  may_vote_ = recovered.may_vote;
  first_snapshot_ = recovered.snapshots == 0 && recovered.may_vote;
  accepted_epoch_ = recovered.accepted_epoch;
  current_epoch_ = recovered.current_epoch;
  has_snapshot_ = recovered.snapshots > 0;
  stale_log_ = recovered.records.empty() && (recovered.snapshot_state.zxid > Zxid{0} || !recovered.may_vote);
  adopt(std::move(recovered));
  draw_snapshot_threshold(config);
}

// The snapshot is committed, since snapshots are made of nothing else; what the log holds beyond it is logged and no
// more.
void History::adopt(log::Recovered recovered) {
  begin_at(std::move(recovered.snapshot_state));
  for (const log::Record& record : recovered.records) {
    bool mismatch = false;
    auto proposal = proposal_from(record.payload, &mismatch);
    CHECK(proposal, "recovery accepted a record at {} that does not apply", record.zxid);
    logged_ = (*proposal)->after;
    window_.set(record.zxid, std::move(*proposal));
  }
  durable_ = logged_.zxid;
  since_snapshot_ = static_cast<int64_t>(window_.size());
}

void History::begin_at(tree::State state) {
  committed_ = logged_ = with_membership(std::move(state));
  base_ = {committed_.zxid, committed_.tree_digest};
  window_.clear();
  stateless_ = base_.zxid;
  committed_entries_ = 0;
}

// While there is no reconfiguration, each server says what its own file says, whatever a snapshot or its leader's does
// (2819).
tree::State History::with_membership(tree::State state) const {
  if (!membership_.empty()) tree::install_config(state, membership_);
  return state;
}

const tree::State* History::state_at(Zxid zxid) const {
  if (zxid == logged_.zxid) return &logged_;
  if (zxid == committed_.zxid) return &committed_;
  const ProposalRef* entry = zxid > committed_.zxid ? window_.find(zxid) : nullptr;
  return entry ? &(*entry)->after : nullptr;
}

// ---- growing
// -----------------------------------------------------------------------------------------------------------------

std::optional<ProposalRef> History::proposal_from(const Bytes& payload, bool* mismatch) const {
  auto txn = wire::decode_txn(payload);
  if (!txn) return std::nullopt;
  Proposal proposal{txn->header, payload, 0, {}, logged_};
  if ((mutant(Mutant::kSkipApply) || mutant(Mutant::kSkipApplyUnseen)) && self_ == Sid{2} &&
      txn->header.zxid.counter() % 40 == 39) {
    txn->body = wire::ErrorTxn{};
  }
  if (mutant(Mutant::kSkipApplyUnseen) && self_ == Sid{2}) txn->digest.reset();
  proposal.effects = tree::apply(proposal.after, *txn);
  proposal.tree_digest = proposal.after.tree_digest;
  *mismatch = proposal.effects.digest_mismatch.has_value();
  return ProposalRef(std::move(proposal));
}

void History::append(ProposalRef proposal, Turn& turn) {
  const Zxid zxid = proposal->header.zxid;
  CHECK(zxid > logged_.zxid, "{} after {}", zxid, logged_.zxid);
  logged_ = proposal->after;
  unsent_.push_back({zxid, proposal->payload});
  window_.set(zxid, std::move(proposal));
  flush(turn);
}

// Group commit: what is appended while a sync is under way goes out together when it returns; what is appended in the
// step that began an append joins it; up to config.group_commit_max.
void History::flush(Turn& turn) {
  if (unsent_.empty()) return;
  if (!appending_) {
    if (turn.config.log_file_bytes > 0 && log_file_bytes_ > turn.config.log_file_bytes) {
      log_file_bytes_ = 0;
      disk_.ask(turn.out, log::Queue::kLog, log::RollLog{});
    }
    const uint64_t seq = disk_.ask(turn.out, log::Queue::kLog, log::AppendRecords{});
    appending_ = Append{seq, unsent_.back().zxid};
  }
  for (auto operation = turn.out.disk.rbegin(); operation != turn.out.disk.rend(); ++operation) {
    if (operation->queue != log::Queue::kLog) continue;
    auto* group = std::get_if<log::AppendRecords>(&operation->operation);
    if (operation->seq != appending_->seq || !group) return;
    const auto room = turn.config.group_commit_max - std::ssize(group->records);
    const auto end = unsent_.begin() + std::min(std::ssize(unsent_), room);
    for (auto record = unsent_.begin(); record != end; ++record) {
      appending_->last = record->zxid;
      log_file_bytes_ += static_cast<int64_t>(record->payload.size());
      group->records.push_back(std::move(*record));
    }
    unsent_.erase(unsent_.begin(), end);
    return;
  }
}

void History::commit(Zxid zxid, Turn& turn) {
  if (zxid <= committed_.zxid) return;
  const ProposalRef* entry = window_.find(zxid);
  CHECK(entry, "commit of {} which is not in the window ({}, {}]", zxid, base_.zxid, logged_.zxid);
  for (auto it = window_.upper_bound(committed_.zxid); it != window_.end() && (*it).first <= zxid; ++it) {
    ++committed_entries_;
    ++since_snapshot_;
    bytes_since_snapshot_ += static_cast<int64_t>((*it).second->payload.size());
  }
  committed_ = (*entry)->after;
  trim(turn.config);
  snapshot_if_due(turn);
}

void History::trim(const Config& config) {
  while (committed_entries_ > config.window) {
    const auto first = window_.begin();
    const Zxid zxid = (*first).first;
    if (hold_ && zxid > *hold_) return;
    base_ = {zxid, (*first).second->tree_digest};
    window_.erase(zxid);
    --committed_entries_;
  }
}

void History::forget_states() {
  for (;;) {
    const auto next = window_.upper_bound(stateless_);
    if (next == window_.end() || (*next).first >= committed_.zxid) return;
    stateless_ = (*next).first;
    ProposalRef& entry = *window_.mutate(stateless_);
    entry = ProposalRef(Proposal{entry->header, entry->payload, entry->tree_digest, {}, {}});
  }
}

// ---- snapshots
// ---------------------------------------------------------------------------------------------------------------

void History::draw_snapshot_threshold(const Config& config) {
  snapshot_after_ = rng_.between(config.snap_count / 2, config.snap_count);
}

// One draw for both: bytes count in the proportion in which transactions do.
bool History::snapshot_is_due(const Config& config) const {
  if (since_snapshot_ > snapshot_after_) return true;
  if (config.snap_bytes <= 0 || since_snapshot_ == 0) return false;
  const int64_t permille = snapshot_after_ * 1000 / config.snap_count;
  return bytes_since_snapshot_ > config.snap_bytes / 1000 * permille;
}

void History::snapshot_if_due(Turn& turn) {
  if (!snapshot_is_due(turn.config) || !snapshot_.kept(disk_)) return;
  since_snapshot_ = bytes_since_snapshot_ = log_file_bytes_ = 0;
  draw_snapshot_threshold(turn.config);
  snapshot_ = {log::Queue::kSnapshot, disk_.ask(turn.out, log::Queue::kSnapshot, log::WriteSnapshot{committed_})};
  disk_.ask(turn.out, log::Queue::kLog, log::RollLog{});
  want_purge(turn);
  turn.out.note(NoteKind::kSnapshotWritten, committed_.zxid.value);
}

// ---- purge
// -------------------------------------------------------------------------------------------------------------------

void History::want_purge(Turn& turn) {
  if (!turn.config.purge_interval || (next_purge_ && !turn.due(*next_purge_))) return;
  wants_purge_ = true;
  purge_if_wanted(turn);
}

// In the snapshot queue: it begins when the snapshot that it counts on is durable. And when nobody is at the log's
// files, which it removes.
void History::purge_if_wanted(Turn& turn) {
  if (!wants_purge_ || !settled() || !log_use_.kept(disk_)) return;
  wants_purge_ = false;
  if (turn.config.purge_interval->ns > 0) next_purge_ = turn.in(*turn.config.purge_interval);
  purge_ = {log::Queue::kSnapshot, disk_.ask(turn.out, log::Queue::kSnapshot, log::Purge{turn.config.snap_retain})};
  if (!snapshot_.kept(disk_)) snapshot_ = purge_;
}

void History::use_log(const LogUse& use, Turn& turn) {
  if (!purge_.kept(disk_)) return waiting_.push_back(use);
  const log::Operation operation =
      use.reload ? log::Operation(log::Reload{use.zxid})
                 : log::Operation(log::ReadLog{use.query, use.zxid, base_.zxid, turn.config.log_sync_bytes_max});
  log_use_ = {log::Queue::kLog, disk_.ask(turn.out, log::Queue::kLog, operation)};
}

void History::start(Turn& turn) {
  // A log without a snapshot is not trusted (2325, 3644), so the first one comes before the first record.
  if (std::exchange(first_snapshot_, false)) run({{Errand::Kind::kWriteSnapshot, {}}}, turn);
  // A snapshot may be durable before the last records that it covers, or have come by SNAP. A log that went on after
  // such a snapshot would have a hole, which a learner that is sent DIFF from the log would inherit (2418): the log
  // begins anew.
  if (std::exchange(stale_log_, false)) run({{Errand::Kind::kTruncateLog, Zxid{0}}}, turn);
  // Upstream's task runs at the start, too: snapRetainCount may be a smaller one than before.
  if (turn.config.purge_interval && turn.config.purge_interval->ns > 0) want_purge(turn);
}

// ---- synchronization
// -----------------------------------------------------------------------------------------------------------

void History::truncate(Zxid keep, Turn& turn) {
  turn.out.note(NoteKind::kTruncated, keep.value, logged_.zxid.value);
  std::erase_if(unsent_, [keep](const log::Record& record) { return record.zxid > keep; });
  const tree::State* state = keep >= committed_.zxid ? state_at(keep) : nullptr;
  if (!state) {
    reload_ = keep;
    return use_log({true, 0, keep}, turn);
  }
  logged_ = tree::State(*state);
  cut_window(keep);
  durable_ = std::min(durable_, keep);
  if (!mutant(Mutant::kSkipTruncation)) run({{Errand::Kind::kTruncateLog, keep}}, turn);
}

void History::cut_window(Zxid keep) {
  for (auto beyond = window_.upper_bound(keep); beyond != window_.end(); beyond = window_.upper_bound(keep)) {
    window_.erase(Zxid((*beyond).first));
  }
}

// The log is cut before the snapshots above the point go (4837, 1549): a crash between the two finds a snapshot of the
// discarded history, which is where this server was before; the other way round it would find a log with a hole before
// it.
void History::on_reloaded(const log::Reloaded& reloaded, Turn& turn) {
  if (!reload_) return;
  const Zxid keep = *reload_;
  reload_.reset();
  unsent_.clear();
  if (reloaded.recovered.state.zxid == keep) {
    adopt(reloaded.recovered);
    return run({{Errand::Kind::kTruncateLog, keep}, {Errand::Kind::kDiscardSnapshots, keep}}, turn);
  }
  // Nothing on this disk rebuilds that point: begin again from nothing, without a vote (261), and let the leader send
  // SNAP.
  may_vote_ = has_snapshot_ = false;
  adopt(log::Recovered{tree::State::fresh(), tree::State::fresh(), {}, accepted_epoch_, current_epoch_, false, 0});
  run({{Errand::Kind::kTruncateLog, Zxid{0}}, {Errand::Kind::kDiscardSnapshots, Zxid{-1}}}, turn);
}

void History::replace(tree::State state, Turn& turn) {
  begin_at(std::move(state));
  unsent_.clear();
  durable_ = logged_.zxid;  // as far as the log goes: settled() says when the snapshot is
  reload_.reset();
  since_snapshot_ = bytes_since_snapshot_ = 0;
  // Our log does not lead up to the snapshot, and a tail beyond it is not of this history: the log begins anew (see
  // start).
  run({{Errand::Kind::kWriteSnapshot, {}}, {Errand::Kind::kTruncateLog, Zxid{0}}}, turn);
}

bool History::write_missing_snapshot(Turn& turn) {
  if (has_snapshot_) return false;
  run({{Errand::Kind::kSnapshotLogged, {}}}, turn);
  return true;
}

void History::run(std::vector<Errand> errands, Turn& turn) {
  errands_ = std::move(errands);
  errand_ = {};
  next_errand(turn);
}

void History::next_errand(Turn& turn) {
  if (errands_.empty() || !errand_.kept(disk_)) return;
  if (errands_.front().kind == Errand::Kind::kTruncateLog && !purge_.kept(disk_)) return;
  const Errand errand = errands_.front();
  errands_.erase(errands_.begin());
  const auto ask = [&](log::Queue queue, log::Operation operation) {
    errand_ = {queue, disk_.ask(turn.out, queue, std::move(operation))};
  };
  switch (errand.kind) {
    case Errand::Kind::kWriteSnapshot:
      has_snapshot_ = true;
      return ask(log::Queue::kSnapshot, log::WriteSnapshot{committed_});
    case Errand::Kind::kSnapshotLogged:
      has_snapshot_ = true;
      return ask(log::Queue::kSnapshot, log::WriteSnapshot{logged_});
    case Errand::Kind::kTruncateLog:
      ask(log::Queue::kLog, log::TruncateLog{errand.zxid});
      log_use_ = errand_;
      return;
    case Errand::Kind::kDiscardSnapshots: return ask(log::Queue::kSnapshot, log::DiscardSnapshotsAbove{errand.zxid});
  }
}

// ---- answers of the disk
// ---------------------------------------------------------------------------------------------------------

void History::on_durable(const log::Durable& durable, Turn& turn) {
  disk_.on_durable(durable);
  if (durable.queue == log::Queue::kLog && appending_ && durable.seq >= appending_->seq) {
    durable_ = std::max(durable_, std::min(appending_->last, logged_.zxid));
    appending_.reset();
  }
  if (durable.queue == log::Queue::kFile) {
    const auto take = [&](std::optional<EpochWrite>& write, Epoch& epoch) {
      if (!write || durable.seq < write->seq) return;
      epoch = write->epoch;
      write.reset();
    };
    take(accepted_write_, accepted_epoch_);
    take(current_write_, current_epoch_);
  }
  next_errand(turn);
  if (purge_.kept(disk_)) {
    for (const LogUse& use : std::exchange(waiting_, {})) use_log(use, turn);
  }
  purge_if_wanted(turn);
  flush(turn);
}

Promise History::write_epoch(log::EpochFile file, Epoch epoch, Turn& turn) {
  const uint64_t seq = disk_.ask(turn.out, log::Queue::kFile, log::WriteEpoch{file, epoch});
  (file == log::EpochFile::kAccepted ? accepted_write_ : current_write_) = EpochWrite{seq, epoch};
  return {log::Queue::kFile, seq};
}

uint64_t History::read_log(Zxid from, Turn& turn) {
  use_log({false, ++queries_, from}, turn);
  return queries_;
}

}  // namespace vivarium::zab

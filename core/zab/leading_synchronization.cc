// Leading, second part: synchronization (facts 2.6). DIFF, TRUNC or SNAP, then NEWLEADER, then UPTODATE.
#include "core/zab/leading.h"

namespace vivarium::zab {

using wire::PacketType;

namespace {
constexpr size_t kSnapshotChunkBytes = 512 * 1024;  // at most this much is unsent at a time

Bytes encode_plain(PacketType type, Zxid zxid) { return wire::encode_packet({type, zxid, Bytes(), {}}); }
}  // namespace

// What a learner is brought to: before we are established, all that we came with; after that, what is committed.
// Proposals beyond it follow as proposals.
Zxid Leading::sync_target(const History& history) const {
  return established() ? history.committed().zxid : initial_last_;
}

void Leading::start_syncs(History& history, Turn& turn) {
  for (auto& [conn, link] : links_) {
    if (link.phase == LearnerLink::Phase::kReady) synchronize(link, nullptr, history, turn);
  }
}

void Leading::synchronize(LearnerLink& link, const log::LogRead* read, History& history, Turn& turn) {
  const Zxid target = sync_target(history);
  const SyncPoint point = choose_sync(history, target, link.last_logged, turn.config, read);
  turn.out.note(NoteKind::kSyncChosen, static_cast<int64_t>(point.decision.row), link.sid.value,
                link.last_logged.value);
  switch (point.decision.action) {
    case SyncAction::kReadLog:
      link.phase = LearnerLink::Phase::kReadLog;
      link.hold = history.base();
      link.log_query = history.read_log(link.last_logged, turn);
      return hold_window(history);
    case SyncAction::kSnap:
      link.phase = LearnerLink::Phase::kSnapshot;
      link.hold = target;
      link.snapshot = log::SnapshotCursor(*history.state_at(target));
      turn.send(link.conn, encode_plain(PacketType::kSnap, target), Label::kSnap, target);
      hold_window(history);
      return stream_snapshot(link, history, turn);
    case SyncAction::kTrunc:
    case SyncAction::kTruncDiff:
      turn.send(link.conn, encode_plain(PacketType::kTrunc, point.common), Label::kTrunc, point.common);
      break;
    case SyncAction::kDiff: turn.send(link.conn, encode_plain(PacketType::kDiff, target), Label::kDiff, target); break;
  }
  send_history(link, point.common, read, history, turn);
  send_new_leader(link, turn);
}

// Everything after `after`: what is in the target as PROPOSAL and COMMIT, the rest as PROPOSAL; from here on it is
// forwarded to. All in one step, so that nothing can fall between the two (962).
void Leading::send_history(LearnerLink& link, Zxid after, const log::LogRead* read, const History& history,
                           Turn& turn) {
  const Zxid target = sync_target(history);
  const auto send = [&](Zxid zxid, const Bytes& payload) {
    turn.send(link.conn, wire::encode_packet({PacketType::kProposal, zxid, payload, {}}), Label::kProposal, zxid);
    if (zxid <= target) turn.send(link.conn, encode_plain(PacketType::kCommit, zxid), Label::kCommit, zxid);
    after = zxid;
  };
  if (read) {
    for (const log::Record& record : read->records) {
      if (record.zxid > after && record.zxid <= history.base()) send(record.zxid, record.payload);
    }
  }
  for (auto entry = history.window().upper_bound(after); entry != history.window().end(); ++entry)
    send((*entry).first, (*entry).second->payload);
  link.forwarding = true;
}

void Leading::send_new_leader(LearnerLink& link, Turn& turn) {
  const Zxid zxid(epoch_, 0);
  turn.send(link.conn, wire::encode_packet({PacketType::kNewLeader, zxid, Bytes::empty_value(), {}}), Label::kNewLeader,
            zxid);
  link.phase = LearnerLink::Phase::kNewLeader;
}

// NEWLEADER follows the snapshot's last byte, never overtakes it (3104); what was proposed meanwhile stands between the
// two.
void Leading::stream_snapshot(LearnerLink& link, History& history, Turn& turn) {
  if (!link.snapshot.done()) {
    turn.out.add(Send{link.conn, link.snapshot.next(kSnapshotChunkBytes), Label::kSnapBytes, link.hold, true});
    if (!link.snapshot.done()) return;
  }
  const Zxid snapshot_zxid = link.hold;
  link.snapshot = log::SnapshotCursor();
  send_history(link, snapshot_zxid, nullptr, history, turn);
  send_new_leader(link, turn);
  hold_window(history);
}

void Leading::on_log_read(const log::LogRead& read, History& history, Turn& turn) {
  for (auto& [conn, link] : links_) {
    if (link.phase != LearnerLink::Phase::kReadLog || link.log_query != read.query) continue;
    link.phase = LearnerLink::Phase::kReady;
    synchronize(link, &read, history, turn);
    return hold_window(history);
  }
}

void Leading::hold_window(History& history) const {
  std::optional<Zxid> hold;
  for (const auto& [conn, link] : links_) {
    const bool waiting = link.phase == LearnerLink::Phase::kReadLog || link.phase == LearnerLink::Phase::kSnapshot;
    if (waiting && (!hold || link.hold < *hold)) hold = link.hold;
  }
  history.hold_window(hold);
}

// A quorum has our history and our epoch on disk: that history is committed, and clients may be served.
void Leading::establish(History& history, Turn& turn) {
  history.commit(initial_last_, turn);
  history.synchronized();
  phase_ = Phase::kBroadcast;
  last_proposed_ = Zxid(epoch_, epoch_.value == 1 ? static_cast<uint32_t>(turn.config.initial_counter) : 0);
  own_acked_ = last_proposed_;
  turn.out.note(NoteKind::kEstablished, epoch_.value, initial_last_.value);
  turn.events.push_back(RoleChanged{Role::kLeading, true, epoch_, turn.config.self});
  for (auto& [conn, link] : links_) {
    if (!link.synced()) continue;
    turn.send(conn, encode_plain(PacketType::kUpToDate, Zxid{-1}), Label::kUpToDate);
    link.serving = true;
  }
}

}  // namespace vivarium::zab

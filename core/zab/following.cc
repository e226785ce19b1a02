#include "core/zab/following.h"

#include "core/base/backoff.h"
#include "core/base/mutant.h"

namespace vivarium::zab {

using wire::PacketType;
using wire::QuorumPacket;

namespace {
// Upstream dials five times with the whole delay between. Whoever follows has often decided a moment before its leader,
// which does not listen yet: so the first waits are short, and all of them together last as long with the default
// delay.
constexpr int32_t kDialAttempts = 9;
constexpr Duration kLeaderRedialDelayFirst = milliseconds(5);
}  // namespace

// ---- connection
// ------------------------------------------------------------------------------------------------------------------

void Following::begin(Sid leader, Turn& turn) {
  leader_ = leader;
  limit_ = turn.in_ticks(turn.config.connect_limit > 0 ? turn.config.connect_limit : turn.config.init_limit);
  dial(turn);
}

void Following::end(Turn& turn) {
  if (conn_) turn.out.add(Close{*conn_});
  conn_.reset();
}

void Following::dial(Turn& turn) {
  ++attempts_;
  redial_ = Time::never();
  conn_ = turn.conns.take();
  turn.out.add(Connect{*conn_, turn.config.servers.at(leader_).quorum, turn.config.connect_timeout});
}

void Following::on_connected(const History& history, Turn& turn) {
  phase_ = Phase::kInfo;
  heard(turn);
  const PacketType type = turn.config.voter(turn.config.self) ? PacketType::kFollowerInfo : PacketType::kObserverInfo;
  const Bytes info =
      wire::encode_learner_info({turn.config.self, wire::kLearnerProtocolVersion, history.logged().config_version});
  send(type, Zxid(history.accepted_epoch(), 0), info, Label::kFollowerInfo, turn);
}

void Following::on_closed(Turn& turn) {
  conn_.reset();
  if (phase_ != Phase::kDialing) return fail("the leader closed the connection");
  if (attempts_ >= kDialAttempts) return fail("the elected leader does not answer");
  redial_ = turn.in(doubled(kLeaderRedialDelayFirst, attempts_ - 1, turn.config.redial_delay));
}

void Following::heard(Turn& turn) {
  limit_ = turn.in_ticks(phase_ == Phase::kBroadcast ? turn.config.sync_limit : turn.config.init_limit);
}

void Following::send(PacketType type, Zxid zxid, Bytes data, Label label, Turn& turn,
                     std::vector<wire::AclId> authinfo) {
  if (conn_) turn.send(*conn_, wire::encode_packet({type, zxid, std::move(data), std::move(authinfo)}), label, zxid);
}

void Following::on_received(const Bytes& bytes, History& history, Turn& turn) {
  heard(turn);
  if (phase_ == Phase::kSnapshot) {
    snapshot_.feed(bytes);
    on_snapshot_bytes(history, turn);
  } else {
    decoder_.feed(bytes);
  }
  pump(history, turn);
}

// While the disk does its part, packets wait undecoded.
bool Following::accepts_packets() const {
  return phase_ != Phase::kDialing && phase_ != Phase::kAcceptingEpoch && phase_ != Phase::kSnapshot &&
         phase_ != Phase::kCutting && phase_ != Phase::kLogging && phase_ != Phase::kWritingEpoch;
}

void Following::pump(History& history, Turn& turn) {
  while (!failure_ && accepts_packets()) {
    const auto packet = decoder_.next();
    if (!packet) break;
    on_packet(*packet, history, turn);
  }
  if (decoder_.failed()) fail("the leader sent a malformed packet");
}

void Following::on_packet(const QuorumPacket& packet, History& history, Turn& turn) {
  const bool synced = phase_ == Phase::kSyncing || phase_ == Phase::kNewLeader || phase_ == Phase::kBroadcast;
  switch (packet.type) {
    case PacketType::kLeaderInfo:
      if (phase_ == Phase::kInfo) return on_leader_info(packet, history, turn);
      break;
    case PacketType::kDiff:
    case PacketType::kTrunc:
    case PacketType::kSnap:
      if (phase_ == Phase::kAckEpoch) return on_sync_start(packet, history, turn);
      break;
    case PacketType::kProposal:
      if (synced) return on_proposal(packet, history, turn);
      break;
    case PacketType::kCommit:
      if (synced) return on_commit(packet.zxid, history, turn);
      break;
    case PacketType::kNewLeader:
      if (phase_ == Phase::kSyncing) return on_new_leader(packet, turn);
      break;
    case PacketType::kUpToDate:
      if (phase_ == Phase::kNewLeader) return on_up_to_date(history, turn);
      break;
    case PacketType::kPing: return on_ping(packet, turn);
    case PacketType::kRevalidate: return on_revalidate(packet, turn);
    case PacketType::kSync: return on_sync_answer(turn);
    default: break;
  }
  fail("the leader sent a packet that does not belong here");
}

// ---- discovery (facts 2.5)
// -------------------------------------------------------------------------------------------------------

// Zab, discovery, step f.1.1: never accept an epoch older than one accepted before, and never answer before it is on
// disk.
void Following::on_leader_info(const QuorumPacket& packet, History& history, Turn& turn) {
  epoch_ = packet.zxid.epoch();
  if (epoch_ < history.accepted_epoch()) return fail("the leader's epoch is older than one that was accepted");
  counted_ = epoch_ == history.accepted_epoch();
  phase_ = Phase::kAcceptingEpoch;
  promise_ = counted_ || mutant(Mutant::kEpochNotPersisted)
                 ? Promise{}
                 : history.write_epoch(log::EpochFile::kAccepted, epoch_, turn);
}

void Following::ack_epoch(const History& history, Turn& turn) {
  phase_ = Phase::kAckEpoch;
  turn.out.note(NoteKind::kEpochAccepted, epoch_.value);
  BytesBuilder current;
  current.i32(counted_ ? -1 : static_cast<int32_t>(history.current_epoch().value));
  send(PacketType::kAckEpoch, history.logged().zxid, current.take(), Label::kAckEpoch, turn);
}

// ---- synchronization (facts 2.7)
// ---------------------------------------------------------------------------------------------------

void Following::on_sync_start(const QuorumPacket& packet, History& history, Turn& turn) {
  if (packet.type == PacketType::kSnap) {
    phase_ = Phase::kSnapshot;
    cut_to_ = packet.zxid;
    snapshot_ = log::SnapshotReader();
    snapshot_.feed(decoder_.take_raw());
    return on_snapshot_bytes(history, turn);
  }
  if (packet.type == PacketType::kTrunc && packet.zxid < history.logged().zxid) {
    cut_to_ = packet.zxid;
    history.truncate(cut_to_, turn);
    phase_ = Phase::kCutting;
    return;
  }
  // DIFF's zxid is where it ends (2355): our history stays as it is until proposals come.
  phase_ = Phase::kSyncing;
  commit_upto_ = history.logged().zxid;
}

void Following::on_snapshot_bytes(History& history, Turn& turn) {
  if (snapshot_.failed()) return fail("the leader's snapshot is malformed");
  if (!snapshot_.complete()) return;
  const Bytes rest = snapshot_.rest();
  history.replace(snapshot_.take_state(cut_to_), turn);
  snapshot_ = log::SnapshotReader();
  decoder_.resume(rest);
  phase_ = Phase::kCutting;
}

void Following::on_proposal(const QuorumPacket& packet, History& history, Turn& turn) {
  const Zxid last = history.logged().zxid;
  if (packet.zxid <= last) return;  // a resend of what the snapshot or the log has already
  // 4925. Zxids are contiguous: every one that was given out is a transaction, failed writes included; each epoch
  // begins at 1.
  const bool first =
      packet.zxid.epoch() > last.epoch() && (packet.zxid.counter() == 1 || turn.config.initial_counter != 0);
  if (packet.zxid != last.next() && !first) return fail("a proposal is missing");
  bool mismatch = false;
  auto proposal = history.proposal_from(packet.data, &mismatch);
  if (!proposal || (*proposal)->header.zxid != packet.zxid) return fail("the leader sent a malformed transaction");
  if (mismatch) {
    fatal_ = true;
    return fail("the digest of a transaction differs from the leader's");
  }
  history.append(std::move(*proposal), turn);
}

void Following::on_commit(Zxid zxid, History& history, Turn& turn) {
  if (zxid <= commit_upto_) return;
  if (zxid > history.logged().zxid) return fail("a commit without its proposal");
  commit_upto_ = zxid;
  if (phase_ != Phase::kBroadcast) return;
  const auto next = history.window().upper_bound(history.committed().zxid);
  if (next == history.window().end() || (*next).first != zxid) return fail("a commit out of order");
  const ProposalRef proposal = (*next).second;
  history.commit(zxid, turn);
  turn.out.note(NoteKind::kCommitted, zxid.value);
  turn.events.push_back(Delivered{proposal});
}

void Following::on_new_leader(const QuorumPacket& packet, Turn& turn) {
  if (packet.zxid.epoch() != epoch_) return fail("NEWLEADER of another epoch");
  phase_ = Phase::kLogging;
  turn.out.note(NoteKind::kSyncReceived, epoch_.value);
}

// Each condition of the one safe order, taken when the disk has kept its promise.
void Following::advance(History& history, Turn& turn) {
  if (turn.due(limit_)) return fail("the leader has been silent for too long");
  if (turn.due(redial_)) dial(turn);
  if (phase_ == Phase::kAcceptingEpoch && promise_.kept(history.disk())) ack_epoch(history, turn);
  if (phase_ == Phase::kCutting && history.settled()) {
    // A disk that cannot rebuild the point has begun again from nothing: so must the synchronization.
    if (history.logged().zxid != cut_to_) return fail("the point of truncation could not be rebuilt from disk");
    phase_ = Phase::kSyncing;
    commit_upto_ = cut_to_;
  }
  pump(history, turn);
  if (phase_ == Phase::kLogging && (mutant(Mutant::kEpochBeforeData) || (history.all_durable() && history.settled()))) {
    if (history.write_missing_snapshot(turn)) return;
    phase_ = Phase::kWritingEpoch;
    promise_ = history.write_epoch(log::EpochFile::kCurrent, epoch_, turn);
  }
  if (phase_ == Phase::kWritingEpoch && promise_.kept(history.disk())) {
    phase_ = Phase::kNewLeader;
    turn.out.note(NoteKind::kEpochCurrent, epoch_.value);
    history.synchronized();
    acked_ = commit_upto_;
    send(PacketType::kAck, Zxid(epoch_, 0), Bytes(), Label::kAckNewLeader, turn);
    pump(history, turn);
  }
  if (phase_ >= Phase::kNewLeader) ack_durable(history, turn);
}

// Everything up to what the leader called committed is committed; it was on a quorum's disks before UPTODATE left.
void Following::on_up_to_date(History& history, Turn& turn) {
  history.commit(commit_upto_, turn);
  phase_ = Phase::kBroadcast;
  heard(turn);
  send(PacketType::kAck, Zxid(epoch_, 0), Bytes(), Label::kAckNewLeader, turn);
  turn.out.note(NoteKind::kServing, epoch_.value, history.committed().zxid.value);
  turn.events.push_back(RoleChanged{Role::kFollowing, true, epoch_, leader_});
}

// ---- broadcast (facts 2.8)
// -----------------------------------------------------------------------------------------------------------

// One ACK a proposal: upstream's leader looks each up. They leave together, in one write.
void Following::ack_durable(const History& history, Turn& turn) {
  const Zxid durable = mutant(Mutant::kAckBeforeSync) ? history.logged().zxid : history.durable();
  if (acked_ >= durable) return;
  for (auto entry = history.window().upper_bound(acked_); entry != history.window().end() && (*entry).first <= durable;
       ++entry) {
    acked_ = (*entry).first;
    send(PacketType::kAck, acked_, Bytes(), Label::kAck, turn);
  }
}

void Following::on_ping(const QuorumPacket& packet, Turn& turn) {
  std::vector<wire::SessionTouch> touches;
  for (const auto& [session, timeout_ms] : touches_) touches.push_back({session, timeout_ms});
  touches_.clear();
  send(PacketType::kPing, packet.zxid, wire::encode_touches(touches), Label::kPing, turn);
}

void Following::on_revalidate(const QuorumPacket& packet, Turn& turn) {
  const auto answer = wire::decode<wire::RevalidateResponse>(packet.data);
  if (!answer) return fail("the leader sent a malformed REVALIDATE");
  turn.events.push_back(RevalidateAnswered{answer->session, answer->valid});
}

// The answer is empty and says not whose it is: the leader answers each learner in the order in which it asked. One
// that nobody asked for means nothing, as upstream has it.
void Following::on_sync_answer(Turn& turn) {
  if (syncs_.empty()) return;
  const auto [session, cxid] = syncs_.front();
  syncs_.pop_front();
  turn.events.push_back(SyncAnswered{session, cxid});
}

void Following::forward(const tree::Request& request, Turn& turn) {
  const Bytes data = wire::encode_forwarded_request({request.session, request.cxid, request.type, request.body});
  send(PacketType::kRequest, Zxid{-1}, data, Label::kRequest, turn, request.identities);
}

void Following::sync(SessionId session, int32_t cxid, Turn& turn) {
  const Bytes data = wire::encode_forwarded_request({session, cxid, wire::OpCode::kSync, Bytes::empty_value()});
  send(PacketType::kRequest, Zxid{-1}, data, Label::kSync, turn);
  syncs_.emplace_back(session, cxid);
}

void Following::revalidate(SessionId session, int32_t timeout_ms, Turn& turn) {
  send(PacketType::kRevalidate, Zxid{-1}, wire::encode(wire::RevalidateRequest{session, timeout_ms}),
       Label::kRevalidate, turn);
}

}  // namespace vivarium::zab

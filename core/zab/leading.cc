#include "core/zab/leading.h"

#include <algorithm>

#include "core/base/mutant.h"

namespace vivarium::zab {

using wire::PacketType;
using wire::QuorumPacket;

// ---- life
// ------------------------------------------------------------------------------------------------------------------------

void Leading::begin(const History& history, Turn& turn) {
  initial_last_ = history.logged().zxid;
  epochs_[turn.config.self] = history.accepted_epoch();
  limit_ = turn.config.epoch_wait ? turn.in(*turn.config.epoch_wait) : turn.in_ticks(turn.config.init_limit);
  next_ping_ = turn.in(turn.config.tick / 2);
  const ServerSpec& own = turn.config.servers.at(turn.config.self);
  if (turn.config.servers.size() > 1) turn.out.add(Listen{Listener::kQuorum, turn.config.door(own.quorum)});
}

void Leading::end(Turn& turn) {
  if (turn.config.servers.size() > 1) turn.out.add(Unlisten{Listener::kQuorum});
  for (const auto& [conn, link] : links_) turn.out.add(Close{conn});
  links_.clear();
}

void Leading::on_accepted(ConnId conn, Turn& turn) {
  LearnerLink link;
  link.conn = conn;
  link.heard = turn.now.steady;
  links_.emplace(conn, std::move(link));
}

void Leading::on_received(ConnId conn, const Bytes& bytes, History& history, const QuorumVerifier& quorum, Turn& turn) {
  links_.at(conn).decoder.feed(bytes);
  for (;;) {
    const auto link = links_.find(conn);  // a packet may end its link
    if (link == links_.end()) return;
    const auto packet = link->second.decoder.next();
    if (!packet) break;
    link->second.heard = turn.now.steady;
    on_packet(link->second, *packet, history, quorum, turn);
  }
  if (links_.at(conn).decoder.failed()) drop(conn, turn);
}

void Leading::on_packet(LearnerLink& link, const QuorumPacket& packet, History& history, const QuorumVerifier& quorum,
                        Turn& turn) {
  using LinkPhase = LearnerLink::Phase;
  switch (packet.type) {
    case PacketType::kFollowerInfo:
    case PacketType::kObserverInfo:
      if (link.phase == LinkPhase::kInfo) return on_info(link, packet, turn);
      break;
    case PacketType::kAckEpoch:
      if (link.phase == LinkPhase::kAckEpoch) return on_ack_epoch(link, packet, history, turn);
      break;
    case PacketType::kAck:
      if (link.phase >= LinkPhase::kNewLeader) return on_ack(link, packet.zxid, quorum, turn);
      break;
    case PacketType::kPing:
      if (const auto touches = wire::decode_touches(packet.data)) {
        for (const auto& touch : *touches) turn.events.push_back(Touched{link.sid, touch.session, touch.timeout_ms});
        return;
      }
      break;
    case PacketType::kRevalidate:
      if (const auto ask = wire::decode<wire::RevalidateRequest>(packet.data); ask && established()) {
        turn.events.push_back(RevalidateReceived{link.sid, ask->session, ask->timeout_ms});
        return;
      }
      break;
    case PacketType::kRequest:
      if (link.synced() && established()) return on_request(link, packet, turn);
      break;
    default: break;
  }
  drop(link.conn, turn);
}

void Leading::on_sent(ConnId conn, History& history, Turn& turn) {
  LearnerLink& link = links_.at(conn);
  if (link.phase != LearnerLink::Phase::kSnapshot) return;
  link.heard = turn.now.steady;  // that its connection takes more is its only sign of life meanwhile
  stream_snapshot(link, history, turn);
}

void Leading::on_closed(ConnId conn, Turn& turn) {
  const auto link = links_.find(conn);
  if (link->second.synced()) turn.out.note(NoteKind::kLearnerLost, link->second.sid.value);
  if (link->second.sid.value >= 0) turn.events.push_back(LearnerLost{link->second.sid});
  links_.erase(link);
}

void Leading::drop(ConnId conn, Turn& turn) {
  turn.out.add(Close{conn});
  on_closed(conn, turn);
}

LearnerLink* Leading::link_of(Sid sid) {
  for (auto& [conn, link] : links_) {
    if (link.sid == sid) return &link;
  }
  return nullptr;
}

void Leading::advance(History& history, const QuorumVerifier& quorum, Turn& turn) {
  if (phase_ == Phase::kDiscovery) decide_epoch(history, quorum, turn);
  if (phase_ == Phase::kAcceptingEpoch && promise_.kept(history.disk())) {
    phase_ = Phase::kAckEpoch;
    epoch_acks_.insert(turn.config.self);
    for (auto& [conn, link] : links_) {
      if (link.phase == LearnerLink::Phase::kEpoch) announce_epoch(link, turn);
    }
  }
  if (phase_ == Phase::kAckEpoch && quorum.contains_quorum(epoch_acks_)) {
    phase_ = Phase::kWritingEpoch;
    promise_ = history.write_epoch(log::EpochFile::kCurrent, epoch_, turn);
    start_syncs(history, turn);
  }
  if (phase_ == Phase::kWritingEpoch && promise_.kept(history.disk())) {
    phase_ = Phase::kNewLeader;
    turn.out.note(NoteKind::kEpochCurrent, epoch_.value);
    new_leader_acks_.insert(turn.config.self);
  }
  if (phase_ == Phase::kNewLeader && quorum.contains_quorum(new_leader_acks_)) establish(history, turn);
  if (established()) commit_ready(history, quorum, turn);
  if (!established() && turn.due(limit_)) fail("not established within initLimit");
  if (turn.due(next_ping_)) on_half_tick(quorum, turn);
}

Time Leading::deadline() const { return established() ? next_ping_ : earlier(limit_, next_ping_); }

// ---- discovery (facts 2.5)
// -----------------------------------------------------------------------------------------------------

void Leading::on_info(LearnerLink& link, const QuorumPacket& packet, Turn& turn) {
  const auto info = wire::decode_learner_info(packet.data);
  if (!info || !turn.config.servers.contains(info->sid) || info->sid == turn.config.self) return drop(link.conn, turn);
  if (LearnerLink* older = link_of(info->sid); older && older != &link) drop(older->conn, turn);
  link.sid = info->sid;
  link.participant = packet.type == PacketType::kFollowerInfo;
  link.accepted_epoch = packet.zxid.epoch();
  link.phase = LearnerLink::Phase::kEpoch;
  if (phase_ == Phase::kDiscovery) {
    if (link.participant) epochs_[link.sid] = link.accepted_epoch;
    return;
  }
  if (link.participant && link.accepted_epoch > epoch_) {
    // Someone opened a later epoch with this voter and never led it. The voter can accept no other epoch than a later
    // one, so that it could never join us: a new election gives an epoch beyond both. (Upstream leaves such a voter out
    // for ever.)
    return fail("a voter has accepted a later epoch");
  }
  if (phase_ != Phase::kAcceptingEpoch) announce_epoch(link, turn);
}

// Zab, discovery, step l.1.1: a new epoch, later than any that a quorum has accepted.
void Leading::decide_epoch(History& history, const QuorumVerifier& quorum, Turn& turn) {
  std::set<Sid> told;
  for (const auto& [sid, epoch] : epochs_) told.insert(sid);
  if (!quorum.contains_quorum(told)) return;
  Epoch latest = history.current_epoch();
  for (const auto& [sid, epoch] : epochs_) latest = std::max(latest, epoch);
  epoch_ = Epoch{latest.value + (mutant(Mutant::kEpochReused) && latest.value > 0 ? 0 : 1)};
  phase_ = Phase::kAcceptingEpoch;
  if (turn.config.epoch_wait) limit_ = turn.in_ticks(turn.config.init_limit);
  promise_ = history.write_epoch(log::EpochFile::kAccepted, epoch_, turn);
  turn.out.note(NoteKind::kEpochProposed, epoch_.value);
}

void Leading::announce_epoch(LearnerLink& link, Turn& turn) {
  BytesBuilder version;
  version.i32(wire::kLearnerProtocolVersion);
  turn.send(link.conn, wire::encode_packet({PacketType::kLeaderInfo, Zxid(epoch_, 0), version.take(), {}}),
            Label::kLeaderInfo, Zxid(epoch_, 0));
  link.phase = LearnerLink::Phase::kAckEpoch;
}

// Step l.1.2. A learner with a more recent history than ours means that the election was wrong: we must not lead.
void Leading::on_ack_epoch(LearnerLink& link, const QuorumPacket& packet, History& history, Turn& turn) {
  if (packet.data.size() < 4) return drop(link.conn, turn);
  const Epoch current{load_i32(packet.data.data())};
  link.last_logged = packet.zxid;
  link.phase = LearnerLink::Phase::kReady;
  if (current.value != -1 && link.participant && phase_ == Phase::kAckEpoch) {
    if (std::pair(current, packet.zxid) > std::pair(history.current_epoch(), initial_last_))
      return fail("a learner's history is more recent");
    epoch_acks_.insert(link.sid);
  }
  if (phase_ > Phase::kAckEpoch) synchronize(link, nullptr, history, turn);
}

}  // namespace vivarium::zab

// Leading, third part: broadcast and liveness (facts 2.8).
#include "core/base/mutant.h"
#include "core/zab/leading.h"

namespace vivarium::zab {

using wire::PacketType;

void Leading::propose(const tree::Request& request, wire::ErrorCode refused, History& history, Turn& turn) {
  const Zxid zxid = last_proposed_.next();
  if (zxid.counter() == UINT32_MAX) return fail("the zxid counter is used up: a new epoch is needed");  // 1277
  Proposal proposal;
  proposal.after = history.logged();
  const tree::PrepareOptions options{.digest = turn.config.digest,
                                     .extended_types = turn.config.extended_types,
                                     .enforce_quota = turn.config.enforce_quota};
  tree::Prepared prepared = tree::prepare(proposal.after, request, zxid, turn.now.wall_ms, options, refused);
  proposal.header = prepared.txn.header;
  proposal.payload = wire::encode_txn(prepared.txn);
  proposal.tree_digest = proposal.after.tree_digest;
  proposal.effects = std::move(prepared.effects);
  last_proposed_ = zxid;
  outstanding_.push_back({zxid, 0});

  turn.out.note(NoteKind::kProposed, zxid.value);
  const Bytes packet = wire::encode_packet({PacketType::kProposal, zxid, proposal.payload, {}});
  for (const auto& [conn, link] : links_) {
    if (link.forwarding) turn.send(conn, packet, Label::kProposal, zxid);
  }
  // Learners hear of it before our own disk does; our own acknowledgement is the log's Durable.
  history.append(ProposalRef(std::move(proposal)), turn);
}

void Leading::on_ack(LearnerLink& link, Zxid zxid, const QuorumVerifier& quorum, Turn& turn) {
  if (zxid.counter() == 0 && zxid.epoch() == epoch_) {
    if (link.synced()) return;  // the second one, for UPTODATE
    link.phase = LearnerLink::Phase::kSynced;
    if (link.participant) new_leader_acks_.insert(link.sid);
    if (established()) {
      turn.send(link.conn, wire::encode_packet({PacketType::kUpToDate, Zxid{-1}, Bytes(), {}}), Label::kUpToDate);
      link.serving = true;
    }
    return;
  }
  if (outstanding_.empty() || zxid < outstanding_.front().zxid) return;  // committed meanwhile
  const uint64_t place = static_cast<uint64_t>(zxid.value - outstanding_.front().zxid.value);
  if (place >= outstanding_.size() || !link.participant) return;
  outstanding_[place].acks |= quorum.bit(link.sid);
}

// Proposals commit strictly in zxid order, each when a quorum has it on disk.
void Leading::commit_ready(History& history, const QuorumVerifier& quorum, Turn& turn) {
  const uint64_t own = quorum.bit(turn.config.self);
  for (Outstanding& proposal : outstanding_) {
    if (proposal.zxid > history.durable()) break;
    proposal.acks |= own;
  }
  const auto enough = [&](uint64_t acks) {
    return quorum.contains_quorum(acks) || (mutant(Mutant::kCommitWithoutQuorum) && acks != 0);
  };
  while (!outstanding_.empty() && enough(outstanding_.front().acks)) {
    const Zxid zxid = outstanding_.front().zxid;
    outstanding_.pop_front();
    const Bytes packet = wire::encode_packet({PacketType::kCommit, zxid, Bytes(), {}});
    for (const auto& [conn, link] : links_) {
      if (link.forwarding) turn.send(conn, packet, Label::kCommit, zxid);
    }
    const ProposalRef proposal = *history.find(zxid);
    history.commit(zxid, turn);
    turn.out.note(NoteKind::kCommitted, zxid.value);
    turn.events.push_back(Delivered{proposal});
    answer_syncs(history, turn);
  }
}

void Leading::on_request(LearnerLink& link, const wire::QuorumPacket& packet, Turn& turn) {
  auto forwarded = wire::decode_forwarded_request(packet.data);
  if (!forwarded) return drop(link.conn, turn);
  if (forwarded->type == wire::OpCode::kSync) {
    const PendingSync asked{last_proposed_, link.sid, forwarded->session, forwarded->cxid};
    if (outstanding_.empty())
      answer_sync(asked, turn);
    else
      syncs_.push_back(asked);
    return;
  }
  turn.events.push_back(RequestReceived{
      link.sid, {forwarded->session, forwarded->cxid, forwarded->type, forwarded->body, packet.authinfo}});
}

void Leading::sync(SessionId session, int32_t cxid, Turn& turn) {
  const PendingSync asked{last_proposed_, turn.config.self, session, cxid};
  if (outstanding_.empty())
    answer_sync(asked, turn);
  else
    syncs_.push_back(asked);
}

void Leading::answer_syncs(const History& history, Turn& turn) {
  while (!syncs_.empty() && syncs_.front().after <= history.committed().zxid) {
    answer_sync(syncs_.front(), turn);
    syncs_.erase(syncs_.begin());
  }
}

// The answer stands behind the COMMITs on the same link: when it is read there, they have been delivered. It carries
// nothing: a learner's syncs are answered in the order in which it asked.
void Leading::answer_sync(const PendingSync& sync, Turn& turn) {
  if (sync.learner == turn.config.self) {
    turn.events.push_back(SyncAnswered{sync.session, sync.cxid});
    return;
  }
  LearnerLink* link = link_of(sync.learner);
  if (!link || !link->synced()) return;
  turn.send(link->conn, wire::encode_packet({PacketType::kSync, Zxid{0}, Bytes(), {}}), Label::kSync);
}

void Leading::answer_revalidate(Sid learner, SessionId session, bool valid, Turn& turn) {
  LearnerLink* link = link_of(learner);
  if (!link) return;
  turn.send(link->conn,
            wire::encode_packet(
                {PacketType::kRevalidate, Zxid{-1}, wire::encode(wire::RevalidateResponse{session, valid}), {}}),
            Label::kRevalidate);
}

// ---- liveness
// ------------------------------------------------------------------------------------------------------------------

void Leading::on_half_tick(const QuorumVerifier& quorum, Turn& turn) {
  next_ping_ = turn.in(turn.config.tick / 2);
  drop_silent(turn);
  const Bytes ping = wire::encode_packet({PacketType::kPing, last_proposed_, Bytes(), {}});
  for (const auto& [conn, link] : links_) {
    if (link.synced()) turn.send(conn, ping, Label::kPing, last_proposed_);
  }
  if (++half_ticks_ % 2 != 0 || !established()) return;
  std::set<Sid> following{turn.config.self};
  for (const auto& [conn, link] : links_) {
    if (link.synced() && link.participant) following.insert(link.sid);
  }
  if (!quorum.contains_quorum(following)) fail("lost its quorum of synced followers");
}

// A learner must have said something within syncLimit ticks; within both limits while it is still joining.
void Leading::drop_silent(Turn& turn) {
  std::vector<ConnId> silent;
  for (const auto& [conn, link] : links_) {
    const int64_t ticks = link.synced() ? turn.config.sync_limit : turn.config.init_limit + turn.config.sync_limit;
    if (turn.due(link.heard + turn.config.tick * ticks)) silent.push_back(conn);
  }
  for (ConnId conn : silent) drop(conn, turn);
}

}  // namespace vivarium::zab

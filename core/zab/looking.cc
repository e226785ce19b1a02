#include "core/zab/looking.h"

#include <algorithm>

namespace vivarium::zab {

using wire::ServerState;

namespace {

Vote own_vote(const Ballot& ballot, const History& history, const Config& config) {
  // A server that may not vote proposes zxid -1, which everyone ignores (261).
  const Zxid zxid = history.may_vote() ? history.logged().zxid : Zxid{-1};
  return {config.self, zxid, ballot.round, history.current_epoch(), ServerState::kLooking, 2};
}

std::set<Sid> agreeing(const std::map<Sid, Vote>& votes, const Vote& vote) {
  std::set<Sid> out;
  for (const auto& [sid, other] : votes) {
    if (agree(other, vote)) out.insert(sid);
  }
  return out;
}

// A leader that others name must have said itself that it leads; we ourselves lead only in the round that we know of
// (975, 3537).
bool leader_confirmed(const std::map<Sid, Vote>& votes, const Vote& vote, int64_t own_round, Sid self) {
  if (vote.leader == self) return vote.round == own_round;
  const auto said = votes.find(vote.leader);
  return said != votes.end() && said->second.state == ServerState::kLeading;
}

}  // namespace

wire::Notification notification_of(const Vote& vote, ServerState state) {
  wire::Notification n;
  n.state = state;
  n.leader = vote.leader;
  n.zxid = vote.zxid;
  n.round = vote.round;
  n.peer_epoch = vote.peer_epoch;
  n.config = Bytes::empty_value();
  return n;
}

void Looking::advance(Ballot& ballot, const History& history, ElectionLinks& links, const QuorumVerifier& quorum,
                      Turn& turn) {
  if (elected_) return;
  if (!started_) {
    if (!history.settled() || !history.all_durable()) return;
    return start(ballot, history, links, quorum, turn);
  }
  const bool waits = finalize_deadline_ != Time::never();
  if (turn.due(finalize_deadline_) ||
      (waits && turn.config.decide_when_unanimous && nobody_is_left(ballot, links, quorum))) {
    elected_ = ballot.vote;
    return;
  }
  if (turn.due(poll_deadline_)) {
    broadcast(ballot, links, quorum, turn);
    interval_ = std::min(interval_ * 2, turn.config.notification_interval_max);
    poll_deadline_ = turn.in(interval_);
  }
}

void Looking::start(Ballot& ballot, const History& history, ElectionLinks& links, const QuorumVerifier& quorum,
                    Turn& turn) {
  started_ = true;
  ++ballot.round;
  interval_ = turn.config.notification_interval_min;
  poll_deadline_ = turn.in(interval_);
  turn.out.note(NoteKind::kRoundStarted, ballot.round, history.logged().zxid.value);
  propose(own_vote(ballot, history, turn.config), ballot, links, quorum, turn);
  consider_quorum(ballot, quorum, turn);
}

void Looking::propose(const Vote& vote, Ballot& ballot, ElectionLinks& links, const QuorumVerifier& quorum,
                      Turn& turn) {
  ballot.vote = vote;
  ballot.vote.round = ballot.round;
  ballot.vote.state = ServerState::kLooking;
  ballot.vote.version = 2;
  turn.out.note(NoteKind::kVoteChanged, vote.leader.value, vote.zxid.value, ballot.round);
  if (turn.config.voter(turn.config.self) && ballot.vote.zxid.value >= 0) received_[turn.config.self] = ballot.vote;
  broadcast(ballot, links, quorum, turn);
}

void Looking::broadcast(const Ballot& ballot, ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn) {
  for (Sid sid : quorum.voters()) {
    if (sid != turn.config.self) links.send(sid, notification_of(ballot.vote, ServerState::kLooking), turn);
  }
}

void Looking::on_notification(Sid from, const wire::Notification& n, Ballot& ballot, const History& history,
                              ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn) {
  if (!started_ || elected_) return;
  if (!turn.config.voter(from)) return links.send(from, notification_of(ballot.vote, ServerState::kLooking), turn);
  if (n.state == ServerState::kLooking) return on_looking_vote(from, n, ballot, history, links, quorum, turn);
  if (n.state != ServerState::kObserving) on_established_vote(from, n, ballot, quorum, turn);
}

void Looking::on_looking_vote(Sid from, const wire::Notification& n, Ballot& ballot, const History& history,
                              ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn) {
  if (n.round < ballot.round) return links.send(from, notification_of(ballot.vote, ServerState::kLooking), turn);
  if (!history.may_vote() || n.zxid.value == -1) return;
  const Vote theirs = vote_of(n);
  if (n.round > ballot.round) {
    ballot.round = n.round;
    received_.clear();
    finalize_deadline_ = Time::never();
    const Vote own = own_vote(ballot, history, turn.config);
    propose(beats(theirs, own) ? theirs : own, ballot, links, quorum, turn);
  } else if (beats(theirs, ballot.vote)) {
    finalize_deadline_ = Time::never();
    propose(theirs, ballot, links, quorum, turn);
  } else if (!agree(theirs, ballot.vote)) {
    // Ours may have come while it did not look yet, and was forgotten; waiting for our next broadcast would cost 200
    // ms.
    links.send(from, notification_of(ballot.vote, ServerState::kLooking), turn);
  }
  received_[from] = theirs;
  consider_quorum(ballot, quorum, turn);
}

// A quorum for our proposal does not decide yet: a better vote may be on its way (3109). One that changes its mind ends
// the wait.
void Looking::consider_quorum(const Ballot& ballot, const QuorumVerifier& quorum, Turn& turn) {
  const std::set<Sid> with_us = agreeing(received_, ballot.vote);
  if (!quorum.contains_quorum(with_us)) {
    finalize_deadline_ = Time::never();
  } else if (finalize_deadline_ == Time::never()) {
    finalize_deadline_ = turn.in(turn.config.finalize_wait);
  }
  if (quorum.voters().size() == 1 && !with_us.empty()) elected_ = ballot.vote;
}

// Every voter agrees, but for those whose process is down: no better vote can be on its way. Should one of these come
// up with a longer history, a quorum without it has decided that the rest of it was never committed.
bool Looking::nobody_is_left(const Ballot& ballot, const ElectionLinks& links, const QuorumVerifier& quorum) const {
  const std::set<Sid> with_us = agreeing(received_, ballot.vote);
  return std::ranges::all_of(quorum.voters(), [&](Sid sid) { return with_us.contains(sid) || links.refused(sid); });
}

void Looking::on_established_vote(Sid from, const wire::Notification& n, Ballot& ballot, const QuorumVerifier& quorum,
                                  Turn& turn) {
  const Vote theirs = vote_of(n);
  const Sid self = turn.config.self;
  if (n.round == ballot.round) {
    received_[from] = theirs;
    if (quorum.contains_quorum(agreeing(received_, theirs)) &&
        leader_confirmed(received_, theirs, ballot.round, self)) {
      elected_ = theirs;
      return;
    }
  }
  established_[from] = theirs;
  if (quorum.contains_quorum(agreeing(established_, theirs)) &&
      leader_confirmed(established_, theirs, ballot.round, self)) {
    ballot.round = n.round;
    elected_ = theirs;
  }
}

}  // namespace vivarium::zab

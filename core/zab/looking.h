// Fast leader election (facts 2.3): rounds, a total order of votes, a wait before deciding, and joining an ensemble
// that stands.
#pragma once

#include <map>
#include <optional>

#include "core/zab/election_links.h"
#include "core/zab/history.h"
#include "core/zab/vote.h"

namespace vivarium::zab {

// What outlives a role: the round of the last election, and the vote that this server answers with when it is asked.
struct Ballot {
  int64_t round = 0;
  Vote vote;
  VIV_VISIT(VIV_FIELD(round), VIV_FIELD(vote))
};

wire::Notification notification_of(const Vote& vote, wire::ServerState state);

class Looking {
 public:
  // Starts when everything logged is durable: a vote names what a crash cannot take back.
  void advance(Ballot& ballot, const History& history, ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  void on_notification(Sid from, const wire::Notification& n, Ballot& ballot, const History& history,
                       ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  bool started() const { return started_; }
  // The vote that won, once it has.
  const std::optional<Vote>& elected() const { return elected_; }
  Time deadline() const { return started_ ? earlier(poll_deadline_, finalize_deadline_) : Time::never(); }

  VIV_VISIT(v("started", self.started_), v("received", self.received_), v("established", self.established_),
            v("interval", self.interval_), v("poll_deadline", self.poll_deadline_),
            v("finalize_deadline", self.finalize_deadline_), v("elected", self.elected_))

 private:
  void start(Ballot& ballot, const History& history, ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  void on_looking_vote(Sid from, const wire::Notification& n, Ballot& ballot, const History& history,
                       ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  void on_established_vote(Sid from, const wire::Notification& n, Ballot& ballot, const QuorumVerifier& quorum,
                           Turn& turn);
  void propose(const Vote& vote, Ballot& ballot, ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  void broadcast(const Ballot& ballot, ElectionLinks& links, const QuorumVerifier& quorum, Turn& turn);
  void consider_quorum(const Ballot& ballot, const QuorumVerifier& quorum, Turn& turn);
  bool nobody_is_left(const Ballot& ballot, const ElectionLinks& links, const QuorumVerifier& quorum) const;

  bool started_ = false;
  std::map<Sid, Vote> received_;     // of this round
  std::map<Sid, Vote> established_;  // of servers that follow or lead, whatever their round
  Duration interval_;
  Time poll_deadline_ = Time::never(), finalize_deadline_ = Time::never();
  std::optional<Vote> elected_;
};

}  // namespace vivarium::zab

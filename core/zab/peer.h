// Peer: one server's part in ZooKeeper's replication. The node sees it as propose / delivered / role changed, so that
// another protocol can be a new room. A Peer is a value; its roles are a variant, each owning only what that role has;
// a transition is one function.
#pragma once

#include "core/zab/following.h"
#include "core/zab/leading.h"
#include "core/zab/looking.h"

namespace vivarium::zab {

class Peer {
 public:
  Peer(Config config, log::Recovered recovered, Rng rng);

  void step(Now now, const PeerInput& input, log::NodeOutbox& out, std::vector<PeerEvent>& events);
  Time deadline() const;
  // Is this one of our election or quorum connections? Everything else that comes through the client door is the
  // node's.
  bool owns(ConnId conn) const;

  Role role() const { return static_cast<Role>(role_.index()); }
  bool serving() const;
  Epoch epoch() const { return history_.current_epoch(); }
  Sid leader() const;  // -1 while looking
  const tree::State& committed() const { return history_.committed(); }
  Zxid logged() const { return history_.logged().zxid; }

  // For tests, invariants and viewers.
  const Config& config() const { return config_; }
  const History& history() const { return history_; }
  const Ballot& ballot() const { return ballot_; }
  const Looking* looking() const { return std::get_if<Looking>(&role_); }
  const Following* following() const { return std::get_if<Following>(&role_); }
  const Leading* leading() const { return std::get_if<Leading>(&role_); }

  // Leader, serving: prepare and propose; `refused` makes it an error transaction, which consumes a zxid like any
  // other. Its Delivered comes in this step or a later one.
  void propose(Now now, const tree::Request& request, wire::ErrorCode refused, log::NodeOutbox& out,
               std::vector<PeerEvent>& events);
  // Learner, serving: REQUEST to the leader.
  void forward(Now now, const tree::Request& request, log::NodeOutbox& out, std::vector<PeerEvent>& events);
  // Leader or learner: SyncAnswered when all that was committed before has been delivered here.
  void sync(Now now, SessionId session, int32_t cxid, log::NodeOutbox& out, std::vector<PeerEvent>& events);
  void revalidate(Now now, SessionId session, int32_t timeout_ms, log::NodeOutbox& out, std::vector<PeerEvent>& events);
  void answer_revalidate(Now now, Sid learner, SessionId session, bool valid, log::NodeOutbox& out,
                         std::vector<PeerEvent>& events);
  // Learner: rides on the next answer to PING.
  void touch(SessionId session, int32_t timeout_ms);

  VIV_VISIT(v.unhashed("config", self.config_), v("history", self.history_), v("links", self.links_),
            v("ballot", self.ballot_), v("role", self.role_), v("started", self.started_),
            v("short_of_space", self.short_of_space_), v.unhashed("conns", self.conns_),
            v("bind_failures", self.bind_failures_), v("rebind", self.rebind_), v("vain_attempts", self.vain_attempts_),
            v("rest", self.rest_))

 private:
  Turn turn(Now now, log::NodeOutbox& out, std::vector<PeerEvent>& events) {
    return {config_, now, out, events, conns_};
  }

  void on(const Accepted& input, Turn& turn);
  void on(const Connected& input, Turn& turn);
  void on(const Received& input, Turn& turn);
  void on(const Sent& input, Turn& turn);
  void on(const Closed& input, Turn& turn);
  void on(const BindFailed& input, Turn& turn);
  void on(const Tick& input, Turn& turn);
  void on(const log::Durable& input, Turn& turn);
  void on(const log::Reloaded& input, Turn& turn);
  void on(const log::LogRead& input, Turn& turn);
  void on(const log::Space& input, Turn& turn);
  void on(const MachineFigures&, Turn&) {}  // the node's
  void on_notification(const ElectionLinks::Arrival& arrival, Turn& turn);

  void start(Turn& turn);
  void listen_for_election(Turn& turn);
  void advance(Turn& turn);
  void become_looking(const char* why, Turn& turn);
  bool may_look(Turn& turn);
  void become_leading(Turn& turn);
  void become_following(Sid leader, Turn& turn);
  void serve();

  Config config_;
  QuorumVerifier quorum_;
  History history_;
  ElectionLinks links_;
  Ballot ballot_;
  std::variant<Looking, Following, Leading> role_;  // in the order of Role
  bool started_ = false;
  bool short_of_space_ = false;  // less than half of the reserve: does not follow
  ConnIds conns_;
  int32_t bind_failures_ = 0;  // of the election port, in a row
  Time rebind_ = Time::never();
  int32_t vain_attempts_ = 0;  // to follow, in a row: none of them came to serve
  Time rest_ = Time::never();  // after them: no election is begun before
};

}  // namespace vivarium::zab

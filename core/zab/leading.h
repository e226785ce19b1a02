// Leading: discovery, synchronization, broadcast (Zab; facts 2.5 to 2.8), as the leader does them. Standalone is the
// same with a quorum of one.
#pragma once

#include <deque>
#include <map>
#include <set>

#include "core/zab/learner_link.h"
#include "core/zab/quorum.h"

namespace vivarium::zab {

class Leading {
 public:
  enum class Phase : uint8_t {
    kDiscovery,       // FOLLOWERINFO of a quorum awaited
    kAcceptingEpoch,  // the new epoch goes to our own acceptedEpoch before anyone hears of it (1291)
    kAckEpoch,        // ACKEPOCH of a quorum awaited
    kWritingEpoch,    // our own currentEpoch: our acknowledgement of NEWLEADER
    kNewLeader,       // ACK of NEWLEADER of a quorum awaited
    kBroadcast,
  };

  void begin(const History& history, Turn& turn);
  void end(Turn& turn);  // closes every link and the door

  bool owns(ConnId conn) const { return links_.contains(conn); }
  void on_accepted(ConnId conn, Turn& turn);
  void on_received(ConnId conn, const Bytes& bytes, History& history, const QuorumVerifier& quorum, Turn& turn);
  void on_sent(ConnId conn, History& history, Turn& turn);
  void on_closed(ConnId conn, Turn& turn);
  void on_log_read(const log::LogRead& read, History& history, Turn& turn);
  // Takes every step whose condition has come true; called at the end of each step of the peer.
  void advance(History& history, const QuorumVerifier& quorum, Turn& turn);
  Time deadline() const;

  // Why this server must stop leading, once it must.
  const char* failure() const { return failure_; }
  bool established() const { return phase_ == Phase::kBroadcast; }
  Phase phase() const { return phase_; }
  Epoch epoch() const { return epoch_; }
  const std::map<ConnId, LearnerLink>& links() const { return links_; }

  void propose(const tree::Request& request, wire::ErrorCode refused, History& history, Turn& turn);
  void sync(SessionId session, int32_t cxid, Turn& turn);
  void answer_revalidate(Sid learner, SessionId session, bool valid, Turn& turn);

  VIV_VISIT(v("phase", self.phase_), v("epoch", self.epoch_), v("initial_last", self.initial_last_),
            v("last_proposed", self.last_proposed_), v("links", self.links_), v("epochs", self.epochs_),
            v("epoch_acks", self.epoch_acks_), v("new_leader_acks", self.new_leader_acks_),
            v("outstanding", self.outstanding_), v("syncs", self.syncs_), v("promise", self.promise_),
            v("own_acked", self.own_acked_), v("limit", self.limit_), v("next_ping", self.next_ping_),
            v("half_ticks", self.half_ticks_), v("failed", self.failed()))

 private:
  struct Outstanding {
    Zxid zxid;
    uint64_t acks = 0;  // QuorumVerifier::bit of each voter that has it on disk
    VIV_VISIT(VIV_FIELD(zxid), VIV_FIELD(acks))
  };
  // A sync waits for the last proposal before it; learner -1 is ourselves.
  struct PendingSync {
    Zxid after;
    Sid learner;
    SessionId session;
    int32_t cxid = 0;
    VIV_VISIT(VIV_FIELD(after), VIV_FIELD(learner), VIV_FIELD(session), VIV_FIELD(cxid))
  };

  void fail(const char* why) {
    if (!failure_) failure_ = why;
  }
  const bool& failed() const {
    static constexpr bool kNo = false, kYes = true;
    return failure_ ? kYes : kNo;
  }

  // discovery
  void decide_epoch(History& history, const QuorumVerifier& quorum, Turn& turn);
  void announce_epoch(LearnerLink& link, Turn& turn);
  void on_info(LearnerLink& link, const wire::QuorumPacket& packet, Turn& turn);
  void on_ack_epoch(LearnerLink& link, const wire::QuorumPacket& packet, History& history, Turn& turn);
  // synchronization
  Zxid sync_target(const History& history) const;
  void start_syncs(History& history, Turn& turn);
  void synchronize(LearnerLink& link, const log::LogRead* read, History& history, Turn& turn);
  void send_history(LearnerLink& link, Zxid after, const log::LogRead* read, const History& history, Turn& turn);
  void send_new_leader(LearnerLink& link, Turn& turn);
  void stream_snapshot(LearnerLink& link, History& history, Turn& turn);
  void hold_window(History& history) const;
  void establish(History& history, Turn& turn);
  // broadcast
  void on_packet(LearnerLink& link, const wire::QuorumPacket& packet, History& history, const QuorumVerifier& quorum,
                 Turn& turn);
  void on_ack(LearnerLink& link, Zxid zxid, const QuorumVerifier& quorum, Turn& turn);
  void on_request(LearnerLink& link, const wire::QuorumPacket& packet, Turn& turn);
  void commit_ready(History& history, const QuorumVerifier& quorum, Turn& turn);
  void answer_syncs(const History& history, Turn& turn);
  void answer_sync(const PendingSync& sync, Turn& turn);
  void on_half_tick(const QuorumVerifier& quorum, Turn& turn);
  void drop_silent(Turn& turn);
  void drop(ConnId conn, Turn& turn);
  LearnerLink* link_of(Sid sid);

  Phase phase_ = Phase::kDiscovery;
  Epoch epoch_;        // proposed; valid from kAcceptingEpoch
  Zxid initial_last_;  // the end of the history that we bring: committed once we are established
  Zxid last_proposed_;
  std::map<ConnId, LearnerLink> links_;
  std::map<Sid, Epoch> epochs_;  // accepted epochs told, ours included
  std::set<Sid> epoch_acks_, new_leader_acks_;
  std::deque<Outstanding> outstanding_;
  std::vector<PendingSync> syncs_;
  Promise promise_;
  Zxid own_acked_;              // our own log's acknowledgements
  Time limit_ = Time::never();  // to be established by
  Time next_ping_ = Time::never();
  int64_t half_ticks_ = 0;
  const char* failure_ = nullptr;
};

}  // namespace vivarium::zab

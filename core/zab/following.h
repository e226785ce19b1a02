// Following: discovery, synchronization and broadcast as a learner does them (facts 2.5, 2.7, 2.8).
//
// The one safe order at NEWLEADER: what was synchronized is durable (snapshot first, then log), then currentEpoch, then
// the ACK. Any other order loses data (2872, 3642, 3911, 4643, 4646, 4685, 4785, 4394).
#pragma once

#include <deque>
#include <map>
#include <optional>

#include "core/log/formats.h"
#include "core/wire/quorum.h"
#include "core/zab/history.h"

namespace vivarium::zab {

class Following {
 public:
  enum class Phase : uint8_t {
    kDialing,         // connecting to the elected leader
    kInfo,            // FOLLOWERINFO sent, LEADERINFO awaited
    kAcceptingEpoch,  // the new epoch goes to acceptedEpoch before it is acknowledged
    kAckEpoch,        // ACKEPOCH sent; DIFF, TRUNC or SNAP awaited
    kSnapshot,        // SNAP is streaming in
    kCutting,         // the disk does what TRUNC or SNAP asked
    kSyncing,         // proposals and commits, until NEWLEADER
    kLogging,         // NEWLEADER is here: everything received must be durable
    kWritingEpoch,    // then currentEpoch
    kNewLeader,       // ACK sent; UPTODATE awaited
    kBroadcast,
  };

  void begin(Sid leader, Turn& turn);
  void end(Turn& turn);

  bool owns(ConnId conn) const { return conn_ == conn; }
  void on_connected(const History& history, Turn& turn);
  void on_received(const Bytes& bytes, History& history, Turn& turn);
  void on_closed(Turn& turn);
  void advance(History& history, Turn& turn);
  Time deadline() const { return earlier(redial_, limit_); }

  const char* failure() const { return failure_; }
  bool fatal() const { return fatal_; }  // the failure is a digest mismatch: the process must stop
  bool serving() const { return phase_ == Phase::kBroadcast; }
  Phase phase() const { return phase_; }
  Sid leader() const { return leader_; }
  Epoch epoch() const { return epoch_; }

  void forward(const tree::Request& request, Turn& turn);
  void sync(SessionId session, int32_t cxid, Turn& turn);
  void revalidate(SessionId session, int32_t timeout_ms, Turn& turn);
  void touch(SessionId session, int32_t timeout_ms) { touches_[session] = timeout_ms; }

  VIV_VISIT(v("phase", self.phase_), v("leader", self.leader_), v("conn", self.conn_), v("decoder", self.decoder_),
            v("attempts", self.attempts_), v("redial", self.redial_), v("limit", self.limit_), v("epoch", self.epoch_),
            v("counted", self.counted_), v("promise", self.promise_), v("snapshot", self.snapshot_),
            v("cut_to", self.cut_to_), v("commit_upto", self.commit_upto_), v("acked", self.acked_),
            v("touches", self.touches_), v("syncs", self.syncs_), v("failed", self.failed()), v("fatal", self.fatal_))

 private:
  void fail(const char* why) {
    if (!failure_) failure_ = why;
  }
  const bool& failed() const {
    static constexpr bool kNo = false, kYes = true;
    return failure_ ? kYes : kNo;
  }
  void dial(Turn& turn);
  void heard(Turn& turn);
  void send(wire::PacketType type, Zxid zxid, Bytes data, Label label, Turn& turn,
            std::vector<wire::AclId> authinfo = {});

  void pump(History& history, Turn& turn);
  bool accepts_packets() const;
  void on_packet(const wire::QuorumPacket& packet, History& history, Turn& turn);
  void on_leader_info(const wire::QuorumPacket& packet, History& history, Turn& turn);
  void on_sync_start(const wire::QuorumPacket& packet, History& history, Turn& turn);
  void on_snapshot_bytes(History& history, Turn& turn);
  void on_proposal(const wire::QuorumPacket& packet, History& history, Turn& turn);
  void on_commit(Zxid zxid, History& history, Turn& turn);
  void on_new_leader(const wire::QuorumPacket& packet, Turn& turn);
  void on_up_to_date(History& history, Turn& turn);
  void on_ping(const wire::QuorumPacket& packet, Turn& turn);
  void on_revalidate(const wire::QuorumPacket& packet, Turn& turn);
  void on_sync_answer(Turn& turn);
  void ack_epoch(const History& history, Turn& turn);
  void ack_durable(const History& history, Turn& turn);

  Phase phase_ = Phase::kDialing;
  Sid leader_;
  std::optional<ConnId> conn_;
  wire::QuorumDecoder decoder_;
  int32_t attempts_ = 0;
  Time redial_ = Time::never();
  Time limit_ = Time::never();  // something must have been heard by then
  Epoch epoch_;                 // the leader's, from LEADERINFO on
  bool counted_ = false;        // we had accepted this very epoch before: ACKEPOCH says -1
  Promise promise_;
  log::SnapshotReader snapshot_;
  Zxid cut_to_;       // of SNAP or TRUNC
  Zxid commit_upto_;  // what the leader has said to be committed; taken over at UPTODATE
  Zxid acked_;        // acknowledged to the leader
  std::map<SessionId, int32_t> touches_;
  std::deque<std::pair<SessionId, int32_t>> syncs_;  // asked (with their cxid), not answered yet
  const char* failure_ = nullptr;
  bool fatal_ = false;
};

}  // namespace vivarium::zab

// One learner as its leader sees it: the connection, how far its handshake and synchronization have come, what it was
// sent.
#pragma once

#include <optional>

#include "core/log/formats.h"
#include "core/wire/quorum.h"
#include "core/zab/sync_decision.h"

namespace vivarium::zab {

struct LearnerLink {
  enum class Phase : uint8_t {
    kInfo,       // connected; FOLLOWERINFO awaited
    kEpoch,      // it has told its accepted epoch; ours is not decided or not durable yet
    kAckEpoch,   // LEADERINFO sent
    kReady,      // its history is known; synchronization may begin once a quorum has acknowledged the epoch
    kReadLog,    // the log on disk is being read for it
    kSnapshot,   // SNAP is streaming
    kNewLeader,  // everything up to NEWLEADER sent; its acknowledgement awaited
    kSynced,     // it follows: it has our history on disk and our epoch
  };

  ConnId conn;
  Sid sid{-1};
  bool participant = true;
  Phase phase = Phase::kInfo;
  wire::QuorumDecoder decoder;
  Epoch accepted_epoch;
  Zxid last_logged;
  bool forwarding = false;       // proposals and commits go to it as they happen
  bool serving = false;          // UPTODATE sent
  log::SnapshotCursor snapshot;  // kSnapshot
  Zxid hold;                     // kReadLog, kSnapshot: the window is kept from here on
  uint64_t log_query = 0;        // kReadLog
  Time heard;                    // its last packet
  VIV_VISIT(VIV_FIELD(conn), VIV_FIELD(sid), VIV_FIELD(participant), VIV_FIELD(phase), VIV_FIELD(decoder),
            VIV_FIELD(accepted_epoch), VIV_FIELD(last_logged), VIV_FIELD(forwarding), VIV_FIELD(serving),
            VIV_FIELD(snapshot), VIV_FIELD(hold), VIV_FIELD(log_query), VIV_FIELD(heard))

  bool synced() const { return phase == Phase::kSynced; }
};

}  // namespace vivarium::zab

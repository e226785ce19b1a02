// What a peer tells its node, in order, and what it is told.
#pragma once

#include <variant>
#include <vector>

#include "core/log/disk_operation.h"
#include "core/tree/prepare.h"
#include "core/wire/quorum.h"
#include "core/zab/config.h"
#include "core/zab/proposal.h"

namespace vivarium::zab {

enum class Role : uint8_t { kLooking, kFollowing, kLeading, kObserving };
const char* role_name(Role role);

// ---- what a step tells the node, in order
// ------------------------------------------------------------------------------------ The role, or whether clients are
// served, has changed. Serving ends (and all client connections must be closed, sessions stay) whenever the server
// leaves its leader or its followers. When serving starts, committed() is the state to serve from.
struct RoleChanged {
  Role role;
  bool serving;
  Epoch epoch;
  Sid leader;
};
// The next transaction in total order is committed; committed() already is proposal->after. Only while serving.
struct Delivered {
  ProposalRef proposal;
};
// Leader: a learner forwarded a client's write. The node judges the session's owner, then calls propose().
struct RequestReceived {
  Sid learner;
  tree::Request request;
};
// Leader: a learner asks whether a session that came to it is alive; answer with answer_revalidate().
struct RevalidateReceived {
  Sid learner;
  SessionId session;
  int32_t timeout_ms;
};
// Learner: the leader's answer.
struct RevalidateAnswered {
  SessionId session;
  bool valid;
};
// Leader: a learner heard from the session since its last PING.
struct Touched {
  Sid learner;
  SessionId session;
  int32_t timeout_ms;
};
// The sync that this server asked for: everything committed before it at the leader has been delivered here.
struct SyncAnswered {
  SessionId session;
  int32_t cxid;
};
// Leader: the link to a learner is gone.
struct LearnerLost {
  Sid learner;
};

using PeerEvent = std::variant<RoleChanged, Delivered, RequestReceived, RevalidateReceived, RevalidateAnswered, Touched,
                               SyncAnswered, LearnerLost>;

using PeerInput = std::variant<Accepted, Connected, Received, Sent, Closed, BindFailed, Tick, log::Durable,
                               log::Reloaded, log::LogRead, log::Space, MachineFigures>;

}  // namespace vivarium::zab

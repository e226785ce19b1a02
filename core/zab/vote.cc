#include "core/zab/vote.h"

#include <tuple>

#include "core/base/mutant.h"

namespace vivarium::zab {

bool beats(const Vote& a, const Vote& b) {
  if (mutant(Mutant::kVoteIgnoresHistory)) return a.leader > b.leader;
  return std::tie(a.peer_epoch, a.zxid, a.leader) > std::tie(b.peer_epoch, b.zxid, b.leader);
}

bool agree(const Vote& a, const Vote& b) {
  using wire::ServerState;
  if (a.state == ServerState::kLooking || b.state == ServerState::kLooking) {
    return a.leader == b.leader && a.zxid == b.zxid && a.round == b.round && a.peer_epoch == b.peer_epoch;
  }
  if ((a.version > 0) == (b.version > 0)) return a.leader == b.leader && a.peer_epoch == b.peer_epoch;
  return a.leader == b.leader;
}

Vote vote_of(const wire::Notification& n) { return {n.leader, n.zxid, n.round, n.peer_epoch, n.state, n.version}; }

}  // namespace vivarium::zab

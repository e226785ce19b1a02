// Votes and their order (facts 2.3).
#pragma once

#include "core/wire/quorum.h"
#include "core/zab/quorum.h"

namespace vivarium::zab {

struct Vote {
  Sid leader;
  Zxid zxid;                  // the proposed leader's last logged transaction
  int64_t round = 0;          // of the election it was cast in
  Epoch peer_epoch;           // the proposed leader's current epoch
  wire::ServerState state{};  // of the server that cast it
  int32_t version =
      0;  // of the notification; 0: an old server, whose votes compare by leader alone once it is established
  bool operator==(const Vote&) const = default;
  VIV_VISIT(VIV_FIELD(leader), VIV_FIELD(zxid), VIV_FIELD(round), VIV_FIELD(peer_epoch), VIV_FIELD(state),
            VIV_FIELD(version))
};

// totalOrderPredicate: does `a` beat `b`: the larger (peer epoch, zxid, sid).
bool beats(const Vote& a, const Vote& b);

// Vote.equals: votes cast while looking agree in everything; votes of an established ensemble may differ in zxid and
// round (1732, 1805, 1818), those of old servers also in epoch.
bool agree(const Vote& a, const Vote& b);

Vote vote_of(const wire::Notification& n);

}  // namespace vivarium::zab

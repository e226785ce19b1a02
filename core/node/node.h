// Node: a whole server as a value. sessions, client connections and their order, watches, around one zab::Peer.
//
//   Node node(config, recovered);        // everything it will ever know came in by value
//   node.step(now, input, outbox);       // the only way in; appends to outbox, never calls out
//   Time t = node.deadline();            // when it wants the next Tick; a fresh node wants one at once
//   Node fork = node;  node.state_hash(now);
#pragma once

#include "core/zab/peer.h"

namespace vivarium::node {

struct NodeConfig {
  zab::Config ensemble;
  int32_t session_timeout_ms_min = 0;  // 0: 2 ticks
  int32_t session_timeout_ms_max = 0;  // 0: 20 ticks
  Duration connect_request_timeout = seconds(10);  // a connection that never sends a ConnectRequest is dropped
  uint64_t seed = 1;
  VIV_VISIT(VIV_FIELD(ensemble), VIV_FIELD(session_timeout_ms_min), VIV_FIELD(session_timeout_ms_max), VIV_FIELD(connect_request_timeout), VIV_FIELD(seed))
};

using NodeInput = zab::PeerInput;

}  // namespace vivarium::node

//   class Node {
//     Node(NodeConfig config, log::Recovered recovered);
//     void step(Now now, const NodeInput& input, log::NodeOutbox& out);
//     Time deadline() const;
//     uint64_t state_hash(Time now) const;
//     const zab::Peer& peer() const;
//     const tree::State& state() const;   // committed
//     (views for invariants: client connections {conn, session, last zxid seen, pending}, watches, sessions known to the tracker)
//   };

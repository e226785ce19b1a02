// Clients of running servers write no trace. What their servers read from them and answered them makes a lane of each
// session, named like it, as a simulated client has one: dials, requests, messages, replies, ends of connections.
//
// It is what the servers saw, at the moment when they saw it: a request stands where its last byte was read, a reply
// where it was sent, and the way between client and server takes no time. What was asked and not answered when its
// connection ended is "unknown". The tokens of the requests count within a lane, over all its connections.
#pragma once

#include "viz/trace.h"

namespace vivarium::viz {

inline constexpr size_t kMostClientLanes = 1000;  // the sessions beyond the first so many are told by a remark

// Of one running server or of several that were merged. Events are numbered anew, from 1.
Trace with_client_lanes(Trace trace);

}  // namespace vivarium::viz

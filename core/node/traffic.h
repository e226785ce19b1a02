// Figures of a server and of each of its client connections. No state: they decide nothing and are not hashed.
#pragma once

#include <algorithm>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/base/visit.h"
#include "core/wire/records.h"

namespace vivarium::node {

// Since the start, or since the connection was accepted.
struct Traffic {
  int64_t received = 0, sent = 0;  // frames of clients
  int64_t answered = 0;            // requests, for the mean latency
  Duration latency_min, latency_max, latency_sum;

  void answered_after(Duration latency) {
    latency_min = answered ? std::min(latency_min, latency) : latency;
    latency_max = std::max(latency_max, latency);
    latency_sum = latency_sum + latency;
    ++answered;
  }
  Duration latency_mean() const { return answered ? latency_sum / answered : Duration{}; }
  VIV_VISIT(VIV_FIELD(received), VIV_FIELD(sent), VIV_FIELD(answered), VIV_FIELD(latency_min), VIV_FIELD(latency_max),
            VIV_FIELD(latency_sum))
};

// Of what a leader proposed; -1: nothing yet.
struct ProposalSizes {
  int64_t last = -1, least = -1, most = -1;

  void add(int64_t bytes) {
    last = bytes;
    least = least < 0 ? bytes : std::min(least, bytes);
    most = std::max(most, bytes);
  }
  VIV_VISIT(VIV_FIELD(last), VIV_FIELD(least), VIV_FIELD(most))
};

struct ConnectionFigures {
  Traffic traffic;
  int64_t established_wall_ms = 0;
  wire::OpCode last_op{};
  int32_t last_xid = -1;
  Time last_answer;
  Duration last_latency;

  void answered(wire::OpCode op, int32_t xid, Time arrived, Time now) {
    last_op = op;
    last_xid = xid;
    last_answer = now;
    last_latency = now - arrived;
    traffic.answered_after(last_latency);
  }
  VIV_VISIT(VIV_FIELD(traffic), VIV_FIELD(established_wall_ms), VIV_FIELD(last_op), VIV_FIELD(last_xid),
            VIV_FIELD(last_answer), VIV_FIELD(last_latency))
};

}  // namespace vivarium::node

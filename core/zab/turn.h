// What every function of a step is handed: the time, the configuration, and where its outputs go.
#pragma once

#include "core/zab/config.h"
#include "core/zab/events.h"

namespace vivarium::zab {

// Connections that this process dials get odd ids (step.h).
struct ConnIds {
  uint64_t next = 1;
  ConnId take() {
    const ConnId id{next};
    next += 2;
    return id;
  }
  VIV_VISIT(VIV_FIELD(next))
};

struct Turn {
  const Config& config;
  Now now;
  log::NodeOutbox& out;
  std::vector<PeerEvent>& events;
  ConnIds& conns;

  Time in(Duration d) const { return now.steady + d; }
  Time in_ticks(int64_t n) const { return now.steady + config.tick * n; }
  bool due(Time deadline) const { return now.steady >= deadline; }
  void send(ConnId conn, Bytes bytes, Label label, Zxid zxid = {}) {
    out.add(Send{conn, std::move(bytes), label, zxid, false});
  }
};

}  // namespace vivarium::zab

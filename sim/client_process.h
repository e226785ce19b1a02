// ClientProcess: one client of a World: the C++ client in a process of its own, on a host that it may share with
// others.
#pragma once

#include <vector>

#include "core/client/client.h"
#include "sim/clock.h"

namespace vivarium::sim {

struct ClientProcess {
  client::ClientConfig config;
  client::Client client{config};
  NodeClock clock;
  bool running = true;
  uint64_t timer_serial = 0;
  Time timer_at = Time::never();

  ClientProcess() = default;
  ClientProcess(client::ClientConfig c, NodeClock k) : config(std::move(c)), client(config), clock(k) {}
  Time deadline() const { return clock.when(client.deadline()); }
};

}  // namespace vivarium::sim

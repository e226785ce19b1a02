// The events of a window that tell who knew what: those of nodes, their order at each node, and the messages between
// them.
#pragma once

#include <vector>

#include "viz/exports.h"

namespace vivarium::viz {

struct Causality {
  std::vector<uint32_t> events;              // in order of the trace; below they are named by their place here
  std::vector<std::vector<uint32_t>> sends;  // of each: the events whose messages arrived whole in it
};
// Leaves out what only a program's inside sees (ticks, disk queues, flow control).
Causality causality_of(const Trace& trace, Window window);

}  // namespace vivarium::viz

// Traces of several running servers as one. Each has a clock of its own: where a message would arrive before it was
// sent, the receiver's clock is taken to lag by so much. What arrived is caused by what was sent.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "viz/trace.h"

namespace vivarium::viz {

struct NamedTrace {
  std::string path;
  Trace trace;
};

// At least two. Files of one server that was started again stand side by side.
std::expected<Trace, TraceError> merge(std::vector<NamedTrace> traces);

}  // namespace vivarium::viz

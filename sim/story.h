// A run told in sentences, one a line: what struck whom, who was elected, how learners were brought up to date. Made
// from a trace; what happens at one instant to many links is one sentence.
//
//     5.000 s  server 3 is killed
//     5.731 s  server 2 leads epoch 2, with history up to 0x1000000f3
#pragma once

#include <string>

#include "sim/trace.h"

namespace vivarium::sim {

std::string tell(const Trace& trace, const TraceHeader& header);

}  // namespace vivarium::sim

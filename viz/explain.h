// The run told in sentences, one a line behind its time: elections and why a vote was changed, epochs, how learners
// were brought up to date, crashes, partitions, sessions; commits and operations are summed up.
#pragma once

#include <string>

#include "viz/exports.h"

namespace vivarium::viz {

std::string explain(const Trace& trace, Window window);

}  // namespace vivarium::viz

// A scenario with a mistake is the business of vivarium-mistaken, which stands beside this program (sim/mistake.h).
#pragma once

#include "sim/cli/files.h"

namespace vivarium::cli {

// Makes the scenario's mistake, if it asks for one. A program that has none in it is replaced by the one that does,
// with the same arguments; if there is none, that is the failure.
std::expected<void, Failure> make_mistake_of(const sim::Scenario& scenario);

// "acknowledge-before-sync: a follower ..."; empty without one.
std::string mistake_text(const sim::Scenario& scenario);

}  // namespace vivarium::cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/budget.h"
#include "checker/problem.h"

namespace vivarium::checker {

struct SearchResult {
  Answer answer = Answer::Holds;
  uint32_t failed_event = kNever;  // Violated: the return in Problem::events by which no order is left
  std::string why_undecided;
  uint64_t configurations = 0;     // looked at
  size_t configurations_most = 0;  // kept at once
};

// Is there an order of the steps that respects their intervals and that the object allows?
//
// The steps are linearized just in time (Lowe): a sweep over the events keeps every configuration (which of the open
// steps have taken effect, and the state) that some order can lead to, and decides only at a return that is not yet
// satisfied. Observers are satisfied as soon as a state allows it. A configuration is dropped when another one can do
// whatever it can. First the sweep keeps only the most promising configurations; when that finds no order, more, and at
// last all that the memory budget holds.
SearchResult search(const Problem& problem, const Budget& budget);

// For a small problem: the states that some order could have had at some moment of each step's interval, ascending.
struct StatesSeen {
  std::vector<std::vector<State>> during;  // by step
};
StatesSeen states_seen(const Problem& problem, const Budget& budget);

// The states that some order of the steps can end in, ascending; empty when none can or the budget does not tell. Steps
// of unknown outcome that nothing needed are still to come.
std::vector<State> states_after(const Problem& problem, const Budget& budget);

}  // namespace vivarium::checker

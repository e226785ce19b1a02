#pragma once

#include "checker/budget.h"
#include "checker/history.h"
#include "checker/key_view.h"
#include "checker/model.h"
#include "checker/object_judge.h"
#include "checker/verdict.h"

namespace vivarium::checker {

// Finds the smallest part of one object's operations that the checker still rejects, and explains it.
//
// Only parts are taken that a good history could not fail on: from a stretch of time, with the object's value before it
// unknown and what reaches over its edges loosened, observations may be left out at will, and effects whose value none
// of the remaining operations asks about. So the window's contradiction is the history's own.
Window smallest_window(const History& history, const KeyView& view, ModelKind model, const Initial& initial,
                       const ObjectVerdict& verdict, const Budget& budget);

// "write 5", "cas 3 -> 5", "add x"; and "ok 5", "comparison failed", "unknown".
std::string describe_call(const History& history, const Operation& op);
std::string describe_outcome(const History& history, const Operation& op);

}  // namespace vivarium::checker

#pragma once

#include <vector>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker {

// What may be left out of a part of a history without making a good one look bad: an order of all the operations must
// still be an order of the rest. Observations may always go; an effect only if nothing that stays asks about what it
// made. Takes back from `out` what must stay; false when nothing is left to leave out.
bool keep_what_is_needed(ModelKind model, const std::vector<Operation>& operations, std::vector<bool>& out);

// What an operation is about: the value that it read or made, the holder of a lock, the element of a set.
Value subject_of(ModelKind model, const Operation& op);

}  // namespace vivarium::checker

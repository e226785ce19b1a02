#pragma once

#include <vector>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker {

// What of a part of a history may be left out without making a good one look bad: an order of all the operations must
// still be an order of the rest. Observations may always go; an effect only if nothing that stays asks about what it
// made. A failed comparison may owe to any effect, unless stand-ins take the place of those that are left out: writes
// of a value that nobody asks about, which may happen at any time.
//
// Returns `chosen` and all that must stay with them. With stand-ins a cas that is not chosen itself stays as a plain
// write of its new value, and so asks about nothing.
std::vector<bool> with_what_they_ask(ModelKind model, const std::vector<Operation>& operations, bool stand_ins,
                                     std::vector<bool> chosen);

// A stand-in; one for each failed comparison suffices.
Operation stand_in(const Operation& like);

}  // namespace vivarium::checker

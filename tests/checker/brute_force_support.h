#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checker/history.h"
#include "checker/model.h"

namespace vivarium::checker::test {

// The dumb twin: tries every order of the operations, with every choice of which unknown ones took effect, against an
// object that is written down as plainly as can be. For at most a handful of operations.
bool some_order_exists(const History& history, ModelKind model, Value initial = Value());

}  // namespace vivarium::checker::test

// How much a tree holds, as upstream's mntr counts it: the bytes of all paths and all data.
#pragma once

#include "core/tree/apply.h"

namespace vivarium::node {

// Walks the whole tree.
int64_t data_bytes(const tree::State& state);

// By how much one transaction has changed it.
int64_t data_bytes_change(const tree::State& before, const tree::State& after, const tree::Effects& effects);

}  // namespace vivarium::node

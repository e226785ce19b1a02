#pragma once

#include "checker/conflict.h"
#include "checker/key_view.h"
#include "checker/model.h"

namespace vivarium::checker {

// The near-linear path for registers in which every value is written at most once (Gibbons and Korach, 1997, extended
// to compare-and-set). A value's write and all who saw it stand together in every order, and a cas glues the values
// that it connects, so a history falls into blocks; block A must precede block B when something in A returned before
// something in B was called. All cycles of that relation have length two, and are found by sorting.
//
// Unsuited when a value is written twice or a failed comparison testifies against a value that somebody wrote.
FastResult judge_unique_values(const KeyView& view, ModelKind model, const Initial& initial);

}  // namespace vivarium::checker

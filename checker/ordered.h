#pragma once

#include "checker/claims.h"
#include "checker/conflict.h"
#include "checker/key_view.h"
#include "checker/model.h"

namespace vivarium::checker {

// The near-linear path for registers whose replies claim the order of the effects (zxids, versions). The claim is
// checked, not trusted: it must respect real time, every condition and read must fit the value that it claims to stand
// on, and no two effects may claim one place. Observations without a claim are placed greedily.
//
// Effects of unknown outcome: with Claim::Count they fill the gaps that the versions leave; with other claims they make
// the path unsuited as soon as a value cannot be explained without them.
FastResult judge_ordered(const KeyView& view, ModelKind model, const Initial& initial, Claim claim);

}  // namespace vivarium::checker

// Mistakes that servers can be made to make, by the name that a scenario's "mistake" gives them: they show what the
// checks see, and what a failure looks like. Only the program vivarium-mistaken is built with them
// (core/base/mutant.h); `vivarium` hands a scenario that asks for one over to it, so what it runs itself is the code of
// vivariumd.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "core/base/mutant.h"

namespace vivarium::sim {

struct MistakeRow {
  Mutant mutant;
  const char* name;
  const char* meaning;
};
const std::array<MistakeRow, kMutants>& mistake_rows();
std::optional<Mutant> mistake_named(std::string_view name);  // kNone has no name
const MistakeRow& mistake_row(Mutant mistake);               // not of kNone

// From here on servers make it. False: this program has no mistakes in it.
bool make_mistake(Mutant mistake);

}  // namespace vivarium::sim

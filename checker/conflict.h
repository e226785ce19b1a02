#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/budget.h"

namespace vivarium::checker {

// What one of the fast paths found.
struct FastResult {
  enum class Kind : uint8_t {
    Holds,
    Violated,
    Unsuited,  // this path cannot decide it: search
  };
  Kind kind = Kind::Unsuited;
  std::vector<uint32_t> operations;  // Violated: operations that cannot stand together, perhaps not the fewest
  std::string why;                   // and the rule that they break, as a sentence
};

}  // namespace vivarium::checker

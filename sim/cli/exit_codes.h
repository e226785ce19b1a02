// What the program's exit codes mean (design.md, 5). 0 to 4 are verdicts: sim::exit_code.
#pragma once

namespace vivarium::cli {

inline constexpr int kExitOk = 0, kExitViolation = 1, kExitUndecided = 2, kExitNoProgress = 3, kExitNothingRan = 4;
inline constexpr int kExitUsage = 64, kExitBadInput = 65, kExitInternal = 70, kExitIo = 74;

}  // namespace vivarium::cli

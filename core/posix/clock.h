// The clocks of this machine: the only place where they are read.
#pragma once

#include "core/base/time.h"

namespace vivarium::posix {

Time steady_now();  // CLOCK_MONOTONIC
Now now();

}  // namespace vivarium::posix

// How long to wait before trying again what has failed some times in a row.
#pragma once

#include "core/base/time.h"

namespace vivarium {

// `first`, doubled so many times, but no more than `most`. A negative count is none.
constexpr Duration doubled(Duration first, int64_t times, Duration most) {
  for (; times > 0 && first < most; --times) first = first * 2;
  return first < most ? first : most;
}

}  // namespace vivarium

// Looking up a zxid in a long history, near its end.
#pragma once

#include <cstddef>

#include "core/base/ids.h"

namespace vivarium::sim {

// Where zxid stands, or would stand, in entries ascending by zxid. Nearly always the question is about the last few.
template <class Entries>
size_t place_near_end(const Entries& entries, Zxid zxid) {
  size_t high = entries.size(), reach = 8;
  while (reach < high && !(entries[high - reach].zxid < zxid)) reach *= 4;
  size_t low = reach < high ? high - reach : 0;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (entries[middle].zxid < zxid)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace vivarium::sim

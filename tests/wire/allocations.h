// Counts what this test program allocates: the measure of copying, and of what a hostile length can make us reserve.
#pragma once

#include <cstddef>

namespace vivarium {

struct Allocations {
  size_t bytes = 0;    // in all
  size_t biggest = 0;  // at once
};

// What `f` allocates.
template <class F>
Allocations allocations_of(F f);

namespace detail {
extern Allocations allocations;
}

template <class F>
Allocations allocations_of(F f) {
  detail::allocations = {};
  f();
  return detail::allocations;
}

}  // namespace vivarium

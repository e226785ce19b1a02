#include "tests/wire/allocations.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace vivarium::detail {
Allocations allocations;
}

void* operator new(size_t size) {
  using vivarium::detail::allocations;
  allocations.bytes += size;
  allocations.biggest = std::max(allocations.biggest, size);
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

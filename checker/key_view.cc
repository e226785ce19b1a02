#include "checker/key_view.h"

#include <algorithm>
#include <numeric>

namespace vivarium::checker {

void SmallHistory::sort_by_call() {
  if (std::ranges::is_sorted(operations, {}, &Operation::call)) return;
  std::vector<uint32_t> order(operations.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::stable_sort(order, {}, [this](uint32_t i) { return operations[i].call; });
  SmallHistory sorted;
  for (uint32_t i : order) sorted.add(operations[i], source[i]);
  *this = std::move(sorted);
}

}  // namespace vivarium::checker

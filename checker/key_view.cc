#include "checker/key_view.h"

#include <algorithm>

namespace vivarium::checker {

void SmallHistory::sort_entries() {
  std::vector<std::pair<uint32_t, uint32_t>> order;
  for (uint32_t i = 0; i < operations.size(); ++i) {
    order.emplace_back(operations[i].call, i << 1);
    if (operations[i].deadline() != kNever) order.emplace_back(operations[i].deadline(), i << 1 | 1);
  }
  std::ranges::sort(order);
  entries.clear();
  for (const auto& [position, entry] : order) entries.push_back(entry);
}

}  // namespace vivarium::checker

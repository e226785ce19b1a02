#include "core/client/event.h"

#include <gtest/gtest.h>

#include <set>

namespace vivarium::client {
namespace {

TEST(Event, EveryLossHasANameOfItsOwn) {
  std::set<std::string> names;
  const auto count = static_cast<int>(Loss::kZxidWentBack) + 1;
  for (int i = 0; i < count; ++i) names.insert(loss_name(static_cast<Loss>(i)));
  EXPECT_EQ(names.size(), static_cast<size_t>(count));
  EXPECT_FALSE(names.contains("unknown"));
}

}  // namespace
}  // namespace vivarium::client

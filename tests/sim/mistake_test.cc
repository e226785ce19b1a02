#include "sim/mistake.h"

#include <gtest/gtest.h>

#include <set>

namespace vivarium::sim {
namespace {

TEST(Mistake, each_has_a_name_of_its_own_and_a_meaning) {
  std::set<std::string_view> names;
  for (int number = 1; number <= kMutants; ++number) {
    const auto mutant = static_cast<Mutant>(number);
    const MistakeRow& row = mistake_row(mutant);
    EXPECT_EQ(row.mutant, mutant) << "the rows are in the order of the enum";
    EXPECT_EQ(mistake_named(row.name), mutant);
    EXPECT_GT(std::string_view(row.meaning).size(), 15U) << row.name;
    names.insert(row.name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kMutants));
  EXPECT_EQ(mistake_named("none"), std::nullopt);
}

TEST(Mistake, this_program_has_none_in_it) {
  EXPECT_TRUE(make_mistake(Mutant::kNone));
  EXPECT_FALSE(make_mistake(Mutant::kAckBeforeSync));
}

}  // namespace
}  // namespace vivarium::sim

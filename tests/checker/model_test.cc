#include "checker/model.h"

#include <gtest/gtest.h>

#include <set>

namespace vivarium::checker {
namespace {

TEST(Model, NamesAndWordsGoBothWays) {
  std::set<std::string_view> names;
  for (std::string_view name : model_names()) {
    const auto model = model_named(name);
    ASSERT_TRUE(model.has_value()) << name;
    EXPECT_EQ(name_of(*model), name);
    EXPECT_TRUE(names.insert(name).second);
    for (Function f : functions_of(*model)) EXPECT_EQ(function_named(*model, word_of(f)), f);
    EXPECT_FALSE(function_named(*model, "watch").has_value());
  }
  EXPECT_FALSE(model_named("linearizable").has_value());
  EXPECT_FALSE(function_named(ModelKind::Register, "cas").has_value());
}

TEST(Model, TheNearestWord) {
  EXPECT_EQ(nearest_word("cas-registre", model_names()), "cas-register");
  EXPECT_EQ(nearest_word("unique_names", model_names()), "unique-names");
  EXPECT_EQ(nearest_word("xyzzy", model_names()), "");
}

}  // namespace
}  // namespace vivarium::checker

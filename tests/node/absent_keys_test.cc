#include "core/node/absent_keys.h"

#include <gtest/gtest.h>

#include <set>

#include "core/node/config_keys.h"

namespace vivarium::node {
namespace {

TEST(AbsentKeys, each_is_warned_of_unless_it_asks_for_what_is_done_anyway) {
  for (const AbsentKey& key : absent_keys()) {
    EXPECT_TRUE(is_absent_key(key.name));
    EXPECT_TRUE(absent_key_warning(key.name, "7x").starts_with(key.name)) << key.name;
    if (key.as_we_do.empty()) continue;
    EXPECT_EQ(absent_key_warning(key.name, key.as_we_do), "") << key.name;
  }
}

TEST(AbsentKeys, no_key_is_both_honoured_and_absent_or_stands_twice) {
  std::set<std::string_view> names;
  for (const AbsentKey& key : absent_keys()) {
    EXPECT_TRUE(names.insert(key.name).second) << key.name;
    EXPECT_EQ(find_config_key(key.name), nullptr) << key.name;
  }
}

TEST(AbsentKeys, a_feature_to_come_is_told_apart_from_what_has_no_counterpart) {
  EXPECT_EQ(absent_key_warning("skipACL", "yes"), "skipACL has no effect in this version");
  EXPECT_EQ(absent_key_warning("nio.numWorkerThreads", "8"),
            "nio.numWorkerThreads tunes a part that this server does not have");
  EXPECT_EQ(absent_key_warning("ssl.keyStore.location", "x"), "ssl.keyStore.location has no effect in this version");
  EXPECT_TRUE(is_absent_key("group.1"));
  EXPECT_FALSE(is_absent_key("tickTime"));
}

}  // namespace
}  // namespace vivarium::node

#include "core/node/config.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

TEST(NodeConfig, SessionTimeoutsAreTicksUnlessTheyAreSaid) {
  NodeConfig config;
  config.ensemble.tick = milliseconds(500);
  EXPECT_EQ(session_timeout_ms_least(config), 1000);
  EXPECT_EQ(session_timeout_ms_most(config), 10000);
  config.session_timeout_ms_min = 7;
  config.session_timeout_ms_max = 8;
  EXPECT_EQ(session_timeout_ms_least(config), 7);
  EXPECT_EQ(session_timeout_ms_most(config), 8);
}

}  // namespace
}  // namespace vivarium::node

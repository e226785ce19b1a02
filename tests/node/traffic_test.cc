#include "core/node/traffic.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

TEST(Traffic, least_mean_and_most_latency) {
  Traffic traffic;
  EXPECT_EQ(traffic.latency_mean(), Duration{});
  for (const int64_t ms : {5, 1, 3}) traffic.answered_after(milliseconds(ms));
  EXPECT_EQ(traffic.latency_min, milliseconds(1));
  EXPECT_EQ(traffic.latency_mean(), milliseconds(3));
  EXPECT_EQ(traffic.latency_max, milliseconds(5));
}

TEST(Traffic, a_connection_remembers_its_last_answer) {
  ConnectionFigures figures;
  figures.answered(wire::OpCode::kGetData, 7, Time{seconds(1).ns}, Time{seconds(3).ns});
  EXPECT_EQ(figures.last_op, wire::OpCode::kGetData);
  EXPECT_EQ(figures.last_xid, 7);
  EXPECT_EQ(figures.last_latency, seconds(2));
  EXPECT_EQ(figures.traffic.answered, 1);
}

}  // namespace
}  // namespace vivarium::node

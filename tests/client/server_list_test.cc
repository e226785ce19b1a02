#include "core/client/server_list.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace vivarium::client {
namespace {

std::vector<Address> servers(int count) {
  std::vector<Address> out;
  for (int i = 0; i < count; ++i) out.push_back({"s" + std::to_string(i), 2181});
  return out;
}

TEST(ServerList, GoesRound) {
  ServerList list(servers(3), milliseconds(10), milliseconds(80));
  for (const char* host : {"s0", "s1", "s2", "s0", "s1"}) EXPECT_EQ(list.next().host, host);
}

TEST(ServerList, WaitsOnlyAfterAFullRoundAndTwiceAsLongEachTimeUpToTheMost) {
  ServerList list(servers(3), milliseconds(10), milliseconds(80));
  Rng rng(1);
  for (const int64_t most_ms : {10, 20, 40, 80, 80, 80}) {
    EXPECT_EQ(list.failed(rng), Duration{});
    EXPECT_EQ(list.failed(rng), Duration{});
    const Duration wait = list.failed(rng);
    EXPECT_LE(milliseconds(most_ms) / 2, wait);
    EXPECT_LE(wait, milliseconds(most_ms));
  }
  list.succeeded();
  EXPECT_EQ(list.failed(rng), Duration{});
}

TEST(ServerList, AloneItWaitsAfterEachFailure) {
  ServerList list(servers(1), milliseconds(10), milliseconds(15));
  Rng rng(1);
  for (const int64_t most_ms : {10, 15, 15}) EXPECT_LE(milliseconds(most_ms) / 2, list.failed(rng));
}

TEST(ServerList, ShufflesByTheGivenChance) {
  std::set<std::string> firsts;
  for (uint64_t seed = 0; seed < 64; ++seed) {
    ServerList list(servers(5), milliseconds(10), milliseconds(80)), twin = list;
    Rng rng(seed), same(seed);
    list.shuffle(rng);
    twin.shuffle(same);
    EXPECT_EQ(list.order(), twin.order());
    auto sorted = list.order();
    std::ranges::sort(sorted);
    EXPECT_EQ(sorted, servers(5));
    firsts.insert(list.next().host);
  }
  EXPECT_EQ(firsts.size(), 5u);
}

TEST(ServerList, TwoClientsDoNotWaitEquallyLong) {
  std::set<int64_t> waits;
  for (uint64_t seed = 0; seed < 16; ++seed) {
    ServerList list(servers(1), seconds(1), seconds(1));
    Rng rng(seed);
    waits.insert(list.failed(rng).ns);
  }
  EXPECT_EQ(waits.size(), 16u);
}

}  // namespace
}  // namespace vivarium::client

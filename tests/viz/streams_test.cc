#include "viz/streams.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivarium::viz {
namespace {

using Pairs = std::vector<std::pair<uint32_t, uint32_t>>;

Pairs pairs(const std::vector<Arrival>& arrivals) {
  Pairs out;
  for (const Arrival& x : arrivals) out.emplace_back(x.send, x.received);
  return out;
}

TEST(Streams, frames_that_are_split_and_joined_find_their_ends) {
  // sends 1..3 of 10 bytes each arrive as 5, 15, 7; the last 3 bytes never.
  const Arrivals found = match_streams({{1, 9, 0, 10, 0}, {2, 9, 10, 20, 0}, {3, 9, 20, 30, 0}},
                                       {{11, 9, 0, 5, 1}, {12, 9, 5, 20, 2}, {13, 9, 20, 27, 3}});
  EXPECT_EQ(pairs(found.whole), (Pairs{{1, 12}, {2, 12}}));
  EXPECT_EQ(pairs(found.last_send), (Pairs{{1, 11}, {2, 12}, {3, 13}}));
}

TEST(Streams, streams_do_not_mix) {
  const Arrivals found = match_streams({{1, 9, 0, 10, 0}, {2, 7, 0, 10, 0}, {3, 8, 0, 4, 0}},
                                       {{11, 7, 0, 10, 1}, {12, 9, 0, 10, 2}, {13, 6, 0, 10, 2}});
  EXPECT_EQ(pairs(found.whole), (Pairs{{2, 11}, {1, 12}}));
}

TEST(Streams, a_port_that_comes_again_begins_a_new_stream) {
  // The second connection broke before anything arrived.
  const Arrivals found = match_streams({{1, 9, 0, 10, 100}, {2, 9, 0, 10, 200}, {3, 9, 0, 10, 300}},
                                       {{11, 9, 0, 10, 101}, {13, 9, 0, 10, 301}});
  EXPECT_EQ(pairs(found.whole), (Pairs{{1, 11}, {3, 13}}));
}

TEST(Streams, nothing_was_sent_that_arrives) {
  EXPECT_TRUE(match_streams({}, {{11, 7, 0, 10, 1}}).whole.empty());
  EXPECT_TRUE(match_streams({{1, 7, 0, 10, 0}}, {}).last_send.empty());
  EXPECT_TRUE(match_streams({{1, 7, 0, 10, 0}}, {{11, 7, 10, 20, 1}}).last_send.empty());
}

}  // namespace
}  // namespace vivarium::viz

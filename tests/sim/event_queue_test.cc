#include "sim/event_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>

#include "core/base/rng.h"

namespace vivarium::sim {
namespace {

using Queue = EventQueue<uint64_t>;

TEST(EventQueue, EqualTimesLeaveInTheOrderOfTheirPushes) {
  Queue queue;
  for (uint64_t i = 0; i < 100; ++i) queue.push(Time{5}, i);
  for (uint64_t i = 0; i < 100; ++i) EXPECT_EQ(queue.pop().what, i);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.next_at(), Time::never());
}

// A multimap keeps equal keys in the order of insertion: a queue that is right by construction.
TEST(EventQueue, DoesWhatAMultimapDoes) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, uint8_t>>& commands) {
    Queue queue;
    std::multimap<int64_t, uint64_t> twin;
    uint64_t next = 0;
    for (const auto& [push, at] : commands) {
      if (push || twin.empty()) {
        queue.push(Time{at}, next);
        twin.emplace(at, next++);
      } else {
        if (at % 2 == 0) RC_ASSERT(queue.next_at().ns == twin.begin()->first);
        const auto due = queue.pop();
        RC_ASSERT(due.at.ns == twin.begin()->first);
        RC_ASSERT(due.what == twin.begin()->second);
        twin.erase(twin.begin());
      }
      RC_ASSERT(queue.size() == twin.size());
    }
    for (; !twin.empty(); twin.erase(twin.begin())) RC_ASSERT(queue.pop().what == twin.begin()->second);
    RC_ASSERT(queue.empty());
  }));
}

TEST(EventQueue, ManyPendingLeaveInOrder) {
  Queue queue;
  Rng rng(1);
  for (uint64_t i = 0; i < 5000; ++i) queue.push(Time{rng.between(0, 1 << 24)}, i);
  Time last{};
  for (uint64_t i = 0; i < 20000; ++i) {
    const auto due = queue.pop();
    ASSERT_LE(last, due.at);
    last = due.at;
    if (i < 15000) queue.push(due.at + nanoseconds(rng.between(0, 1 << 24)), i);
  }
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, ACopyGoesItsOwnWay) {
  Queue queue;
  for (uint64_t i = 0; i < 10; ++i) queue.push(Time{static_cast<int64_t>(i)}, i);
  EXPECT_EQ(queue.pop().what, 0u);  // also with the hole that this leaves
  Queue copy = queue;
  queue.push(Time{1}, 77);
  EXPECT_EQ(copy.size(), 9u);
  for (uint64_t i = 1; i < 10; ++i) EXPECT_EQ(copy.pop().what, i);
  EXPECT_EQ(queue.pop().what, 1u);
  EXPECT_EQ(queue.pop().what, 77u);
}

}  // namespace
}  // namespace vivarium::sim

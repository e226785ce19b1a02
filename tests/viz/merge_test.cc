#include "viz/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/trace_text.h"
#include "tests/viz/trace_text.h"

namespace vivarium::viz {
namespace {

using node::TraceRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NamedTrace named(const std::string& path, const std::string& text) {
  auto trace = parse_trace(path, text);
  EXPECT_TRUE(trace) << trace.error().sentence;
  return {path, *std::move(trace)};
}

// Server 1 sends on stream 5 and hears on 6. Its peer began 1000 ns later.
std::string first_server(int64_t start = 1'000'000) {
  TraceWriter w(live_header(1, start));
  const uint64_t tick = w.add({TraceKind::kTick, Label::kNone, 1, Time{1100}});
  w.add(bytes_record(TraceKind::kSend, 1, 1100, 5, 0, 40, tick, Label::kProposal, 0x100000001), "why");
  w.add(bytes_record(TraceKind::kReceived, 1, 1500, 6, 0, 20));
  return w.whole();
}
std::string second_server(int64_t start = 1'001'000, bool cut = false) {
  TraceWriter w(live_header(2, start));
  w.add({TraceKind::kTick, Label::kNone, 2, Time{50}});
  const uint64_t got = w.add(bytes_record(TraceKind::kReceived, 2, 300, 5, 0, 40));
  w.add(bytes_record(TraceKind::kSend, 2, 300, 6, 0, 20, got, Label::kAck, 0x100000001));
  return cut ? w.cut() : w.whole();
}

TEST(Merge, two_servers_become_one_run) {
  const auto trace = merge({named("B", second_server()), named("A", first_server())});
  ASSERT_TRUE(trace) << trace.error().sentence;
  const Events& e = trace->events;
  // Times are since the first of them began.
  EXPECT_THAT(e.t, ElementsAre(1050, 1100, 1100, 1300, 1300, 1500));
  EXPECT_THAT(e.node, ElementsAre(1, 0, 0, 1, 1, 0));
  EXPECT_THAT(e.cause, ElementsAre(kNoEvent, kNoEvent, 1, 2, 3, 4)) << "what arrives is caused by what was sent";
  EXPECT_EQ(trace->text(2), "why");
  EXPECT_THAT(trace->remarks, IsEmpty());
  EXPECT_TRUE(trace->complete);
  const auto read = vivarium::testing::read_trace_text(format_trace(*trace));
  EXPECT_EQ(read.wrong, "");
  EXPECT_EQ(read.events.size(), 6U);
}

TEST(Merge, a_clock_that_lags_is_put_forward) {
  // By its own clock server 2 received 500 ns before server 1 sent.
  const auto trace = merge({named("A", first_server()), named("B", second_server(1'000'300))});
  ASSERT_TRUE(trace);
  EXPECT_THAT(trace->remarks, ElementsAre("B: its clock is put forward by 0.000500 ms: messages would arrive before "
                                          "they were sent"));
  EXPECT_THAT(trace->events.node, ElementsAre(1, 0, 0, 1, 1, 0));
  EXPECT_THAT(trace->events.t, ElementsAre(850, 1100, 1100, 1100, 1100, 1500));
}

TEST(Merge, clocks_that_cannot_be_reconciled_still_give_causes_before_effects) {
  // 300 ns pass at server 1 until the answer arrives, but 600 at server 2 from the arrival to the answer.
  TraceWriter a(live_header(1, 0)), b(live_header(2, 0));
  a.add(bytes_record(TraceKind::kSend, 1, 1000, 5, 0, 40));
  a.add(bytes_record(TraceKind::kReceived, 1, 1300, 6, 0, 20));
  b.add(bytes_record(TraceKind::kReceived, 2, 1000, 5, 0, 40));
  b.add(bytes_record(TraceKind::kSend, 2, 1600, 6, 0, 20));
  const auto trace = merge({named("A", a.whole()), named("B", b.whole())});
  ASSERT_TRUE(trace);
  EXPECT_THAT(trace->events.node, ElementsAre(0, 1, 1, 0));
  EXPECT_TRUE(std::ranges::is_sorted(trace->events.t));
}

TEST(Merge, a_server_that_was_killed_is_told) {
  const auto trace = merge({named("A", first_server()), named("B", second_server(1'001'000, true))});
  ASSERT_TRUE(trace);
  EXPECT_FALSE(trace->complete);
  EXPECT_THAT(trace->remarks, ElementsAre(HasSubstr("B:4: the trace ends here without its last line")));
}

TEST(Merge, two_lives_of_one_server_stand_one_behind_the_other) {
  const auto trace = merge({named("A", first_server(1'000'000)), named("A.before", first_server(500'000))});
  ASSERT_TRUE(trace);
  EXPECT_EQ(trace->events.size(), 6U);
  EXPECT_TRUE(std::ranges::is_sorted(trace->events.t));
  EXPECT_EQ(trace->header.nodes.size(), 2U);
}

TEST(Merge, files_that_do_not_belong_together_are_refused) {
  const auto simulated =
      merge({named("A", first_server()), named("S", TraceWriter(three_servers_and_a_client()).whole())});
  ASSERT_FALSE(simulated);
  EXPECT_THAT(simulated.error().sentence, HasSubstr("S:1: this is of a simulated run"));
  node::TraceHeader other = live_header(2, 0);
  other.nodes[0].host_name = "elsewhere";
  const auto strangers = merge({named("A", first_server()), named("B", TraceWriter(other).whole())});
  ASSERT_FALSE(strangers);
  EXPECT_EQ(strangers.error().sentence,
            "B:1: node 1 is \"elsewhere\" here and \"zk1\" in A; are these files of one ensemble?");
}

}  // namespace
}  // namespace vivarium::viz

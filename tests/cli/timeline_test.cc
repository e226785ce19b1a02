#include "sim/cli/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace vivarium::cli {
namespace {

constexpr Time at(int64_t ms) { return Time{} + milliseconds(ms); }

// Three servers for 6 s: the first leads until it is killed at 2 s, the second takes over.
Timeline some_run() {
  Timeline timeline(3);
  for (size_t server = 0; server < 3; ++server) timeline.role(at(0), server, '?');
  timeline.role(at(300), 0, 'L');
  timeline.role(at(300), 1, 'F');
  timeline.role(at(300), 2, 'F');
  timeline.faults(at(2000), 1);
  timeline.role(at(2000), 0, 'x');
  timeline.role(at(2000), 1, '?');
  timeline.role(at(2000), 2, '?');
  timeline.role(at(2250), 1, 'l');
  timeline.role(at(2400), 1, 'L');
  timeline.role(at(2400), 2, 'F');
  timeline.role(at(4000), 0, '?');
  timeline.role(at(4010), 0, 'F');
  for (int64_t ms = 500; ms < 2000; ms += 10) timeline.operations(at(ms), 1);
  for (int64_t ms = 2500; ms < 6000; ms += 5) timeline.operations(at(ms), 1);
  return timeline;
}

size_t longest_line(const std::string& text) {
  size_t most = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) most = std::max(most, line.size());
  return most;
}

TEST(Timeline, one_character_a_moment_and_the_worst_of_it) {
  EXPECT_EQ(some_run().text(at(5999), 74, false),
            "              0 s                                                    5.9 s\n"
            "  server 1    ????LLLLLLLLLLLLLLLLxxxxxxxxxxxxxxxxxxxxxFFFFFFFFFFFFFFFFFFF\n"
            "  server 2    ????FFFFFFFFFFFFFFFF???llLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLL\n"
            "  server 3    ????FFFFFFFFFFFFFFFF?????FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n"
            "  faults                          1\n"
            "  operations       ===============     ###################################\n"
            "              L leads  F follows  l f not serving yet  ? looks  z paused\n"
            "              x down  # 200 operations a second\n");
}

TEST(Timeline, no_line_is_longer_than_there_is_room) {
  for (size_t columns = 5; columns < 300; ++columns) {
    const std::string text = some_run().text(at(5999), columns, false);
    ASSERT_LE(longest_line(text), columns) << columns << "\n" << text;
    ASSERT_THAT(text, testing::HasSubstr("x")) << columns;
  }
}

TEST(Timeline, a_short_outage_in_a_long_run_is_seen) {
  Timeline timeline(1);
  timeline.role(at(0), 0, 'L');
  timeline.role(at(1'810'000), 0, 'x');
  timeline.role(at(1'810'001), 0, 'L');
  EXPECT_THAT(timeline.text(at(3'600'000), 80, false), testing::ContainsRegex("L+xL+"));
}

TEST(Timeline, operations_of_a_run_of_any_length_add_up) {
  Timeline timeline(1);
  for (int64_t second = 0; second < 100'000; ++second) timeline.operations(at(second * 1000), 7);
  EXPECT_THAT(timeline.text(at(100'000'000), 80, false), testing::HasSubstr("operations  #######"));
  EXPECT_THAT(timeline.text(at(100'000'000), 80, false), testing::ContainsRegex("# [78] operations a second"));
}

TEST(Timeline, colors_are_around_runs_of_one_role) {
  EXPECT_THAT(some_run().text(at(5999), 80, true), testing::HasSubstr("\x1b[1;32mLLLL"));
  EXPECT_EQ(some_run().text(at(5999), 80, false).find('\x1b'), std::string::npos);
}

TEST(Timeline, of_a_run_in_which_nothing_happened) {
  EXPECT_EQ(Timeline(1).text(at(0), 80, false).find("operations"), std::string::npos);
}

}  // namespace
}  // namespace vivarium::cli

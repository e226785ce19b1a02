// What `vivarium run` and `vivarium sweep` show on a terminal, and nowhere else.
#include "tests/cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <regex>

#include "tests/cli/program.h"

namespace vivarium::cli {
namespace {

using testing::Contains;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kShortWatched =
    R"({"duration": "4s", "clients": [{"actor": "register", "count": 2}],
      "faults": [{"what": "kill", "who": "leader", "at": "2s", "lasts": "1s"}]})";
constexpr const char* kEndless = R"({"duration": "20h", "clients": [{"actor": "register", "count": 2}]})";
constexpr const char* kWipe = "\r\x1b[K";
constexpr const char* kLive = R"([0-9]+\.[0-9] of [0-9]+ s  [LlFfxz? ]+  [0-9,]+ operations/s  )";

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += line + "\n";
  return out;
}

// The time that a run took is another each time.
std::string without_time(const std::string& text) {
  return std::regex_replace(text, std::regex("  (time|events) .*\n"), "");
}

TEST(Terminal, a_run_shows_how_far_it_is_and_leaves_a_timeline) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  Terminal terminal(100);
  terminal.set("NO_COLOR", "1");
  terminal.start({"run", file});
  EXPECT_EQ(terminal.wait(), 0) << terminal.bytes();
  EXPECT_THAT(terminal.bytes(), ContainsRegex(kWipe + std::string(kLive)));
  const std::string left = joined(terminal.screen());
  EXPECT_THAT(left, Not(HasSubstr("operations/s"))) << "the live line is gone";
  EXPECT_THAT(terminal.screen(), Contains(ContainsRegex("^ +0 s +[0-9.]+ s$")));
  for (const char* server : {"1", "2", "3"})
    EXPECT_THAT(terminal.screen(), Contains(ContainsRegex(std::string("^  server ") + server + "    [LlFfx? ]+$")));
  EXPECT_THAT(left, ContainsRegex("  server .    [ ?l]*L+x")) << "the leader that was killed";
  EXPECT_THAT(terminal.screen(), Contains(ContainsRegex("^  faults      +1 *$")));
  EXPECT_THAT(left, HasSubstr("L leads"));
  EXPECT_LE(terminal.longest(), 100U);
  // Below it stands what stands there off a terminal, byte for byte.
  const std::string plain = execute("run " + file).out;
  EXPECT_THAT(without_time(left), HasSubstr(without_time(plain)));
}

TEST(Terminal, off_a_terminal_there_is_neither) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  const Execution result = execute("run " + file);
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("short, seed 1: PASS\n  time "));
  EXPECT_EQ(result.out.find_first_of("\r\x1b"), std::string::npos);
  EXPECT_EQ(execute("sweep --seeds 1..3 " + file).err, "");
}

TEST(Terminal, looking_on_changes_nothing) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  const auto hash = [](const std::string& text) {
    std::smatch found;
    return std::regex_search(text, found, std::regex("\"trace_hash\":\"([0-9a-f]+)\"")) ? found[1].str() : "none";
  };
  Terminal terminal;
  terminal.start({"run", "--json", file});
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_EQ(hash(terminal.bytes()), hash(execute("run --json " + file).out));
  EXPECT_EQ(joined(terminal.screen()).find("L leads"), std::string::npos) << "a timeline among JSON";
}

TEST(Terminal, colors_unless_they_are_not_wanted) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  Terminal colored, plain;
  plain.set("NO_COLOR", "1");
  for (Terminal* terminal : {&colored, &plain}) {
    terminal->start({"run", file});
    EXPECT_EQ(terminal->wait(), 0);
  }
  EXPECT_THAT(colored.bytes(), HasSubstr("\x1b[1;32mL"));
  EXPECT_THAT(plain.bytes(), Not(ContainsRegex("\x1b\\[[0-9;]*m")));
}

TEST(Terminal, a_narrow_one_is_not_overrun) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  for (const int columns : {30, 12}) {
    Terminal terminal(columns);
    terminal.start({"run", file, "--quiet"});
    EXPECT_EQ(terminal.wait(), 0);
    EXPECT_THAT(terminal.bytes(), HasSubstr(kWipe));
    Terminal sweep(columns);
    sweep.start({"sweep", file, "--seeds", "1..5", "--json"});
    EXPECT_EQ(sweep.wait(), 0);
    EXPECT_THAT(terminal.longest(), testing::Le(std::max<size_t>(static_cast<size_t>(columns), 19U)));  // the verdict
    EXPECT_THAT(sweep.bytes(), HasSubstr("[#"));
  }
}

TEST(Terminal, an_interrupted_run_leaves_the_line_clean) {
  const Folder folder;
  const std::string file = folder.write("endless.json", kEndless);
  Terminal terminal;
  terminal.start({"run", file});
  ASSERT_TRUE(terminal.until([](const std::string& bytes) { return std::regex_search(bytes, std::regex(kLive)); }))
      << terminal.bytes();
  terminal.signal(SIGINT);
  EXPECT_EQ(terminal.wait(), 128 + SIGINT);
  EXPECT_TRUE(terminal.bytes().ends_with(kWipe)) << terminal.bytes();
}

TEST(Terminal, a_sweep_has_a_bar_that_goes) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShortWatched);
  Terminal terminal;
  terminal.start({"sweep", file, "--seeds", "1..5"});
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_THAT(terminal.bytes(), HasSubstr("[##############################] 5 of 5"));
  EXPECT_THAT(joined(terminal.screen()), Not(HasSubstr("[####")));
}

TEST(Terminal, one_that_cannot_go_back_is_spared) {
  const Folder folder;
  Terminal terminal;
  terminal.set("TERM", "dumb");
  terminal.start({"run", folder.write("short.json", kShortWatched)});
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_THAT(terminal.bytes(), Not(HasSubstr("\x1b[K")));
}

}  // namespace
}  // namespace vivarium::cli

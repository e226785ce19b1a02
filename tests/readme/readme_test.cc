// README's commands are executed; commands.h has the convention.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/readme/commands.h"

namespace vivarium::readme {
namespace {

namespace fs = std::filesystem;

TEST(Commands, are_found_with_what_they_show) {
  const auto commands = commands_of(
      "text\n$ not this\n```\n$ nor this\n```\n```sh\ncd somewhere\n$ first --x  # exit 3\n  shown 1\n\n$ "
      "second\n...\nlast\n```\n$ no\n");
  ASSERT_EQ(commands.size(), 2U);
  EXPECT_EQ(commands[0].line, 8U);
  EXPECT_EQ(commands[0].text, "first --x");
  EXPECT_EQ(commands[0].exit_code, 3);
  EXPECT_EQ(commands[0].shown, std::vector<std::string>{"  shown 1"});
  EXPECT_EQ(commands[1].text, "second");
  EXPECT_EQ(commands[1].exit_code, 0);
  EXPECT_EQ(commands[1].shown, (std::vector<std::string>{"...", "last"}));
}

TEST(Commands, lines_are_compared_without_numbers_and_hashes) {
  EXPECT_EQ(normalized("  12 elections,   3.5 s"), normalized("7 elections, 12,000.25 s"));
  EXPECT_EQ(normalized("trace 0123456789abcdef"), normalized("trace fedcba9876543210"));
  EXPECT_NE(normalized("3 elections"), normalized("3 faults"));
  EXPECT_NE(normalized("deadbee"), normalized("deadbef")) << "seven hex digits may be a word";
}

TEST(Commands, shown_lines_must_appear_in_order) {
  EXPECT_EQ(missing_line({"a 1", "...", "c"}, "a 2\nb\nc\n"), std::nullopt);
  EXPECT_EQ(missing_line({"c", "a 1"}, "a 2\nb\nc\n"), "a 1");
  EXPECT_EQ(missing_line({"violation"}, "pass\n"), "violation");
}

TEST(Commands, set_up_is_left_to_the_gate) {
  EXPECT_EQ(executable("./dev run a.json --seed 3").command, "vivarium run a.json --seed 3");
  EXPECT_EQ(executable("build/release/vivarium check h").command, "vivarium check h");
  EXPECT_EQ(executable("./dev test").command, std::nullopt);
  EXPECT_NE(executable("./dev test").reason, "");
}

struct Result {
  int exit_code;
  std::string output;
};

Result shell(const std::string& command, const fs::path& directory) {
  const std::string quoted = "cd '" + directory.string() + "' && { " + command + "\n} 2>&1 </dev/null";
  std::FILE* pipe = ::popen(quoted.c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  std::string output;
  std::array<char, 4096> buffer;
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) output.append(buffer.data(), n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), output};
}

TEST(Shell, reports_output_and_exit_code) {
  const Result result = shell("echo out; echo err >&2; exit 3", fs::temp_directory_path());
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\nerr\n");
}

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class Pages : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::path(::testing::TempDir()) / "vivarium-readme-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    scratch_ = name;
    for (const auto& entry : fs::directory_iterator(VIVARIUM_SOURCE_DIR)) {
      const std::string file = entry.path().filename().string();
      if (file != "build" && file != "runs" && file != ".git") fs::create_symlink(entry.path(), scratch_ / file);
    }
    const char* path = ::getenv("PATH");
    ::setenv("PATH", (std::string(VIVARIUM_BINARY_DIR) + ":" + (path != nullptr ? path : "")).c_str(), 1);
    ::setenv("NO_COLOR", "1", 1);
  }
  void TearDown() override { fs::remove_all(scratch_); }

  fs::path scratch_;
};

// Executes every command of a page; says how many.
std::size_t execute_all(const std::string& page, const fs::path& scratch) {
  std::size_t executed = 0;
  for (const Command& command : commands_of(text_of(fs::path(VIVARIUM_SOURCE_DIR) / page))) {
    const std::string place = page + ":" + std::to_string(command.line) + ": " + command.text;
    const Executable here = executable(command.text);
    if (!here.command) {
      std::printf("%s: not executed here, because %s\n", place.c_str(), here.reason.c_str());
      continue;
    }
    ++executed;
    const Result result = shell(*here.command, scratch);
    EXPECT_EQ(result.exit_code, command.exit_code) << place << "\n" << result.output;
    const auto missing = missing_line(command.shown, result.output);
    EXPECT_FALSE(missing) << place << "\ndid not print the line that the page shows:\n  " << missing.value_or("")
                          << "\nbut\n"
                          << result.output;
  }
  return executed;
}

bool written(const std::string& page) { return fs::exists(fs::path(VIVARIUM_SOURCE_DIR) / page); }

TEST_F(Pages, readme) {
  if (!written("README.md")) GTEST_SKIP() << "README.md is not written yet";
  EXPECT_GT(execute_all("README.md", scratch_), 0U) << "no command is executed; commands.h has the convention";
}

TEST_F(Pages, scenarios_readme) {
  if (!written("scenarios/README.md")) GTEST_SKIP() << "scenarios/README.md is not written yet";
  execute_all("scenarios/README.md", scratch_);
}

TEST_F(Pages, study) {
  EXPECT_GT(execute_all("docs/study.md", scratch_), 4U) << "from the sweep to the page, every command is executed";
}

}  // namespace
}  // namespace vivarium::readme

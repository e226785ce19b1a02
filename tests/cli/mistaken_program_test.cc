// A scenario that asks for a mistake: another program makes it, and nobody can take its run for one of the servers as
// they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vivarium::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kMistaken = R"({"mistake": "acknowledge-before-sync", "duration": "3s",
                                      "clients": [{"actor": "register"}]})";

TEST(MistakenProgram, a_mistake_is_made_found_and_told) {
  const Folder folder;
  const std::string scenario = folder.write("mistaken.json", kMistaken), trace = folder.path("t.jsonl");
  const Execution run = execute("run " + scenario + " --trace " + trace);
  EXPECT_EQ(run.exit_code, 1) << run.err;
  EXPECT_THAT(run.out, HasSubstr("MISTAKE ON  acknowledge-before-sync: a follower acknowledges what is not on its"));
  EXPECT_THAT(run.out, HasSubstr("durability at"));
  const Execution quiet = execute("run " + scenario + " --quiet");
  EXPECT_THAT(quiet.out, HasSubstr("MISTAKE ON"));
  const auto json = nlohmann::json::parse(execute("run " + scenario + " --json").out);
  EXPECT_EQ(json["mistake"], "acknowledge-before-sync");
  EXPECT_EQ(json["verdict"], "violation");
  const Execution sweep = execute("sweep " + scenario + " --seeds 1..3");
  EXPECT_EQ(sweep.exit_code, 1);
  EXPECT_THAT(sweep.out, HasSubstr("MISTAKE ON"));
  EXPECT_THAT(sweep.out, HasSubstr("3 violation"));

  // The trace says so as well, and who holds what.
  const std::string text = folder.read("t.jsonl");
  const auto header = nlohmann::json::parse(text.substr(0, text.find('\n')));
  EXPECT_THAT(header["mistake"].get<std::string>(), HasSubstr("acknowledge-before-sync"));
  const auto footer = nlohmann::json::parse(text.substr(text.find("{\"end\"")));
  ASSERT_EQ(footer["violations"].size(), 1U);
  EXPECT_EQ(footer["violations"][0]["promise"], "committed means on a quorum's disks");
  EXPECT_EQ(footer["violations"][0]["sides"].size(), 4U) << "who commits, and each of three disks";
  EXPECT_THAT(execute("explain " + trace).out, HasSubstr("what was to hold: committed means on a quorum's disks"));
}

TEST(MistakenProgram, without_the_mistake_the_same_scenario_passes) {
  const Folder folder;
  const Execution run = execute("run " + folder.write("right.json", R"({"duration": "3s",
                                                                        "clients": [{"actor": "register"}]})"));
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.out, Not(HasSubstr("MISTAKE")));
}

TEST(MistakenProgram, must_stand_beside_this_one) {
  const Folder folder;
  const std::string alone = folder.path("vivarium");
  std::filesystem::copy_file(VIVARIUM_BINARY_DIR "/vivarium", alone);
  const Execution lone = execute_program(alone, "run " + folder.write("mistaken.json", kMistaken));
  EXPECT_EQ(lone.exit_code, 70);
  EXPECT_THAT(lone.err, HasSubstr("asks for the mistake \"acknowledge-before-sync\""));
  EXPECT_THAT(lone.err, HasSubstr("/vivarium-mistaken, the program that can make it, cannot be started"));
}

TEST(ClientsOnly, invariants_are_left_out_and_the_line_that_reproduces_it_says_so) {
  const Folder folder;
  const std::string scenario = folder.write("mistaken.json", kMistaken);
  const auto json = nlohmann::json::parse(execute("run " + scenario + " --clients-only --json").out);
  EXPECT_EQ(json["verdict"], "pass") << "no power is lost, so no client can notice";
  EXPECT_THAT(json["reproduce"].get<std::string>(), HasSubstr("--clients-only"));
  EXPECT_THAT(json["checked"].dump(), Not(HasSubstr("invariants")));
}

}  // namespace
}  // namespace vivarium::cli

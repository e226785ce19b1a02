// The issue's bad inputs: each one clear error, exit code 65, and not a byte on stdout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/cli/program.h"

namespace vivarium::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void expect_refused(const Execution& result, const std::string& error) {
  EXPECT_EQ(result.exit_code, 65) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr(error));
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
}

TEST(BadScenario, each_gets_one_clear_error) {
  struct Bad {
    const char *text, *error;
  };
  const Bad kBad[] = {
      {R"({"fault": []})", ":1:2: \"fault\" is not a field of the scenario"},
      {R"({"servers": "three"})", ":1:13: servers is \"three\", expected an integer from 1 to 31"},
      {R"({"duration": "-5s"})", ":1:14: duration is \"-5s\", expected a duration above zero"},
      {R"({"faults": [{"what": "kill", "who": 7}]})", ":1:37: there is no server 7; the scenario has servers 1 to 3"},
      {R"({"faults": [{"what": "partition", "groups": [[1, 2], [2, 3]]}]})", ":1:55: server 2 is named twice"},
      {R"({"servers": 0})", ":1:13: servers is 0, expected an integer from 1 to 31"},
      {R"({"servers": 10000})", ":1:13: servers is 10000, expected an integer from 1 to 31"},
      {"", ":1:1: the file is empty"},
      {"{", "syntax error"},
  };
  const Folder folder;
  for (const Bad& bad : kBad) {
    const std::string file = folder.write("s.json", bad.text);
    for (const char* verb : {"run", "sweep"}) {
      const Execution result = execute(std::string(verb) + " --json " + file);
      expect_refused(result, bad.error);
      EXPECT_THAT(result.err, StartsWith(file + ":"));
    }
  }
}

TEST(BadTrace, each_gets_one_clear_sentence) {
  const Folder folder;
  const std::string header =
      R"({"format":"vivarium-trace","version":1,"seed":1,"scenario":"s","scenario_hash":"h","commit":"c",)"
      R"("nodes":[{"id":0,"host":0,"name":"s1","sid":1}]})"
      "\n";
  const std::string file = folder.path("t.jsonl");
  struct Bad {
    std::string text, error;
  };
  const Bad kBad[] = {
      {"", "empty"},
      {"no trace\n", "t.jsonl:1"},
      {R"({"format":"vivarium-trace","version":9,"seed":1,"scenario":"s","nodes":[]})"
       "\n",
       "version"},
      {header + R"({"seq":1,"t":0,"node":0,"kind":"tick"})" + "\n" + R"({"seq":2,"t":0,"node":7,"ki)" + "\n",
       "t.jsonl:3"},
  };
  for (const Bad& bad : kBad) {
    folder.write("t.jsonl", bad.text);
    expect_refused(execute("view " + file), bad.error);
    EXPECT_FALSE(std::filesystem::exists(folder.path("t.html")));
  }
  const Execution absent = execute("view " + folder.path("absent.jsonl"));
  EXPECT_EQ(absent.exit_code, 74) << absent.err;
}

TEST(BadScenario, binary_and_huge_files_are_refused_at_once) {
  const Folder folder;
  std::string binary;
  for (int i = 0; i < 4096; ++i) binary += static_cast<char>(i * 7);
  expect_refused(execute("run " + folder.write("binary.json", binary)),
                 "byte 0x00 does not belong in a text; is this a binary file?");
  expect_refused(execute("run '" VIVARIUM_BINARY_DIR "/vivarium'"), "");
  folder.write("huge.json", "{}");
  std::filesystem::resize_file(folder.path("huge.json"), uint64_t{1} << 30);
  expect_refused(execute("run " + folder.path("huge.json")),
                 ":1:1: the file has 1,073,741,824 bytes, expected at most 16 MiB");
  expect_refused(execute("run /dev/zero"), "the file is larger than 16 MiB");
}

TEST(BadHistory, each_gets_one_clear_error) {
  const Folder folder;
  const auto history = [&](const std::string& lines) {
    return execute("check --model register " + folder.write("h.jsonl", lines));
  };
  const std::string invoke = R"({"type":"invoke","process":1,"f":"write","key":"/r","value":1,"time":10})"
                             "\n";
  const std::string ok = R"({"type":"ok","process":1,"f":"write","key":"/r","value":1,"time":20})"
                         "\n";
  EXPECT_EQ(history(invoke + ok).exit_code, 0);
  expect_refused(history(ok), "h.jsonl:1:");
  expect_refused(history(invoke + invoke), "h.jsonl:2:");
  expect_refused(history(invoke + R"({"type":"ok","process":1,"f":"write","key":"/r","value":1,"time":5})"
                                  "\n"),
                 "h.jsonl:2:");
}

TEST(Files, that_cannot_be_had_are_exit_74) {
  for (const char* arguments :
       {"run /nowhere/s.json", "run scenarios", "sweep /nowhere/s.json", "check /nowhere/h.jsonl --model register"}) {
    const Execution result = execute(arguments);
    EXPECT_EQ(result.exit_code, 74) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
    EXPECT_NE(result.err, "") << arguments;
  }
}

TEST(Usage, is_exit_64) {
  for (const char* arguments :
       {"", "fly", "run", "run a.json --sed 3", "run a.json --seed x", "sweep scenarios/steady-three.json --seeds 5",
        "sweep scenarios/steady-three.json --seeds 9..3", "sweep scenarios/steady-three.json --shard 3/2",
        "check h.jsonl"}) {
    const Execution result = execute(arguments);
    EXPECT_EQ(result.exit_code, 64) << arguments;
    EXPECT_EQ(result.out, "") << arguments;
    EXPECT_NE(result.err, "") << arguments;
  }
}

}  // namespace
}  // namespace vivarium::cli

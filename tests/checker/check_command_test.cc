#include "checker/check_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/shared_histories.h"

namespace vivarium::checker {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Command : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("vivarium_check_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  CheckOutcome run(const std::string& text, CheckOptions options = {}) {
    options.path = folder_ / "h.jsonl";
    if (options.model.empty()) options.model = "cas-register";
    std::ofstream(options.path) << text;
    return run_check(options);
  }
  std::filesystem::path folder_;
};

constexpr const char* kWrite5Read7 = R"({"type":"invoke","process":0,"f":"write","key":"/r","value":5,"time":10})"
                                     "\n"
                                     R"({"type":"ok","process":0,"f":"write","key":"/r","value":5,"time":20})"
                                     "\n"
                                     R"({"type":"invoke","process":1,"f":"read","key":"/r","value":null,"time":30})"
                                     "\n"
                                     R"({"type":"ok","process":1,"f":"read","key":"/r","value":7,"time":40})"
                                     "\n";

TEST_F(Command, HoldsViolatedUndecided) {
  const CheckOutcome violated = run(kWrite5Read7);
  EXPECT_EQ(violated.exit_code, 1);
  EXPECT_THAT(violated.out, HasSubstr("VIOLATED"));
  EXPECT_THAT(violated.out, HasSubstr("read"));
  EXPECT_EQ(violated.err, "");
  std::string good = kWrite5Read7;
  good.replace(good.rfind(":7"), 2, ":5");
  EXPECT_EQ(run(good).exit_code, 0);
  CheckOptions tiny;
  tiny.memory_mb = 0;
  const CheckOutcome undecided = run(good, tiny);
  EXPECT_EQ(undecided.exit_code, 2);
  EXPECT_THAT(undecided.out, HasSubstr("memory"));
}

TEST_F(Command, JsonIsTheContract) {
  CheckOptions options;
  options.json = true;
  const auto object = nlohmann::json::parse(run(kWrite5Read7, options).out);
  EXPECT_EQ(object["schema_version"], 1);
  EXPECT_EQ(object["verdict"], "violation");
  EXPECT_EQ(object["model"], "cas-register");
  EXPECT_EQ(object["operations"], 2);
  EXPECT_EQ(object["keys"], 1);
  EXPECT_TRUE(object["seconds"].is_number());
  const auto& window = object["window"];
  EXPECT_EQ(window["key"], "/r");
  EXPECT_EQ(window["verified"], true);
  ASSERT_FALSE(window["operations"].empty());
  EXPECT_EQ(window["operations"].back()["outcome"], "ok 7");
  // The window's own lines are a history that is refused too.
  std::string lines;
  for (const auto& line : window["history"]) lines += line.dump() + "\n";
  CheckOptions excerpt;
  if (window["initial"] == "anything") excerpt.initial = "any";
  EXPECT_EQ(run(lines, excerpt).exit_code, 1) << lines;
}

TEST_F(Command, Initial) {
  const std::string read7 = R"({"type":"invoke","process":1,"f":"read","key":"/r","value":null,"time":30})"
                            "\n"
                            R"({"type":"ok","process":1,"f":"read","key":"/r","value":"seven","time":40})"
                            "\n";
  CheckOptions options;
  EXPECT_EQ(run(read7, options).exit_code, 1);
  options.initial = "seven";
  EXPECT_EQ(run(read7, options).exit_code, 0);
  options.initial = "\"seven\"";
  EXPECT_EQ(run(read7, options).exit_code, 0);
  options.initial = "any";
  EXPECT_EQ(run(read7, options).exit_code, 0);
  options.initial = "7";
  EXPECT_EQ(run(read7, options).exit_code, 1);
}

TEST_F(Command, BadInputGivesOneErrorAndNoOutput) {
  const std::string call = R"({"type":"invoke","process":3,"f":"read","key":"k","time":5})";
  const std::string reply = R"({"type":"ok","process":3,"f":"read","key":"k","value":1,"time":)";
  for (const std::string& text : {std::string("{"), std::string("\x01\x02\0\xff", 4), reply + "0}", call + "\n" + call,
                                  call + "\n" + reply + "4}", call + "\n" + reply + "9,\"zxids\":1}",
                                  call + "\n" + reply + "\"late\"}", call.substr(0, 40)}) {
    const CheckOutcome outcome = run(text);
    EXPECT_EQ(outcome.exit_code, 65) << text;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, testing::ContainsRegex("h.jsonl:[12]:[0-9]+: "));
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  }
}

TEST_F(Command, AFileThatIsNotThereAndAModelThatIsNone) {
  CheckOptions options;
  options.path = folder_ / "nothing";
  options.model = "register";
  EXPECT_EQ(run_check(options).exit_code, 74);
  options.model = "cas-registre";
  const CheckOutcome outcome = run_check(options);
  EXPECT_EQ(outcome.exit_code, 64);
  EXPECT_THAT(outcome.err, HasSubstr("--model cas-register instead?"));
}

TEST_F(Command, AnEmptyHistoryHoldsAndSaysSo) {
  const CheckOutcome outcome = run("");
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("empty history"));
}

// A hole of a gigabyte: read until it is known to be no history, not until memory ends.
TEST_F(Command, AGigabyteOfNothing) {
  const auto path = folder_ / "huge";
  {
    std::ofstream file(path);
  }
  std::filesystem::resize_file(path, uint64_t{1} << 30);
  CheckOptions options;
  options.path = path;
  options.model = "register";
  const CheckOutcome outcome = run_check(options);
  EXPECT_EQ(outcome.exit_code, 65);
  EXPECT_THAT(outcome.err, HasSubstr("a line of more than"));
}

// The histories that others recorded, and the verdicts that porcupine and Knossos agree on.
TEST(SharedHistories, EtcdLogsAsExpected) {
  const auto found = bench::shared_histories(VIVARIUM_SOURCE_DIR);
  if (!found) GTEST_SKIP() << "no shared/data/histories beside the source tree or above it: they are not part of it";
  const std::filesystem::path& folder = *found;
  std::ifstream expected(folder / "expected.txt");
  size_t files = 0;
  for (std::string name, verdict; expected >> name >> verdict; ++files) {
    CheckOptions options;
    options.path = folder / name;
    options.model = "cas-register";
    options.json = true;
    const CheckOutcome outcome = run_check(options);
    EXPECT_EQ(outcome.exit_code, verdict == "linearizable" ? 0 : 1) << name;
    if (outcome.exit_code == 1) {
      EXPECT_EQ(nlohmann::json::parse(outcome.out)["window"]["verified"], true) << name;
    }
  }
  EXPECT_GT(files, 40u);
}

}  // namespace
}  // namespace vivarium::checker

// Traces read back by the program: exports, explain, merge, and what is said of files that are none.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.h"

namespace vivarium::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kShortTraced = R"({"duration": "3s", "clients": [{"actor": "register", "count": 2}],
                                   "faults": [{"what": "kill", "who": "leader", "at": "2s"}]})";

class Traces : public testing::Test {
 protected:
  Traces() : trace_(folder_.path("t.jsonl")) {
    const Execution run = execute("run " + folder_.write("short.json", kShortTraced) + " --quiet --trace " + trace_);
    EXPECT_EQ(run.exit_code, 0) << run.err;
  }
  Folder folder_;
  std::string trace_;
};

TEST_F(Traces, go_out_in_every_format) {
  const std::pair<const char*, const char*> kBeginnings[] = {
      {"perfetto", "{\"displayTimeUnit\""}, {"shiviz", "(?<host>"},          {"dot", "digraph"},
      {"sqlite", "SQLite format 3"},        {"csv", "client,session,token"}, {"svg", "<svg "}};
  for (const auto& [format, beginning] : kBeginnings) {
    const std::string out = folder_.path(format);
    const Execution result =
        execute(std::string("export --to ") + format + " --from 1900ms --until 2200ms --out " + out + " " + trace_);
    EXPECT_EQ(result.exit_code, 0) << format << result.err;
    EXPECT_EQ(result.out + result.err, "");
    EXPECT_THAT(folder_.read(format), StartsWith(beginning));
  }
  const Execution csv = execute("export --to csv " + trace_);
  EXPECT_THAT(csv.out, HasSubstr(",ok,0x"));
  EXPECT_EQ(csv.out, execute("export --to csv " + trace_).out) << "same bytes again";
}

TEST_F(Traces, are_told_in_sentences) {
  const Execution result = execute("explain " + trace_);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* sentence : {"looks for a leader", "is established as leader of epoch 2", "the leader, is killed",
                               "leaves epoch 1: the leader closed the connection", "The clients called "})
    EXPECT_THAT(result.out, HasSubstr(sentence));
}

TEST_F(Traces, that_were_cut_are_read_with_a_remark) {
  const std::string text = folder_.read("t.jsonl");
  const std::string cut = folder_.write("cut.jsonl", text.substr(0, text.size() / 2));
  const Execution result = execute("export --to csv " + cut);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, StartsWith("client,"));
  EXPECT_THAT(result.err, HasSubstr("the trace ends here without its last line"));
}

TEST_F(Traces, that_are_none_get_a_sentence_and_no_output) {
  struct Bad {
    const char *text, *error;
  };
  const Bad kBad[] = {{"", "bad:1: the file is empty"},
                      {"{}\n", "bad:1: this is no trace"},
                      {"{\"format\":\"vivarium-trace\",\"version\":9}\n", "bad:1: the trace is of version 9"}};
  for (const Bad& bad : kBad) {
    const std::string file = folder_.write("bad", bad.text);
    for (const std::string verb : {"explain ", "export --to svg ", "merge "}) {
      const Execution result = execute(verb + file);
      EXPECT_EQ(result.exit_code, 65) << verb;
      EXPECT_EQ(result.out, "");
      EXPECT_THAT(result.err, HasSubstr(bad.error));
    }
  }
  EXPECT_EQ(execute("explain /nonexistent").exit_code, 74);
  EXPECT_EQ(execute("merge " + trace_ + " " + trace_).exit_code, 65) << "simulated runs are whole";
}

TEST_F(Traces, wrong_words_are_usage) {
  for (const char* words : {"--to pdf", "", "--to svg --from yesterday", "--to svg --from 2s --until 1s"}) {
    const Execution result = execute(std::string("export ") + words + " " + trace_);
    EXPECT_EQ(result.exit_code, 64) << words;
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err, "");
  }
}

constexpr const char* kHeader =
    R"({"format":"vivarium-trace","version":1,"seed":0,"scenario":"","scenario_hash":"","commit":"",)";
constexpr const char* kNodes =
    R"("nodes":[{"id":1,"host":1,"name":"server.1","sid":1},{"id":2,"host":2,"name":"server.2","sid":2}]})";

TEST(Merge, writes_one_trace_that_is_read_like_any_other) {
  const Folder folder;
  const std::string a = folder.write(
      "a", std::string(kHeader) + R"("server":1,"start_wall_ns":1000,)" + kNodes + "\n" +
               R"({"seq":1,"t":50,"node":1,"kind":"send","stream":9,"label":"ACK","conn":1,"size":8,"offset":0})" +
               "\n" + R"({"end":true,"events":1,"kinds":{"send":1},"trace_hash":"00"})" + "\n");
  const std::string b =
      folder.write("b", std::string(kHeader) + R"("server":2,"start_wall_ns":1000,)" + kNodes + "\n" +
                            R"({"seq":1,"t":90,"node":2,"kind":"received","stream":9,"conn":1,"size":8,"offset":0})" +
                            "\n" + R"({"end":true,"events":1,"kinds":{"received":1},"trace_hash":"00"})" + "\n");
  const std::string merged = folder.path("m");
  ASSERT_EQ(execute("merge " + a + " " + b + " --out " + merged).exit_code, 0);
  EXPECT_THAT(folder.read("m"), HasSubstr("\"seq\":2,\"t\":90,\"node\":2,\"kind\":\"received\",\"cause\":1"));
  EXPECT_EQ(execute("merge " + merged).out, folder.read("m"));
}

}  // namespace
}  // namespace vivarium::cli

// What the commands print, where they print it, and their exit codes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sim/scenario_schema.h"
#include "tests/cli/program.h"

namespace vivarium::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kShort =
    R"({"duration": "4s", "clients": [{"actor": "register", "count": 2}, {"actor": "counter"}],
      "faults": [{"what": "kill", "who": "leader", "at": "2s"}]})";

TEST(Run, is_understood_in_ten_seconds) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const Execution result = execute("run " + file + " --seed 5");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("short, seed 5: PASS\n"));
  for (const char* part :
       {"simulated in", "elections", "kill 1", "operations", " ok, ", " unknown", "checked", "trace hash", "a second"})
    EXPECT_THAT(result.out, HasSubstr(part));
  EXPECT_THAT(result.out, HasSubstr("reproduce   vivarium run " + file + " --seed 5\n"));
  EXPECT_EQ(result.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(execute("run " + file + " --seed 5 --quiet").out, "short, seed 5: PASS\n");
}

TEST(Run, as_json_is_one_object_on_stdout) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const Execution result = execute("run --json --seed 18446744073709551615 " + file);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  const json out = json::parse(result.out);
  EXPECT_EQ(out["schema_version"], 1);
  EXPECT_EQ(out["verdict"], "pass");
  EXPECT_EQ(out["seed"], 18446744073709551615U);
  EXPECT_EQ(out["trace_hash"].get<std::string>().size(), 16U);
  for (const char* key : {"events", "messages", "operations", "elections", "split_reads"})
    EXPECT_GT(out[key].get<uint64_t>(), 0U) << key;
  EXPECT_GE(out["simulated_seconds"].get<double>(), 4.0);
  EXPECT_GT(out["cpu_seconds"].get<double>(), 0.0);
  EXPECT_EQ(out["violations"], json::array());
  EXPECT_EQ(out["faults"]["kill"], 1);
  EXPECT_EQ(out["reproduce"], "vivarium run " + file + " --seed 18446744073709551615");
}

TEST(Run, same_seed_same_run_and_tracing_changes_nothing) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const auto hash = [&](const std::string& more) {
    return json::parse(execute("run --json " + file + " " + more).out)["trace_hash"].get<std::string>();
  };
  const std::string first = hash("--seed 3");
  EXPECT_EQ(hash("--seed 3"), first);
  EXPECT_NE(hash("--seed 4"), first);
  EXPECT_EQ(hash("--seed 3 --trace " + folder.path("t.jsonl") + " --history " + folder.path("h.jsonl")), first);

  const std::string trace = folder.read("t.jsonl");
  const json header = json::parse(trace.substr(0, trace.find('\n')));
  EXPECT_EQ(header["format"], "vivarium-trace");
  EXPECT_EQ(header["scenario"], "short");
  EXPECT_EQ(header["seed"], 3);
  const size_t last = trace.rfind('\n', trace.size() - 2);
  EXPECT_EQ(json::parse(trace.substr(last + 1))["trace_hash"], first);
}

TEST(Run, writes_one_history_a_model_that_check_reads) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const Execution result = execute("run --history " + folder.path("h.jsonl") + " " + file);
  ASSERT_EQ(result.exit_code, 0);
  int checked = 0;
  for (size_t at = 0; (at = result.err.find("vivarium check ", at)) != std::string::npos; ++at) {
    const size_t begin = at + std::string("vivarium ").size();
    const Execution check = execute(result.err.substr(begin, result.err.find(')', begin) - begin) + " --json");
    EXPECT_EQ(check.exit_code, 0) << check.err;
    EXPECT_GT(json::parse(check.out)["operations"].get<int>(), 0) << check.out;
    ++checked;
  }
  EXPECT_GE(checked, 1);
  EXPECT_EQ(execute("run --trace /nowhere/t.jsonl " + file).exit_code, 74);
}

TEST(Run, a_stdout_that_takes_nothing_is_exit_74) {
  const Folder folder;
  EXPECT_EQ(execute("run " + folder.write("short.json", kShort) + " >/dev/full; exit $?; true").exit_code, 74);
}

TEST(Sweep, adds_runs_up_and_says_what_was_not_reached) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const Execution result = execute("sweep " + file + " --seeds 1..4 --jobs 2");
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_EQ(result.err, "");
  EXPECT_THAT(result.out, StartsWith("short, seeds 1..4: PASS\n"));
  for (const char* part :
       {"4: 4 pass", "kill 4", "equal", "forced-snap", "only with config.forceSnap", "not reached", "kill x looking"})
    EXPECT_THAT(result.out, HasSubstr(part));
}

TEST(Sweep, as_json_is_a_line_a_run_and_a_summary) {
  const Folder folder;
  const std::string file = folder.write("short.json", kShort);
  const auto lines = [&](const std::string& more) {
    const Execution result = execute("sweep --json " + file + " " + more);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.err, "");
    std::vector<json> out;
    for (size_t at = 0; at < result.out.size();) {
      const size_t end = result.out.find('\n', at);
      out.push_back(json::parse(result.out.substr(at, end - at)));
      at = end + 1;
    }
    return out;
  };
  const auto all = lines("--seeds 1..5 --jobs 3");
  ASSERT_EQ(all.size(), 6U);
  std::map<uint64_t, std::string> hashes;
  uint64_t events = 0;
  for (size_t i = 0; i < 5; ++i) {
    hashes[all[i]["seed"]] = all[i]["trace_hash"];
    events += all[i]["events"].get<uint64_t>();
  }
  EXPECT_EQ(hashes.size(), 5U);
  EXPECT_EQ(all[5]["summary"], true);
  EXPECT_EQ(all[5]["runs"], 5);
  EXPECT_EQ(all[5]["events"], events);
  EXPECT_EQ(all[5]["verdicts"]["pass"], 5);
  EXPECT_EQ(hashes[4], json::parse(execute("run --json --seed 4 " + file).out)["trace_hash"].get<std::string>());

  // Shards cover the seeds, each once.
  std::set<uint64_t> seeds;
  for (const char* shard : {"1/2", "2/2"}) {
    const auto part = lines("--seeds 1..5 --shard " + std::string(shard));
    for (size_t i = 0; i + 1 < part.size(); ++i) EXPECT_TRUE(seeds.insert(part[i]["seed"].get<uint64_t>()).second);
  }
  EXPECT_EQ(seeds, (std::set<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(execute("sweep " + file + " --seeds 1..1 --shard 2/2").exit_code, 4);
}

// Without a supervisor nobody starts a server that a full disk stopped... but peace does; so an impossible deadline
// stands in.
TEST(Sweep, keeps_one_file_a_kind_of_failure) {
  const Folder folder;
  const std::string file = folder.write(
      "stuck.json",
      R"({"duration": "1s", "settle": "1ms", "faults": [{"what": "kill", "who": "all", "at": "900ms", "lasts": "10s"}]})");
  const Execution result = execute("sweep " + file + " --seeds 1..3 --out " + folder.path("failures"));
  EXPECT_EQ(result.exit_code, 3) << result.out;
  EXPECT_THAT(result.out, StartsWith("stuck, seeds 1..3: NO PROGRESS\n"));
  EXPECT_THAT(result.out, HasSubstr("reproduce   vivarium run " + file + " --seed 1\n"));
  const json kept = json::parse(folder.read("failures/stuck-1.json"));
  EXPECT_EQ(kept["verdict"], "no-progress");
  EXPECT_EQ(kept["runs"], 3);

  const Execution run = execute("run --json " + file);
  EXPECT_EQ(run.exit_code, 3);
  EXPECT_EQ(json::parse(run.out)["verdict"], "no-progress");
  EXPECT_NE(json::parse(run.out)["stuck"], "");
}

TEST(Check, judges_from_anywhere) {
  const Folder folder;
  const std::string stale =
      folder.write("stale.jsonl", R"({"type":"invoke","process":1,"f":"write","key":"/r","value":1,"time":1})"
                                  "\n"
                                  R"({"type":"ok","process":1,"f":"write","key":"/r","value":1,"time":2})"
                                  "\n"
                                  R"({"type":"invoke","process":2,"f":"read","key":"/r","value":null,"time":3})"
                                  "\n"
                                  R"({"type":"ok","process":2,"f":"read","key":"/r","value":null,"time":4})"
                                  "\n");
  const Execution text = execute("check --model register " + stale);
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out, "");
  const json out = json::parse(execute("check --json --model register " + stale).out);
  EXPECT_EQ(out["verdict"], "violation");
  EXPECT_EQ(execute("check --model nonsense " + stale).exit_code, 64);
}

TEST(Schema, is_printed_as_shipped) { EXPECT_EQ(execute("schema").out, sim::scenario_schema_text()); }

TEST(Version, as_text_and_as_json) {
  EXPECT_THAT(execute("--version").out, StartsWith("vivarium "));
  const json out = json::parse(execute("--version --json").out);
  EXPECT_EQ(out["schema_version"], 1);
  for (const char* key : {"version", "commit", "formats"}) EXPECT_TRUE(out.contains(key)) << key;
}

TEST(Help, goes_to_stdout) {
  const Execution help = execute("--help");
  EXPECT_EQ(help.exit_code, 0);
  for (const char* verb : {"run", "sweep", "check", "schema", "Exit codes"}) EXPECT_THAT(help.out, HasSubstr(verb));
  EXPECT_THAT(execute("run --help").out, HasSubstr("--seed"));
}

}  // namespace
}  // namespace vivarium::cli

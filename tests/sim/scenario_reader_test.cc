// What a scenario's text becomes, and what a wrong one is answered with: file:line:column, what is there, what may be
// there.
#include "sim/scenario_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/scenario_names.h"
#include "sim/scenario_schema.h"
#include "sim/schema_walker.h"

namespace vivarium::sim {
namespace {

using testing::HasSubstr;

Scenario good(std::string_view text) {
  auto scenario = read_scenario("dir/x.json", text);
  if (scenario) return *scenario;
  ADD_FAILURE() << scenario.error().front().to_string();
  return {};
}

// All errors, one a line.
std::string errors(std::string_view text) {
  const auto scenario = read_scenario("x.json", text);
  if (scenario) return "none";
  std::string out;
  for (const InputError& error : scenario.error()) out += error.to_string() + "\n";
  return out;
}

TEST(ScenarioReader, an_empty_object_is_the_common_case) {
  const Scenario s = good("{}");
  EXPECT_EQ(s.name, "x");
  EXPECT_EQ(s.servers, 3);
  EXPECT_EQ(s.duration, seconds(20));
  EXPECT_EQ(s.config.tick, milliseconds(500));
  EXPECT_EQ(s.disk.append, DiskTimes{}.append);
  EXPECT_EQ(s.disk.small_file, DiskTimes{}.small_file);
  EXPECT_EQ(s.disk.snapshot, DiskTimes{}.snapshot);
  EXPECT_EQ(s.network.link, NetworkOptions{}.link);
  EXPECT_EQ(s.supervisor.delay, SupervisorOptions{}.delay);
  EXPECT_TRUE(s.actors.empty());
  EXPECT_TRUE(s.faults.empty());
}

TEST(ScenarioReader, every_field_arrives) {
  const Scenario s = good(R"(// comments are fine
    {"why": "w", "duration": "30s", "settle": "1m", "servers": 5, "clockOffset": "2s",
     "config": {"tick": "1s", "initLimit": 7, "syncLimit": 3, "finalizeWait": "0s", "decideWhenUnanimous": true,
      "connectTimeout": "2s", "window": 9,
                "logSyncBytes": 0, "groupCommit": 4, "snapCount": 50, "snapRetain": 2, "forceSnap": true, "initialCounter": 4294967000},
     "network": {"latency": "1ms", "jitter": "0us", "bandwidth": 1000, "retransmitTimeout": "3s",
      "loss": "2%", "split": "0.5%", "coalesce": 20},
     "disk": {"sync": "1ms", "smallFile": "2ms", "snapshot": "3ms", "jitter": "10%", "capacity": 2000000},
     "supervisor": {"restarts": false, "delayMin": "1s", "delayMax": "2s"},
     "clients": [{"actor": "setter", "count": 2, "keys": 3, "think": "1ms", "outstanding": 4, "reads": 10,
      "syncs": "20%", "bytes": 5, "operations": 6,
                  "servers": [1, 5], "sessionTimeout": "2s", "reconnectEvery": "9s",
                  "recursiveWatch": true, "containers": true}],
     "faults": [{"what": ["cut-link", "slow-link"], "who": [1, 2], "every": "2s", "chance": "0.25%", "times": 3,
      "from": "1s", "until": "9s", "lasts": "10ms",
                 "forever": true, "to": "leader", "percent": 300},
                {"what": "partition", "groups": [[1, 2], [3]], "at": "4s"},
                {"what": "clock-step", "who": 4, "when": "elected", "step": "-3s"},
                {"what": ["clock-drift", "disk-error"], "who": "majority", "drift": "-20ppm", "path": "log."}]})");
  EXPECT_EQ(s.why, "w");
  EXPECT_EQ(s.duration, seconds(30));
  EXPECT_EQ(s.settle, seconds(60));
  EXPECT_EQ(s.servers, 5);
  EXPECT_EQ(s.clock_offset_max, seconds(2));
  EXPECT_EQ(s.config.tick, seconds(1));
  EXPECT_EQ(s.config.init_limit, 7);
  EXPECT_EQ(s.config.sync_limit, 3);
  EXPECT_EQ(s.config.finalize_wait, Duration{});
  EXPECT_TRUE(s.config.decide_when_unanimous);
  EXPECT_EQ(s.config.connect_timeout, seconds(2));
  EXPECT_EQ(s.config.window, 9);
  EXPECT_EQ(s.config.log_sync_bytes_max, 0);
  EXPECT_EQ(s.config.group_commit_max, 4);
  EXPECT_EQ(s.config.snap_count, 50);
  EXPECT_EQ(s.config.snap_retain, 2);
  EXPECT_TRUE(s.config.force_snap);
  EXPECT_EQ(s.config.initial_counter, 4294967000);
  EXPECT_EQ(s.network.link, (LinkOptions{exponential(milliseconds(1), {}), 1000, 20'000'000}));
  EXPECT_EQ(s.network.retransmit_timeout, seconds(3));
  EXPECT_EQ(s.network.split_ppb, 5'000'000U);
  EXPECT_EQ(s.network.coalesce_ppb, 200'000'000U);
  EXPECT_EQ(s.disk.append, exponential(milliseconds(1), microseconds(100)));
  EXPECT_EQ(s.disk.small_file, exponential(milliseconds(2), microseconds(200)));
  EXPECT_EQ(s.disk.snapshot, exponential(milliseconds(3), microseconds(300)));
  EXPECT_EQ(s.disk_capacity_bytes, 2'000'000);
  EXPECT_FALSE(s.supervisor.restarts);
  EXPECT_EQ(s.supervisor.delay, uniform(seconds(1), seconds(2)));

  ASSERT_EQ(s.actors.size(), 1U);
  const ActorSpec& a = s.actors[0];
  EXPECT_EQ(a.kind, ActorKind::kSetter);
  EXPECT_EQ(std::tuple(a.count, a.keys, a.think, a.outstanding), std::tuple(2, 3, milliseconds(1), 4));
  EXPECT_EQ(std::tuple(a.read_percent, a.sync_percent, a.data_bytes, a.operations), std::tuple(10, 20, 5, 6));
  EXPECT_EQ(a.servers, (std::vector{Sid{1}, Sid{5}}));
  EXPECT_EQ(a.session_timeout_ms, 2000);
  EXPECT_EQ(a.reconnect_every, seconds(9));
  EXPECT_EQ(std::pair(a.recursive_watch, a.containers), std::pair(true, true));

  ASSERT_EQ(s.faults.size(), 4U);
  const FaultSpec& f = s.faults[0];
  EXPECT_EQ(f.kinds, (std::vector{FaultKind::kCutLink, FaultKind::kSlowLink}));
  EXPECT_EQ(f.target.role, Role::kListed);
  EXPECT_EQ(f.target.listed, (std::vector{Sid{1}, Sid{2}}));
  EXPECT_EQ(f.every, seconds(2));
  EXPECT_EQ(f.at, std::nullopt);
  EXPECT_EQ(f.chance_ppb, 2'500'000U);
  EXPECT_EQ(std::tuple(f.times, f.from, f.until, f.lasts, f.forever, f.percent),
            std::tuple(3, seconds(1), seconds(9), milliseconds(10), true, 300));
  ASSERT_TRUE(f.to);
  EXPECT_EQ(f.to->role, Role::kLeader);
  EXPECT_EQ(s.faults[1].groups, (std::vector<std::vector<Sid>>{{Sid{1}, Sid{2}}, {Sid{3}}}));
  EXPECT_EQ(s.faults[1].at, seconds(4));
  EXPECT_EQ(s.faults[2].when, Moment::kElected);
  EXPECT_EQ(s.faults[2].target.listed, std::vector{Sid{4}});
  EXPECT_EQ(s.faults[2].step, seconds(-3));
  EXPECT_EQ(s.faults[3].drift_ppb, -20'000);
  EXPECT_EQ(s.faults[3].path, "log.");
  EXPECT_EQ(s.faults[3].target.role, Role::kMajority);
}

TEST(ScenarioReader, the_name_is_the_files_and_the_hash_is_the_texts) {
  EXPECT_EQ(read_scenario("a/leader-crash.json", "{}")->name, "leader-crash");
  EXPECT_EQ(read_scenario("plain", "{}")->name, "plain");
  EXPECT_EQ(good("{}").hash, good("{}").hash);
  EXPECT_NE(good("{}").hash, good("{ }").hash);
}

// Each default of the schema, written down, changes nothing.
TEST(ScenarioReader, the_schemas_defaults_are_the_readers) {
  const auto& properties = scenario_schema()["properties"];
  const auto check = [](const std::string& text, const std::string& without) {
    Scenario with = good(text), usual = good(without);
    EXPECT_EQ(
        std::tuple(with.duration, with.settle, with.servers, with.clock_offset_max, with.disk_capacity_bytes),
        std::tuple(usual.duration, usual.settle, usual.servers, usual.clock_offset_max, usual.disk_capacity_bytes))
        << text;
    const auto config = [](const Scenario& s) {
      const zab::Config& c = s.config;
      return std::tuple(c.tick, c.init_limit, c.sync_limit, c.connect_timeout, c.finalize_wait, c.decide_when_unanimous,
                        c.window, c.log_sync_bytes_max, c.group_commit_max, c.snap_count, c.snap_retain, c.force_snap,
                        c.initial_counter);
    };
    EXPECT_EQ(config(with), config(usual)) << text;
    const auto network = [](const Scenario& s) {
      return std::tuple(s.network.link, s.network.retransmit_timeout, s.network.split_ppb, s.network.coalesce_ppb);
    };
    EXPECT_TRUE(network(with) == network(usual)) << text;
    EXPECT_TRUE(std::tuple(with.disk.append, with.disk.small_file, with.disk.snapshot) ==
                std::tuple(usual.disk.append, usual.disk.small_file, usual.disk.snapshot))
        << text;
    EXPECT_TRUE(with.supervisor.delay == usual.supervisor.delay &&
                with.supervisor.restarts == usual.supervisor.restarts)
        << text;
    const auto actor = [](const Scenario& s) {
      const ActorSpec a = s.actors.empty() ? ActorSpec{} : s.actors[0];
      return std::tuple(a.count, a.keys, a.think, a.outstanding, a.read_percent, a.sync_percent, a.data_bytes,
                        a.session_timeout_ms, a.recursive_watch, a.containers);
    };
    EXPECT_EQ(actor(with), actor(usual)) << text;
    const auto fault = [](const Scenario& s) {
      const FaultSpec f = s.faults.empty() ? FaultSpec{} : s.faults[0];
      return std::tuple(f.target.role, f.chance_ppb, f.from, f.lasts, f.forever, f.percent, f.step, f.drift_ppb);
    };
    EXPECT_EQ(fault(with), fault(usual)) << text;
  };
  int checked = 0;
  for (const auto& [key, schema] : properties.items()) {
    if (schema.contains("default")) {
      ++checked;
      check(fmt::format(R"({{"{}": {}}})", key, schema["default"].dump()), "{}");
    }
    if (!schema.contains("properties")) continue;
    for (const auto& [inner, inner_schema] : schema["properties"].items()) {
      if (!inner_schema.contains("default")) continue;
      ++checked;
      check(fmt::format(R"({{"{}": {{"{}": {}}}}})", key, inner, inner_schema["default"].dump()), "{}");
    }
  }
  for (const auto& [key, schema] : properties["clients"]["items"]["properties"].items()) {
    if (!schema.contains("default")) continue;
    ++checked;
    check(fmt::format(R"({{"clients": [{{"actor": "setter", "{}": {}}}]}})", key, schema["default"].dump()),
          R"({"clients": [{"actor": "setter"}]})");
  }
  const std::string all = R"("what": ["slow-link", "clock-step", "clock-drift"])";
  for (const auto& [key, schema] : properties["faults"]["items"]["properties"].items()) {
    if (!schema.contains("default")) continue;
    ++checked;
    check(fmt::format(R"({{"faults": [{{{}, "{}": {}}}]}})", all, key, schema["default"].dump()),
          fmt::format(R"({{"faults": [{{{}}}]}})", all));
  }
  EXPECT_GT(checked, 35);
}

struct Wrong {
  const char* text;
  const char* error;
};

TEST(ScenarioReader, says_where_what_and_what_instead) {
  const Wrong kWrong[] = {
      {R"({"server": 5})", "x.json:1:2: \"server\" is not a field of the scenario"},
      {R"({"server": 5})", "did you mean \"servers\"?"},
      {"{\n  \"servers\": \"five\"\n}", "x.json:2:14: servers is \"five\", expected an integer from 1 to 31"},
      {R"({"servers": 0})", "x.json:1:13: servers is 0, expected an integer from 1 to 31"},
      {R"({"servers": 10000})", "x.json:1:13: servers is 10000, expected an integer from 1 to 31"},
      {R"({"servers": 3.5})", "servers is 3.5, expected an integer"},
      {R"({"servers": 99999999999999999999})", "servers is 99999999999999999999, expected an integer"},
      {R"({"duration": "-5s"})", "x.json:1:14: duration is \"-5s\", expected a duration above zero such as \"150ms\""},
      {R"({"duration": "-5s"})", "must not be negative"},
      {R"({"duration": "0s"})", "duration is \"0s\", expected a duration above zero"},
      {R"({"duration": 5})", "duration is 5, expected a duration above zero"},
      {R"({"duration": "5 s"})", "duration is \"5 s\", expected"},
      {R"({"duration": "25h"})", "at most a day"},
      {R"({"network": {"split": 101}})",
       "network.split is 101, expected an integer from 0 to 100, or a percentage such as"},
      {R"({"network": {"loss": 51}})", "x.json:1:22: a network that loses more than half"},
      {R"({"network": {"split": "1"}})", "network.split is \"1\", expected"},
      {R"({"network": {"lag": "1ms"}})", "x.json:1:14: \"lag\" is not a field of network; known are latency, jitter"},
      {R"({"clients": [{"count": 2}]})", "x.json:1:14: clients[0] must have \"actor\": one of \"register\""},
      {R"({"clients": [{"actor": "registr"}]})",
       "clients[0].actor is \"registr\", expected one of \"register\", \"cas\""},
      {R"({"clients": [{"actor": "registr"}]})", "did you mean \"register\"?"},
      {R"({"clients": [{"actor": "lock", "servers": [4]}]})",
       "x.json:1:44: there is no server 4; the scenario has servers 1 to 3"},
      {R"({"clients": [{"actor": "register", "outstanding": 4}]})",
       "x.json:1:36: \"outstanding\" means something only with \"setter\""},
      {R"({"clients": {"actor": "lock"}})", "x.json:1:13: clients is {\"actor\": \"lock\"}, expected a list"},
      {R"({"faults": [{"what": "power-los"}]})", "did you mean \"power-loss\"?"},
      {R"({"faults": [{"what": ["kill", "pausse"]}]})", "x.json:1:31: faults[0].what[1] is \"pausse\""},
      {R"({"faults": [{"what": []}]})", "faults[0].what needs at least 1 element"},
      {R"({"faults": [{"what": "kill", "who": "leadr"}]})", "did you mean \"leader\"?"},
      {R"({"faults": [{"what": "kill", "who": 4}]})", "x.json:1:37: there is no server 4"},
      {R"({"servers": 1, "faults": [{"what": "kill", "who": [2]}]})", "there is no server 2, only server 1"},
      {R"({"faults": [{"what": "kill", "at": "-1s"}]})", "faults[0].at is \"-1s\", expected a duration"},
      {R"({"faults": [{"what": "kill", "at": "1s", "every": "2s"}]})", "\"every\" beside \"at\""},
      {R"({"faults": [{"what": "kill", "from": "2s", "until": "1s"}]})", "until is not after from"},
      {R"({"faults": [{"what": "kill", "percent": 5}]})",
       "\"percent\" means something only with \"slow-link\", \"slow-disk\""},
      {R"({"faults": [{"what": "partition", "groups": [[1, 2], [2, 3]]}]})", "x.json:1:55: server 2 is named twice"},
      {R"({"faults": [{"what": "partition", "groups": [[1], [4]]}]})", "x.json:1:52: there is no server 4"},
      {R"({"faults": [{"what": "partition", "groups": [[1, 2]]}]})", "faults[0].groups needs at least 2 elements"},
      {R"({"faults": [{"what": "clock-drift", "drift": "5"}]})", "expected \"random\" or a drift such as \"200ppm\""},
      {R"({"supervisor": {"delayMin": "2s"}})", "delayMin is above delayMax"},
      {R"({"servers": 3, "servers": 5})", "x.json:1:16: servers is given twice"},
      {R"([])", "x.json:1:1: the scenario is [], expected an object"},
      {"", "x.json:1:1: the file is empty"},
      {" \n", "x.json:1:1: the file is empty"},
      {"{\n  \"servers\": 3,\n}", "x.json:3:1: syntax error"},
      {"{\"servers\": }", "x.json:1:13: syntax error"},
      {"{\"why\": \"\x01\"}", "x.json:1:10: byte 0x01 does not belong in a text"},
      {"{\"why\": \"\xff\"}", "x.json:1:10: syntax error"},
      {"{\"servers\": 1e999}", "x.json:1:1:"},
  };
  for (const Wrong& wrong : kWrong) EXPECT_THAT(errors(wrong.text), HasSubstr(wrong.error)) << wrong.text;
}

TEST(ScenarioReader, all_mistakes_are_told_in_the_order_of_the_text) {
  const std::string all = errors("{\"x\": 1,\n \"servers\": 0,\n \"duration\": true}");
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 3);
  EXPECT_LT(all.find("x.json:1:2:"), all.find("x.json:2:13:"));
  EXPECT_LT(all.find("x.json:2:13:"), all.find("x.json:3:14:"));
}

TEST(ScenarioReader, hostile_texts_are_refused) {
  std::string binary(100, '\0');
  EXPECT_THAT(errors(binary), HasSubstr("x.json:1:1: byte 0x00 does not belong in a text; is this a binary file?"));
  EXPECT_THAT(errors(std::string(kMaxScenarioBytes + 1, ' ')), HasSubstr("the file is larger than 16 MiB"));
  EXPECT_THAT(errors("{\"why\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
              HasSubstr("nested too deep"));
}

// No prefix of a scenario, and no scenario with one byte changed, does more than be refused or read.
TEST(ScenarioReader, half_and_damaged_texts_never_crash) {
  const std::string whole =
      R"({"why": "\u0041/* */", /* c */ "servers": 5, "faults": [{"what": ["kill"], "who": [1]}], // x
 "clients": [{"actor": "cas"}]})";
  ASSERT_EQ(good(whole).servers, 5);
  for (size_t n = 0; n < whole.size(); ++n) EXPECT_NE(errors(whole.substr(0, n)), "none") << n;
  size_t refused = 0;
  for (size_t n = 0; n < whole.size(); ++n) {
    for (const char c : {'"', '{', ']', ',', '\\', '7', '/', '\0'}) {
      std::string damaged = whole;
      damaged[n] = c;
      refused += errors(damaged) != "none";
    }
  }
  EXPECT_GT(refused, whole.size() * 4);
}

TEST(ScenarioNames, go_both_ways) {
  for (size_t i = 0; i < kFaultKinds; ++i)
    EXPECT_EQ(fault_named(fault_name(static_cast<FaultKind>(i))), static_cast<FaultKind>(i));
  for (size_t i = 0; i < kActorKinds; ++i)
    EXPECT_EQ(actor_named(actor_name(static_cast<ActorKind>(i))), static_cast<ActorKind>(i));
  for (size_t i = 1; i < kMoments; ++i)
    EXPECT_EQ(moment_named(moment_name(static_cast<Moment>(i))), static_cast<Moment>(i));
  EXPECT_EQ(fault_named("Kill"), std::nullopt);
  EXPECT_EQ(moment_named("none"), std::nullopt);
  EXPECT_EQ(role_named("majority"), Role::kMajority);
}

TEST(SchemaWalker, words_become_numbers) {
  EXPECT_EQ(parse_duration_ns("150ms"), 150'000'000);
  EXPECT_EQ(parse_duration_ns("-2m"), -120'000'000'000);
  EXPECT_EQ(parse_duration_ns("24h"), 86'400'000'000'000);
  for (const char* none : {"", "s", "1", "1.5s", "s1", "1 s", "--1s", "25h", "99999999999s", "1S"})
    EXPECT_EQ(parse_duration_ns(none), std::nullopt) << none;
  EXPECT_EQ(parse_percent_ppb(100), 1'000'000'000U);
  EXPECT_EQ(parse_percent_ppb("0.0000001%"), 1U);
  EXPECT_EQ(parse_percent_ppb("99.5%"), 995'000'000U);
  for (const char* none : {"", "%", "1", "101%", "100.1%", "-1%", ".5%", "1.%", "1.12345678%", "1.-5%"})
    EXPECT_EQ(parse_percent_ppb(none), std::nullopt) << none;
  EXPECT_EQ(parse_drift_ppb("-200ppm"), -200'000);
  EXPECT_EQ(parse_drift_ppb("200"), std::nullopt);
}

TEST(JsonPositions, count_lines_and_characters) {
  const std::string text = "{ // c: \"{\"\n  \"é\": [1, {\"a/b\": \"x\\\"y\"}],\n /* , */ \"z\" : true}";
  const JsonPositions positions(text);
  EXPECT_EQ(positions.value(""), (TextPosition{1, 1}));
  EXPECT_EQ(positions.key("/é"), (TextPosition{2, 3}));
  EXPECT_EQ(positions.value("/é/1/a~1b"), (TextPosition{2, 20}));
  EXPECT_EQ(positions.words("/é/1/a~1b"), "\"x\\\"y\"");
  EXPECT_EQ(positions.words("/é/0"), "1");
  EXPECT_EQ(positions.value("/z"), (TextPosition{3, 16}));
  EXPECT_EQ(positions.words("/z"), "true");
}

}  // namespace
}  // namespace vivarium::sim

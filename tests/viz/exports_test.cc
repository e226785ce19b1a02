// Each format is read back by somebody else's rules: nlohmann, SQLite, the expression that ShiViz is given.
#include "viz/exports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/base/rng.h"
#include "tests/viz/trace_text.h"
#include "viz/causality.h"
#include "viz/messages.h"

namespace vivarium::viz {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

Trace trace_of(const TraceWriter& writer) {
  auto trace = parse_trace("F", writer.whole());
  EXPECT_TRUE(trace) << trace.error().sentence;
  return *std::move(trace);
}

node::TraceRecord of_kind(TraceKind kind, node::TraceNode node, int64_t t, int64_t a = node::kNotSaid,
                          int64_t b = node::kNotSaid, int64_t c = node::kNotSaid, int64_t d = node::kNotSaid) {
  return {kind, Label::kNone, node, Time{t}, 0, 0, 0, a, b, c, d};
}

// Server 3 leads and commits what client1 writes; server 1 follows, and is killed; a message to it is lost.
Trace one_write() {
  TraceWriter w(three_servers_and_a_client());
  for (const uint16_t node : {0, 2}) w.add(of_kind(TraceKind::kStarted, node, 1000, 1, 0, 0, 0));
  w.add(note_record(NoteKind::kFollowing, 0, 2000, 3));
  w.add(note_record(NoteKind::kLeading, 2, 2000));
  w.add(note_record(NoteKind::kEstablished, 2, 3000, 1));
  w.add(note_record(NoteKind::kServing, 0, 3500, 1));
  w.add(of_kind(TraceKind::kDial, 3, 3600, 1, 2181, 2));
  w.add(note_record(NoteKind::kConnected, 3, 3700, 0x77));
  w.add(of_kind(TraceKind::kSubmit, 3, 4000, 1, 5), "/a,\"b\"");
  w.add(bytes_record(TraceKind::kSend, 3, 4000, 1, 0, 50, 0, Label::kClientRequest, 0));
  w.add(bytes_record(TraceKind::kReceived, 2, 4500, 1, 0, 50));
  w.add(note_record(NoteKind::kProposed, 2, 4500, 0x100000001));
  w.add(bytes_record(TraceKind::kSend, 2, 4500, 2, 0, 80, 0, Label::kProposal, 0x100000001));
  w.add(of_kind(TraceKind::kDisk, 2, 4500, 0, 7, 0, 0x100000001));
  w.add(bytes_record(TraceKind::kReceived, 0, 5000, 2, 0, 80));
  w.add(of_kind(TraceKind::kDurable, 2, 5200, 0, 7));
  w.add(bytes_record(TraceKind::kSend, 0, 5500, 3, 0, 20, 0, Label::kAck, 0x100000001));
  w.add(bytes_record(TraceKind::kReceived, 2, 6000, 3, 0, 20));
  w.add(note_record(NoteKind::kCommitted, 2, 6000, 0x100000001));
  w.add(bytes_record(TraceKind::kSend, 2, 6000, 2, 80, 20, 0, Label::kCommit, 0x100000001));
  w.add(bytes_record(TraceKind::kSend, 2, 6000, 4, 0, 30, 0, Label::kClientReply, 0x100000001));
  w.add(of_kind(TraceKind::kKilled, 0, 6100));
  w.add(of_kind(TraceKind::kCut, node::kTraceWorld, 6200, 0, 2));
  w.add(bytes_record(TraceKind::kReceived, 3, 6500, 4, 0, 30, 0, Label::kClientReply, 0x100000001),
        "#1 ok 0x100000001");
  w.add(of_kind(TraceKind::kSubmit, 3, 7000, 2, 4), "/<x>");
  return trace_of(w);
}

TEST(Messages, what_was_lost_never_arrives) {
  const Trace trace = one_write();
  const auto messages = messages_of(trace);
  ASSERT_EQ(messages.size(), 5U);
  EXPECT_EQ(message_name(trace, messages[1].send), "PROPOSAL 0x100000001");
  EXPECT_EQ(trace.events.seq[messages[1].received], 15U);
  EXPECT_EQ(message_name(trace, messages[3].send), "COMMIT 0x100000001");
  EXPECT_EQ(messages[3].received, kNoEvent);
}

TEST(Perfetto, reads_back_with_processes_slices_flows_and_counters) {
  const Trace trace = one_write();
  const json all = json::parse(perfetto_json(trace, {}));
  std::map<std::string, int> phases;
  std::map<std::string, std::string> begun;
  std::multiset<std::string> flows_out, flows_in;
  std::map<std::string, std::vector<int64_t>> counters;
  std::set<std::pair<std::string, std::string>> slices;  // process and time: what a flow binds to
  std::vector<json> flows;
  for (const json& one : all["traceEvents"]) {
    const std::string phase = one["ph"];
    ++phases[phase];
    if (phase == "b") begun[one["id"].dump()] = one["name"];
    if (phase == "e") {
      EXPECT_EQ(begun[one["id"].dump()], one["name"].get<std::string>());
    }
    if (phase == "X") slices.insert({one["pid"].dump(), one["ts"].dump()});
    if (phase == "s" || phase == "f") flows.push_back(one);
    if (phase == "s") flows_out.insert(one["id"].dump());
    if (phase == "f") flows_in.insert(one["id"].dump());
    if (phase == "C") counters[one["name"]].push_back(one["args"]["value"]);
  }
  EXPECT_EQ(phases["M"], 4 * 4);
  EXPECT_EQ(phases["b"], phases["e"]);
  EXPECT_EQ(flows_out.size(), 4U) << "the lost COMMIT has none";
  EXPECT_EQ(flows_out, flows_in);
  for (const json& flow : flows) EXPECT_TRUE(slices.contains({flow["pid"].dump(), flow["ts"].dump()})) << flow;
  EXPECT_EQ(counters["log queue"], (std::vector<int64_t>{1, 0}));
  EXPECT_EQ(counters["committed zxid"], (std::vector<int64_t>{0x100000001}));
  std::set<std::string> names;
  for (const auto& [id, name] : begun) names.insert(name);
  for (const char* name : {"leading, broadcast", "following, broadcast", "down", "setData /a,\"b\"", "getData /<x>"})
    EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_THAT(perfetto_json(trace, {}), HasSubstr("\"s\":\"g\",\"cat\":\"fault\",\"name\":\"cut s1 - s3\""));
}

TEST(Perfetto, a_window_clips_what_reaches_into_it) {
  const json all = json::parse(perfetto_json(one_write(), {4200, 5100}));
  size_t slices = 0;
  for (const json& one : all["traceEvents"]) {
    if (one["ph"] == "M") continue;
    EXPECT_GE(one["ts"].get<double>(), 4.2) << one;
    EXPECT_LE(one["ts"].get<double>(), 5.1) << one;
    slices += one["ph"] == "b" ? 1 : 0;
  }
  EXPECT_EQ(slices, 3U) << "two roles and one operation";
}

// A run of messages between four nodes, whoever comes.
Trace random_run(uint64_t seed) {
  Rng rng(seed);
  TraceWriter w(three_servers_and_a_client());
  struct Sent {
    uint16_t to;
    uint64_t stream;
    int64_t begin;
  };
  std::vector<Sent> under_way;
  std::map<uint64_t, int64_t> offsets;
  for (int64_t t = 1; t < 120; ++t) {
    const auto node = static_cast<uint16_t>(rng.below(4));
    if (rng.below(5) == 0) w.add(note_record(NoteKind::kCommitted, node, t, t));
    if (rng.below(2) == 0 && !under_way.empty()) {
      // In order within a stream: the first that is under way on it.
      const uint64_t stream = under_way[rng.below(under_way.size())].stream;
      const auto first = std::ranges::find(under_way, stream, &Sent::stream);
      w.add(bytes_record(TraceKind::kReceived, first->to, t, stream, first->begin, 10));
      under_way.erase(first);
    } else {
      const auto to = static_cast<uint16_t>((node + 1 + rng.below(3)) % 4);
      const uint64_t stream = 1 + node * 4u + to;
      w.add(bytes_record(TraceKind::kSend, node, t, stream, offsets[stream], 10, 0, Label::kPing));
      under_way.push_back({to, stream, offsets[stream]});
      offsets[stream] += 10;
    }
  }
  return trace_of(w);
}

struct ShivizEvent {
  std::string host, event;
  std::map<std::string, uint64_t> clock;
};

// By the file's own first line, as ShiViz does.
std::vector<ShivizEvent> read_shiviz(const std::string& log) {
  std::string expression = log.substr(0, log.find('\n'));
  EXPECT_EQ(expression, kShivizExpression);
  for (const char* group : {"?<host>", "?<clock>", "?<event>"}) expression.erase(expression.find(group), strlen(group));
  for (size_t at = 0; (at = expression.find("{.*}", at)) != std::string::npos; at += 6)
    expression.replace(at, 4, "\\{.*\\}");  // where JavaScript reads a brace, std::regex reads a count
  const std::regex regex(expression);
  std::vector<ShivizEvent> out;
  const std::string body = log.substr(log.find("\n\n") + 2);
  for (std::sregex_iterator it(body.begin(), body.end(), regex), end; it != end; ++it)
    out.push_back({(*it)[1], (*it)[3], json::parse((*it)[2].str()).get<std::map<std::string, uint64_t>>()});
  return out;
}

bool at_most(const std::map<std::string, uint64_t>& a, const std::map<std::string, uint64_t>& b) {
  return std::ranges::all_of(a, [&](const auto& entry) {
    const auto other = b.find(entry.first);
    return other != b.end() && other->second >= entry.second;
  });
}

// What happened before what, by walking: i to j when j follows at its node, or heard of it.
std::vector<std::vector<bool>> reachable(const Trace& trace, const Causality& causality) {
  const size_t n = causality.events.size();
  std::vector<std::vector<bool>> before(n, std::vector<bool>(n));
  for (size_t j = 0; j < n; ++j) {
    const auto adopt = [&](size_t i) {
      before[i][j] = true;
      for (size_t k = 0; k < n; ++k) {
        if (before[k][i]) before[k][j] = true;
      }
    };
    for (size_t i = 0; i < j; ++i) {
      if (trace.events.node[causality.events[i]] == trace.events.node[causality.events[j]]) adopt(i);
    }
    for (const uint32_t send : causality.sends[j]) adopt(send);
  }
  return before;
}

TEST(Shiviz, clocks_say_what_happened_before_what_and_nothing_else) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    const Trace trace = random_run(seed);
    const Window window = seed % 2 == 0 ? Window{} : Window{30, 90};
    const Causality causality = causality_of(trace, window);
    const auto events = read_shiviz(shiviz_log(trace, window));
    ASSERT_EQ(events.size(), causality.events.size());
    const auto before = reachable(trace, causality);
    std::map<std::string, uint64_t> counts;
    for (size_t j = 0; j < events.size(); ++j) {
      EXPECT_EQ(events[j].clock.at(events[j].host), ++counts[events[j].host]) << "no event is left out";
      for (size_t i = 0; i < j; ++i) {
        ASSERT_EQ(at_most(events[i].clock, events[j].clock), before[i][j])
            << "seed " << seed << ": " << events[i].event << " and " << events[j].event;
      }
    }
  }
}

TEST(Dot, has_the_same_order_with_no_edge_too_many) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Trace trace = random_run(seed);
    const Causality causality = causality_of(trace, {});
    const auto before = reachable(trace, causality);
    const std::string dot = *happens_before_dot(trace, {});
    std::map<uint64_t, size_t> place;
    for (size_t i = 0; i < causality.events.size(); ++i) place[trace.events.seq[causality.events[i]]] = i;
    const size_t n = place.size();
    std::vector<std::vector<size_t>> edges(n);
    const std::regex edge("e([0-9]+) -> e([0-9]+)");
    for (std::sregex_iterator it(dot.begin(), dot.end(), edge), end; it != end; ++it)
      edges[place.at(std::stoull((*it)[1]))].push_back(place.at(std::stoull((*it)[2])));
    for (size_t i = 0; i < n; ++i) {
      std::vector<bool> seen(n);
      std::vector<size_t> todo = edges[i];
      while (!todo.empty()) {
        const size_t j = todo.back();
        todo.pop_back();
        if (seen[j]) continue;
        seen[j] = true;
        todo.insert(todo.end(), edges[j].begin(), edges[j].end());
      }
      for (size_t j = 0; j < n; ++j) ASSERT_EQ(seen[j], before[i][j]) << i << " " << j << "\n" << dot;
      for (const size_t j : edges[i]) {
        for (size_t k = 0; k < n; ++k) ASSERT_FALSE(before[i][k] && before[k][j]) << "the edge says nothing new";
      }
    }
  }
}

bool can_run(const char* program) {
  return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;  // NOLINT
}
int feed(const std::string& command, const std::string& text) {
  std::FILE* pipe = ::popen(command.c_str(), "w");
  std::fwrite(text.data(), 1, text.size(), pipe);
  return ::pclose(pipe);
}

TEST(Dot, more_than_can_be_drawn_is_refused) {
  TraceWriter w(three_servers_and_a_client());
  for (int64_t t = 0; t <= static_cast<int64_t>(kDotEventsMax); ++t) w.add(note_record(NoteKind::kCommitted, 0, t, t));
  const Trace trace = trace_of(w);
  ASSERT_FALSE(happens_before_dot(trace, {}));
  EXPECT_THAT(happens_before_dot(trace, {}).error(), HasSubstr("5001 events would be in the graph"));
  EXPECT_TRUE(happens_before_dot(trace, {0, 20}));
}

// The part that the refusal names is taken: up to the first violation, or from the beginning.
TEST(Dot, what_is_refused_comes_with_a_part_that_is_not) {
  TraceWriter w(three_servers_and_a_client());
  for (int64_t k = 0; k < 3 * static_cast<int64_t>(kDotEventsMax); ++k)
    w.add(note_record(NoteKind::kCommitted, 0, k * 1000, k));
  Trace trace = trace_of(w);
  EXPECT_THAT(happens_before_dot(trace, {}).error(), testing::EndsWith("--from 0us --until 4999us"));
  EXPECT_TRUE(happens_before_dot(trace, {0, 4'999'000}));
  trace.violations.push_back({"durability", 9'000'000, 0, "lost"});
  EXPECT_THAT(happens_before_dot(trace, {}).error(), testing::EndsWith("--from 4002us --until 9000us"));
  EXPECT_TRUE(happens_before_dot(trace, {4'002'000, 9'000'000}));
}

TEST(Dot, graphviz_reads_it) {
  if (!can_run("dot")) GTEST_SKIP() << "graphviz is not installed";
  EXPECT_EQ(feed("dot -Tsvg >/dev/null", *happens_before_dot(one_write(), {})), 0);
  EXPECT_NE(feed("dot -Tsvg >/dev/null 2>&1", "digraph { no end"), 0);
}

TEST(Csv, quotes_what_needs_it_and_leaves_empty_what_is_not_known) {
  EXPECT_EQ(operations_csv(one_write(), {}),
            "client,session,token,operation,path,called_ns,returned_ns,latency_ns,outcome,zxid,server\n"
            "client1,0x77,1,setData,\"/a,\"\"b\"\"\",4000,6500,2500,ok,0x100000001,3\n"
            "client1,0x77,2,getData,/<x>,7000,,,,,3\n");
  EXPECT_EQ(operations_csv(one_write(), {6500, 8000}),
            "client,session,token,operation,path,called_ns,returned_ns,latency_ns,outcome,zxid,server\n"
            "client1,0x77,2,getData,/<x>,7000,,,,,3\n");
}

TEST(Svg, is_xml_with_text_and_the_same_bytes_again) {
  const Trace trace = one_write();
  const std::string svg = window_svg(trace, {});
  EXPECT_EQ(svg, window_svg(one_write(), {}));
  for (const char* text : {">server 3<", ">client1<", "PROPOSAL 0x100000001", "getData /&lt;x&gt;: no answer",
                           ">killed<", "never arrived whole", "test, seed 7"})
    EXPECT_THAT(svg, HasSubstr(text));
  EXPECT_THAT(window_svg(trace, {6050, 7000}), Not(HasSubstr("PROPOSAL")));
  if (!can_run("xmllint")) GTEST_SKIP() << "xmllint (libxml2-utils) is not installed";
  EXPECT_EQ(feed("xmllint --noout -", svg), 0);
  EXPECT_NE(feed("xmllint --noout - 2>/dev/null", svg.substr(0, svg.size() / 2)), 0);
}

TEST(Svg, a_violation_stands_in_its_place_with_its_sides) {
  Trace trace = one_write();
  EXPECT_THAT(window_svg(trace, {}), Not(HasSubstr("violated")));
  trace.header.mistake = "two lead";
  node::TraceViolation violation{"leadership", trace.events.t.back(), 0, "servers 1 and 3"};
  violation.sides = {{0, 1, "leads epoch 4"}, {2, 0, "leads epoch 4, too"}};
  trace.violations = {violation};
  const std::string svg = window_svg(trace, {});
  for (const char* text :
       {">violated: leadership<", ">A leads epoch 4<", ">B leads epoch 4, too<", "with a mistake: two lead"})
    EXPECT_THAT(svg, HasSubstr(text));
  EXPECT_THAT(window_svg(trace, {0, 100}), Not(HasSubstr("violated: leadership")));
}

TEST(Svg, nothing_stands_outside_of_the_picture) {
  for (const Window window : {Window{}, Window{4000, 4600}, Window{6090, 6110}, Window{9000, 9000}}) {
    const std::string svg = window_svg(one_write(), window);
    std::smatch box;
    ASSERT_TRUE(std::regex_search(svg, box, std::regex("viewBox=\"0 0 ([0-9.]+) ([0-9.]+)\"")));
    const std::regex place(" (x|y|x1|x2|y1|y2)=\"(-?[0-9.]+)\"");
    for (std::sregex_iterator it(svg.begin(), svg.end(), place), end; it != end; ++it) {
      const double value = std::stod((*it)[2]), limit = std::stod(box[(*it)[1].str()[0] == 'x' ? 1 : 2]);
      EXPECT_TRUE(value >= 0 && value <= limit) << it->str();
    }
  }
}

std::string ask(const std::string& bytes, const char* query) {
  sqlite3* db = nullptr;
  sqlite3_open(":memory:", &db);
  std::string copy = bytes;
  sqlite3_deserialize(db, "main", reinterpret_cast<unsigned char*>(copy.data()),
                      static_cast<sqlite3_int64>(copy.size()), static_cast<sqlite3_int64>(copy.size()),
                      SQLITE_DESERIALIZE_READONLY);
  std::string out;
  const auto row = [](void* to, int columns, char** values, char**) {
    for (int i = 0; i < columns; ++i)
      *static_cast<std::string*>(to) += (i ? "|" : "") + std::string(values[i] ? values[i] : "-");
    *static_cast<std::string*>(to) += "\n";
    return 0;
  };
  char* error = nullptr;
  if (sqlite3_exec(db, query, row, &out, &error) != SQLITE_OK) out = error;
  sqlite3_free(error);
  sqlite3_close(db);
  return out;
}

TEST(Sqlite, answers_questions) {
  const Trace trace = one_write();
  const auto bytes = sqlite_database(trace, {});
  ASSERT_TRUE(bytes) << bytes.error();
  EXPECT_EQ(bytes, sqlite_database(one_write(), {}));
  EXPECT_EQ(ask(*bytes, "PRAGMA integrity_check"), "ok\n");
  EXPECT_EQ(ask(*bytes, "SELECT count(*), min(seq), max(t) FROM events"), "25|1|7000\n");
  EXPECT_EQ(ask(*bytes,
                "SELECT label, sent_t, received_t, printf('0x%x', zxid) FROM messages WHERE zxid IS NOT NULL "
                "ORDER BY send_seq"),
            "PROPOSAL|4500|5000|0x100000001\nACK|5500|6000|0x100000001\nCOMMIT|6000|-|0x100000001\n"
            "client-reply|6000|6500|0x100000001\n");
  EXPECT_EQ(ask(*bytes, "SELECT operation, path, outcome, returned_t - called_t FROM operations"),
            "setData|/a,\"b\"|ok|2500\ngetData|/<x>|-|-\n");
  EXPECT_EQ(ask(*bytes, "SELECT role, phase, begin_t, end_t, epoch FROM states WHERE node = 0 ORDER BY begin_t"),
            "looking|election|1000|2000|0\nfollowing|discovery|2000|3500|0\nfollowing|broadcast|3500|6100|1\n"
            "down|none|6100|7000|1\n");
  EXPECT_EQ(ask(*bytes,
                "SELECT e.note, f.b FROM events e JOIN fields f USING (kind) WHERE zxid IS NULL AND note = "
                "'committed'"),
            "committed|a\n");
  EXPECT_EQ(ask(*bytes, "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE '%_by_%'"), "10\n");
  EXPECT_EQ(ask(*sqlite_database(trace, {6100, 6200}),
                "SELECT group_concat(kind) FROM (SELECT kind FROM events ORDER BY seq)"),
            "killed,cut\n");
}

}  // namespace
}  // namespace vivarium::viz

#include "viz/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zstd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/rng.h"
#include "tests/viz/trace_text.h"

namespace vivarium::viz {
namespace {

using node::TraceRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string error_of(std::string_view text) {
  const auto trace = parse_trace("F", text);
  return trace ? "" : trace.error().sentence;
}

std::string small_trace() {
  TraceWriter trace(three_servers_and_a_client());
  const uint64_t tick = trace.add({TraceKind::kTick, Label::kNone, 0, Time{10}});
  trace.add(bytes_record(TraceKind::kSend, 0, 10, 4, 0, 100, tick, Label::kProposal, 0x100000001));
  trace.add(bytes_record(TraceKind::kReceived, 1, 30, 4, 0, 100, 2, Label::kProposal, 0x100000001));
  trace.add(note_record(NoteKind::kElected, 1, 31, 3, 0, 1, 3), "be\"cause");
  trace.add({TraceKind::kCut, Label::kNone, node::kTraceWorld, Time{40}, 0, 0, 0, 0, 1});
  return trace.whole();
}

TEST(Trace, columns_hold_what_the_lines_say) {
  const auto trace = parse_trace("F", small_trace());
  ASSERT_TRUE(trace) << trace.error().sentence;
  EXPECT_EQ(trace->header.scenario, "test");
  EXPECT_EQ(trace->header.nodes[3].host_name, "client1");
  EXPECT_EQ(trace->sid(3), 0);
  const Events& e = trace->events;
  EXPECT_THAT(e.seq, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_THAT(e.t, ElementsAre(10, 10, 30, 31, 40));
  EXPECT_THAT(e.cause, ElementsAre(kNoEvent, 0, 1, 2, kNoEvent));
  EXPECT_THAT(e.node, ElementsAre(0, 0, 1, 1, node::kTraceWorld));
  EXPECT_THAT(e.label, ElementsAre(Label::kNone, Label::kProposal, Label::kProposal, Label::kNone, Label::kNone));
  EXPECT_THAT(e.stream, ElementsAre(0, 4, 4, 0, 0));
  EXPECT_EQ(e.kind[4], TraceKind::kCut);
  EXPECT_EQ(e.d[1], 0x100000001);
  EXPECT_EQ(e.d[0], node::kNotSaid);
  EXPECT_EQ(e.a[3], static_cast<int64_t>(NoteKind::kElected));
  EXPECT_EQ(trace->text(3), "be\"cause");
  EXPECT_EQ(trace->text(2), "");
  EXPECT_TRUE(trace->complete);
  EXPECT_EQ(trace->trace_hash, "0000000000000abc");
  EXPECT_THAT(trace->remarks, IsEmpty());
}

TEST(Trace, nodes_are_found_by_server_host_and_id) {
  const auto simulated = parse_trace("F", small_trace());
  EXPECT_EQ(simulated->node_with_sid(3), 2U);
  EXPECT_EQ(simulated->node_with_sid(0), 4U);
  EXPECT_EQ(simulated->node_on_host(3), 3U);
  const auto live = parse_trace("F", TraceWriter(live_header(2, 5)).whole());
  ASSERT_TRUE(live) << live.error().sentence;
  EXPECT_EQ(live->node_with_id(2), 1U);
  EXPECT_EQ(live->node_with_id(3), 2U);
  EXPECT_EQ(live->header.live->start_wall_ns, 5);
}

// Every kind, every field, whatever its number.
TEST(Trace, what_is_written_is_what_was_read) {
  Rng rng(3);
  TraceWriter writer(three_servers_and_a_client());
  int64_t t = 0;
  for (uint64_t i = 1; i <= 20 * node::kTraceKinds; ++i) {
    const auto kind = static_cast<TraceKind>(i % node::kTraceKinds);
    const node::TraceFields f = node::trace_fields(kind);
    const auto value = [&](const char* name) {
      if (!name || rng.below(5) == 0) return node::kNotSaid;
      const bool note = std::string_view(name) == "note";
      return static_cast<int64_t>(note || rng.below(2) == 0 ? rng.below(9) : rng.next() >> 1);
    };
    TraceRecord r{
        kind,         static_cast<Label>(rng.below(26)), static_cast<node::TraceNode>(rng.below(4)), Time{t}, 0,
        rng.below(i), rng.below(2) * (rng.next() >> 11)};
    r.a = std::string_view(f.a ? f.a : "") == "note" ? static_cast<int64_t>(rng.below(29)) : value(f.a);
    r.b = value(f.b);
    r.c = value(f.c);
    r.d = value(f.d);
    writer.add(r, rng.below(4) == 0 ? std::optional<std::string_view>("a\n\"\\\xc3\xa9") : std::nullopt);
    t += static_cast<int64_t>(rng.below(1000));
  }
  const std::string text = writer.whole();
  const auto trace = parse_trace("F", text);
  ASSERT_TRUE(trace) << trace.error().sentence;
  const std::string again = format_trace(*trace);
  const size_t lines = text.find("{\"end\"");
  EXPECT_EQ(again.substr(0, lines), text.substr(0, lines));
  EXPECT_EQ(again.find("{\"end\""), lines);
}

TEST(Trace, a_kill_costs_only_the_line_that_was_being_written) {
  const std::string text = small_trace();
  const size_t footer = text.find("{\"end\"");
  for (const size_t length : {footer, footer - 1, footer - 20, footer + 10, text.size() - 1}) {
    const auto trace = parse_trace("F", text.substr(0, length));
    ASSERT_TRUE(trace) << trace.error().sentence;
    EXPECT_EQ(trace->events.size(), length < footer ? 4U : 5U) << length;
    EXPECT_FALSE(trace->complete);
    EXPECT_THAT(trace->remarks, ElementsAre(HasSubstr("the trace ends here without its last line")));
  }
}

TEST(Trace, what_a_server_could_not_write_is_remarked) {
  TraceWriter writer(live_header(1, 0));
  TraceRecord dropped{TraceKind::kDropped, Label::kNone, 1, Time{5}};
  dropped.a = 812;
  dropped.b = dropped.c = dropped.d = node::kNotSaid;
  writer.add(dropped);
  EXPECT_THAT(parse_trace("F", writer.whole())->remarks, ElementsAre(HasSubstr("F:2: 812 events are missing here")));
}

TEST(Trace, each_wrong_file_gets_a_sentence_with_its_line) {
  const std::string text = small_trace();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  const std::pair<std::string, std::string> kWrong[] = {
      {"", "F:1: the file is empty"},
      {"\n", "F:1: this is no trace"},
      {"{", "F:1: this is no trace"},
      {"[1,2]\n", "F:1: this is no trace"},
      {std::string("\x7f") + "ELF\0\0\0\n", "F:1: this is no trace"},
      {"{\"type\":\"invoke\",\"process\":0}\n", "F:1: this is no trace"},
      {with("\"version\":1", "\"version\":2"), "F:1: the trace is of version 2; this program reads version 1"},
      {with("\"version\":1", "\"version\":\"x\""), "F:1: the trace is of version \"x\""},
      {with("\"nodes\"", "\"noodles\""), "F:1: the first line of the trace lacks"},
      {with("\"id\":1", "\"id\":9"), "F:1: the nodes of the first line are not in ascending order"},
      {with("\"seq\":2", "\"seq\":1"), "F:3: \"seq\" does not ascend"},
      {with("\"seq\":2", "\"seq\":0"), "F:3: \"seq\" is 0"},
      {with("\"t\":30", "\"t\":3"), "F:4: \"t\" goes back"},
      {with("\"node\":1", "\"node\":4"), "F:4: \"node\" is none of those"},
      {with("\"tick\"", "\"tock\""), "F:2: \"tock\" is no kind of event"},
      {with("\"PROPOSAL\"", "\"PROPOSALS\""), "F:3: \"PROPOSALS\" is no kind of message"},
      {with("\"cause\":1", "\"cause\":2"), "F:3: \"cause\" names an event that comes later"},
      {with("\"offset\"", "\"offzet\""), "F:3: an event of kind send has no \"offzet\""},
      {with("\"0x100000001\"", "\"100000001\""), "F:3: \"zxid\" of an event of kind send has no value that fits"},
      {with("\"size\":100", "\"size\":[]"), "F:3: \"size\" of an event of kind send has no value that fits"},
      {with("\"size\":100", "\"size\":99999999999999999999"), "F:3: this line is no JSON object"},
      {with("\"kind\":\"tick\"}", "\"kind\":\"tick\"}x"), "F:2: this line is no JSON object"},
      {with("\"t\":10,\"node\":0,\"kind\":\"tick\"", "\"t\":10"), "F:2: an event needs seq, t, node and kind"},
      {with("be\\\"", "be\\q"), "F:5: the text of the event is no JSON"},
      {with("\"events\":5", "\"events\":6"), "F:7: the last line counts 6 events, but 5 stand here"},
      {with("\"events\":5", "\"events\":[]"), "F:7: the last line of the trace is no JSON, or does not count"},
      {text + "x\n", "F:8: something stands behind the last line"},
  };
  for (const auto& [wrong, sentence] : kWrong) EXPECT_THAT(error_of(wrong), HasSubstr(sentence)) << wrong;
}

TEST(Trace, whatever_byte_is_changed_there_is_an_answer) {
  const std::string text = small_trace();
  Rng rng(1);
  for (size_t i = 0; i < 5000; ++i) {
    std::string changed = text;
    changed[rng.below(changed.size())] = static_cast<char>(rng.below(256));
    if (rng.below(3) == 0) changed.resize(rng.below(changed.size() + 1));
    const auto trace = parse_trace("F", changed);
    if (trace) {
      EXPECT_LE(trace->events.size(), 5U);
    } else {
      EXPECT_THAT(trace.error().sentence, ::testing::MatchesRegex("F:[0-9]+: .+")) << changed;
    }
  }
}

TEST(Trace, violations_are_read_and_written_with_what_shows_them) {
  TraceWriter writer(live_header(1, 0));  // whose nodes have the ids 1 and 2
  writer.add({TraceKind::kTick, Label::kNone, 1, Time{1}});
  node::TraceViolation violation{"leadership", 1, 1, "two lead"};
  violation.promise = "one leads";
  violation.sides = {{1, 1, "leads"}, {2, 0, "leads, too"}};
  violation.why = {"because"};
  violation.window = {{2, 0, -1, "read", "unknown"}};
  const std::string text = writer.cut() + node::format_trace_footer({1}, 0xabc, {violation});
  const auto trace = parse_trace("F", text);
  ASSERT_TRUE(trace) << trace.error().sentence;
  ASSERT_EQ(trace->violations.size(), 1U);
  EXPECT_EQ(trace->violations[0].sides[1].node, 1) << "an index, not an id";
  EXPECT_EQ(trace->violations[0].window[0].node, 1);
  const auto again = nlohmann::json::parse(format_trace(*trace).substr(text.find("{\"end\"")));
  EXPECT_EQ(again["violations"], nlohmann::json::parse(node::format_trace_footer({1}, 0, {violation}))["violations"]);
  for (const auto& [there, instead] : {std::pair{"\"says\":\"leads\"", "\"says\":7"},
                                       {"\"why\":[\"because\"]", "\"why\":7"},
                                       {"\"until\":-1", "\"until\":\"x\""}}) {
    std::string wrong = text;
    ASSERT_NE(wrong.find(there), std::string::npos) << there;
    wrong.replace(wrong.find(there), std::string(there).size(), instead);
    EXPECT_THAT(error_of(wrong), HasSubstr("what shows the violation of leadership")) << instead;
  }
}

class TraceFiles : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& bytes) {
    const std::string path = ::testing::TempDir() + "/viz-trace-" + std::to_string(::getpid()) + "-" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    paths_.push_back(path);
    return path;
  }
  ~TraceFiles() override {
    for (const std::string& path : paths_) std::remove(path.c_str());
  }
  std::vector<std::string> paths_;
};

TEST_F(TraceFiles, compressed_files_are_known_by_their_bytes_and_may_be_cut) {
  TraceWriter writer(three_servers_and_a_client());
  for (int64_t t = 0; t < 20'000; ++t) writer.add(note_record(NoteKind::kCommitted, 0, t * t, t * 7919));
  const std::string text = writer.whole();
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  const auto whole = read_trace(write("whole", packed));
  ASSERT_TRUE(whole) << whole.error().sentence;
  EXPECT_EQ(whole->events.size(), 20'000U);
  const auto cut = read_trace(write("cut", packed.substr(0, packed.size() * 9 / 10)));
  ASSERT_TRUE(cut) << cut.error().sentence;
  EXPECT_FALSE(cut->complete);
  EXPECT_GT(cut->events.size(), 100U);
  packed[5] = static_cast<char>(packed[5] ^ 0x55);
  packed[packed.size() / 2] = static_cast<char>(packed[packed.size() / 2] ^ 0x55);
  EXPECT_FALSE(read_trace(write("damaged", packed)));
}

TEST_F(TraceFiles, what_cannot_be_read_is_told_apart_from_what_is_wrong) {
  const auto absent = read_trace("/nonexistent/trace");
  ASSERT_FALSE(absent);
  EXPECT_TRUE(absent.error().unreadable);
  EXPECT_EQ(absent.error().sentence, "/nonexistent/trace: cannot be opened: No such file or directory");
  const auto folder = read_trace(::testing::TempDir());
  ASSERT_FALSE(folder);
  EXPECT_TRUE(folder.error().unreadable);
  const auto endless = read_trace("/dev/zero");
  ASSERT_FALSE(endless);
  EXPECT_FALSE(endless.error().unreadable);
  EXPECT_THAT(endless.error().sentence, HasSubstr("/dev/zero:1: this is no trace"));
}

}  // namespace
}  // namespace vivarium::viz

#include "core/node/trace_format.h"

#include <gtest/gtest.h>

#include "tests/support/trace_text.h"

namespace vivarium::node {
namespace {

TraceHeader live_header() {
  TraceHeader header;
  header.commit = "abc";
  header.nodes = {{1, 1, "zk1", 1}, {2, 2, "zk2", 2}};
  header.live = TraceHeader::Live{2, 1'700'000'000'000'000'000};
  return header;
}

TEST(TraceFormat, a_header_says_whose_it_is_and_when_it_began) {
  EXPECT_EQ(format_trace_header(live_header()),
            "{\"format\":\"vivarium-trace\",\"version\":1,\"seed\":0,\"scenario\":\"\",\"scenario_hash\":\"\","
            "\"commit\":\"abc\",\"server\":2,\"start_wall_ns\":1700000000000000000,\"nodes\":["
            "{\"id\":1,\"host\":1,\"name\":\"zk1\",\"sid\":1},{\"id\":2,\"host\":2,\"name\":\"zk2\",\"sid\":2}]}\n");
}

TEST(TraceFormat, a_record_has_its_kinds_fields_and_leaves_out_what_is_not_said) {
  TraceRecord record{TraceKind::kSend, Label::kProposal, 2, Time{5}, 9, 8, 77, 4, 120, 30, 0x100000001};
  EXPECT_EQ(format_trace_record(record, std::nullopt),
            "{\"seq\":9,\"t\":5,\"node\":2,\"kind\":\"send\",\"cause\":8,\"stream\":77,\"label\":\"PROPOSAL\","
            "\"conn\":4,\"size\":120,\"offset\":30,\"zxid\":\"0x100000001\"}\n");
  record = {TraceKind::kAccepted, Label::kNone, kTraceWorld, Time{6}, 10, 0, 0, 2, 1, kNotSaid};
  EXPECT_EQ(format_trace_record(record, "a>b"),
            "{\"seq\":10,\"t\":6,\"node\":null,\"kind\":\"accepted\",\"conn\":2,\"listener\":\"election\","
            "\"text\":\"a>b\"}\n");
}

TEST(TraceFormat, a_whole_file_reads_back) {
  TraceCounts kinds{};
  std::string text = format_trace_header(live_header());
  for (uint64_t seq = 1; seq <= kTraceKinds; ++seq) {
    TraceRecord record;
    record.kind = static_cast<TraceKind>(seq - 1);
    record.node = 1;
    record.seq = seq;
    record.stream = 1;
    ++kinds[seq - 1];
    text += format_trace_record(record, std::nullopt);
  }
  text += format_trace_footer(kinds, 0x1234);
  const auto read = vivarium::testing::read_trace_text(text);
  EXPECT_EQ(read.wrong, "");
  EXPECT_EQ(read.events.size(), kTraceKinds);
  EXPECT_EQ((*read.footer)["trace_hash"], "0000000000001234");
}

TEST(TraceFormat, the_last_line_tells_what_was_violated) {
  const std::string footer = format_trace_footer(TraceCounts{}, 1, {{"durability", 5, 7, "on \"one\" disk"}});
  const auto json = nlohmann::json::parse(footer);
  EXPECT_EQ(json["violations"].dump(), R"([{"check":"durability","seq":7,"t":5,"what":"on \"one\" disk"}])");
  EXPECT_FALSE(nlohmann::json::parse(format_trace_footer(TraceCounts{}, 1)).contains("violations"));
}

TEST(TraceFormat, a_violation_says_what_shows_it) {
  TraceViolation of_sides{"leadership", 5, 7, "two lead"};
  of_sides.promise = "one leads";
  of_sides.sides = {{0, 3, "leads"}, {2, 7, "leads, too"}};
  TraceViolation of_a_history{"register", 9, 0, "null was read"};
  of_a_history.why = {"5 was there"};
  of_a_history.window = {{4, 1, 2, "write 5", "ok"}, {5, 3, -1, "read", "unknown"}};
  const auto json = nlohmann::json::parse(format_trace_footer(TraceCounts{}, 1, {of_sides, of_a_history}));
  EXPECT_EQ(json["violations"][0]["promise"], "one leads");
  EXPECT_EQ(json["violations"][0]["sides"].dump(),
            R"([{"node":0,"says":"leads","seq":3},{"node":2,"says":"leads, too","seq":7}])");
  EXPECT_FALSE(json["violations"][0].contains("window"));
  EXPECT_EQ(json["violations"][1]["why"].dump(), R"(["5 was there"])");
  EXPECT_EQ(json["violations"][1]["window"].dump(),
            R"([{"from":1,"node":4,"outcome":"ok","until":2,"what":"write 5"},)"
            R"({"from":3,"node":5,"outcome":"unknown","until":-1,"what":"read"}])");
}

TEST(TraceFormat, names_of_values_read_back) {
  const std::pair<const char*, int64_t> kValues[] = {{"zxid", 0x500000012}, {"note", 3},  {"listener", 2},
                                                     {"reason", 4},         {"queue", 1}, {"what", 8}};
  for (const auto& [field, value] : kValues) {
    const std::string text = format_trace_value(field, value);
    ASSERT_TRUE(text.starts_with('"') && text.ends_with('"')) << text;
    EXPECT_EQ(trace_value_named(field, std::string_view(text).substr(1, text.size() - 2)), value) << text;
    EXPECT_EQ(trace_value_named(field, "no such name"), std::nullopt);
  }
  EXPECT_EQ(format_trace_value("size", 7), "7");
  EXPECT_EQ(trace_value_named("size", "7"), std::nullopt);
  EXPECT_EQ(trace_value_named("zxid", "0xfffffffffffffffff"), std::nullopt);
  EXPECT_EQ(trace_value_named("zxid", "0x12 "), std::nullopt);
}

TEST(TraceFormat, both_ends_give_a_stream_the_same_number) {
  const Address a{"10.0.0.1", 2888}, b{"::1", 40000};
  EXPECT_EQ(stream_name(a, b), "10.0.0.1:2888>[::1]:40000");
  EXPECT_EQ(stream_number(a, b), stream_number(a, b));
  EXPECT_NE(stream_number(a, b), stream_number(b, a));
  EXPECT_LT(stream_number(a, b), uint64_t{1} << 53);
}

}  // namespace
}  // namespace vivarium::node

#include "checker/history_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "checker/check.h"
#include "tests/checker/random_histories_support.h"

namespace vivarium::checker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(std::string_view text, ModelKind model = ModelKind::CasRegister) {
  const auto history = parse_history(text, "h.jsonl", {model});
  return history ? "no error" : history.error().message;
}

constexpr std::string_view kCall = R"({"type":"invoke","process":0,"f":"read","key":"/a","value":null,"time":5})"
                                   "\n";

std::string after_call(std::string_view line) { return std::string(kCall) + std::string(line); }

TEST(HistoryReader, ReadsWhatTheFormatSays) {
  const auto history = parse_history(
      R"({"type":"invoke","process":3,"f":"cas","key":"/r/1","value":[5,"x y"],"time":100,"session":"0x10","server":2})"
      "\n"
      R"( { "time" : 120 , "type":"ok", "process":3, "f":"cas", "key":"/r/1", "value":[5,"x y"], "zxid":4294967297, "version":7 } )"
      "\n"
      "\n"
      R"({"type":"info","process":"nemesis","f":"kill","value":"n1","time":121})"
      "\n"
      R"({"type":"invoke","process":4,"f":"read","key":"/r/2","time":130})"
      "\n"
      R"({"type":"fail","process":4,"f":"read","time":140,"error":["timeout"]})",
      "h.jsonl", {ModelKind::CasRegister});
  ASSERT_TRUE(history.has_value()) << history.error().message;
  ASSERT_EQ(history->operations.size(), 2u);
  const Operation& cas = history->operations[0];
  EXPECT_EQ(cas.argument, Value::of_number(5));
  EXPECT_EQ(history->values.show(cas.second), R"("x y")");
  EXPECT_EQ(cas.outcome, Outcome::Ok);
  EXPECT_EQ(cas.zxid, 4294967297);
  EXPECT_EQ(cas.version, 7);
  EXPECT_EQ(cas.server, 2);
  EXPECT_EQ(history->records[0].session, 16);
  EXPECT_EQ(history->records[0].return_time, 120);
  EXPECT_EQ(history->operations[1].outcome, Outcome::Fail);
  EXPECT_EQ(history->line_of(history->operations[1].call), 5u) << "skipped lines count";
}

TEST(HistoryReader, MismatchTestifies) {
  const auto history =
      parse_history(R"({"type":"invoke","process":0,"f":"cas","key":"k","value":[1,2],"time":0})"
                    "\n"
                    R"({"type":"fail","process":0,"f":"cas","key":"k","value":[1,2],"time":1,"error":"mismatch"})",
                    "h", {ModelKind::CasRegister});
  ASSERT_TRUE(history.has_value());
  EXPECT_EQ(history->operations[0].outcome, Outcome::Mismatch);
}

TEST(HistoryReader, EqualValuesAreOneValueHoweverTheyAreWritten) {
  const auto history =
      parse_history(R"({"type":"invoke","process":0,"f":"write","key":"k","value":{"b":1,"a":"\u00e9"},"time":0})"
                    "\n"
                    R"({"type":"ok","process":0,"f":"write","key":"k","time":1})"
                    "\n"
                    R"({"type":"invoke","process":0,"f":"read","key":"k","time":2})"
                    "\n"
                    R"({"type":"ok","process":0,"f":"read","key":"k","value": { "a" : "é", "b" : 1 } ,"time":3})",
                    "h", {ModelKind::Register});
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_EQ(history->operations[0].argument, history->operations[1].result);
}

TEST(HistoryReader, BadLinesSayWhereWhatAndWhatInstead) {
  EXPECT_EQ(error_of("\x7f"
                     "ELF\x01\x01\n"),
            error_of("\x7f"
                     "ELF\x01\x01"));
  EXPECT_THAT(error_of("\x7f"
                       "ELF\x01\x01\n"),
              AllOf(StartsWith("h.jsonl:1:1: byte 0x7f"), HasSubstr(R"({"type":"invoke")")));
  EXPECT_THAT(error_of("hello\n"), StartsWith("h.jsonl:1:1: 'h' where a JSON object begins"));
  EXPECT_THAT(error_of(after_call("{}")), StartsWith("h.jsonl:2:2: an empty object"));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","proces":0})")),
              AllOf(StartsWith("h.jsonl:2:15: unknown field \"proces\""), HasSubstr("type \"process\" instead?")));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","type":"ok"})")), HasSubstr("stands twice"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"raed","key":"k","time":0})"),
              AllOf(StartsWith("h.jsonl:1:34: unknown f \"raed\""), HasSubstr("read, write, cas"),
                    HasSubstr("type \"read\" instead?")));
  EXPECT_THAT(error_of(R"({"type":"invok","process":0,"f":"read","key":"k","time":0})"),
              HasSubstr("unknown type \"invok\""));
  EXPECT_THAT(error_of(R"({"process":0,"f":"read","time":0})"), HasSubstr("no \"type\""));
  EXPECT_THAT(error_of(R"({"type":"invoke","f":"read","time":0})"), HasSubstr("no \"process\""));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"time":0})"), HasSubstr("no \"f\""));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":1.5,"f":"read","time":0})"),
              AllOf(StartsWith("h.jsonl:1:28:"), HasSubstr("\"process\" is 1.5, expected a whole number")));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":-1,"f":"read","time":0})"), HasSubstr("at least 0"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":7,"time":0})"), HasSubstr("\"f\" is 7, expected a string"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"cas","value":5,"time":0})"), HasSubstr("[old, new]"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"cas","value":[1],"time":0})"), HasSubstr("[old, new]"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"cas","time":0})"), HasSubstr("[old, new]"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"write","value":[1,2,"time":0})"),
              HasSubstr("balanced brackets"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"write","value":"a)"), HasSubstr("closing '\"'"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"write","value":01,"time":0})"),
              HasSubstr("malformed number"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"read","time":0} x)"),
              HasSubstr("expected the end of the line"));
  EXPECT_THAT(error_of("{\"type\":\"invoke\",\"process\":0,\"f\":\"write\",\"value\":" + std::string(1000, '[')),
              HasSubstr("nested more than"));
}

TEST(HistoryReader, BadHistories) {
  EXPECT_THAT(
      error_of(R"({"type":"ok","process":3,"f":"read","key":"k","value":1,"time":0})"),
      AllOf(StartsWith("h.jsonl:1:24: process 3 returns, but has no operation in flight"), HasSubstr("invoke")));
  EXPECT_THAT(error_of(after_call(R"({"type":"invoke","process":0,"f":"write","key":"/a","value":1,"time":6})")),
              AllOf(StartsWith("h.jsonl:2:28: process 0 has two operations in flight"), HasSubstr("read (line 1)")));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","process":0,"f":"read","key":"/a","value":1,"time":4})")),
              AllOf(StartsWith("h.jsonl:2:"), HasSubstr("time 4 goes backwards")));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"read","time":-1})"), HasSubstr("time -1 is negative"));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","process":0,"f":"read","key":"/a","value":1})")),
              HasSubstr("\"time\" on some lines only"));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","process":0,"f":"write","key":"/a","value":1,"time":6})")),
              HasSubstr("the return says write, but process 0 called read (line 1)"));
  EXPECT_THAT(error_of(after_call(R"({"type":"ok","process":0,"f":"read","key":"/b","value":1,"time":6})")),
              HasSubstr("the same key"));
  EXPECT_THAT(
      error_of(after_call(R"({"type":"event","process":0,"f":"watch","key":"/a","value":"NodeCreated","time":6})")),
      HasSubstr("model zookeeper only"));
}

TEST(HistoryReader, WrongTypesOfTheOtherModels) {
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"add","value":"x","time":0})", ModelKind::Counter),
              HasSubstr("whole number that is added"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"read","time":0})"
                       "\n"
                       R"({"type":"ok","process":0,"f":"read","value":null,"time":1})",
                       ModelKind::Counter),
              HasSubstr("without the counter's value"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"read","time":0})"
                       "\n"
                       R"({"type":"ok","process":0,"f":"read","value":3,"time":1})",
                       ModelKind::Set),
              HasSubstr("\"value\":[...]"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"create","time":0})"
                       "\n"
                       R"({"type":"ok","process":0,"f":"create","time":1})",
                       ModelKind::UniqueNames),
              HasSubstr("without the name"));
  EXPECT_THAT(error_of(R"({"type":"invoke","process":0,"f":"create","key":"/a","time":0})"
                       "\n"
                       R"({"type":"ok","process":0,"f":"create","key":"/a","time":1})",
                       ModelKind::Zookeeper),
              HasSubstr("without \"zxid\""));
  EXPECT_THAT(error_of(R"({"type":"event","process":0,"f":"watch","key":"/a","value":"NodeGone","time":1})",
                       ModelKind::Zookeeper),
              HasSubstr("one of NodeCreated"));
}

TEST(HistoryReader, EmptyFilesAreEmptyHistories) {
  for (std::string_view text : {"", "\n\n", "  \n"}) {
    const auto history = parse_history(text, "h", {ModelKind::CasRegister});
    ASSERT_TRUE(history.has_value());
    EXPECT_TRUE(history->operations.empty());
  }
}

// Whatever a line is cut to, the reader answers; with every cut inside the object it refuses.
TEST(HistoryReader, EveryTruncationIsAnswered) {
  const std::string line =
      R"({"type":"invoke","process":0,"f":"cas","key":"/a\n","value":[{"x":[1,-2.5e3]},"\u00e9"],"time":5,"session":"0xff"})";
  ASSERT_EQ(error_of(line), "no error");
  for (size_t size = 1; size < line.size(); ++size) {
    EXPECT_THAT(error_of(line.substr(0, size)), StartsWith("h.jsonl:1:")) << size;
  }
}

TEST(HistoryReader, WhatTheWriterWritesReadsAsTheSame) {
  for (ModelKind model : {ModelKind::CasRegister, ModelKind::Versioned, ModelKind::Counter, ModelKind::Lock,
                          ModelKind::Set, ModelKind::UniqueNames}) {
    for (uint64_t seed = 0; seed < 100; ++seed) {
      test::RandomShape shape;
      shape.versions = true;
      const History history = test::random_history(model, shape, seed);
      const std::string text = to_json_lines(history);
      const auto again = parse_history(text, "again", {model});
      ASSERT_TRUE(again.has_value()) << again.error().message << "\n" << text;
      EXPECT_EQ(to_json_lines(*again), text);
    }
  }
}

TEST(HistoryReader, ReadsFilesInPiecesAndAsEdn) {
  const auto folder = std::filesystem::temp_directory_path() / "vivarium_history_reader_test";
  std::filesystem::create_directories(folder);
  std::string lines;
  for (int i = 0; i < 20000; ++i) {
    lines += R"({"type":"invoke","process":0,"f":"write","key":"/a","value":)" + std::to_string(i) + R"(,"time":)" +
             std::to_string(2 * i) + "}\n";
    lines += R"({"type":"ok","process":0,"f":"write","key":"/a","value":)" + std::to_string(i) + R"(,"time":)" +
             std::to_string(2 * i + 1) + "}\n";
  }
  lines.pop_back();  // no newline at the end
  std::ofstream(folder / "long.jsonl") << lines;
  const auto history = read_history(folder / "long.jsonl", {ModelKind::Register});
  ASSERT_TRUE(history.has_value()) << history.error().message;
  EXPECT_EQ(history->operations.size(), 20000u);
  EXPECT_EQ(history->line_of(history->operations.back().ret), 40000u);

  std::ofstream(folder / "h.edn")
      << "; a comment\n[{:type :invoke, :f :write, :process 0, :value 3, :time 1, :index 0}\n"
         " #jepsen.history.Op{:type :info, :process :nemesis, :f :kill, :value nil, :time 2}\n"
         " {:type :ok, :f :write, :process 0, :value 3, :time 3, :node \"n1\"}]\n";
  const auto edn = read_history(folder / "h.edn", {ModelKind::Register});
  ASSERT_TRUE(edn.has_value()) << edn.error().message;
  ASSERT_EQ(edn->operations.size(), 1u);
  EXPECT_EQ(edn->operations[0].argument, Value::of_number(3));

  const auto missing = read_history(folder / "missing.jsonl", {ModelKind::Register});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().kind, InputError::Kind::Io);
  const auto too_large = read_history(folder / "long.jsonl", {ModelKind::Register, 100000});
  ASSERT_FALSE(too_large.has_value());
  EXPECT_EQ(too_large.error().kind, InputError::Kind::TooLarge);
  std::filesystem::remove_all(folder);
}

TEST(HistoryReader, EdnSaysWhereItIsWrong) {
  EXPECT_THAT(error_of("[{:type :invoke, :f :read, :process 0, :time 0}\n {:type :ok :f :read"),
              StartsWith("h.jsonl:2:"));
  EXPECT_THAT(error_of("{:type :invoke, :f :raed, :process 0, :time 0}"), HasSubstr("unknown f \"raed\""));
  EXPECT_THAT(error_of("[{:type :invoke, :f #{1 2, :process 0}"), StartsWith("h.jsonl:1:"));
}

TEST(HistoryBuilder, AFaultyCallLeavesTheHistoryAsItWas) {
  HistoryBuilder builder;
  HistoryBuilder::Invoke call;
  call.process = 1 << 20;  // beyond the table of small processes
  call.time = 5;
  EXPECT_EQ(builder.invoke(call), HistoryFault::None);
  EXPECT_EQ(builder.invoke(call), HistoryFault::TwoInFlight);
  HistoryBuilder::Return reply;
  reply.process = 7;
  reply.time = 6;
  EXPECT_EQ(builder.ok(reply), HistoryFault::ReturnWithoutInvoke);
  reply.process = call.process;
  reply.time = 4;
  EXPECT_EQ(builder.ok(reply), HistoryFault::TimeBackwards);
  EXPECT_EQ(builder.history().positions, 1u);
  reply.time = 5;
  EXPECT_EQ(builder.ok(reply), HistoryFault::None);
}

}  // namespace
}  // namespace vivarium::checker

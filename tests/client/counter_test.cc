#include "core/client/counter.h"

#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using Phase = Counter::Phase;

struct CounterTest : ::testing::Test {
  CounterTest() {
    server.connect();
    server.act([&](auto&&... host) { counter.add(5, host...); });
  }
  void read(std::string_view text, int32_t version) {
    server.answer(OpCode::kGetData, server.latest(), wire::GetDataResponse{Bytes(text), stat_of(version)});
    server.show(counter);
  }
  void expect_done(Outcome outcome, ErrorCode error) {
    EXPECT_EQ(counter.phase, Phase::kDone);
    EXPECT_EQ(counter.outcome, outcome);
    EXPECT_EQ(counter.error, error);
    server.expect_silence();
  }
  FakeServer server{FakeServer::config()};
  Counter counter{.path = "/n"};
};

TEST_F(CounterTest, AddsUnderTheVersionThatItRead) {
  read("37", 8);
  const auto set = server.answer(OpCode::kSetData, 6, wire::StatResponse{stat_of(9)}).as<wire::SetDataRequest>();
  EXPECT_EQ(set.data.view(), "42");
  EXPECT_EQ(set.version, 8);
  server.show(counter);
  expect_done(Outcome::kOk, ErrorCode::kOk);
  EXPECT_EQ(counter.value, 42);
  EXPECT_EQ(counter.zxid, Zxid{6});
}

TEST_F(CounterTest, ReadsAgainBehindASyncWhenSomeoneWasFaster) {
  read("1", 1);
  server.answer(OpCode::kSetData, 6, ErrorCode::kBadVersion);
  server.show(counter);
  server.answer(OpCode::kSync, 7, wire::PathResponse{});
  server.show(counter);
  EXPECT_EQ(counter.phase, Phase::kReading);
  read("10", 2);
  EXPECT_EQ(server.answer(OpCode::kSetData, 8, wire::StatResponse{}).as<wire::SetDataRequest>().data.view(), "15");
  server.show(counter);
  expect_done(Outcome::kOk, ErrorCode::kOk);
  EXPECT_EQ(counter.attempts, 2u);
}

TEST_F(CounterTest, TheFirstAddCreates) {
  server.answer(OpCode::kGetData, 5, ErrorCode::kNoNode);
  server.show(counter);
  EXPECT_EQ(server.answer(OpCode::kCreate, 6, wire::PathResponse{Bytes("/n")}).as<wire::CreateRequest>().data.view(),
            "5");
  server.show(counter);
  expect_done(Outcome::kOk, ErrorCode::kOk);
  EXPECT_EQ(counter.value, 5);
}

TEST_F(CounterTest, ALostRaceToCreateReadsAgain) {
  server.answer(OpCode::kGetData, 5, ErrorCode::kNoNode);
  server.show(counter);
  server.answer(OpCode::kCreate, 6, ErrorCode::kNodeExists);
  server.show(counter);
  EXPECT_EQ(counter.phase, Phase::kReading);
}

TEST_F(CounterTest, AMissingParentIsAnError) {
  server.answer(OpCode::kGetData, 5, ErrorCode::kNoNode);
  server.show(counter);
  server.answer(OpCode::kCreate, 6, ErrorCode::kNoNode);
  server.show(counter);
  expect_done(Outcome::kError, ErrorCode::kNoNode);
}

TEST_F(CounterTest, AnUnknownWriteIsReportedAndNotRepeated) {
  read("1", 1);
  server.asked(OpCode::kSetData);
  server.hang_up();
  server.show(counter);
  server.connect();
  server.show(counter);
  expect_done(Outcome::kUnknown, ErrorCode::kConnectionLoss);
}

TEST_F(CounterTest, ALostReadIsAskedAgain) {
  server.asked(OpCode::kGetData);
  server.hang_up();
  server.show(counter);
  EXPECT_EQ(counter.phase, Phase::kReading);
  server.connect();
  read("1", 1);
  EXPECT_EQ(counter.phase, Phase::kWriting);
}

TEST_F(CounterTest, OnlyNumbersAreCounted) {
  read("1x", 1);
  expect_done(Outcome::kError, ErrorCode::kMarshallingError);
}

TEST_F(CounterTest, AndOnlyAsFarAsTheyGo) {
  read(std::to_string(INT64_MAX - 4), 1);
  expect_done(Outcome::kError, ErrorCode::kBadArguments);
}

TEST_F(CounterTest, ExpiryWhileReadingHadNoEffect) {
  server.hang_up();
  server.show(counter);
  server.tick();
  server.accept();
  server.welcome(0, 0);
  server.show(counter);
  EXPECT_EQ(counter.phase, Phase::kDone);
  EXPECT_EQ(counter.outcome, Outcome::kError);
  EXPECT_EQ(counter.error, ErrorCode::kSessionExpired);
}

}  // namespace
}  // namespace vivarium::client

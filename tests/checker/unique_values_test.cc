// Values that are written once: each rule broken, and nearly broken.
#include "checker/unique_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::HasSubstr;

std::string judged(std::string_view lines) {
  const History history = test::script(ModelKind::CasRegister, lines);
  const FastResult result = judge_unique_values(test::whole(history), ModelKind::CasRegister, Initial{});
  return result.kind == FastResult::Kind::Holds      ? "holds"
         : result.kind == FastResult::Kind::Unsuited ? "?"
                                                     : result.why;
}

TEST(UniqueValues, NeverWritten) {
  EXPECT_THAT(judged("do 0 write 1\n do 0 read 2"), HasSubstr("never written"));
  EXPECT_THAT(judged("do 0 cas [7,1]"), HasSubstr("never written"));
  EXPECT_EQ(judged("do 0 read null\n do 0 write 1\n do 0 read 1"), "holds");
}
TEST(UniqueValues, OneSuccessorByCas) {
  EXPECT_THAT(judged("do 0 write 1\n invoke 0 cas [1,2]\n invoke 1 cas [1,3]\n ok 0 cas [1,2]\n ok 1 cas [1,3]"),
              HasSubstr("two cas succeeded on one value"));
  EXPECT_EQ(judged("do 0 write 1\n invoke 0 cas [1,2]\n invoke 1 cas [2,3]\n ok 0 cas [1,2]\n ok 1 cas [2,3]"),
            "holds");
}
TEST(UniqueValues, CasInARing) {
  EXPECT_THAT(judged("invoke 0 cas [1,2]\n invoke 1 cas [2,1]\n ok 0 cas [1,2]\n ok 1 cas [2,1]"),
              HasSubstr("each demand the value of another"));
}
TEST(UniqueValues, ReadBeforeItWasWritten) {
  EXPECT_THAT(judged("do 1 read 1\n do 0 write 1"), HasSubstr("before it can have been written"));
  EXPECT_THAT(judged("do 0 cas [1,2]\n do 1 write 1"), HasSubstr("before what it follows was called"));
}
TEST(UniqueValues, SeenBeforeAndAfterAnother) {
  EXPECT_THAT(judged("do 0 write 1\n do 0 write 2\n do 1 read 1"), HasSubstr("before and after the second"));
  EXPECT_EQ(judged("do 0 write 1\n invoke 0 write 2\n do 1 read 1\n ok 0 write 2"), "holds");
}
TEST(UniqueValues, AnUnknownCasThatWasSeenHappened) {
  EXPECT_THAT(judged("do 0 write 1\n invoke 1 cas [1,2]\n info 1 cas [1,2]\n do 0 write 3\n do 2 read 2\n do 2 read 3"),
              HasSubstr("before and after"));
  EXPECT_EQ(judged("do 0 write 1\n invoke 1 cas [1,2]\n info 1 cas [1,2]\n do 2 read 2\n do 0 write 3\n do 2 read 3"),
            "holds");
}
TEST(UniqueValues, WhatItCannotDecide) {
  EXPECT_EQ(judged("do 0 write 1\n do 0 write 1"), "?") << "a value that is written twice";
  const std::string failed = "do 0 write 1\n invoke 1 cas [1,2]\n fail 1 cas [1,2] error=mismatch\n";
  EXPECT_EQ(judged(failed), "?") << "a comparison that failed";
  EXPECT_THAT(judged(failed + "do 0 write 3\n do 1 read 1"), HasSubstr("before and after")) << "wrong even without it";
}

}  // namespace
}  // namespace vivarium::checker

// Each rule of the claimed order: a history that breaks it, and one nearly the same that does not.
#include "checker/ordered.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checker/claims.h"
#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::HasSubstr;

std::string by_version(std::string_view lines) {
  const History history = test::script(ModelKind::Versioned, lines);
  const FastResult result = judge_ordered(test::whole(history), ModelKind::Versioned, Initial{}, Claim::Count);
  return result.kind == FastResult::Kind::Holds      ? "holds"
         : result.kind == FastResult::Kind::Unsuited ? "?"
                                                     : result.why;
}

std::string by_zxid(std::string_view lines) {
  const History history = test::script(ModelKind::CasRegister, lines);
  const FastResult result = judge_ordered(test::whole(history), ModelKind::CasRegister, Initial{}, Claim::Zxid);
  return result.kind == FastResult::Kind::Holds      ? "holds"
         : result.kind == FastResult::Kind::Unsuited ? "?"
                                                     : result.why;
}

TEST(Ordered, AnOrderThatHolds) {
  EXPECT_EQ(by_version("do 0 write 5 version=1\n do 1 cas [5,6] version=2\n do 2 read 6 version=2"), "holds");
  EXPECT_EQ(by_zxid("do 0 write 5 zxid=10\n do 1 cas [5,6] zxid=12\n do 2 read 6 zxid=14\n do 2 read 6"), "holds");
}
TEST(Ordered, OnePlaceForTwo) {
  EXPECT_THAT(by_version("do 0 write 5 version=1\n do 1 write 6 version=1"), HasSubstr("two effects claim version 1"));
  EXPECT_THAT(by_zxid("do 0 write 5 zxid=9\n do 1 write 6 zxid=9"), HasSubstr("two effects claim zxid 9"));
}
TEST(Ordered, ValuesOfAPlace) {
  EXPECT_THAT(by_version("do 0 write 5 version=1\n do 1 read 6 version=1"), HasSubstr("does not show the value"));
  EXPECT_THAT(by_version("do 1 read 6 version=0"), HasSubstr("which is the initial value"));
  EXPECT_EQ(by_version("do 1 read null version=0"), "holds");
}
TEST(Ordered, ConditionsOfACas) {
  EXPECT_THAT(by_version("do 0 write 5 version=1\n do 1 cas [4,6] version=2"), HasSubstr("not the one it demanded"));
  EXPECT_THAT(by_version("do 0 write 5 asked=7 version=1"), HasSubstr("demanded version 7 made version 1"));
  const char* failed = "do 0 write 5 version=1\n invoke 1 cas [{},6]\n fail 1 cas [{},6] error=mismatch version=1";
  std::string wrong(failed);
  for (size_t at; (at = wrong.find("{}")) != std::string::npos;) wrong.replace(at, 2, "5");
  EXPECT_NE(by_version(wrong), "holds");
  for (size_t at; (at = wrong.find("[5,")) != std::string::npos;) wrong.replace(at, 3, "[4,");
  EXPECT_EQ(by_version(wrong), "holds");
}
TEST(Ordered, RealTime) {
  EXPECT_THAT(by_version("do 0 write 5 version=2\n do 1 write 6 version=1"), HasSubstr("claim the opposite order"));
  EXPECT_EQ(by_version("invoke 0 write 5\n do 1 write 6 version=1\n ok 0 write 5 version=2"), "holds");
  EXPECT_THAT(by_zxid("do 0 write 5 zxid=10\n do 0 write 6 zxid=11\n do 1 read 5 zxid=10"),
              HasSubstr("opposite order"));
}
TEST(Ordered, ZxidsAndVersionsAgree) {
  EXPECT_THAT(by_version("invoke 0 write 5\n do 1 write 6 version=1 zxid=20\n ok 0 write 5 version=2 zxid=10"),
              HasSubstr("smaller zxid"));
}
TEST(Ordered, EveryVersionIsMadeBySomebody) {
  EXPECT_THAT(by_version("do 0 write 5 version=3"), HasSubstr("only 1 operations can have made a version"));
  EXPECT_EQ(by_version("invoke 1 write 4\n info 1 write 4\n do 0 write 5 version=2"), "holds");
  EXPECT_THAT(by_version("invoke 1 write 4\n info 1 write 4\n do 2 read 9 version=1\n do 0 write 5 version=2"),
              HasSubstr("no operation can have made version 1"));
  EXPECT_THAT(by_version("do 0 write 5 version=2\n invoke 1 write 4\n info 1 write 4\n"),
              HasSubstr("no operation can have made version 1"))
      << "it was called too late";
}
TEST(Ordered, ObservationsWithoutAClaim) {
  EXPECT_THAT(by_zxid("do 0 write 5 zxid=10\n do 0 write 6 zxid=11\n do 1 read 5"), HasSubstr("not current at any"));
  EXPECT_EQ(by_zxid("do 0 write 5 zxid=10\n invoke 0 write 6\n do 1 read 5\n do 1 read 6\n ok 0 write 6 zxid=11"),
            "holds");
  EXPECT_THAT(by_zxid("do 0 write 5 zxid=10\n invoke 0 write 6\n do 1 read 6\n do 1 read 5\n ok 0 write 6 zxid=11"),
              HasSubstr("not current at any"));
}

}  // namespace
}  // namespace vivarium::checker

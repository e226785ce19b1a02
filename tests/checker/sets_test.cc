#include "checker/sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string growing(ModelKind model, std::string_view lines) {
  const History history = test::script(model, lines);
  const FastResult result = judge_growing_set(test::whole(history), model, history.values);
  return result.kind == FastResult::Kind::Holds      ? "holds"
         : result.kind == FastResult::Kind::Unsuited ? "?"
                                                     : result.why;
}

TEST(Sets, SplitsByElement) {
  const History history = test::script(ModelKind::Set, "do 0 add 1\n do 0 add 2\n do 1 remove 1\n do 0 add 3");
  const Elements elements = split_elements(test::whole(history));
  ASSERT_EQ(elements.size(), 3u);
  EXPECT_THAT(elements.of(0), ElementsAre(0u, 2u));
  EXPECT_THAT(elements.of(1), ElementsAre(1u));
  EXPECT_FALSE(reads_whole_set(test::whole(history)));
}
TEST(Sets, GrowingReadsFormAChain) {
  EXPECT_EQ(growing(ModelKind::Set, "do 0 add 1\n do 1 read [1]\n do 0 add 2\n do 1 read [2,1]"), "holds");
  EXPECT_THAT(growing(ModelKind::Set, "invoke 0 add 1\n invoke 1 add 2\n do 2 read [1]\n do 3 read [2]"),
              HasSubstr("neither of the two reads contains the other"));
  EXPECT_THAT(growing(ModelKind::Set, "do 0 add 1\n do 1 read [1,1]"), HasSubstr("an element twice"));
}
TEST(Sets, WhatWasAddedIsShown) {
  EXPECT_THAT(growing(ModelKind::Set, "do 0 add 1\n do 1 read []"), HasSubstr("does not show it"));
  EXPECT_EQ(growing(ModelKind::Set, "invoke 0 add 1\n do 1 read []\n ok 0 add 1"), "holds");
  EXPECT_THAT(growing(ModelKind::Set, "do 1 read [1]\n do 0 add 1"), HasSubstr("added only after it"));
}
TEST(Sets, NobodyAddedIt) {
  EXPECT_THAT(growing(ModelKind::UniqueNames, "do 0 create \"a\"\n do 1 read [\"a\",\"b\"]"),
              HasSubstr("nobody can have added"));
  EXPECT_EQ(
      growing(ModelKind::UniqueNames, "invoke 2 create\n info 2 create\n do 0 create \"a\"\n do 1 read [\"a\",\"b\"]"),
      "holds");
}
TEST(Sets, OneNameTwice) {
  EXPECT_THAT(growing(ModelKind::UniqueNames, "do 0 create \"a\"\n do 1 create \"a\"\n do 1 read [\"a\"]"),
              HasSubstr("given twice"));
}
TEST(Sets, ZxidsAgainstRealTime) {
  const auto judged = [](std::string_view lines) {
    return judge_zxid_order(test::whole(test::script(ModelKind::Counter, lines))).why;
  };
  EXPECT_EQ(judged("do 0 add 1 zxid=5\n do 1 add 1 zxid=6"), "");
  EXPECT_THAT(judged("do 0 add 1 zxid=6\n do 1 add 1 zxid=5"), HasSubstr("opposite order"));
  EXPECT_THAT(judged("do 0 add 1 zxid=5\n do 1 add 1 zxid=5"), HasSubstr("two effects claim zxid 5"));
}

}  // namespace
}  // namespace vivarium::checker

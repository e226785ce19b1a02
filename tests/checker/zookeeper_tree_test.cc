// The tree by replay: each rule broken, and beside it what is allowed.
#include "checker/zookeeper_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::HasSubstr;

std::string why_tree(const std::string& lines) { return test::why(ModelKind::Zookeeper, lines); }

const std::string kA = "do 1 create 0 key=/a zxid=10\n";
const std::string kSet = kA + "do 1 setData 5 key=/a zxid=11 version=1\n";

TEST(ZookeeperTree, Create) {
  EXPECT_THAT(why_tree(kA + "do 2 create 1 key=/a zxid=12"), HasSubstr("though it existed since zxid 0xa"));
  EXPECT_EQ(why_tree(kA + "do 1 delete null key=/a zxid=11\n do 2 create 1 key=/a zxid=12"), "holds");
  EXPECT_EQ(why_tree(kA + "invoke 3 delete null key=/a\n info 3 delete null key=/a\n do 2 create 1 key=/a zxid=12"),
            "holds");
  EXPECT_THAT(why_tree(kA + "do 1 delete null key=/a zxid=11\n do 2 create 1 key=/a/b zxid=12"),
              HasSubstr("its parent did not exist"));
}
TEST(ZookeeperTree, SetData) {
  EXPECT_THAT(why_tree(kA + "do 1 delete null key=/a zxid=11\n do 2 setData 1 key=/a zxid=12 version=1"),
              HasSubstr("written though it did not exist"));
  EXPECT_THAT(why_tree(kA + "do 1 setData 1 key=/a zxid=12 version=2"), HasSubstr("the next write made version 2"));
  EXPECT_EQ(
      why_tree(kA + "invoke 3 setData 7 key=/a\n info 3 setData 7 key=/a\n do 1 setData 1 key=/a zxid=12 version=2"),
      "holds");
  EXPECT_THAT(why_tree(kA + "do 1 setData 1 key=/a asked=4 zxid=12 version=1"),
              HasSubstr("demanded version 4 made version 1"));
}
TEST(ZookeeperTree, Delete) {
  EXPECT_THAT(why_tree(kA + "do 1 delete null key=/a zxid=11\n do 2 delete null key=/a zxid=12"),
              HasSubstr("deleted though it did not exist"));
  EXPECT_THAT(why_tree(kSet + "do 2 delete null key=/a asked=7 zxid=12"), HasSubstr("deleted at version 7, but had"));
  EXPECT_EQ(why_tree(kSet + "do 2 delete null key=/a asked=1 zxid=12"), "holds");
  EXPECT_THAT(why_tree(kA + "do 1 create 1 key=/a/b zxid=11\n do 2 delete null key=/a zxid=12"),
              HasSubstr("had the child"));
}
TEST(ZookeeperTree, SequenceNumbersGrow) {
  const std::string first = kA + "do 1 create 1 key=/a/n- sequential=true path=/a/n-0000000004 zxid=11\n";
  EXPECT_EQ(why_tree(first + "do 2 create 1 key=/a/n- sequential=true path=/a/n-0000000005 zxid=12"), "holds");
  EXPECT_THAT(why_tree(first + "do 2 create 1 key=/a/n- sequential=true path=/a/n-0000000003 zxid=12"),
              HasSubstr("got the smaller number 3"));
  EXPECT_THAT(why_tree(first + "do 2 create 1 key=/a/n- sequential=true path=/a/n- zxid=12"),
              HasSubstr("has no number"));
}
TEST(ZookeeperTree, Reads) {
  EXPECT_EQ(why_tree(kSet + "do 2 getData 5 key=/a zxid=11 version=1 mzxid=11 czxid=10"), "holds");
  EXPECT_THAT(why_tree(kSet + "do 2 getData 6 key=/a zxid=11"), HasSubstr("but 6 was shown"));
  EXPECT_THAT(why_tree(kSet + "do 2 getData 5 key=/a zxid=11 version=4"), HasSubstr("version 4 was shown"));
  EXPECT_THAT(why_tree(kA + "do 1 delete null key=/a zxid=11\n do 2 getData 0 key=/a zxid=11"),
              HasSubstr("but was shown"));
  EXPECT_EQ(
      why_tree(kA + "invoke 1 delete null key=/a\n do 2 getData 0 key=/a zxid=10\n ok 1 delete null key=/a zxid=11"),
      "holds");
}
TEST(ZookeeperTree, Refusals) {
  const auto refused = [](const std::string& before, const std::string& call, const std::string& reply) {
    return why_tree(before + "invoke 2 " + call + "\n fail 2 " + call.substr(0, call.find(' ')) + " null key=/a " +
                    reply);
  };
  EXPECT_THAT(refused(kA, "getData null key=/a", "error=NoNode zxid=10"), HasSubstr("there is no such node"));
  EXPECT_EQ(refused("do 1 create 0 key=/b zxid=10\n", "getData null key=/a", "error=NoNode zxid=10"), "holds");
  EXPECT_EQ(refused(kA, "create 1 key=/a", "error=NodeExists zxid=11"), "holds");
  EXPECT_THAT(refused(kA + "do 1 delete null key=/a zxid=11\n", "create 1 key=/a", "error=NodeExists zxid=12"),
              HasSubstr("but the reply says that it does"));
  EXPECT_THAT(refused(kSet, "setData 7 key=/a version=1", "error=BadVersion zxid=12"),
              HasSubstr("says that it had not"));
  EXPECT_EQ(refused(kSet, "setData 7 key=/a version=3", "error=BadVersion zxid=12"), "holds");
}
TEST(ZookeeperTree, Children) {
  const std::string two = kA + "do 1 create 1 key=/a/x zxid=11\n do 1 create 1 key=/a/y zxid=12\n";
  EXPECT_EQ(why_tree(two + "do 2 getChildren [\"y\",\"x\"] key=/a zxid=12"), "holds");
  EXPECT_EQ(why_tree(two + "do 2 getChildren [\"x\"] key=/a zxid=11"), "holds");
  EXPECT_THAT(why_tree(two + "do 2 getChildren [\"x\"] key=/a zxid=12"),
              HasSubstr("/a/y existed at zxid 0xc, but was not"));
  EXPECT_THAT(why_tree(two + "do 2 getChildren [\"x\",\"y\"] key=/a zxid=11"),
              HasSubstr("/a/y did not exist at zxid 0xb"));
  EXPECT_EQ(why_tree(two + "invoke 3 delete null key=/a/y\n info 3 delete null key=/a/y\n"
                           "do 2 getChildren [\"x\"] key=/a zxid=12"),
            "holds")
      << "a delete of unknown outcome";
}
TEST(ZookeeperTree, AMultiIsOneStep) {
  const std::string both =
      kA + R"(do 1 multi [{"f":"create","key":"/a/x","value":1},{"f":"delete","key":"/b"}] zxid=12)" + "\n";
  EXPECT_EQ(why_tree("do 1 create 0 key=/b zxid=9\n" + both + "do 2 getChildren [\"x\"] key=/a zxid=12"), "holds");
  EXPECT_THAT(why_tree("do 1 create 0 key=/b zxid=9\n" + both + "do 2 getData 0 key=/b zxid=12"),
              HasSubstr("but was shown"));
  EXPECT_THAT(why_tree("do 1 create 0 key=/b zxid=9\n" + both + "do 2 getChildren [] key=/a zxid=12"),
              HasSubstr("but was not listed"));
}
TEST(ZookeeperTree, EphemeralsGoWithTheirSession) {
  const std::string mine = kA + "do 7 create 1 key=/a/e ephemeral=true zxid=11 session=7\n";
  const std::string closed = mine + "do 7 closeSession null key=/ zxid=12 session=7\n";
  EXPECT_EQ(why_tree(closed + "do 2 getChildren [] key=/a zxid=12"), "holds");
  EXPECT_THAT(why_tree(closed + "do 2 getChildren [\"e\"] key=/a zxid=12"), HasSubstr("/a/e did not exist"));
  EXPECT_THAT(why_tree(closed + "do 7 create 1 key=/c zxid=13 session=7"), HasSubstr("wrote after it had been closed"));
}

}  // namespace
}  // namespace vivarium::checker

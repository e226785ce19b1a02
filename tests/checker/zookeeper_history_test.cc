#include "checker/zookeeper_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker::zookeeper {
namespace {

using testing::ElementsAre;

TEST(ZookeeperHistory, ParentsAndSequences) {
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("/"), "/");
  EXPECT_EQ(sequence_of("/q/n-0000000012"), 12);
  EXPECT_EQ(sequence_of("/q/n-000000012x"), -1);
  EXPECT_EQ(sequence_of("/q"), -1);
}

TEST(ZookeeperHistory, ChangesInTheOrderOfTheirZxids) {
  const History history = test::script(ModelKind::Zookeeper, R"(
      invoke 1 create 5 key=/a
      do 2 create 6 key=/b zxid=3
      ok 1 create null key=/a zxid=2
      invoke 3 setData 9 key=/a
      info 3 setData 9 key=/a
      invoke 4 delete null key=/b
      fail 4 delete null key=/b error=NotEmpty zxid=4)");
  const Tables tables(history);
  ASSERT_EQ(tables.changes.size(), 2u);
  EXPECT_EQ(tables.paths[tables.changes[0].path], "/a");
  EXPECT_EQ(tables.paths[tables.changes[1].path], "/b");
  EXPECT_EQ(tables.changes[1].kind, ChangeKind::Create);
  ASSERT_EQ(tables.lost.size(), 1u);
  EXPECT_EQ(tables.lost[0].value, Value::of_number(9));
  EXPECT_THAT(tables.transactions, ElementsAre(0u, 1u));
  EXPECT_EQ(tables.error(3), "NotEmpty");
  EXPECT_EQ(tables.error(0), "");
}

TEST(ZookeeperHistory, AMultiIsSeveralChangesOfOneZxid) {
  const std::string parts = R"([{"f":"create","key":"/q/n-","value":1,"sequential":true},)"
                            R"({"f":"check","key":"/q"},{"f":"setData","key":"/q","value":2,"version":4}])";
  const History history =
      test::script(ModelKind::Zookeeper, "invoke 1 multi " + parts + "\n" +
                                             R"(ok 1 multi [{"path":"/q/n-0000000003"},{},{"version":5}] zxid=7)");
  const Tables tables(history);
  ASSERT_EQ(tables.changes.size(), 2u);
  EXPECT_EQ(tables.paths[tables.changes[0].path], "/q/n-0000000003");
  EXPECT_TRUE(tables.changes[0].sequential);
  EXPECT_EQ(tables.changes[1].kind, ChangeKind::SetData);
  EXPECT_EQ(tables.changes[1].asked_version, 4);
  EXPECT_EQ(tables.changes[1].version, 5);
  EXPECT_EQ(tables.changes[1].zxid, 7);
}

}  // namespace
}  // namespace vivarium::checker::zookeeper

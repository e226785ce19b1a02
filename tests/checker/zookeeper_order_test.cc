// Session order, real time and zxids as one graph.
#include "checker/zookeeper_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::string why_order(const std::string& lines, bool strict_sync = false) {
  return test::why(ModelKind::Zookeeper, lines, strict_sync);
}

const std::string kTwo = "do 1 create 0 key=/a zxid=10\n do 1 setData 5 key=/a zxid=11 version=1\n";

TEST(ZookeeperOrder, WritesFollowRealTime) {
  EXPECT_THAT(why_order("do 1 create 0 key=/a zxid=11\n do 2 create 0 key=/b zxid=10\n"),
              AllOf(HasSubstr("(1) returned before (2) was called."), HasSubstr("before zxid 0xb of (1)")));
  EXPECT_EQ(why_order("invoke 1 create 0 key=/a\n do 2 create 0 key=/b zxid=10\n ok 1 create null key=/a zxid=11"),
            "holds");
}

TEST(ZookeeperOrder, ReadsMayBeStaleButNotWithinASession) {
  EXPECT_EQ(why_order(kTwo + "do 2 getData 0 key=/a zxid=10"), "holds");
  EXPECT_THAT(why_order(kTwo + "do 2 getData 5 key=/a zxid=11\n do 2 getData 0 key=/a zxid=10"),
              HasSubstr("were called by one session"));
}

TEST(ZookeeperOrder, ASessionSeesItsOwnWrites) {
  EXPECT_THAT(why_order(kTwo + "do 1 getData 0 key=/a zxid=10"), HasSubstr("were called by one session"));
  EXPECT_EQ(why_order(kTwo + "do 1 getData 5 key=/a zxid=11"), "holds");
}

TEST(ZookeeperOrder, OneSessionOnSeveralConnectionsIsOneSession) {
  EXPECT_THAT(why_order(kTwo + "do 2 getData 5 key=/a zxid=11 session=9\n do 3 getData 0 key=/a zxid=10 session=9"),
              HasSubstr("were called by one session"));
}

TEST(ZookeeperOrder, NobodySeesTheFuture) {
  EXPECT_THAT(why_order("do 1 create 0 key=/a zxid=10\n do 2 getData 0 key=/a zxid=11\n"
                        "do 1 setData 5 key=/a zxid=11 version=1"),
              HasSubstr("is reflected by"));
}

TEST(ZookeeperOrder, WithoutAHeaderTheNodesOwnZxidsTell) {
  EXPECT_THAT(why_order(kTwo + "do 2 getData 5 key=/a mzxid=11 czxid=10\n do 2 getData 0 key=/a mzxid=10 czxid=10"),
              HasSubstr("does not reflect"));
}

TEST(ZookeeperOrder, AfterASync) {
  const std::string stale = kTwo + "do 2 sync null key=/ zxid=10\n do 2 getData 0 key=/a zxid=10";
  EXPECT_EQ(why_order(stale), "holds") << "ZooKeeper does not promise more";
  EXPECT_THAT(why_order(stale, true), HasSubstr("returned before"));
  EXPECT_EQ(why_order(kTwo + "do 2 sync null key=/ zxid=11\n do 2 getData 5 key=/a zxid=11", true), "holds");
  const History history = test::script(ModelKind::Zookeeper, stale);
  EXPECT_EQ(zookeeper::stale_after_sync(zookeeper::Tables(history)), 1u);
}

}  // namespace
}  // namespace vivarium::checker

#include "checker/zookeeper_watches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::HasSubstr;

std::string why_watches(const std::string& lines) { return test::why(ModelKind::Zookeeper, lines); }

const std::string kWatched = "do 1 create 0 key=/a zxid=10\n do 2 getData 0 key=/a zxid=10 watch=true\n";
const std::string kChanged = kWatched + "do 1 setData 5 key=/a zxid=11 version=1\n";
const std::string kEvent = "event 2 watch \"NodeDataChanged\" key=/a zxid=11\n";

TEST(ZookeeperWatches, AnEventBeforeTheDataHolds) {
  EXPECT_EQ(why_watches(kChanged + kEvent + "do 2 getData 5 key=/a zxid=11"), "holds");
}
TEST(ZookeeperWatches, TheDataBeforeTheEvent) {
  EXPECT_THAT(why_watches(kChanged + "do 2 getData 5 key=/a zxid=11\n" + kEvent), HasSubstr("but no event"));
}
TEST(ZookeeperWatches, AnEventThatNeverCame) {
  EXPECT_THAT(why_watches("do 1 create 0 key=/b zxid=9\n do 3 getData 0 key=/b zxid=9 watch=true\n" + kChanged +
                          "do 1 setData 1 key=/b zxid=12 version=1\n event 3 watch \"NodeDataChanged\" key=/b zxid=12\n"
                          "do 2 getData 5 key=/a zxid=11"),
              HasSubstr("came, but no event"));
}
TEST(ZookeeperWatches, OneWatchOneEvent) {
  EXPECT_THAT(why_watches(kChanged + kEvent + kEvent), HasSubstr("had no watch there (any more)"));
  EXPECT_THAT(why_watches(kChanged + "event 3 watch \"NodeDataChanged\" key=/a zxid=11"),
              HasSubstr("had no watch there"));
}
TEST(ZookeeperWatches, TheCauseDidWhatTheEventSays) {
  EXPECT_THAT(why_watches(kChanged + "event 2 watch \"NodeDeleted\" key=/a zxid=11"), HasSubstr("did no such thing"));
  EXPECT_THAT(why_watches(kChanged + "event 2 watch \"NodeDataChanged\" key=/a zxid=10"),
              HasSubstr("but the event is of"));
}
TEST(ZookeeperWatches, EventsInTheOrderOfTheirZxids) {
  const std::string both = "do 1 create 0 key=/b zxid=9\n" + kWatched +
                           "do 2 getData 0 key=/b zxid=10 watch=true\n do 1 setData 5 key=/a zxid=11 version=1\n"
                           "do 1 setData 5 key=/b zxid=12 version=1\n";
  const std::string on_b = "event 2 watch \"NodeDataChanged\" key=/b zxid=12\n";
  EXPECT_EQ(why_watches(both + kEvent + on_b), "holds");
  EXPECT_THAT(why_watches(both + on_b + kEvent), HasSubstr("later event has the smaller zxid"));
}
TEST(ZookeeperWatches, ChildrenAndExistence) {
  const std::string listed = "do 1 create 0 key=/a zxid=10\n do 2 getChildren [] key=/a zxid=10 watch=true\n";
  const std::string told = "event 2 watch \"NodeChildrenChanged\" key=/a zxid=11\n";
  EXPECT_EQ(why_watches(listed + "do 1 create 0 key=/a/x zxid=11\n" + told), "holds");
  EXPECT_THAT(why_watches(listed + "do 1 setData 0 key=/a zxid=11 version=1\n" + told), HasSubstr("did no such thing"));
  const std::string absent =
      "do 1 create 0 key=/a zxid=10\n invoke 2 exists null key=/b watch=true\n"
      "fail 2 exists null key=/b error=NoNode zxid=10\n";
  EXPECT_EQ(why_watches(absent + "do 1 create 0 key=/b zxid=11\n event 2 watch \"NodeCreated\" key=/b zxid=11"),
            "holds");
}
TEST(ZookeeperWatches, AnExpiredSessionHasNoWatches) {
  EXPECT_THAT(why_watches(kChanged + "event 2 session \"expired\"\n" + kEvent), HasSubstr("had no watch there"));
}

}  // namespace
}  // namespace vivarium::checker

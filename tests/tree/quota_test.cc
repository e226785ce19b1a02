#include "core/tree/quota.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::ErrorCode;

// What upstream's StatsTrack makes of a text: "!" where it throws.
std::string reread(std::string_view text) {
  const auto track = StatsTrack::read(Bytes(text));
  return track ? track->text() : "!";
}

TEST(StatsTrack, ReadsAndWritesUpstreamsText) {
  EXPECT_EQ(reread("count=2,bytes=8"), "count=2,bytes=8");
  EXPECT_EQ(reread(""), "count=-1,bytes=-1");
  EXPECT_EQ(reread("bytes=5"), "count=-1,bytes=5");
  EXPECT_EQ(reread("count=4,bytes=-1=;countHardLimit=3;byteHardLimit=9"),
            "count=4,bytes=-1=;byteHardLimit=9;countHardLimit=3");
  EXPECT_EQ(reread("count=4;;,,bytes=+6,"), "count=4,bytes=6") << "any row of , and ; divides";
  EXPECT_EQ(reread("count=1,count=2,bytes==7"), "count=2,bytes=-1") << "the last counts; no value is -1";
  EXPECT_EQ(reread("b=2;=5,a=1"), "count=-1,bytes=-1=;=5;a=1;b=2") << "others are kept, in order";
  EXPECT_EQ(reread(",;"), "count=-1,bytes=-1");
  EXPECT_EQ(reread("count=9223372036854775807"), "count=9223372036854775807,bytes=-1");
  for (const char* none : {"count", "count=", "count==", "=", ",count=1", "count=x", "count= 1", "count=1.5",
                           "count=9223372036854775808", "count=+-1", "nonsense"})
    EXPECT_EQ(reread(none), "!") << none;
}

struct Quota : Leader {
  void begin(const std::string& path, const std::string& limits = "count=10,bytes=-1") {
    std::string at = "/zookeeper/quota";
    for (size_t slash = 0; slash != std::string::npos;) {
      slash = path.find('/', slash + 1);
      create(at + path.substr(0, slash));
    }
    ask(wire::OpCode::kCreate, create_body(at + path + "/zookeeper_limits", 0, wire::world_anyone_all(), limits));
    create(at + path + "/zookeeper_stats");
  }
  std::string stats(const std::string& path) const {
    const Znode* node = state.find("/zookeeper/quota" + path + "/zookeeper_stats");
    return node ? node->data.str() : "none";
  }
};

TEST(Quota, StatisticsFollowTheirSubtree) {
  Quota q;
  q.create("/a");
  q.create("/a/b");
  q.create("/other");
  q.begin("/a");
  EXPECT_EQ(q.stats("/a"), "count=2,bytes=2") << "whatever was written there";
  const wire::Stat before = q.stat("/zookeeper/quota/a/zookeeper_stats");
  q.create("/a/b/c");
  q.set("/a/b", "12345");
  q.create("/ab");
  EXPECT_EQ(q.stats("/a"), "count=3,bytes=7") << "/ab is not below /a";
  q.set("/a/b", "");
  q.remove("/a/b/c");
  EXPECT_EQ(q.stats("/a"), "count=2,bytes=1");
  const wire::Stat after = q.stat("/zookeeper/quota/a/zookeeper_stats");
  EXPECT_EQ(after.version, before.version) << "no transaction of its own";
  EXPECT_EQ(after.mzxid, before.mzxid);
  EXPECT_EQ(after.data_length, 15);
  EXPECT_EQ(q.stats("/other"), "none");
  q.remove("/zookeeper/quota/a/zookeeper_limits");
  q.create("/a/x");
  EXPECT_EQ(q.stats("/a"), "count=2,bytes=1") << "without limits nobody counts";
  q.close();
}

TEST(Quota, EphemeralsMultisAndContainersCountToo) {
  Quota q;
  q.create("/a");
  q.begin("/a");
  q.create("/a/e", 1);
  q.multi({{wire::OpCode::kCreate, Leader::create_body("/a/m")},
           {wire::OpCode::kSetData, Leader::data_body("/a/m", "123")}});
  q.ask(wire::OpCode::kCreateContainer, Leader::create_body("/a/c"));
  EXPECT_EQ(q.stats("/a"), "count=4,bytes=6");
  q.close();
  EXPECT_EQ(q.stats("/a"), "count=3,bytes=5");
}

TEST(Quota, OnlyTheDeepestIsKeptUpAndLoadingCountsAll) {
  Quota q;
  q.create("/a");
  q.begin("/a");
  q.create("/a/b");
  q.begin("/a/b");
  q.create("/a/b/c");
  EXPECT_EQ(q.stats("/a"), "count=2,bytes=2");
  EXPECT_EQ(q.stats("/a/b"), "count=2,bytes=2");
  EXPECT_EQ(q.state.data_bytes, walked_bytes(q.state));
  recount_quotas(q.state);
  EXPECT_EQ(q.state.data_bytes, walked_bytes(q.state));
  EXPECT_EQ(q.stats("/a"), "count=3,bytes=3");
  EXPECT_EQ(q.stats("/a/b"), "count=2,bytes=2");
}

TEST(Quota, TheDigestLeavesStatisticsOut) {
  Quota with, without;
  for (Quota* q : {&with, &without}) q->create("/a");
  with.begin("/a");
  const int64_t before = with.state.tree_digest;
  recount_quotas(with.state);
  EXPECT_EQ(with.state.tree_digest, before);
  EXPECT_EQ(with.state.find("/zookeeper/quota/a/zookeeper_stats")->digest, 0u);
}

TEST(Quota, WhatNoStatisticsIsStaysAsItIs) {
  Quota q;
  q.create("/a");
  q.begin("/a");
  for (const char* text : {"nonsense", "count"}) {
    q.set("/zookeeper/quota/a/zookeeper_stats", text);
    EXPECT_EQ(q.set("/a", "xx"), ErrorCode::kOk) << "upstream's server ends of it";
    EXPECT_EQ(q.stats("/a"), text);
  }
  q.set("/zookeeper/quota/a/zookeeper_stats", "count=9223372036854775807=;x=1");
  q.create("/a/b");
  EXPECT_EQ(q.stats("/a"), "count=-9223372036854775808,bytes=0=;x=1") << "sums wrap as Java's";
  q.remove("/zookeeper/quota/a/zookeeper_stats");
  EXPECT_EQ(q.create("/a/c"), ErrorCode::kOk);
}

TEST(Quota, OfTheRootIsCountedOnceAndNotKept) {
  Quota q;
  q.create("/zookeeper/quota/zookeeper_limits");
  q.create("/zookeeper/quota/zookeeper_stats");
  EXPECT_EQ(q.state.find("/zookeeper/quota/zookeeper_stats")->data, Bytes("count=6,bytes=2"));
  q.create("/a");
  EXPECT_EQ(q.state.find("/zookeeper/quota/zookeeper_stats")->data, Bytes("count=6,bytes=2"));
}

TEST(Quota, JudgesCountBeforeBytesAndOnlyWhatGrows) {
  Quota q;
  q.create("/a");
  q.begin("/a", "count=1,bytes=1");
  EXPECT_EQ(judge_quota(q.state, "/a/b", 100, 1), ErrorCode::kOk) << "soft limits warn";
  q.set("/zookeeper/quota/a/zookeeper_limits", "count=1,bytes=1=;countHardLimit=1");
  EXPECT_EQ(judge_quota(q.state, "/a/b", 0, 1), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(judge_quota(q.state, "/a", 100, 0), ErrorCode::kOk);
  EXPECT_EQ(judge_quota(q.state, "/b", 100, 1), ErrorCode::kOk);
  q.set("/zookeeper/quota/a/zookeeper_limits", "byteHardLimit=5");
  EXPECT_EQ(judge_quota(q.state, "/a", 4, 1), ErrorCode::kOk);
  EXPECT_EQ(judge_quota(q.state, "/a", 5, 1), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(judge_quota(q.state, "/a", 0, 1), ErrorCode::kOk);
  q.set("/zookeeper/quota/a/zookeeper_stats", "nonsense");
  EXPECT_EQ(judge_quota(q.state, "/a", 1, 0), ErrorCode::kMarshallingError);
  EXPECT_EQ(judge_quota(q.state, "/a", 0, 0), ErrorCode::kOk);
  q.remove("/zookeeper/quota/a/zookeeper_stats");
  EXPECT_EQ(judge_quota(q.state, "/a", 100, 0), ErrorCode::kOk);
}

// Kept up by differences, and counted from nothing: two roads to the same figures, also when the log is replayed over a
// later state.
TEST(Quota, DifferencesAndCountsAgree) {
  EXPECT_TRUE(rc::check([](const std::vector<std::array<uint8_t, 3>>& rolls, size_t again_from) {
    Quota q;
    q.create("/a");
    q.begin("/a");
    const char* paths[] = {"/a/x", "/a/y", "/a/x/z", "/b", "/a"};
    std::vector<State> states = {q.state};
    const size_t prologue = q.log.size();
    for (const auto& [what, where, size] : rolls) {
      const std::string path = paths[where % 5];
      switch (what % 4) {
        case 0: q.create(path); break;
        case 1: q.create(path, 1); break;
        case 2: q.remove(path); break;
        default: q.set(path, std::string(size % 7, 'x')); break;
      }
      states.push_back(q.state);
      State counted = q.state;
      recount_quotas(counted);
      RC_ASSERT(counted.find("/zookeeper/quota/a/zookeeper_stats")->data.str() == q.stats("/a"));
    }
    State replayed = q.state;
    for (size_t i = prologue + again_from % states.size(); i < q.log.size(); ++i) apply(replayed, q.log[i]);
    RC_ASSERT(replayed.find("/zookeeper/quota/a/zookeeper_stats")->data.str() == q.stats("/a"));
  }));
}

}  // namespace
}  // namespace vivarium::tree::testing

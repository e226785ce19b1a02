#include "checker/zookeeper.h"

#include <gtest/gtest.h>

namespace vivarium::checker {
namespace {

// A small language for histories: each call is one operation, from its invoke to its return.
class Script {
 public:
  struct Reply {
    int64_t zxid, czxid, mzxid;
    int32_t version;
  };

  Script& create(int64_t process, const char* key, int64_t value, int64_t zxid) {
    return operation(process, Function::Create, key, value, std::nullopt, {zxid, zxid, zxid, kNoVersion}, Outcome::Ok);
  }
  Script& set(int64_t process, const char* key, int64_t value, Reply reply) {
    return operation(process, Function::SetData, key, value, std::nullopt, reply, Outcome::Ok);
  }
  Script& set_unknown(int64_t process, const char* key, int64_t value) {
    return operation(process, Function::SetData, key, value, std::nullopt, {kNoZxid, kNoZxid, kNoZxid, kNoVersion},
                     Outcome::Unknown);
  }
  Script& create_unknown(int64_t process, const char* key, int64_t value, bool ephemeral) {
    ephemeral_ = ephemeral;
    return operation(process, Function::Create, key, value, std::nullopt, {kNoZxid, kNoZxid, kNoZxid, kNoVersion},
                     Outcome::Unknown);
  }
  Script& get(int64_t process, const char* key, int64_t saw, Reply reply) {
    return operation(process, Function::GetData, key, std::nullopt, saw, reply, Outcome::Ok);
  }
  Script& sync(int64_t process, int64_t zxid) {
    return operation(process, Function::Sync, "/", std::nullopt, std::nullopt, {zxid, kNoZxid, kNoZxid, kNoVersion},
                     Outcome::Ok);
  }

  std::string judge(bool strict_sync = false) {
    Options options;
    options.model = ModelKind::Zookeeper;
    options.strict_sync = strict_sync;
    const Verdict verdict = check(builder_.history(), options);
    if (verdict.answer == Answer::Holds) return "holds";
    return "violated";
  }

 private:
  Script& operation(int64_t process, Function f, const char* key, std::optional<int64_t> value,
                    std::optional<int64_t> result, Reply r, Outcome outcome) {
    HistoryBuilder::Invoke call;
    call.process = process;
    call.f = f;
    call.key = key;
    if (value) call.value = builder_.number(*value);
    call.time = ++time_;
    call.session = process;
    Detail asked;
    asked.ephemeral = std::exchange(ephemeral_, false);
    call.detail = &asked;
    EXPECT_EQ(builder_.invoke(call), HistoryFault::None);
    Detail detail;
    detail.czxid = r.czxid;
    detail.mzxid = r.mzxid;
    HistoryBuilder::Return reply;
    reply.process = process;
    if (result) reply.value = builder_.number(*result);
    reply.time = ++time_;
    reply.zxid = r.zxid;
    reply.version = r.version;
    reply.session = process;
    reply.detail = &detail;
    EXPECT_EQ(outcome == Outcome::Ok ? builder_.ok(reply) : builder_.info(reply), HistoryFault::None);
    return *this;
  }

  HistoryBuilder builder_;
  int64_t time_ = 0;
  bool ephemeral_ = false;  // the next operation
};

Script base() {
  Script script;
  script.create(1, "/a", 0, 10).set(1, "/a", 5, {11, 10, 11, 1});
  return script;
}

TEST(Zookeeper, AnOrdinaryHistoryHolds) {
  EXPECT_EQ(base().get(2, "/a", 5, {11, 10, 11, 1}).get(3, "/a", 0, {10, 10, 10, 0}).judge(), "holds");
}
TEST(Zookeeper, AStaleReadOfAnotherSessionHolds) {
  EXPECT_EQ(base().get(2, "/a", 0, {10, 10, 10, 0}).judge(), "holds");
}
TEST(Zookeeper, AWriteOfUnknownOutcomeMayBeSeenOrNot) {
  EXPECT_EQ(base().set_unknown(2, "/a", 7).get(3, "/a", 7, {12, 10, 12, 2}).judge(), "holds");
  EXPECT_EQ(base().set_unknown(2, "/a", 7).get(3, "/a", 5, {11, 10, 11, 1}).judge(), "holds");
}

TEST(Zookeeper, TwoWritesWithOneZxid) { EXPECT_EQ(base().set(2, "/b", 1, {11, 10, 11, 1}).judge(), "violated"); }
TEST(Zookeeper, ZxidsAgainstRealTime) { EXPECT_EQ(base().set(2, "/b", 1, {9, 8, 9, 1}).judge(), "violated"); }
TEST(Zookeeper, TwoValuesOfOneVersion) { EXPECT_EQ(base().get(2, "/a", 6, {11, 10, 11, 1}).judge(), "violated"); }
TEST(Zookeeper, OneVersionByTwoTransactions) { EXPECT_EQ(base().get(2, "/a", 5, {12, 10, 12, 1}).judge(), "violated"); }
TEST(Zookeeper, VersionsGoWithTransactions) {
  EXPECT_EQ(base().set_unknown(2, "/a", 9).get(3, "/a", 9, {11, 10, 9, 2}).judge(), "violated");
}
TEST(Zookeeper, AReplyThatDeniesItsOwnZxid) { EXPECT_EQ(base().get(2, "/a", 0, {11, 10, 10, 0}).judge(), "violated"); }
TEST(Zookeeper, AValueThatNobodyWrote) { EXPECT_EQ(base().get(2, "/a", 42, {12, 10, 12, 2}).judge(), "violated"); }
TEST(Zookeeper, AReadOfTheFuture) {
  EXPECT_EQ(base().set_unknown(4, "/a", 6).get(2, "/a", 6, {11, 10, 12, 2}).judge(), "violated");
}
TEST(Zookeeper, ASessionThatGoesBack) {
  EXPECT_EQ(base().get(2, "/a", 5, {11, 10, 11, 1}).get(2, "/a", 0, {10, 10, 10, 0}).judge(), "violated");
}
TEST(Zookeeper, SyncIsStrictWhenAskedToBe) {
  auto script = base();
  script.sync(2, 10).get(2, "/a", 0, {10, 10, 10, 0});
  EXPECT_EQ(script.judge(), "holds");
  EXPECT_EQ(script.judge(true), "violated");
}

// It was made by a create whose answer got lost, and went with that client's session: chaos found that we forgot it.
TEST(Zookeeper, ANodeOfALostEphemeralCreateMayVanish) {
  const auto judge = [](bool ephemeral) {
    return Script().create_unknown(1, "/e", 1, ephemeral).set(2, "/e", 2, {5, 4, 5, 1}).create(2, "/e", 3, 9).judge();
  };
  EXPECT_EQ(judge(true), "holds");
  EXPECT_EQ(judge(false), "violated");
}

}  // namespace
}  // namespace vivarium::checker

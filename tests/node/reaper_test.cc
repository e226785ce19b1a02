// What a leader deletes by itself, and when.
#include "core/node/reaper.h"

#include <gtest/gtest.h>

#include "tests/node/ensemble.h"

namespace vivarium::node {
namespace {

using wire::ErrorCode;
using wire::OpCode;

constexpr int64_t kWallMs = 1'700'000'000'000;

Now at(Duration since_start) { return {Time{} + since_start, kWallMs + since_start.ms()}; }

// A tree in which every path has this owner, written at the start.
struct Left {
  explicit Left(int64_t of) : owner(of) {}
  Left& node(const char* path, int32_t creates = 1) {
    tree::Znode made;
    made.data = Bytes("");
    made.stat.ephemeral_owner = owner;
    made.stat.cversion = creates;
    made.stat.mtime_ms = kWallMs;
    state.nodes.set(Bytes(path), Cow<tree::Znode>(made));
    EXPECT_TRUE(tree::finish_loading(state));
    return *this;
  }
  int64_t owner;
  tree::State state = tree::State::fresh();
};

std::string taken(Reaper& reaper, const tree::State& state, Now now) {
  std::string out;
  reaper.look(state, now);
  while (const auto path = reaper.take_due(now.steady)) out += path->str() + " ";
  return out;
}

TEST(Reaper, WantsNothingWhereNothingExpires) {
  Reaper reaper;
  EXPECT_EQ(taken(reaper, tree::State::fresh(), at(seconds(1))), "");
  EXPECT_EQ(reaper.deadline(), Time::never());
  Left left(tree::kContainerOwner);
  left.node("/c");
  EXPECT_EQ(taken(reaper, left.state, at(seconds(1))), "");
  EXPECT_EQ(reaper.deadline(), at(seconds(61)).steady);
  EXPECT_EQ(taken(reaper, tree::State::fresh(), at(seconds(2))), "");
  EXPECT_EQ(reaper.deadline(), Time::never()) << "the last one is gone";
}

TEST(Reaper, TakesContainersThatHaveLostTheirLastChild) {
  Reaper reaper;
  Left left(tree::kContainerOwner);
  left.node("/c").node("/full").node("/full/new", 0);
  taken(reaper, left.state, at(seconds(0)));
  EXPECT_EQ(taken(reaper, left.state, at(seconds(59))), "");
  EXPECT_EQ(taken(reaper, left.state, at(seconds(60))), "/c ");
  EXPECT_EQ(reaper.deadline(), at(seconds(120)).steady);
  EXPECT_EQ(taken(reaper, left.state, at(seconds(3600))), "/c ") << "it asks again while it is there";
}

TEST(Reaper, ANewContainerWaitsForItsFirstChildUnlessThatIsBounded) {
  Left left(tree::kContainerOwner);
  left.node("/new", 0);
  Reaper patient, bounded({.never_used_interval_max = seconds(90)});
  for (Reaper* reaper : {&patient, &bounded}) taken(*reaper, left.state, at(seconds(0)));
  for (Reaper* reaper : {&patient, &bounded}) EXPECT_EQ(taken(*reaper, left.state, at(seconds(60))), "");
  EXPECT_EQ(taken(patient, left.state, at(seconds(120))), "");
  EXPECT_EQ(taken(bounded, left.state, at(seconds(120))), "/new ");
}

TEST(Reaper, ATimeToLiveCountsFromTheLastWrite) {
  Left left(tree::ttl_owner(60'000));
  left.node("/t", 0);
  Reaper reaper;
  taken(reaper, left.state, at(seconds(0)));
  EXPECT_EQ(taken(reaper, left.state, at(seconds(60))), "") << "not over, but just reached";
  EXPECT_EQ(taken(reaper, left.state, at(seconds(120))), "/t ");
  left.node("/t/child", 0);
  EXPECT_EQ(taken(reaper, left.state, at(seconds(180))), "/t/child ") << "the parent when it has no children";
}

TEST(Reaper, ACrowdGoesOneByOne) {
  Left left(tree::kContainerOwner);
  for (const char* path : {"/b", "/a", "/c"}) left.node(path);
  Reaper reaper({.check_interval = seconds(1), .per_minute_max = 10000});
  taken(reaper, left.state, at(seconds(0)));
  EXPECT_EQ(taken(reaper, left.state, at(seconds(1))), "/a ");
  EXPECT_EQ(reaper.deadline(), at(milliseconds(1006)).steady);
  EXPECT_EQ(taken(reaper, left.state, at(milliseconds(1005))), "");
  EXPECT_EQ(taken(reaper, left.state, at(milliseconds(1006))), "/b ");
  EXPECT_EQ(taken(reaper, left.state, at(milliseconds(1012))), "/c ");
  EXPECT_EQ(reaper.deadline(), at(seconds(2)).steady);
  reaper.stop();
  EXPECT_EQ(reaper.deadline(), Time::never());
}

// Time passes, and the client's session lives.
void live(Ensemble& ensemble, Session& client, Duration time) {
  for (const Time end = ensemble.now().steady + time; ensemble.now().steady < end;) {
    ensemble.advance(seconds(5));
    client.call(OpCode::kExists, wire::PathWatchRequest{Bytes("/"), false});
  }
}

bool exists(Ensemble& ensemble, const char* path) {
  return ensemble.node(ensemble.leader()).state().find(path) != nullptr;
}

TEST(Reaper, AnEnsemblesLeaderDeletesThroughOrdinaryTransactions) {
  Ensemble ensemble(3, [](NodeConfig& config) { config.ensemble.extended_types = true; });
  Session client = Session::open(ensemble, 2, 30'000);
  const auto acl = wire::world_anyone_all();
  ASSERT_EQ(client.call(OpCode::kCreateContainer, wire::CreateRequest{Bytes("/c"), Bytes(), acl, 4}).header.err,
            ErrorCode::kOk);
  ASSERT_EQ(client.call(OpCode::kCreateTtl, wire::CreateTtlRequest{Bytes("/t"), Bytes(), acl, 5, 1000}).header.err,
            ErrorCode::kOk);
  client.create("/c/child");
  live(ensemble, client, seconds(50));
  EXPECT_TRUE(exists(ensemble, "/t"));
  live(ensemble, client, seconds(15));
  EXPECT_FALSE(exists(ensemble, "/t"));
  EXPECT_TRUE(exists(ensemble, "/c")) << "it has a child";
  client.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/c/child"), -1});
  live(ensemble, client, seconds(65));
  EXPECT_FALSE(exists(ensemble, "/c"));
  for (int64_t server : {1, 2, 3}) {
    EXPECT_FALSE(ensemble.node(server).state().find("/c")) << server;
    EXPECT_EQ(ensemble.node(server).state().tree_digest, ensemble.node(1).state().tree_digest);
  }
}

}  // namespace
}  // namespace vivarium::node

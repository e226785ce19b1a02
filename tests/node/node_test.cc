#include "core/node/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/node/ensemble.h"
#include "tests/node/raw.h"
#include "tests/support/mutate.h"

namespace vivarium::node {
namespace {

using wire::OpCode;

TEST(Node, ListensForClientsOnceAtItsStart) {
  Ensemble ensemble(3);
  for (int64_t server = 1; server <= 3; ++server) {
    const auto& listens = ensemble.listens(server);
    EXPECT_EQ(std::ranges::count_if(listens, [](const Listen& l) { return l.listener == Listener::kClient; }), 1);
    const auto door = std::ranges::find_if(listens, [](const Listen& l) { return l.listener == Listener::kClient; });
    EXPECT_EQ(door->address, (Address{fmt::format("10.0.0.{}", server), 2181}));
  }
}

TEST(Node, WantsATickAtOnce) {
  NodeConfig config;
  config.ensemble.servers[Sid{1}] = {};
  EXPECT_EQ(Node(config, {}).deadline(), Time{});
}

TEST(Node, WantsToBeWokenForEverythingThatFallsDue) {
  Ensemble ensemble(1);
  EXPECT_EQ(ensemble.node().deadline(), ensemble.node().peer().deadline());
  ensemble.advance(seconds(1));
  ensemble.dial();
  EXPECT_LE(ensemble.node().deadline(), ensemble.now().steady + seconds(10));
  Session session = Session::open(ensemble, 1, 4'000);
  EXPECT_LE(ensemble.node().deadline(), ensemble.node().sessions().find(session.id)->expires);
}

TEST(Node, ServesOnInANewEpochWhenTheZxidsAreUsedUp) {  // 1277
  Ensemble ensemble(1, [](NodeConfig& config) { config.ensemble.initial_counter = UINT32_MAX - 6; });
  Session session = Session::open(ensemble);
  const Epoch before = ensemble.node().peer().epoch();
  for (int i = 0; i < 10 && !session.wire->closed; ++i) {
    session.post(OpCode::kCreate,
                 wire::CreateRequest{Bytes(fmt::format("/{}", i)), Bytes(), wire::world_anyone_all(), 0});
  }
  EXPECT_TRUE(session.wire->closed);
  ASSERT_TRUE(ensemble.advance_until([&] { return ensemble.node().serving(); }, seconds(30)));
  EXPECT_GT(ensemble.node().peer().epoch(), before);
  Session again = Session::open(ensemble, 1, 10'000, &session), fresh = Session::open(ensemble);
  EXPECT_EQ(again.id, session.id);
  EXPECT_NE(fresh.id, session.id);
  EXPECT_EQ(again.create("/on").header.err, wire::ErrorCode::kOk);
}

// electionPortBindRetry: upstream's three attempts a second apart, then its exit code.
TEST(Node, TriesTheElectionPortAgainBeforeItStops) {
  Ensemble ensemble(3);
  const auto attempts = [&] {
    return std::ranges::count_if(ensemble.listens(1),
                                 [](const Listen& l) { return l.listener == Listener::kElection; });
  };
  ASSERT_EQ(attempts(), 1);
  ensemble.give(1, BindFailed{Listener::kElection, "in use"});
  EXPECT_EQ(attempts(), 1);
  ensemble.advance(seconds(2));
  EXPECT_EQ(attempts(), 2);
  ensemble.give(1, BindFailed{Listener::kElection, "in use"});
  ensemble.advance(seconds(2));
  EXPECT_EQ(attempts(), 3);
  EXPECT_FALSE(ensemble.stopped(1));
  ensemble.give(1, BindFailed{Listener::kElection, "in use"});
  ASSERT_TRUE(ensemble.stopped(1));
  EXPECT_EQ(ensemble.stopped(1)->exit_code, 14);
}

TEST(Node, ListensOnAllAddressesWhenItIsTold) {  // quorumListenOnAllIPs
  NodeConfig config;
  for (const int64_t sid : {1, 2, 3}) config.ensemble.servers[Sid{sid}].election = {fmt::format("zk{}", sid), 3888};
  for (const bool on_all : {false, true}) {
    config.ensemble.listen_on_all = on_all;
    Node node(config, {});
    log::NodeOutbox out;
    node.step({}, Tick{}, out);
    const auto* listen = std::get_if<Listen>(&out.network.at(0));
    ASSERT_TRUE(listen && listen->listener == Listener::kElection);
    EXPECT_EQ(listen->address, (Address{on_all ? "" : "zk1", 3888}));
  }
}

TEST(Node, StopsWhenItCannotListenForClients) {
  Ensemble ensemble(1);
  ensemble.give(1, BindFailed{Listener::kClient, "in use"});
  ASSERT_TRUE(ensemble.stopped(1));
  EXPECT_EQ(ensemble.stopped(1)->exit_code, 1);
}

TEST(Node, IgnoresConnectionsThatAreNotThere) {
  Ensemble ensemble(1);
  const uint64_t before = ensemble.node().state_hash(ensemble.now().steady);
  ensemble.give(1, Received{ConnId{1000}, Bytes("late")});
  ensemble.give(1, Closed{ConnId{1000}, CloseReason::kReset});
  ensemble.give(1, Sent{ConnId{1000}});
  EXPECT_EQ(ensemble.node().state_hash(ensemble.now().steady), before);
}

TEST(Node, AForkGoesItsOwnWay) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  session.create("/a");
  const Node fork = ensemble.node();
  const Time now = ensemble.now().steady;
  const uint64_t hash = fork.state_hash(now);
  EXPECT_EQ(hash, ensemble.node().state_hash(now));
  session.create("/b");
  EXPECT_EQ(fork.state_hash(now), hash);
  EXPECT_NE(ensemble.node().state_hash(now), hash);
  EXPECT_EQ(fork.state().find(std::string_view("/b")), nullptr);
}

TEST(Node, TheSameInputsGiveTheSameBytes) {
  const auto run = [] {
    Ensemble ensemble(3);
    Session a = Session::open(ensemble, 1), b = Session::open(ensemble, 2);
    a.create("/x", "", 2);
    b.create("/x", "", 3);
    ensemble.advance(seconds(3));
    std::string all;
    for (int64_t server = 1; server <= 3; ++server) {
      for (const Send& send : ensemble.client_sends(server)) all += send.bytes.str();
      all += fmt::format("|{}|", ensemble.node(server).state_hash(ensemble.now().steady));
    }
    return all;
  };
  EXPECT_EQ(run(), run());
}

// A node in the middle of everything: sessions at work, a watch, a write under way with reads behind it, half a frame,
// a client that has not introduced itself, an orphan.
Ensemble busy() {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble), gone = Session::open(ensemble);
  session.create("/a", "", 1);
  session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), true});
  session.call(OpCode::kGetChildren, wire::PathWatchRequest{Bytes("/"), true});
  ensemble.hold_disk(1);
  session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("x"), -1});
  session.post(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), true});
  ensemble.send(*session.wire, Bytes(std::string("\0\0", 2)));
  gone.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("y"), -1});
  ensemble.hang_up(*gone.wire);
  ensemble.dial();
  ensemble.send(ensemble.dial(), connect_frame({}));
  return ensemble;
}

TEST(Node, EveryMemberCountsInTheHash) {
  Ensemble ensemble = busy();
  size_t leaves = 0;
  EXPECT_THAT(testing::unhashed_leaves(ensemble.node(), ensemble.now().steady, leaves), ::testing::IsEmpty());
  EXPECT_GT(leaves, 300u);
}

// The same of a leader and its followers, with a write on its way between them.
TEST(Node, EveryMemberCountsInTheHashOfEachServerOfAnEnsemble) {
  Ensemble ensemble(3);
  const int64_t leader = ensemble.leader();
  std::vector<Session> sessions;
  for (int64_t server = 1; server <= 3; ++server) sessions.push_back(Session::open(ensemble, server));
  sessions[0].create("/a", "", 1);
  for (int64_t server = 1; server <= 3; ++server) ensemble.hold_disk(server);
  for (Session& session : sessions) {
    session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), true});
    session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("x"), -1});
    session.post(OpCode::kSync, wire::PathRequest{Bytes("/a")});
    session.post(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), true});
  }
  ensemble.give(leader, log::Space{0});
  for (int64_t server = 1; server <= 3; ++server) {
    size_t leaves = 0;
    EXPECT_THAT(testing::unhashed_leaves(ensemble.node(server), ensemble.now().steady, leaves), ::testing::IsEmpty())
        << "server " << server << (server == leader ? ", the leader" : "");
    EXPECT_GT(leaves, 300U);
  }
}

struct Forgetful {
  int32_t seen = 0, forgotten = 0;
  std::optional<std::vector<Cow<int32_t>>> list = std::vector<Cow<int32_t>>(2);
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("seen", self.seen);
    v("list", self.list);
    if constexpr (std::is_same_v<V, testing::Mutator>) v("forgotten", self.forgotten);
  }
};

TEST(Mutate, SeesAMemberThatTheHashForgets) {
  size_t leaves = 0;
  EXPECT_THAT(testing::unhashed_leaves(Forgetful{}, Time{}, leaves), ::testing::ElementsAre(".forgotten"));
  EXPECT_EQ(leaves, 6u) << "seen, the optional, the list, two items, forgotten";
}

}  // namespace
}  // namespace vivarium::node

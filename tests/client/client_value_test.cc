// A client is a value: its hash sees every member, copies go their own ways, and the cuts of its streams do not matter.
#include <gmock/gmock.h>

#include "core/client/client.h"
#include "tests/client/fake_server.h"
#include "tests/support/mutate.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;

// A client with something in each of its members.
FakeServer eventful() {
  ClientConfig config = FakeServer::config();
  config.chroot = "/r";
  FakeServer server(config);
  server.submit(AddAuth{"digest", Bytes("u:p")});
  server.connect();
  server.submit(GetData{"/d", true});
  server.answer(OpCode::kAuth, 0);
  server.answer(OpCode::kGetData, 9, wire::GetDataResponse{});
  server.submit(Exists{"/e", true});
  server.answer(OpCode::kExists, 9, ErrorCode::kNoNode);
  server.submit(GetChildren{"/c", true});
  server.answer(OpCode::kGetChildren, 9, wire::GetChildrenResponse{});
  server.at(100);
  return server;
}

TEST(ClientValue, ItsHashSeesEveryMember) {
  FakeServer connected = eventful();
  connected.submit(GetChildren2{"/c", true});
  connected.submit(AddAuth{"digest", Bytes("v:q")});
  connected.deliver(Bytes("\0"));  // of a frame
  FakeServer waiting = eventful();
  waiting.hang_up();
  waiting.submit(SetData{"/d", Bytes("x")});
  FakeServer refused = eventful();
  refused.submit(SetData{"/d", Bytes(std::string(2'000'000, 'x'))});
  for (const FakeServer* server : {&connected, &waiting, &refused}) {
    size_t leaves = 0;
    EXPECT_THAT(vivarium::testing::unhashed_leaves(server->client, server->now.steady, leaves), ::testing::IsEmpty());
    EXPECT_GT(leaves, 45u);
  }
}

TEST(ClientValue, ItsHashKnowsTimesFromNowOnly) {
  const auto later = [](int64_t ms) {
    FakeServer server(FakeServer::config());
    server.at(ms);
    server.connect();
    return server;
  };
  const FakeServer early = later(10), late = later(5010);
  EXPECT_EQ(early.client.state_hash(early.now.steady), late.client.state_hash(late.now.steady));
  EXPECT_NE(early.client.state_hash(early.now.steady), early.client.state_hash(late.now.steady));
}

TEST(ClientValue, CopiesGoTheirOwnWays) {
  FakeServer one = eventful();
  one.submit(SetData{"/d", Bytes("x")});
  FakeServer two = one;
  const uint64_t before = one.client.state_hash(one.now.steady);
  two.hang_up();
  two.submit(GetData{"/d"});
  EXPECT_EQ(one.client.state_hash(one.now.steady), before);
  EXPECT_NE(two.client.state_hash(two.now.steady), before);
  // and a copy does what the first would have done
  FakeServer three = one;
  for (FakeServer* server : {&one, &three}) {
    server->fire(WatchEventType::kNodeDeleted, "/r/d", 10);
    server->answer(OpCode::kSetData, 11, wire::StatResponse{});
    server->hang_up();
    for (int i = 0; i < 9; ++i) {
      server->now.steady = std::max(server->now.steady, server->client.deadline());
      server->tick();
      server->hang_up(CloseReason::kRefused);
    }
  }
  EXPECT_EQ(one.client.state_hash(one.now.steady), three.client.state_hash(three.now.steady));
  EXPECT_EQ(print(one.events), print(three.events));
  EXPECT_EQ(one.now.steady, three.now.steady);
}

// Everything that a server says after the handshake, in one run of bytes.
Bytes conversation() {
  BytesBuilder out;
  const auto reply = [&](int32_t xid, int64_t zxid, const auto& body) {
    out.append(wire::reply_frame(wire::ReplyHeader{xid, Zxid{zxid}, ErrorCode::kOk}, body));
  };
  reply(1, 20, wire::GetDataResponse{Bytes("data"), stat_of(1)});
  reply(-1, 21, wire::WatcherEvent{WatchEventType::kNodeDataChanged, wire::KeeperState::kSyncConnected, Bytes("/a")});
  out.append(wire::reply_frame(wire::ReplyHeader{2, Zxid{22}, ErrorCode::kBadVersion}));
  out.append(wire::reply_frame(wire::ReplyHeader{wire::kXidPing, Zxid{22}, ErrorCode::kOk}));
  reply(3, 23, wire::GetChildren2Response{{Bytes("x"), Bytes("y")}, stat_of(2)});
  reply(4, 24, wire::Create2Response{Bytes("/n"), stat_of(0)});
  return out.take();
}

FakeServer converse(size_t first, size_t chunk) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(GetData{"/a", true});
  server.submit(SetData{"/a", Bytes("x"), 7});
  server.submit(GetChildren2{"/"});
  server.submit(Create2{"/n"});
  const Bytes all = conversation();
  server.deliver(all.slice(0, first));
  server.chunk = chunk;
  server.deliver(all.from(first));
  return server;
}

TEST(ClientValue, StreamsMayBeCutAnywhere) {
  const FakeServer whole = converse(0, SIZE_MAX);
  ASSERT_EQ(whole.events.size(), 6u);  // connected, a watch event, four completions
  const std::string told = print(whole.events);
  const uint64_t hash = whole.client.state_hash(whole.now.steady);
  for (size_t first = 0; first <= conversation().size(); ++first) {
    const FakeServer cut = converse(first, SIZE_MAX);
    EXPECT_EQ(print(cut.events), told) << "cut at " << first;
    EXPECT_EQ(cut.client.state_hash(cut.now.steady), hash) << "cut at " << first;
  }
  const FakeServer bytes = converse(0, 1);
  EXPECT_EQ(print(bytes.events), told);
  EXPECT_EQ(bytes.client.state_hash(bytes.now.steady), hash);
}

TEST(ClientValue, EveryPrefixOfAStreamLeavesTheRestUnanswered) {
  const Bytes all = conversation();
  for (size_t size = 0; size < all.size(); ++size) {
    FakeServer server(FakeServer::config());
    server.connect();
    for (int i = 0; i < 4; ++i)
      server.submit(i == 0   ? Request{GetData{"/a"}}
                    : i == 1 ? Request{SetData{"/a"}}
                    : i == 2 ? Request{GetChildren2{"/"}}
                             : Request{Create2{"/n"}});
    server.deliver(all.slice(0, size));
    server.hang_up(CloseReason::kReset);
    const auto done = server.completions();
    ASSERT_EQ(done.size(), 4u) << size;
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(done[i].token, Token{i + 1});
    EXPECT_EQ(done[3].outcome, Outcome::kUnknown) << size;
  }
}

}  // namespace
}  // namespace vivarium::client

// What servers say to a client, and in which order it believes them.
#include "core/client/client.h"
#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;

Loss loss_after(FakeServer& server) {
  EXPECT_FALSE(server.client.connected());
  EXPECT_EQ(server.closes.size(), 1u);
  for (const ClientEvent& event : server.events)
    if (const auto* s = std::get_if<SessionEvent>(&event); s != nullptr && s->change == SessionChange::kDisconnected)
      return s->loss;
  ADD_FAILURE() << "not disconnected";
  return Loss::kNone;
}

TEST(ClientFrames, RepliesComeInTheOrderOfTheRequests) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(GetData{"/a"});
  server.submit(GetData{"/b"});
  server.reply(2, 5, wire::GetDataResponse{});
  EXPECT_EQ(loss_after(server), Loss::kXidMismatch);
  for (const Completion& c : server.completions()) EXPECT_EQ(c.error, ErrorCode::kConnectionLoss);
  EXPECT_EQ(server.completions().size(), 2u);
  EXPECT_EQ(server.client.last_zxid_seen(), Zxid{});
}

TEST(ClientFrames, AReplyToNothingIsAMismatch) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.reply(1, 5);
  EXPECT_EQ(loss_after(server), Loss::kXidMismatch);
}

TEST(ClientFrames, ZxidsNeverGoBack) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(SetData{"/a"});
  const Token lost = server.submit(SetData{"/a"});
  server.reply(1, 9, wire::StatResponse{});
  server.reply(2, 8, wire::StatResponse{});
  EXPECT_EQ(loss_after(server), Loss::kZxidWentBack);
  EXPECT_EQ(server.client.last_zxid_seen(), Zxid{9});
  EXPECT_EQ(server.completions().back().token, lost);
  EXPECT_EQ(server.completions().back().outcome, Outcome::kUnknown);
}

TEST(ClientFrames, RepliesWithoutAZxidMoveNothing) {
  FakeServer server(FakeServer::config());
  server.connect();
  for (const int64_t zxid : {9, 0, -1, 9}) {
    server.submit(SetData{"/a"});
    server.answer(OpCode::kSetData, zxid, ErrorCode::kNoNode);
    EXPECT_EQ(server.client.last_zxid_seen(), Zxid{9});
  }
  EXPECT_EQ(server.completions().size(), 4u);
}

TEST(ClientFrames, BytesThatAreNoReplyEndTheConnection) {
  const Bytes header = wire::encode(wire::ReplyHeader{1, Zxid{5}, ErrorCode::kOk});
  const Bytes bad[] = {wire::frame(Bytes("no header")), wire::frame(header),  // no Stat behind it
                       wire::frame(wire::encode(wire::ReplyHeader{wire::kXidWatchEvent, Zxid{-1}, ErrorCode::kOk})),
                       Bytes(std::string_view("\xff\xff\xff\xff", 4)), Bytes(std::string_view("\x7f\xff\xff\xff", 4))};
  for (const Bytes& bytes : bad) {
    FakeServer server(FakeServer::config());
    server.connect();
    server.submit(SetData{"/a"});
    server.deliver(bytes);
    EXPECT_EQ(loss_after(server), Loss::kBadBytes);
    ASSERT_EQ(server.completions().size(), 1u);
    EXPECT_EQ(server.completions()[0].outcome, Outcome::kUnknown);
  }
}

TEST(ClientFrames, NothingBehindAFatalFrameIsRead) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(SetData{"/a"});
  BytesBuilder both;
  both.append(wire::reply_frame(wire::ReplyHeader{9, Zxid{5}, ErrorCode::kOk}));
  both.append(wire::reply_frame(wire::ReplyHeader{1, Zxid{5}, ErrorCode::kNoNode}));
  server.take_events();
  server.deliver(both.take());
  EXPECT_EQ(server.closes.size(), 1u);
  ASSERT_EQ(server.events.size(), 2u);
  EXPECT_EQ(std::get<SessionEvent>(server.events[1]).loss, Loss::kXidMismatch);
  ASSERT_EQ(server.completions().size(), 1u);
  EXPECT_EQ(server.completions()[0].outcome, Outcome::kUnknown);
}

TEST(ClientFrames, ALongReplyIsTheUsersChoice) {
  for (const bool allowed : {false, true}) {
    ClientConfig config = FakeServer::config();
    config.reply_bytes_max = allowed ? 2000 : 1000;
    FakeServer server(config);
    server.connect();
    server.submit(GetData{"/a"});
    server.answer(OpCode::kGetData, 1, wire::GetDataResponse{Bytes(std::string(1500, 'x')), {}});
    EXPECT_EQ(server.client.connected(), allowed);
  }
}

// ---- watches

void arm_all(FakeServer& server) {
  server.submit(GetData{"/d", true});
  server.submit(Exists{"/e", true});
  server.submit(GetChildren{"/c", true});
  server.answer(OpCode::kGetData, 10, wire::GetDataResponse{});
  server.answer(OpCode::kExists, 10, ErrorCode::kNoNode);
  server.answer(OpCode::kGetChildren, 11, wire::GetChildrenResponse{});
}

TEST(ClientFrames, AnEventIsToldBeforeTheDataBehindIt) {
  FakeServer server(FakeServer::config());
  server.connect();
  arm_all(server);
  server.take_events();
  server.submit(GetData{"/d"});
  const Asked read = server.asked(OpCode::kGetData);
  BytesBuilder both;
  both.append(wire::reply_frame(
      wire::ReplyHeader{-1, Zxid{12}, ErrorCode::kOk},
      wire::WatcherEvent{WatchEventType::kNodeDataChanged, wire::KeeperState::kSyncConnected, Bytes("/d")}));
  both.append(wire::reply_frame(wire::ReplyHeader{read.header.xid, Zxid{12}, ErrorCode::kOk},
                                wire::GetDataResponse{Bytes("new"), {}}));
  server.deliver(both.take());
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 2u);
  const auto& fired = std::get<WatchEvent>(events[0]);
  EXPECT_EQ(fired.type, WatchEventType::kNodeDataChanged);
  EXPECT_EQ(fired.state, wire::KeeperState::kSyncConnected);
  EXPECT_EQ(fired.path, "/d");
  EXPECT_EQ(fired.zxid, Zxid{12});
  EXPECT_EQ(std::get<Completion>(events[1]).data.view(), "new");
}

TEST(ClientFrames, AnEventDoesNotMoveTheLastZxidSeen) {
  FakeServer server(FakeServer::config());
  server.connect();
  arm_all(server);
  server.fire(WatchEventType::kNodeDataChanged, "/d", 99);
  EXPECT_EQ(server.client.last_zxid_seen(), Zxid{11});
}

TEST(ClientFrames, OnlyReadsThatAskedArmWatches) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(GetData{"/d", false});
  server.answer(OpCode::kGetData, 1, wire::GetDataResponse{});
  EXPECT_TRUE(server.client.watches().empty());
}

TEST(ClientFrames, WatchesAreArmedAgainBeforeAnythingQueued) {
  FakeServer server(FakeServer::config());
  server.connect();
  arm_all(server);
  server.hang_up();
  server.take_events();
  const Token queued = server.submit(GetData{"/d"});
  server.connect();
  const Asked again = server.asked(OpCode::kSetWatches);
  EXPECT_EQ(again.header.xid, wire::kXidSetWatches);
  const auto set = again.as<wire::SetWatchesRequest>();
  EXPECT_EQ(set.relative_zxid, Zxid{11});
  EXPECT_EQ(set.data, std::vector{Bytes("/d")});
  EXPECT_EQ(set.exist, std::vector{Bytes("/e")});
  EXPECT_EQ(set.child, std::vector{Bytes("/c")});
  server.asked(OpCode::kGetData);
  server.expect_silence();

  server.take_events();
  server.fire(WatchEventType::kNodeCreated, "/e", 12);  // what was missed
  server.reply(wire::kXidSetWatches, 12);
  server.reply(4, 12, wire::GetDataResponse{});
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<WatchEvent>(events[0]).path, "/e");
  EXPECT_EQ(std::get<Completion>(events[1]).token, queued);
}

TEST(ClientFrames, AFiredWatchIsNotArmedAgain) {
  FakeServer server(FakeServer::config());
  server.connect();
  arm_all(server);
  server.fire(WatchEventType::kNodeDataChanged, "/d");
  server.fire(WatchEventType::kNodeCreated, "/e");
  server.fire(WatchEventType::kNodeChildrenChanged, "/c");
  EXPECT_TRUE(server.client.watches().empty());
  server.hang_up();
  server.connect();
  server.expect_silence();
}

TEST(ClientFrames, WatchesThatStayAreArmedAgainBySetWatches2) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(AddWatch{"/p", wire::AddWatchMode::kPersistent});
  server.answer(OpCode::kAddWatch, 5, wire::ErrorResponse{});
  server.submit(AddWatch{"/r", wire::AddWatchMode::kPersistentRecursive});
  server.answer(OpCode::kAddWatch, 5, wire::ErrorResponse{});
  server.submit(AddWatch{"/refused"});
  server.answer(OpCode::kAddWatch, 5, wire::ErrorCode::kMarshallingError);
  server.take_events();
  server.fire(WatchEventType::kNodeDataChanged, "/r/below", 6);
  EXPECT_EQ(server.only<WatchEvent>().path, "/r/below");
  server.hang_up();
  server.connect();
  const auto set = server.answer(OpCode::kSetWatches2, 6).as<wire::SetWatches2Request>();
  EXPECT_EQ(set.persistent, std::vector{Bytes("/p")});
  EXPECT_EQ(set.persistent_recursive, std::vector{Bytes("/r")});
  server.take_events();
  server.submit(RemoveWatches{"/p"});
  server.answer(OpCode::kRemoveWatches, 7);
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<WatchEvent>(events[0]).type, WatchEventType::kPersistentWatchRemoved);
  EXPECT_EQ(std::get<WatchEvent>(events[0]).path, "/p");
  EXPECT_EQ(std::get<Completion>(events[1]).outcome, Outcome::kOk);
  server.submit(RemoveWatches{"/r", wire::WatcherType::kData});
  server.answer(OpCode::kRemoveWatches, 7, wire::ErrorCode::kNoWatcher);
  EXPECT_EQ(server.only<Completion>().error, wire::ErrorCode::kNoWatcher);
  EXPECT_EQ(server.client.watches().size(), 1u);
}

TEST(ClientFrames, AnUnansweredReadArmsNothing) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(GetData{"/d", true});
  server.hang_up();
  server.connect();
  server.expect_silence();
}

TEST(ClientFrames, ManyWatchesGoInBatches) {
  FakeServer server(FakeServer::config());
  server.connect();
  for (int i = 0; i < 400; ++i) {
    server.submit(GetData{fmt::format("/{:03}{}", i, std::string(1000, 'x')), true});
    server.answer(OpCode::kGetData, 1, wire::GetDataResponse{});
  }
  server.hang_up();
  server.submit(Sync{});
  server.connect();
  size_t paths = 0;
  for (int batch = 0; batch < 4; ++batch) {
    const Asked asked = server.answer(OpCode::kSetWatches, 1);
    EXPECT_LE(asked.body.size(), WatchTable::kBatchBytes);
    paths += asked.as<wire::SetWatchesRequest>().data.size();
  }
  EXPECT_EQ(paths, 400u);
  server.take_events();
  server.answer(OpCode::kSync, 1, wire::PathResponse{});
  EXPECT_EQ(server.only<Completion>().outcome, Outcome::kOk);
  EXPECT_EQ(server.client.watches().size(), 400u);
}

// ---- chroot

TEST(ClientFrames, TheChrootIsSeenByServersOnly) {
  ClientConfig config = FakeServer::config();
  config.chroot = "/app";
  FakeServer server(config);
  server.connect();
  server.take_events();
  server.submit(Create{"/a-", Bytes(), wire::CreateMode::kPersistentSequential});
  EXPECT_EQ(server.answer(OpCode::kCreate, 1, wire::PathResponse{Bytes("/app/a-0000000001")})
                .as<wire::CreateRequest>()
                .path.view(),
            "/app/a-");
  EXPECT_EQ(server.only<Completion>().path, "/a-0000000001");
  server.submit(Exists{"/w", true});
  server.answer(OpCode::kExists, 1, wire::StatResponse{});
  server.submit(GetChildren{"/", true});
  EXPECT_EQ(
      server.answer(OpCode::kGetChildren, 1, wire::GetChildrenResponse{}).as<wire::PathWatchRequest>().path.view(),
      "/app");
  server.hang_up();
  server.connect();
  const auto set = server.asked(OpCode::kSetWatches).as<wire::SetWatchesRequest>();
  EXPECT_EQ(set.data, std::vector{Bytes("/app/w")});
  EXPECT_EQ(set.child, std::vector{Bytes("/app")});
  server.take_events();
  server.fire(WatchEventType::kNodeDeleted, "/app/w");
  EXPECT_EQ(server.only<WatchEvent>().path, "/w");
  server.fire(WatchEventType::kNodeChildrenChanged, "/app");
  EXPECT_EQ(server.only<WatchEvent>().path, "/");
  EXPECT_TRUE(server.client.watches().empty());
}

// ---- credentials

TEST(ClientFrames, CredentialsComeFirstOnEveryConnection) {
  FakeServer server(FakeServer::config());
  server.submit(GetData{"/w", true});
  const Token before = server.submit(AddAuth{"digest", Bytes("u:p")});
  server.connect();
  EXPECT_EQ(server.asked(OpCode::kAuth).header.xid, wire::kXidAuth);
  const Asked read = server.asked(OpCode::kGetData);
  server.take_events();
  server.reply(wire::kXidAuth, 0);  // passes the read
  EXPECT_EQ(server.only<Completion>().token, before);
  server.reply(read.header.xid, 1, wire::GetDataResponse{});
  const Token after = server.submit(AddAuth{"ip", Bytes("x")});
  EXPECT_EQ(server.asked(OpCode::kAuth).as<wire::AuthRequest>().scheme.view(), "ip");
  server.hang_up();
  server.take_events();
  server.connect();
  EXPECT_EQ(server.asked(OpCode::kAuth).as<wire::AuthRequest>().scheme.view(), "digest");
  EXPECT_EQ(server.asked(OpCode::kAuth).as<wire::AuthRequest>().scheme.view(), "ip");
  server.asked(OpCode::kSetWatches);
  server.take_events();
  server.reply(wire::kXidAuth, 0);
  EXPECT_TRUE(server.take_events().empty()) << "told once";
  server.reply(wire::kXidAuth, 0);
  EXPECT_EQ(server.only<Completion>().token, after);
  server.reply(wire::kXidAuth, 0);
  EXPECT_EQ(loss_after(server), Loss::kXidMismatch);
}

TEST(ClientFrames, ARefusedCredentialEndsTheSession) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  const Token write = server.submit(SetData{"/a"});
  const Token auth = server.submit(AddAuth{"digest", Bytes("bad")});
  const Token unanswered = server.submit(AddAuth{"digest", Bytes("good")});
  server.reply(wire::kXidAuth, 0, ErrorCode::kAuthFailed);
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(std::get<Completion>(events[0]).token, auth);
  EXPECT_EQ(std::get<Completion>(events[0]).error, ErrorCode::kAuthFailed);
  EXPECT_EQ(std::get<Completion>(events[1]).token, write);
  EXPECT_EQ(std::get<Completion>(events[1]).outcome, Outcome::kUnknown);
  EXPECT_EQ(std::get<Completion>(events[2]).token, unanswered);
  EXPECT_EQ(std::get<SessionEvent>(events[3]).change, SessionChange::kAuthFailed);
  EXPECT_EQ(server.closes.size(), 1u);
  server.submit(Sync{});
  server.tick();
  EXPECT_EQ(server.only<Completion>().error, ErrorCode::kAuthFailed);
  server.client.reopen();
  server.connect(8);
  EXPECT_EQ(server.asked(OpCode::kAuth).as<wire::AuthRequest>().auth.view(), "good");
  server.expect_silence();
}

TEST(ClientFrames, MultiIsAnsweredWhole) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  server.submit(Multi{{Create{"/a"}, SetData{"/b"}}});
  const Asked asked = server.asked(OpCode::kMulti);
  BytesBuilder body;
  wire::encode_to(body, wire::ReplyHeader{asked.header.xid, Zxid{3}, ErrorCode::kOk});
  body.append(wire::encode_multi_response({{OpCode::kCreate, ErrorCode::kOk, Bytes("/a"), {}, {}, {}},
                                           {OpCode::kSetData, ErrorCode::kOk, {}, stat_of(4), {}, {}}}));
  server.deliver(wire::frame(body.take()));
  const auto c = server.only<Completion>();
  EXPECT_EQ(c.outcome, Outcome::kOk);
  ASSERT_EQ(c.results.size(), 2u);
  EXPECT_EQ(c.results[0].path.view(), "/a");
  EXPECT_EQ(c.results[1].stat.version, 4);
}

}  // namespace
}  // namespace vivarium::client

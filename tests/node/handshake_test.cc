// How connections get their sessions (facts 1.2, 1.6).
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/node/ensemble.h"
#include "tests/node/raw.h"

namespace vivarium::node {
namespace {

using wire::ErrorCode;
using wire::OpCode;

wire::ConnectRequest request_of(const Session& session) {
  wire::ConnectRequest request;
  request.timeout_ms = 10'000;
  request.session = session.id;
  request.password = session.password;
  return request;
}

void expect_refused(Wire& wire) {
  const auto frame = Ensemble::take_frame(wire);
  ASSERT_TRUE(frame);
  EXPECT_EQ(*frame, Raw().i32(0).i32(0).i64(0).str(std::string(16, '\0')).u8(0).bytes());
  EXPECT_TRUE(wire.closed);
}

TEST(Handshake, ANewSessionToTheByte) {
  Ensemble ensemble(1);
  Wire& wire = ensemble.dial();
  ensemble.send(wire, Raw().i32(0).i64(0).i32(10'000).i64(0).str(std::string(16, '\0')).u8(0).frame());
  const Zxid zxid = ensemble.node().state().zxid;
  EXPECT_EQ(ensemble.node().state().sessions.size(), 1u);
  const SessionId id = ensemble.node().state().sessions.begin()->first;
  EXPECT_EQ(static_cast<uint64_t>(id.value) >> 56, 1u) << "the server's id";
  EXPECT_EQ(wire.received, Raw().i32(0).i32(10'000).i64(id.value).str(wire::session_password(id).view()).u8(0).frame());
  EXPECT_EQ(zxid.counter(), 1u);
  EXPECT_TRUE(wire.reading);
  EXPECT_FALSE(wire.closed);
}

TEST(Handshake, AClientWithoutTheReadOnlyFlagGetsNone) {
  Ensemble ensemble(1);
  Wire& wire = ensemble.dial();
  ensemble.send(wire, Raw().i32(0).i64(0).i32(10'000).i64(0).str(std::string(16, '\0')).frame());
  ASSERT_EQ(wire.received.size(), 40u);
  Wire& refused = ensemble.dial();
  ensemble.send(refused, Raw().i32(0).i64(0).i32(10'000).i64(77).str(std::string(16, '\0')).frame());
  EXPECT_EQ(refused.received, Raw().i32(0).i32(0).i64(0).str(std::string(16, '\0')).frame());
}

TEST(Handshake, TheTimeoutIsClamped) {
  Ensemble ensemble(1);  // tick 2000
  EXPECT_EQ(Session::open(ensemble, 1, 0).timeout_ms, 4'000);
  EXPECT_EQ(Session::open(ensemble, 1, -5).timeout_ms, 4'000);
  EXPECT_EQ(Session::open(ensemble, 1, 5'555).timeout_ms, 5'555);
  EXPECT_EQ(Session::open(ensemble, 1, 1'000'000).timeout_ms, 40'000);
  Ensemble own(1, [](NodeConfig& config) {
    config.session_timeout_ms_min = 100;
    config.session_timeout_ms_max = 200;
  });
  EXPECT_EQ(Session::open(own, 1, 1).timeout_ms, 100);
  EXPECT_EQ(Session::open(own, 1, 1'000).timeout_ms, 200);
}

TEST(Handshake, TheAnswerWaitsForTheQuorumAndNothingIsReadMeanwhile) {
  Ensemble ensemble(1);
  ensemble.hold_disk(1);
  Wire& wire = ensemble.dial();
  Bytes stream = connect_frame({});
  stream.append(Raw().i32(-2).i32(11).frame());
  ensemble.send(wire, stream);
  EXPECT_TRUE(wire.received.empty());
  EXPECT_FALSE(wire.reading);
  ensemble.release_disk(1);
  EXPECT_TRUE(wire.reading);
  EXPECT_NE(connect_response(*Ensemble::take_frame(wire)).session, SessionId{});
  EXPECT_EQ(Ensemble::take_reply(wire).header.xid, wire::kXidPing)
      << "what came with the connect request is answered after it";
}

TEST(Handshake, AClientFromTheFutureIsClosedWithoutAnswer) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  wire::ConnectRequest request = request_of(session);
  request.last_zxid_seen = ensemble.node().state().zxid.next();
  Wire& wire = ensemble.dial();
  ensemble.send(wire, connect_frame(request));
  EXPECT_TRUE(wire.closed);
  EXPECT_TRUE(wire.received.empty());
  EXPECT_FALSE(session.wire->closed);

  request.last_zxid_seen = ensemble.node().state().zxid;
  Wire& again = ensemble.dial();
  ensemble.send(again, connect_frame(request));
  EXPECT_EQ(connect_response(*Ensemble::take_frame(again)).session, session.id);
}

TEST(Handshake, AWrongPasswordIsRefusedAndLeavesTheOwnerAlone) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  for (const Bytes& password : {Bytes(std::string(16, 'x')), Bytes(), Bytes("short")}) {
    wire::ConnectRequest request = request_of(session);
    request.password = password;
    Wire& wire = ensemble.dial();
    ensemble.send(wire, connect_frame(request));
    expect_refused(wire);
  }
  EXPECT_FALSE(session.wire->closed);
  EXPECT_EQ(session.create("/still-here").header.err, ErrorCode::kOk);
}

TEST(Handshake, AnUnknownSessionIsRefused) {
  Ensemble ensemble(1);
  wire::ConnectRequest request;
  request.session = SessionId{12345};
  request.password = wire::session_password(request.session);
  Wire& wire = ensemble.dial();
  ensemble.send(wire, connect_frame(request));
  expect_refused(wire);
}

TEST(Handshake, AReconnectClosesTheOlderConnectionFirst) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  session.create("/a");
  session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), true});
  ASSERT_EQ(ensemble.node().watches().count(), 1u);
  Session again = Session::open(ensemble, 1, 20'000, &session);
  EXPECT_TRUE(session.wire->closed);
  EXPECT_EQ(again.id, session.id);
  EXPECT_EQ(again.timeout_ms, 20'000) << "negotiated anew";
  EXPECT_EQ(ensemble.node().watches().count(), 0u) << "watches are the connection's";
  EXPECT_EQ(again.create("/b").header.err, ErrorCode::kOk);
  EXPECT_EQ(ensemble.node().clients().size(), 1u);
}

TEST(Handshake, AnAnswerForTheOlderConnectionIsNotGivenToTheNewer) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  session.xid = 10;
  session.post(OpCode::kCreate, wire::CreateRequest{Bytes("/old"), Bytes("old"), wire::world_anyone_all(), 0});
  Session again = Session::open(ensemble, 1, 10'000, &session);
  again.xid = 10;  // a client library that counts anew on every connection
  again.post(OpCode::kCreate, wire::CreateRequest{Bytes("/new"), Bytes("new"), wire::world_anyone_all(), 0});
  ensemble.release_disk(1);
  const Reply reply = again.reply();
  EXPECT_EQ(reply.header.xid, 11);
  EXPECT_EQ(reply.body, Raw().str("/new").bytes());
  EXPECT_TRUE(again.wire->received.empty());
  EXPECT_EQ(again.call(OpCode::kExists, wire::PathWatchRequest{Bytes("/old"), false}).header.err, ErrorCode::kOk);
}

TEST(Handshake, ASyncOfTheOlderConnectionIsNotGivenToTheNewerEither) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  ensemble.send(ensemble.dial(), connect_frame({}));
  session.post(OpCode::kSync, wire::PathRequest{Bytes("/old")});
  EXPECT_TRUE(session.wire->received.empty()) << "a creation is under way before it";
  Session again = Session::open(ensemble, 1, 10'000, &session);
  again.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes(), -1});
  again.xid = 0;
  again.post(OpCode::kSync, wire::PathRequest{Bytes("/new")});
  ensemble.release_disk(1);
  EXPECT_EQ(again.reply().header.xid, 1);
  EXPECT_EQ(again.reply().body, Raw().str("/new").bytes());
}

TEST(Handshake, WhoSendsNothingIsDroppedAfterTenSeconds) {
  Ensemble ensemble(1);
  Wire& silent = ensemble.dial();
  Wire& half = ensemble.dial();
  ensemble.send(half, Bytes(std::string("\0\0", 2)));
  Session session = Session::open(ensemble, 1, 40'000);
  ensemble.advance(milliseconds(9'999));
  EXPECT_FALSE(silent.closed);
  ensemble.advance(milliseconds(1));
  EXPECT_TRUE(silent.closed);
  EXPECT_TRUE(half.closed);
  EXPECT_FALSE(session.wire->closed);
}

TEST(Handshake, WhatIsNoConnectRequestIsClosed) {
  Ensemble ensemble(1);
  for (const Bytes& bytes : {Raw().frame(), Raw().i32(0).frame(), Raw().i32(0).i64(0).i32(1).i64(0).i32(99).frame(),
                             Raw().i32(-1).bytes(), Raw().i32(0x100000).bytes()}) {
    Wire& wire = ensemble.dial();
    ensemble.send(wire, bytes);
    EXPECT_TRUE(wire.closed);
    EXPECT_TRUE(wire.received.empty());
  }
}

TEST(Handshake, ASessionIdIsNotUsedTwiceEvenWithinAMillisecond) {
  Ensemble ensemble(1);
  std::set<SessionId> seen;
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(seen.insert(Session::open(ensemble).id).second);
}

TEST(Handshake, AHungUpConnectionThatWaitedForItsSessionIsForgotten) {
  Ensemble ensemble(1);
  ensemble.hold_disk(1);
  Wire& wire = ensemble.dial();
  ensemble.send(wire, connect_frame({}));
  ensemble.hang_up(wire);
  ensemble.release_disk(1);
  EXPECT_TRUE(wire.received.empty());
  EXPECT_EQ(ensemble.node().state().sessions.size(), 1u);
  ensemble.advance(seconds(10));
  EXPECT_EQ(ensemble.node().state().sessions.size(), 0u) << "nobody came for it: it expires";
}

// ---- three servers
// -----------------------------------------------------------------------------------------------------------------

class HandshakeOfThree : public ::testing::Test {
 protected:
  Ensemble ensemble{3};
  int64_t leader = ensemble.leader();
  int64_t follower = leader == 1 ? 2 : 1;
  int64_t other = 6 - leader - follower;
};

TEST_F(HandshakeOfThree, AFollowerAsksTheLeader) {
  Session session = Session::open(ensemble, follower);
  EXPECT_EQ(static_cast<uint64_t>(session.id.value) >> 56, static_cast<uint64_t>(follower));
  EXPECT_EQ(ensemble.node(leader).sessions().find(session.id)->owner, Sid{follower});
  for (const int64_t server : {follower, other, leader, follower}) {
    Session moved = Session::open(ensemble, server, 10'000, &session);
    EXPECT_EQ(moved.id, session.id) << server;
    EXPECT_EQ(ensemble.node(leader).sessions().find(session.id)->owner, Sid{server});
    EXPECT_EQ(moved.create(fmt::format("/at-{}-", server), "", 2).header.err, ErrorCode::kOk);
  }
  EXPECT_TRUE(session.wire->closed) << "the first reconnect was to the same server";
}

TEST_F(HandshakeOfThree, AFollowerRefusesWhatTheLeaderDoesNotKnow) {
  wire::ConnectRequest request;
  request.session = SessionId{12345};
  request.password = wire::session_password(request.session);
  Wire& wire = ensemble.dial(follower);
  ensemble.send(wire, connect_frame(request));
  expect_refused(wire);
}

TEST_F(HandshakeOfThree, AMovedSessionNoLongerWritesAtTheOldServer) {
  Session old = Session::open(ensemble, follower);
  Session moved = Session::open(ensemble, other, 10'000, &old);
  EXPECT_FALSE(old.wire->closed);
  const Zxid before = ensemble.node(leader).state().zxid;
  const auto& notes = ensemble.notes(leader);
  EXPECT_TRUE(std::ranges::any_of(notes, [&](const Note& note) {
    return note.kind == NoteKind::kSessionMoved && note.a == old.id.value && note.b == follower && note.c == other;
  }));

  EXPECT_EQ(old.call(OpCode::kExists, wire::PathWatchRequest{Bytes("/"), false}).header.err, ErrorCode::kOk)
      << "reads are not judged";
  const Reply reply = old.create("/from-the-old");
  EXPECT_EQ(reply.header.err, ErrorCode::kSessionMoved);
  EXPECT_EQ(reply.header.zxid, before.next()) << "a refused write takes a zxid too";
  EXPECT_TRUE(reply.body.empty());
  EXPECT_TRUE(old.wire->closed);
  EXPECT_EQ(moved.create("/from-the-new").header.err, ErrorCode::kOk) << "for the new connection nothing has changed";
}

TEST_F(HandshakeOfThree, AMovedSessionThatOnlyMakesMultisIsNotStuck) {  // 2886
  Session old = Session::open(ensemble, follower);
  Session moved = Session::open(ensemble, leader, 10'000, &old);
  const auto multi = [](const char* path) {
    return wire::encode_multi_request(
        {{OpCode::kCreate, wire::encode(wire::CreateRequest{Bytes(path), Bytes(), wire::world_anyone_all(), 0})}});
  };
  EXPECT_EQ(moved.call_raw(OpCode::kMulti, multi("/1")).header.err, ErrorCode::kOk);
  EXPECT_EQ(old.call_raw(OpCode::kMulti, multi("/2")).header.err, ErrorCode::kSessionMoved);
  EXPECT_TRUE(old.wire->closed);
  Session back = Session::open(ensemble, follower, 10'000, &old);
  EXPECT_EQ(back.call_raw(OpCode::kMulti, multi("/3")).header.err, ErrorCode::kOk);
}

TEST_F(HandshakeOfThree, NobodyIsAnsweredWithoutALeader) {
  Session session = Session::open(ensemble, follower);
  ensemble.kill(leader);
  ensemble.kill(other);
  ensemble.settle();
  EXPECT_TRUE(ensemble.advance_until([&] { return !ensemble.node(follower).serving(); }, seconds(30)));
  EXPECT_TRUE(session.wire->closed);
  EXPECT_EQ(ensemble.node(follower).clients().size(), 0u);
  Wire& wire = ensemble.dial(follower);
  ensemble.send(wire, connect_frame(request_of(session)));
  EXPECT_TRUE(wire.closed);
  EXPECT_TRUE(wire.received.empty());
  Wire& word = ensemble.dial(follower);
  ensemble.send(word, Bytes("srvr"));
  EXPECT_EQ(word.received.view(), "This ZooKeeper instance is not currently serving requests\n");
}

}  // namespace
}  // namespace vivarium::node

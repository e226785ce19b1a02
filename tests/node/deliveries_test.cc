// What the ensemble answers: watches before replies, ends of sessions, syncs (facts 1.5, 1.6).
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/node/ensemble.h"
#include "tests/node/raw.h"

namespace vivarium::node {
namespace {

using wire::ErrorCode;
using wire::OpCode;

int64_t zxid_of(Ensemble& ensemble) { return ensemble.node(ensemble.leader()).state().zxid.value; }
Bytes event(int64_t zxid, int32_t type, const char* path) {
  return Raw().header(-1, zxid, 0).i32(type).i32(3).str(path).bytes();
}
ErrorCode watch(Session& session, OpCode type, const char* path) {
  return session.call(type, wire::PathWatchRequest{Bytes(path), true}).header.err;
}
Reply set(Session& session, const char* path, const char* data = "x") {
  return session.call(OpCode::kSetData, wire::SetDataRequest{Bytes(path), Bytes(data), -1});
}
size_t count(const std::vector<Note>& notes, NoteKind kind, SessionId session) {
  return static_cast<size_t>(
      std::ranges::count_if(notes, [&](const Note& note) { return note.kind == kind && note.a == session.value; }));
}

TEST(Deliveries, AWatchEventComesBeforeTheReplyOfItsTransaction) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  session.create("/a");
  ASSERT_EQ(watch(session, OpCode::kGetData, "/a"), ErrorCode::kOk);
  const int32_t xid = session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("x"), -1});
  EXPECT_EQ(*Ensemble::take_frame(*session.wire), event(zxid_of(ensemble), 3, "/a"));
  EXPECT_EQ(session.reply().header.xid, xid);
  set(session, "/a");
  EXPECT_TRUE(session.wire->received.empty()) << "a watch fires once";
}

TEST(Deliveries, AWatchEventComesBeforeTheReadThatShowsItsTransaction) {
  Ensemble ensemble(1);
  Session reader = Session::open(ensemble), writer = Session::open(ensemble);
  reader.create("/a", "old");
  ASSERT_EQ(watch(reader, OpCode::kGetData, "/a"), ErrorCode::kOk);
  ensemble.hold_disk(1);
  writer.post(OpCode::kCreate, wire::CreateRequest{Bytes("/c"), Bytes(), wire::world_anyone_all(), 0});
  // While that is on its way to the disk, a group forms behind it: a write with a read behind it, and the change that
  // is watched. Both are delivered in one step.
  reader.post(OpCode::kCreate, wire::CreateRequest{Bytes("/b"), Bytes(), wire::world_anyone_all(), 0});
  reader.post(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), false});
  writer.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes("new"), -1});
  ensemble.release_disk(1);
  EXPECT_EQ(reader.reply().body, Raw().str("/b").bytes());
  const Reply read = reader.reply();
  ASSERT_EQ(read.header.xid, 4) << "the read came before the event";
  EXPECT_TRUE(read.body.view().starts_with(std::string("\0\0\0\3", 4) + "old"))
      << "so it may not show what the event tells";
  EXPECT_EQ(*Ensemble::take_frame(*reader.wire), event(zxid_of(ensemble), 3, "/a"));
}

TEST(Deliveries, WhatWatchesTell) {
  struct Row {
    const char* what;
    OpCode armed_by;
    const char* armed_at;
    void (*change)(Session&);
    int32_t type;
    const char* path;
  };
  const Row rows[] = {
      {"exists on a missing node", OpCode::kExists, "/new", [](Session& s) { s.create("/new"); }, 1, "/new"},
      {"getChildren, create", OpCode::kGetChildren, "/d", [](Session& s) { s.create("/d/c"); }, 4, "/d"},
      {"getChildren2, delete of a child", OpCode::kGetChildren2, "/d",
       [](Session& s) {
         s.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/d/c"), -1});
       },
       4, "/d"},
      {"getData, delete", OpCode::kGetData, "/d",
       [](Session& s) {
         s.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/d"), -1});
       },
       2, "/d"},
      {"exists, setData", OpCode::kExists, "/new", [](Session& s) { set(s, "/new"); }, 3, "/new"},
      {"getChildren, delete of the node", OpCode::kGetChildren, "/new",
       [](Session& s) {
         s.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/new"), -1});
       },
       2, "/new"},
  };
  Ensemble ensemble(3);
  Session watcher = Session::open(ensemble, 1), writer = Session::open(ensemble, 2);
  writer.create("/d");
  for (const Row& row : rows) {
    watch(watcher, row.armed_by, row.armed_at);
    row.change(writer);
    const auto frame = Ensemble::take_frame(*watcher.wire);
    ASSERT_TRUE(frame) << row.what;
    EXPECT_EQ(*frame, event(zxid_of(ensemble), row.type, row.path)) << row.what;
    EXPECT_TRUE(watcher.wire->received.empty()) << row.what;
  }
}

TEST(Deliveries, OnlyAskedForWatchesAreSet) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  EXPECT_EQ(watch(session, OpCode::kGetData, "/missing"), ErrorCode::kNoNode);
  EXPECT_EQ(watch(session, OpCode::kGetChildren, "/missing"), ErrorCode::kNoNode);
  session.call(OpCode::kExists, wire::PathWatchRequest{Bytes("/missing"), false});
  session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/"), false});
  EXPECT_EQ(ensemble.node().watches().count(), 0u);
  EXPECT_EQ(watch(session, OpCode::kExists, "/missing"), ErrorCode::kNoNode);
  EXPECT_EQ(ensemble.node().watches().count(), 1u);
  ensemble.hang_up(*session.wire);
  EXPECT_EQ(ensemble.node().watches().count(), 0u);
}

TEST(Deliveries, WhoMayNotReadIsNotTold) {
  Ensemble ensemble(1);
  Session watcher = Session::open(ensemble), owner = Session::open(ensemble);
  owner.call(OpCode::kAuth, wire::AuthRequest{0, Bytes("digest"), Bytes("o:o")});
  owner.create("/p");
  watch(watcher, OpCode::kGetData, "/p");
  watch(watcher, OpCode::kGetChildren, "/p");
  watch(owner, OpCode::kGetData, "/p");
  const wire::AclList mine = {{wire::kPermAll, {Bytes("auth"), Bytes("")}}};
  ASSERT_EQ(owner.call(OpCode::kSetAcl, wire::SetAclRequest{Bytes("/p"), mine, -1}).header.err, ErrorCode::kOk);
  owner.create("/p/c");
  owner.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/p"), Bytes("x"), -1});
  EXPECT_TRUE(watcher.wire->received.empty());
  EXPECT_EQ(*Ensemble::take_frame(*owner.wire), event(zxid_of(ensemble), 3, "/p"));
  EXPECT_EQ(ensemble.node().watches().count(), 0u) << "the watch is used up all the same";
}

TEST(Deliveries, SetWatchesTellsWhatWasMissedAndArmsTheRest) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  for (const char* path : {"/changed", "/gone", "/same", "/parent"}) session.create(path);
  const Zxid seen = ensemble.node().state().zxid;
  set(session, "/changed");
  session.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/gone"), -1});
  session.create("/parent/child");
  session.create("/appeared");
  wire::SetWatchesRequest request;
  request.relative_zxid = seen;
  request.data = {Bytes("/changed"), Bytes("/gone"), Bytes("/same")};
  request.exist = {Bytes("/appeared"), Bytes("/still-missing")};
  request.child = {Bytes("/parent"), Bytes("/same")};
  const int32_t xid = session.post(OpCode::kSetWatches, request);
  std::vector<Bytes> events;
  for (int i = 0; i < 4; ++i) events.push_back(*Ensemble::take_frame(*session.wire));
  EXPECT_EQ(session.reply().header.xid, xid) << "the missed events come before the answer";
  std::vector<Bytes> expected = {event(-1, 3, "/changed"), event(-1, 2, "/gone"), event(-1, 1, "/appeared"),
                                 event(-1, 4, "/parent")};
  std::ranges::sort(events);
  std::ranges::sort(expected);
  EXPECT_EQ(events, expected);
  EXPECT_EQ(ensemble.node().watches().count(), 3u);
  session.post(OpCode::kCreate, wire::CreateRequest{Bytes("/still-missing"), Bytes(), wire::world_anyone_all(), 0});
  EXPECT_EQ(*Ensemble::take_frame(*session.wire), event(zxid_of(ensemble), 1, "/still-missing"));
  session.reply();
  EXPECT_EQ(session.call_raw(OpCode::kSetWatches, Bytes("?")).header.err, ErrorCode::kMarshallingError);
}

TEST(Deliveries, SetWatchesTellsNobodyOfWhatHeMayNotRead) {
  Ensemble ensemble(1);
  Session owner = Session::open(ensemble), stranger = Session::open(ensemble);
  owner.call(OpCode::kAuth, wire::AuthRequest{0, Bytes("digest"), Bytes("o:o")});
  ASSERT_EQ(owner.create("/p", "", 0, {{wire::kPermAll, {Bytes("auth"), Bytes("")}}}).header.err, ErrorCode::kOk);
  wire::SetWatchesRequest request;
  request.data = {Bytes("/p")};
  EXPECT_EQ(stranger.call(OpCode::kSetWatches, request).header.xid, stranger.xid) << "an event came before the answer";
  owner.post(OpCode::kSetWatches, request);
  EXPECT_EQ(*Ensemble::take_frame(*owner.wire), event(-1, 3, "/p"));
}

// ---- ends of sessions
// ---------------------------------------------------------------------------------------------------------------

TEST(Deliveries, CloseAnswersAndThenCloses) {
  Ensemble ensemble(3);
  for (int64_t server = 1; server <= 3; ++server) {
    Session session = Session::open(ensemble, server), watcher = Session::open(ensemble, 1 + server % 3);
    session.create("/e", "", 1);
    watch(watcher, OpCode::kExists, "/e");
    EXPECT_EQ(session.call_raw(OpCode::kCloseSession, Bytes::empty_value()).header.err, ErrorCode::kOk);
    EXPECT_TRUE(session.wire->closed);
    EXPECT_EQ(*Ensemble::take_frame(*watcher.wire), event(zxid_of(ensemble), 2, "/e"));
    EXPECT_EQ(ensemble.node(server).state().find(std::string_view("/e")), nullptr);
    EXPECT_EQ(count(ensemble.notes(ensemble.leader()), NoteKind::kSessionClosed, session.id), 1u);
    Session again = Session::open(ensemble, server, 10'000, &session);
    EXPECT_EQ(again.id, SessionId{}) << "a closed session does not come back";
  }
}

TEST(Deliveries, WhatComesBehindACloseIsRefusedOrIgnored) {  // 1208
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  session.post_raw(OpCode::kCloseSession, Bytes::empty_value());
  session.post(OpCode::kCreate, wire::CreateRequest{Bytes("/e"), Bytes(), wire::world_anyone_all(), 1});
  ensemble.release_disk(1);
  EXPECT_EQ(session.reply().header.err, ErrorCode::kOk);
  EXPECT_TRUE(session.wire->received.empty());
  EXPECT_EQ(ensemble.node().state().find(std::string_view("/e")), nullptr);
  EXPECT_TRUE(ensemble.node().state().ephemerals.empty());
}

TEST(Deliveries, ASilentSessionExpiresInItsBucketAndIsToldByTheClose) {
  Ensemble ensemble(3);
  const int64_t leader = ensemble.leader(), follower = leader == 1 ? 2 : 1;
  Session silent = Session::open(ensemble, follower, 5'000), talker = Session::open(ensemble, follower, 5'000);
  silent.create("/e", "", 1);
  const Time due = ensemble.node(leader).sessions().find(silent.id)->expires;
  EXPECT_EQ(due.ns % seconds(2).ns, 0);
  while (ensemble.now().steady < due - seconds(1)) {
    ensemble.advance(seconds(1));
    talker.call_raw(OpCode::kPing, Bytes::empty_value());
  }
  EXPECT_FALSE(silent.wire->closed);
  ensemble.advance(seconds(3));
  EXPECT_TRUE(silent.wire->closed);
  EXPECT_TRUE(silent.wire->received.empty());
  EXPECT_EQ(count(ensemble.notes(leader), NoteKind::kSessionExpired, silent.id), 1u);
  EXPECT_EQ(count(ensemble.notes(leader), NoteKind::kSessionExpired, talker.id), 0u);
  EXPECT_FALSE(talker.wire->closed) << "pings at a follower reach the leader's tracker";
  for (int64_t server = 1; server <= 3; ++server)
    EXPECT_EQ(ensemble.node(server).state().find(std::string_view("/e")), nullptr);
  Session again = Session::open(ensemble, follower, 5'000, &silent);
  EXPECT_EQ(again.id, SessionId{});
  EXPECT_TRUE(again.wire->closed);
}

TEST(Deliveries, TimeThatALeaderSleptThroughExpiresNobody) {
  Ensemble ensemble(1);
  Session talker = Session::open(ensemble, 1, 4'000), silent = Session::open(ensemble, 1, 4'000);
  ensemble.sleep(seconds(60));
  talker.post_raw(OpCode::kPing,
                  Bytes::empty_value());  // it lay in the socket all the while; the first that the server sees
  EXPECT_EQ(talker.reply().header.err, ErrorCode::kOk);
  ensemble.advance(seconds(1));
  EXPECT_FALSE(talker.wire->closed);
  EXPECT_FALSE(silent.wire->closed);
  ensemble.advance(seconds(9));
  EXPECT_TRUE(silent.wire->closed) << "awake, it expires as ever";
}

TEST(Deliveries, SessionsOutliveTheirLeaderWithAFullTimeout) {
  Ensemble ensemble(3);
  const int64_t first = ensemble.leader(), survivor = first == 1 ? 2 : 1;
  Session session = Session::open(ensemble, survivor, 10'000);
  session.create("/e", "", 1);
  watch(session, OpCode::kGetData, "/e");
  ensemble.kill(first);
  ASSERT_TRUE(ensemble.advance_until([&] { return ensemble.leader() != 0 && ensemble.all_serve(); }, seconds(60)));
  EXPECT_TRUE(session.wire->closed) << "who serves no longer closes its clients";
  const Time begun = ensemble.now().steady;
  const auto* tracked = ensemble.node(ensemble.leader()).sessions().find(session.id);
  ASSERT_NE(tracked, nullptr);
  EXPECT_GE(tracked->expires, begun + seconds(10));
  EXPECT_EQ(ensemble.node(survivor).clients().size(), 0u);
  EXPECT_EQ(ensemble.node(survivor).watches().count(), 0u);

  // A client that read from a leader of upstream's has seen the new epoch before its first transaction.
  wire::ConnectRequest ahead;
  ahead.session = session.id;
  ahead.password = session.password;
  ahead.last_zxid_seen = Zxid(ensemble.node(survivor).peer().epoch(), 0);
  ASSERT_GT(ahead.last_zxid_seen, ensemble.node(survivor).state().zxid);
  Wire& wire = ensemble.dial(survivor);
  ensemble.send(wire, connect_frame(ahead));
  EXPECT_FALSE(wire.closed);

  Session again = Session::open(ensemble, survivor, 10'000, &session);
  EXPECT_TRUE(wire.closed);
  EXPECT_EQ(again.id, session.id);
  EXPECT_EQ(again.call(OpCode::kExists, wire::PathWatchRequest{Bytes("/e"), false}).header.err, ErrorCode::kOk);
  EXPECT_EQ(set(again, "/e").header.err, ErrorCode::kOk);
}

TEST(Deliveries, WritesOfManyServersInterleaveAndEachIsAnsweredInOrder) {
  Ensemble ensemble(3);
  std::vector<Session> sessions;
  for (int64_t server = 1; server <= 3; ++server) sessions.push_back(Session::open(ensemble, server));
  sessions[0].create("/n");
  sessions[0].xid = 0;
  constexpr int32_t kEach = 40;
  for (int32_t i = 0; i < kEach; ++i) {
    for (Session& session : sessions) session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/n"), Bytes("v"), -1});
  }
  for (Session& session : sessions) {
    Zxid last;
    for (int32_t xid = 1; xid <= kEach; ++xid) {
      const Reply reply = session.reply();
      EXPECT_EQ(reply.header.xid, xid);
      EXPECT_GT(reply.header.zxid, last);
      last = reply.header.zxid;
    }
    EXPECT_TRUE(session.wire->received.empty());
  }
  for (int64_t server = 2; server <= 3; ++server)
    EXPECT_EQ(ensemble.node(server).state().tree_digest, ensemble.node(1).state().tree_digest);
}

}  // namespace
}  // namespace vivarium::node

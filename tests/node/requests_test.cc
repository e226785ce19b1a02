// What clients ask and what they are told, to the byte (facts 1.1 to 1.5, 1.7).
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/node/ensemble.h"
#include "tests/node/raw.h"

namespace vivarium::node {
namespace {

using wire::ErrorCode;
using wire::OpCode;

constexpr int64_t kEpoch = int64_t{1} << 32;
constexpr int64_t kT = 1'700'000'000'000;  // the wall clock of a test ensemble at its start

Raw& stat(Raw& raw, int64_t czxid, int64_t mzxid, int32_t version, int32_t cversion, int32_t aversion, int64_t owner,
          int32_t length, int32_t children, int64_t pzxid) {
  return raw.i64(czxid)
      .i64(mzxid)
      .i64(kT)
      .i64(kT)
      .i32(version)
      .i32(cversion)
      .i32(aversion)
      .i64(owner)
      .i32(length)
      .i32(children)
      .i64(pzxid);
}

Bytes request(int32_t xid, OpCode type, Raw body = {}) {
  Raw raw;
  raw.i32(xid).i32(static_cast<int32_t>(type));
  BytesBuilder payload;
  payload.append(raw.bytes());
  payload.append(body.bytes());
  return wire::frame(payload.take());
}
Raw path_watch(std::string_view path, bool watch = false) { return std::move(Raw().str(path).u8(watch)); }
Raw create_body(std::string_view path, std::string_view data, int32_t flags = 0) {
  return std::move(Raw().str(path).str(data).open_acl().i32(flags));
}

// One client's whole conversation, request by request; the session's creation was transaction 1.
struct Exchange {
  const char* what;
  Bytes ask;
  Bytes answer;
};
std::vector<Exchange> conversation(SessionId session) {
  const int64_t z = kEpoch;
  Raw stat_a, stat_a_set, stat_a_acl, stat_b, created_b, data_of_a, acl_of_a, children2, exists_a, deleted;
  stat(created_b.header(2, z + 3, 0).str("/a/b"), z + 3, z + 3, 0, 0, 0, session.value, 1, 0, z + 3);
  stat(exists_a.header(3, z + 3, 0), z + 2, z + 2, 0, 1, 0, 0, 1, 1, z + 3);
  stat(data_of_a.header(4, z + 3, 0).str("x"), z + 2, z + 2, 0, 1, 0, 0, 1, 1, z + 3);
  stat(stat_a_set.header(5, z + 4, 0), z + 2, z + 4, 1, 1, 0, 0, 3, 1, z + 3);
  stat(children2.header(7, z + 4, 0).i32(1).str("b"), z + 2, z + 4, 1, 1, 0, 0, 3, 1, z + 3);
  stat(acl_of_a.header(8, z + 4, 0).open_acl(), z + 2, z + 4, 1, 1, 0, 0, 3, 1, z + 3);
  stat(stat_a_acl.header(9, z + 5, 0), z + 2, z + 4, 1, 1, 1, 0, 3, 1, z + 3);
  stat(deleted.header(15, z + 8, 0), z + 2, z + 4, 1, 2, 1, 0, 3, 0, z + 6);
  return {
      {"create", request(1, OpCode::kCreate, create_body("/a", "x")), Raw().header(1, z + 2, 0).str("/a").frame()},
      {"create2, ephemeral", request(2, OpCode::kCreate2, create_body("/a/b", "y", 1)), created_b.frame()},
      {"exists", request(3, OpCode::kExists, path_watch("/a")), exists_a.frame()},
      {"getData", request(4, OpCode::kGetData, path_watch("/a")), data_of_a.frame()},
      {"setData", request(5, OpCode::kSetData, Raw().str("/a").str("new").i32(0)), stat_a_set.frame()},
      {"getChildren", request(6, OpCode::kGetChildren, path_watch("/a")),
       Raw().header(6, z + 4, 0).i32(1).str("b").frame()},
      {"getChildren2", request(7, OpCode::kGetChildren2, path_watch("/a")), children2.frame()},
      {"getACL", request(8, OpCode::kGetAcl, Raw().str("/a")), acl_of_a.frame()},
      {"setACL", request(9, OpCode::kSetAcl, Raw().str("/a").open_acl().i32(0)), stat_a_acl.frame()},
      {"sync", request(10, OpCode::kSync, Raw().str("/any")), Raw().header(10, z + 5, 0).str("/any").frame()},
      {"ping", request(-2, OpCode::kPing), Raw().header(-2, z + 5, 0).frame()},
      {"delete", request(12, OpCode::kDelete, Raw().str("/a/b").i32(-1)), Raw().header(12, z + 6, 0).frame()},
      {"a failed write takes a zxid", request(13, OpCode::kDelete, Raw().str("/a/b").i32(-1)),
       Raw().header(13, z + 7, -101).frame()},
      {"a failed read takes none", request(14, OpCode::kGetData, path_watch("/a/b")),
       Raw().header(14, z + 7, -101).frame()},
      {"sequential create", request(16, OpCode::kCreate, create_body("/a/s-", "", 2)),
       Raw().header(16, z + 8, 0).str("/a/s-0000000001").frame()},
      {"auth", request(-4, OpCode::kAuth, Raw().i32(0).str("digest").str("bob:x")), Raw().header(-4, z + 8, 0).frame()},
      {"getEphemerals", request(17, OpCode::kGetEphemerals, Raw().str("/")), Raw().header(17, z + 8, 0).i32(0).frame()},
      {"not there yet", request(18, OpCode::kSasl, Raw().str("")), Raw().header(18, z + 8, -6).frame()},
      {"check, alone", request(19, OpCode::kCheck, Raw().str("/a").i32(0)), Raw().header(19, z + 8, -6).frame()},
      {"truncated read", request(20, OpCode::kGetData, Raw().i32(5)), Raw().header(20, z + 8, -5).frame()},
      {"truncated sync", request(21, OpCode::kSync), Raw().header(21, z + 8, -5).frame()},
      {"truncated write", request(22, OpCode::kCreate, Raw().str("/c")), Raw().header(22, z + 9, -5).frame()},
      {"close", request(23, OpCode::kCloseSession), Raw().header(23, z + 10, 0).frame()},
  };
}

TEST(Requests, EveryOperationToTheByte) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble, 1, 10'000);
  for (const Exchange& exchange : conversation(session.id)) {
    ensemble.send(*session.wire, exchange.ask);
    EXPECT_EQ(session.wire->received, exchange.answer) << exchange.what;
    session.wire->received = Bytes::empty_value();
  }
  EXPECT_TRUE(session.wire->closed);
  EXPECT_EQ(ensemble.node().state().sessions.size(), 0u);
}

TEST(Requests, WhatNobodyKnowsEndsTheConnectionAndNotTheSession) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble, 1, 10'000);
  ensemble.send(*session.wire, request(1, static_cast<OpCode>(4711), Raw().str("/")));
  EXPECT_EQ(session.wire->received, Raw().header(1, kEpoch + 1, -6).frame());
  EXPECT_TRUE(session.wire->closed);
  EXPECT_TRUE(ensemble.node().state().sessions.contains(session.id));
}

struct Streams {
  Bytes asked, answered;
};
Streams streams_of(SessionId session) {
  Streams streams{Bytes::empty_value(), Bytes::empty_value()};
  for (const Exchange& exchange : conversation(session)) {
    streams.asked.append(exchange.ask);
    streams.answered.append(exchange.answer);
  }
  return streams;
}

TEST(Requests, PipelinedAndCutAnywhereTheyAreAnsweredAlike) {
  size_t length = 0;
  for (size_t cut = 0; cut == 0 || cut < length; ++cut) {
    Ensemble ensemble(1);
    Session session = Session::open(ensemble, 1, 10'000);
    const Streams streams = streams_of(session.id);
    length = streams.asked.size();
    ensemble.send(*session.wire, streams.asked.slice(0, cut));
    ensemble.send(*session.wire, streams.asked.from(cut));
    // A read's header and data may show a later state than when it was asked alone, but the order holds, and so does
    // every write's answer: with a disk that answers at once nothing is later.
    ASSERT_TRUE(session.wire->closed) << cut;
    std::vector<int32_t> xids, expected;
    const auto xids_of = [](Bytes stream, std::vector<int32_t>& xids_seen) {
      while (!stream.empty()) {
        const auto size = static_cast<size_t>(load_i32(stream.data()));
        xids_seen.push_back(load_i32(stream.data() + 4));
        stream = stream.from(4 + size);
      }
    };
    xids_of(session.wire->received, xids);
    xids_of(streams.answered, expected);
    ASSERT_EQ(xids, expected) << cut;
  }
}

TEST(Requests, FedByteByByteTheyAreAnsweredToTheByte) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble, 1, 10'000);
  const Streams streams = streams_of(session.id);
  for (size_t i = 0; i < streams.asked.size(); ++i) ensemble.send(*session.wire, streams.asked.slice(i, 1));
  EXPECT_EQ(session.wire->received, streams.answered);
}

// ---- order
// ------------------------------------------------------------------------------------------------------------------------

TEST(Requests, WritesArePipelinedAndReadsBetweenThemSeeThoseBefore) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  session.create("/a", "0");
  ensemble.hold_disk(1);
  const Zxid committed = ensemble.node().state().zxid;
  const auto set = [&](const char* data) {
    session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/a"), Bytes(data), -1});
  };
  const auto get = [&] { session.post(OpCode::kGetData, wire::PathWatchRequest{Bytes("/a"), false}); };
  get();
  EXPECT_TRUE(session.reply().body.view().starts_with(std::string("\0\0\0\1", 4) + "0"))
      << "nothing is before it: answered at once";
  set("1");
  get();
  set("2");
  get();
  session.post_raw(OpCode::kPing, Bytes::empty_value());
  EXPECT_TRUE(session.wire->received.empty());
  EXPECT_EQ(ensemble.node().peer().logged(), Zxid{committed.value + 2})
      << "the second write did not wait for the first";
  ensemble.release_disk(1);
  for (const int32_t xid : {3, 4, 5, 6, 7}) {
    const Reply reply = session.reply();
    EXPECT_EQ(reply.header.xid, xid);
    // The read between the writes shows what the first wrote, not what the one behind it did.
    const char* shows = xid == 4 ? "1" : xid == 6 ? "2" : "";
    EXPECT_TRUE(*shows == 0 || reply.body.view().starts_with(std::string("\0\0\0\1", 4) + shows)) << xid;
  }
}

TEST(Requests, ASyncBehindAWriteIsAnsweredBehindIt) {
  Ensemble ensemble(3);
  for (int64_t server = 1; server <= 3; ++server) {
    Session session = Session::open(ensemble, server);
    Bytes both = request(1, OpCode::kCreate, create_body(fmt::format("/{}", server), ""));
    both.append(request(2, OpCode::kSync, Raw().str("/")));
    both.append(request(3, OpCode::kExists, path_watch(fmt::format("/{}", server))));
    ensemble.send(*session.wire, both);
    for (const int32_t xid : {1, 2, 3}) {
      const Reply reply = session.reply();
      EXPECT_EQ(reply.header.xid, xid) << server;
      EXPECT_EQ(reply.header.err, ErrorCode::kOk) << server;
    }
  }
}

TEST(Requests, AReplyNeverShowsAnOlderZxidThanTheOneBefore) {
  const bool held = rc::check("zxids of replies never go back", [](const std::vector<uint8_t>& script) {
    Ensemble ensemble(1);
    Session mine = Session::open(ensemble), other = Session::open(ensemble);
    Zxid last;
    int32_t next = 1;
    const auto drain = [&] {
      while (!mine.wire->received.empty()) {
        const Reply reply = mine.reply();
        RC_ASSERT(reply.header.zxid >= last);
        RC_ASSERT(reply.header.xid == next++);
        last = reply.header.zxid;
      }
    };
    for (const uint8_t action : script) {
      switch (action % 6) {
        case 0: ensemble.hold_disk(1); break;
        case 1: ensemble.release_disk(1); break;
        case 2: other.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes("o"), -1}); break;
        case 3: mine.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes("m"), -1}); break;
        case 4: mine.post(OpCode::kExists, wire::PathWatchRequest{Bytes("/"), false}); break;
        case 5: mine.post(OpCode::kSync, wire::PathRequest{Bytes("/")}); break;
      }
      drain();
    }
    ensemble.release_disk(1);
    drain();
    RC_ASSERT(next == mine.xid + 1);
  });
  EXPECT_TRUE(held);
}

// ---- bounds
// -----------------------------------------------------------------------------------------------------------------------

TEST(Requests, WhoPipelinesTooMuchIsNotReadUntilHalfIsAnswered) {
  Ensemble ensemble(1, [](NodeConfig& config) { config.pending_requests_max = 10; });
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  const auto set = [&] { session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes("x"), -1}); };
  for (int i = 0; i < 10; ++i) set();
  EXPECT_TRUE(session.wire->reading);
  set();
  EXPECT_FALSE(session.wire->reading);
  ensemble.release_disk(1);
  EXPECT_TRUE(session.wire->reading);
  for (int32_t xid = 1; xid <= 11; ++xid) EXPECT_EQ(session.reply().header.xid, xid);
}

TEST(Requests, WhoseWaitingReadsAreTooLongIsNotReadEither) {
  Ensemble ensemble(1, [](NodeConfig& config) { config.pending_bytes_max = 1000; });
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  session.post(OpCode::kSetData, wire::SetDataRequest{Bytes("/"), Bytes("x"), -1});
  session.post(OpCode::kExists, wire::PathWatchRequest{Bytes("/" + std::string(900, 'x')), false});
  EXPECT_TRUE(session.wire->reading);
  session.post(OpCode::kExists, wire::PathWatchRequest{Bytes("/" + std::string(900, 'x')), false});
  EXPECT_FALSE(session.wire->reading);
  ensemble.release_disk(1);
  EXPECT_TRUE(session.wire->reading);
}

TEST(Requests, AFrameBeyondTheLimitEndsItsConnectionOnly) {
  Ensemble ensemble(1);
  Session bystander = Session::open(ensemble);
  for (const Bytes& bytes : {Raw().i32(-1).bytes(), Raw().i32(0x100000).bytes(), Raw().i32(INT32_MIN).bytes(),
                             Raw().i32(7).i32(1).i32(2).bytes()}) {
    Session session = Session::open(ensemble);
    ensemble.send(*session.wire, bytes);
    EXPECT_TRUE(session.wire->closed);
    EXPECT_TRUE(session.wire->received.empty());
    EXPECT_TRUE(ensemble.node().state().sessions.contains(session.id)) << "the session is not the connection";
  }
  EXPECT_FALSE(bystander.wire->closed);
  const std::string largest(0xfffff - 8 - 4 - 2 - 4 - 4 - 4 - 4 - 5 - 4 - 6 - 4, 'd');
  EXPECT_EQ(bystander.create("/d", largest).header.err, ErrorCode::kOk) << "a frame of exactly jute.maxbuffer passes";
}

TEST(Requests, WhatFollowsAFailedAuthIsIgnored) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  Bytes stream = request(1, OpCode::kExists, path_watch("/"));
  stream.append(request(-4, OpCode::kAuth, Raw().i32(0).str("world").str("anyone")));
  stream.append(request(2, OpCode::kCreate, create_body("/never", "")));
  ensemble.send(*session.wire, stream);
  EXPECT_EQ(session.reply().header.xid, 1);
  EXPECT_EQ(session.reply().header.err, ErrorCode::kAuthFailed);
  EXPECT_TRUE(session.wire->received.empty());
  EXPECT_TRUE(session.wire->closed);
  EXPECT_EQ(ensemble.node().state().find(std::string_view("/never")), nullptr);
}

TEST(Requests, AnAddedIdentityOpensWhatIsClosedToOthers) {
  Ensemble ensemble(1, [](NodeConfig& config) { config.super_digest = "super:D/InIHSb7yEEbrWz8b9l71RjZJU="; });
  Session bob = Session::open(ensemble), stranger = Session::open(ensemble), super = Session::open(ensemble);
  EXPECT_EQ(bob.call(OpCode::kAuth, wire::AuthRequest{0, Bytes("digest"), Bytes("bob:secret")}).header.err,
            ErrorCode::kOk);
  EXPECT_EQ(super.call(OpCode::kAuth, wire::AuthRequest{0, Bytes("digest"), Bytes("super:test")}).header.err,
            ErrorCode::kOk);
  EXPECT_EQ(bob.create("/bobs", "s", 0, {{wire::kPermAll, {Bytes("auth"), Bytes("")}}}).header.err, ErrorCode::kOk);
  const auto get = [](Session& who) {
    return who.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/bobs"), false}).header.err;
  };
  EXPECT_EQ(get(bob), ErrorCode::kOk);
  EXPECT_EQ(get(stranger), ErrorCode::kNoAuth);
  EXPECT_EQ(get(super), ErrorCode::kOk);
  EXPECT_EQ(stranger.call(OpCode::kSetData, wire::SetDataRequest{Bytes("/bobs"), Bytes("t"), -1}).header.err,
            ErrorCode::kNoAuth);
  EXPECT_EQ(
      stranger.create("/auth-without-ids", "", 0, {{wire::kPermAll, {Bytes("ip"), Bytes("10.1.1.1")}}}).header.err,
      ErrorCode::kOk);
  EXPECT_EQ(stranger.call(OpCode::kGetData, wire::PathWatchRequest{Bytes("/auth-without-ids"), false}).header.err,
            ErrorCode::kOk)
      << "ip is everyone's from the start";
}

// ---- multi
// ------------------------------------------------------------------------------------------------------------------------

TEST(Requests, MultiToTheByte) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  const auto header = [](Raw& raw, int32_t type, bool done, int32_t err) -> Raw& {
    return raw.i32(type).u8(done).i32(err);
  };
  Raw good;
  header(good, 1, false, -1).str("/m").str("d").open_acl().i32(0);
  header(good, 13, false, -1).str("/m").i32(0);
  header(good, 5, false, -1).str("/m").str("dd").i32(0);
  header(good, 2, false, -1).str("/m").i32(1);
  header(good, -1, true, -1);
  ensemble.send(*session.wire, request(1, OpCode::kMulti, good));
  Raw answer;
  answer.header(1, kEpoch + 2, 0);
  header(answer, 1, false, 0).str("/m");
  header(answer, 13, false, 0);
  stat(header(answer, 5, false, 0), kEpoch + 2, kEpoch + 2, 1, 0, 0, 0, 2, 0, kEpoch + 2);
  header(answer, 2, false, 0);
  header(answer, -1, true, -1);
  EXPECT_EQ(session.wire->received, answer.frame());
  session.wire->received = Bytes::empty_value();

  Raw bad;
  header(bad, 1, false, -1).str("/n").str("").open_acl().i32(0);
  header(bad, 2, false, -1).str("/missing").i32(-1);
  header(bad, 5, false, -1).str("/n").str("").i32(-1);
  header(bad, -1, true, -1);
  ensemble.send(*session.wire, request(2, OpCode::kMulti, bad));
  Raw refusal;
  refusal.header(2, kEpoch + 3, 0);
  header(refusal, -1, false, 0).i32(0);
  header(refusal, -1, false, -101).i32(-101);
  header(refusal, -1, false, -2).i32(-2);
  header(refusal, -1, true, -1);
  EXPECT_EQ(session.wire->received, refusal.frame());
  EXPECT_EQ(ensemble.node().state().find(std::string_view("/n")), nullptr);
  session.wire->received = Bytes::empty_value();

  Raw unknown;
  header(unknown, 999, false, -1);
  ensemble.send(*session.wire, request(3, OpCode::kMulti, unknown));
  EXPECT_EQ(session.wire->received, Raw().header(3, kEpoch + 4, -5).frame());
}

// ---- short of space

constexpr int64_t kReserve = 128 << 20;

std::string read_of(Session& session, const std::string& path) {
  const Reply reply = session.call(OpCode::kGetData, wire::PathWatchRequest{Bytes(path), false});
  return reply.header.err == ErrorCode::kOk ? wire::decode<wire::GetDataResponse>(reply.body)->data.str() : "";
}

TEST(Space, BelowItsReserveALeaderRefusesWritesAndKeepsReading) {
  for (const int64_t servers : {1, 3}) {
    Ensemble ensemble(servers);
    const int64_t leader = ensemble.leader();
    Session session = Session::open(ensemble, leader), leaving = Session::open(ensemble, leader);
    session.create("/a", "x");
    ensemble.give(leader, log::Space{kReserve});  // all of it is there
    EXPECT_EQ(session.create("/b").header.err, ErrorCode::kOk);
    ensemble.give(leader, log::Space{kReserve - 1});
    const Zxid before = ensemble.node(leader).state().zxid;
    EXPECT_EQ(session.create("/c").header.err, ErrorCode::kThrottledOp);
    EXPECT_EQ(session.call(OpCode::kDelete, wire::DeleteRequest{Bytes("/a"), -1}).header.err, ErrorCode::kThrottledOp);
    EXPECT_EQ(read_of(session, "/a"), "x");
    EXPECT_EQ(session.call(OpCode::kSync, wire::PathRequest{Bytes("/a")}).header.err, ErrorCode::kOk);
    EXPECT_EQ(session.call_raw(OpCode::kPing, Bytes::empty_value()).header.err, ErrorCode::kOk);
    EXPECT_EQ(ensemble.node(leader).state().zxid, before) << "refusals cost space";
    Wire& fresh = ensemble.dial(leader);
    ensemble.send(fresh, connect_frame({}));
    EXPECT_TRUE(fresh.closed);
    EXPECT_EQ(leaving.call_raw(OpCode::kCloseSession, Bytes::empty_value()).header.err, ErrorCode::kOk);
    EXPECT_EQ(ensemble.node(leader).state().sessions.size(), 1U);

    ensemble.give(leader, log::Space{kReserve});
    EXPECT_EQ(session.create("/c").header.err, ErrorCode::kOk);
    EXPECT_EQ(session.create("/a").header.err, ErrorCode::kNodeExists);
  }
}

TEST(Space, SessionsExpireFromTheReserve) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  session.create("/e", "", 1);
  ensemble.give(1, log::Space{0});
  ensemble.hang_up(*session.wire);
  ensemble.advance(seconds(30));
  EXPECT_TRUE(ensemble.node().state().sessions.empty());
  EXPECT_EQ(ensemble.node().state().find(std::string_view("/e")), nullptr);
}

TEST(Space, WhatIsForwardedIsRefusedToo) {
  Ensemble ensemble(3);
  const int64_t leader = ensemble.leader(), follower = leader == 1 ? 2 : 1;
  Session session = Session::open(ensemble, follower);
  ensemble.give(leader, log::Space{0});
  EXPECT_EQ(session.create("/c").header.err, ErrorCode::kThrottledOp);
  EXPECT_EQ(ensemble.node(leader).state().find(std::string_view("/c")), nullptr);
  Wire& fresh = ensemble.dial(follower);
  ensemble.send(fresh, connect_frame({}));
  EXPECT_FALSE(Ensemble::take_frame(fresh));
  EXPECT_EQ(ensemble.node(leader).state().sessions.size(), 1U);
  EXPECT_EQ(session.call_raw(OpCode::kCloseSession, Bytes::empty_value()).header.err, ErrorCode::kOk);
}

// Only a leader's own disk counts: a follower's own writes go to the leader.
// It leaves its leader before its own disk is full (tests/sim/world_ensemble_test.cc), and refuses nothing until then.
TEST(Space, AFollowersDiskRefusesNothing) {
  Ensemble ensemble(3);
  const int64_t leader = ensemble.leader(), follower = leader == 1 ? 2 : 1;
  ensemble.give(follower, log::Space{65 << 20});
  Session session = Session::open(ensemble, follower);
  EXPECT_EQ(session.create("/c").header.err, ErrorCode::kOk);
  ensemble.give(follower, log::Space{63 << 20});
  EXPECT_EQ(ensemble.node(follower).peer().role(), zab::Role::kLooking);
}

// Refusals wait for their turn.
TEST(Space, ARefusalDoesNotOvertake) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  ensemble.hold_disk(1);
  session.post(OpCode::kCreate, wire::CreateRequest{Bytes("/a"), Bytes(), wire::world_anyone_all(), 0});
  ensemble.give(1, log::Space{0});
  session.post(OpCode::kCreate, wire::CreateRequest{Bytes("/b"), Bytes(), wire::world_anyone_all(), 0});
  ensemble.settle();
  EXPECT_FALSE(Ensemble::take_frame(*session.wire));
  ensemble.release_disk(1);
  EXPECT_EQ(session.reply().header.err, ErrorCode::kOk);
  EXPECT_EQ(session.reply().header.err, ErrorCode::kThrottledOp);
}

}  // namespace
}  // namespace vivarium::node

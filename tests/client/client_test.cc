#include "core/client/client.h"

#include <set>

#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;

// With config(): asked for 9 s, three servers. Dial and handshake 3 s each, read timeout 6 s, ping after 3 s.

// ---- handshake

TEST(Client, AFreshOneWantsATickAtOnceAndDials) {
  FakeServer server(FakeServer::config());
  EXPECT_EQ(server.client.deadline(), Time{});
  server.tick_at(5);
  ASSERT_EQ(server.connects.size(), 1u);
  EXPECT_EQ(server.conn(), ConnId{1});
  EXPECT_EQ(server.connects[0].timeout, milliseconds(3000));
  EXPECT_EQ(server.client.deadline(), Time{} + milliseconds(3005));
}

TEST(Client, AsksForANewSessionThenResumesItWhereItStood) {
  FakeServer server(FakeServer::config());
  server.tick();
  server.accept();
  auto request = server.connect_request();
  EXPECT_EQ(request.session, SessionId{});
  EXPECT_EQ(request.password, Bytes(std::string(16, '\0')));
  EXPECT_EQ(request.last_zxid_seen, Zxid{});
  EXPECT_EQ(request.timeout_ms, 9000);
  EXPECT_TRUE(request.has_read_only);
  EXPECT_FALSE(request.read_only);
  server.welcome(7, 8000);
  auto event = server.only<SessionEvent>();
  EXPECT_EQ(event.change, SessionChange::kConnected);
  EXPECT_EQ(event.session, SessionId{7});
  EXPECT_EQ(event.timeout_ms, 8000);
  EXPECT_FALSE(event.resumed);
  server.submit(GetData{"/a"});
  server.answer(OpCode::kGetData, 41, wire::GetDataResponse{});

  server.take_events();
  server.hang_up();
  EXPECT_EQ(server.only<SessionEvent>().change, SessionChange::kDisconnected);
  server.tick();
  server.accept();
  request = server.connect_request();
  EXPECT_EQ(request.session, SessionId{7});
  EXPECT_EQ(request.password, wire::session_password(SessionId{7}));
  EXPECT_EQ(request.last_zxid_seen, Zxid{41});
  server.welcome(7, 8000);
  event = server.only<SessionEvent>();
  EXPECT_EQ(event.change, SessionChange::kConnected);
  EXPECT_TRUE(event.resumed);
}

TEST(Client, LabelsAndNotesTellTheTrace) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(Sync{});
  EXPECT_EQ(server.labels, (std::vector{Label::kConnectRequest, Label::kClientRequest}));
  server.hang_up(CloseReason::kReset);
  ASSERT_EQ(server.notes.size(), 2u);
  EXPECT_EQ(server.notes[0].kind, NoteKind::kConnected);
  EXPECT_EQ(server.notes[0].a, 7);
  EXPECT_EQ(server.notes[1].kind, NoteKind::kDisconnected);
  EXPECT_EQ(server.notes[1].b, static_cast<int64_t>(Loss::kReset));
}

TEST(Client, TheHandshakeMayComeByteByByte) {
  FakeServer server(FakeServer::config());
  server.chunk = 1;
  server.connect();
  EXPECT_EQ(server.only<SessionEvent>().change, SessionChange::kConnected);
}

TEST(Client, ASessionIsNotResumedUnderAnotherName) {
  FakeServer server(FakeServer::config());
  server.connect(7);
  server.hang_up();
  server.tick();
  server.accept();
  server.welcome(8);
  EXPECT_EQ(server.client.phase(), Phase::kWaiting);
  EXPECT_EQ(server.closes, std::vector{server.conn()});
  EXPECT_EQ(server.client.session(), SessionId{7});
}

TEST(Client, AnUnreadableWelcomeIsAFailedAttempt) {
  FakeServer server(FakeServer::config());
  server.tick();
  server.accept();
  server.deliver(wire::frame(Bytes("short")));
  EXPECT_EQ(server.client.phase(), Phase::kWaiting);
  EXPECT_TRUE(server.take_events().empty());
}

// ---- pipelining

TEST(Client, AnyNumberOutstandingAnsweredInOrder) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  std::vector<Token> tokens;
  for (int i = 0; i < 100; ++i) tokens.push_back(server.submit(SetData{"/a", Bytes(std::to_string(i))}));
  EXPECT_EQ(server.client.outstanding(), 100u);
  for (int i = 0; i < 100; ++i) {
    const Asked asked = server.answer(OpCode::kSetData, 100 + i, wire::StatResponse{stat_of(i)});
    EXPECT_EQ(asked.header.xid, i + 1);
    EXPECT_EQ(asked.as<wire::SetDataRequest>().data.view(), std::to_string(i));
  }
  const auto done = server.completions();
  ASSERT_EQ(done.size(), 100u);
  for (size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(done[i].token, tokens[i]);
    EXPECT_EQ(done[i].outcome, Outcome::kOk);
    EXPECT_EQ(done[i].stat.version, static_cast<int32_t>(i));
    EXPECT_EQ(done[i].zxid, Zxid{100 + static_cast<int64_t>(i)});
  }
  EXPECT_EQ(server.client.outstanding(), 0u);
  EXPECT_EQ(server.client.last_zxid_seen(), Zxid{199});
}

TEST(Client, WhatIsAskedWithoutAConnectionWaitsForIt) {
  FakeServer server(FakeServer::config());
  server.submit(Create{"/a"});
  server.submit(GetData{"/b"});
  server.connect();
  EXPECT_EQ(server.answer(OpCode::kCreate, 1, wire::PathResponse{Bytes("/a")}).header.xid, 1);
  EXPECT_EQ(server.answer(OpCode::kGetData, 1, wire::GetDataResponse{}).header.xid, 2);
  server.expect_silence();
  EXPECT_EQ(server.completions().size(), 2u);
}

TEST(Client, XidsTurnOverWithoutTouchingTheNegativeOnes) {
  ClientConfig config = FakeServer::config();
  config.first_xid = INT32_MAX;
  FakeServer server(config);
  server.connect();
  server.submit(Sync{});
  server.submit(Sync{});
  EXPECT_EQ(server.answer(OpCode::kSync, 1, wire::PathResponse{}).header.xid, INT32_MAX);
  EXPECT_EQ(server.answer(OpCode::kSync, 1, wire::PathResponse{}).header.xid, 1);
  EXPECT_EQ(server.completions().size(), 2u);
}

TEST(Client, ARequestThatNoServerReadsIsRefusedHere) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  const std::string path = "/a";
  const size_t around = 8 + 4 + path.size() + 4 + 4;  // header, path, length of data, version
  const size_t most = wire::kMaxFrameBytes - around;
  const Token fits = server.submit(SetData{path, Bytes(std::string(most, 'x'))});
  EXPECT_EQ(server.answer(OpCode::kSetData, 1, wire::StatResponse{}).header.xid, 1);
  EXPECT_EQ(server.only<Completion>().token, fits);
  const Token big = server.submit(SetData{path, Bytes(std::string(most + 1, 'x'))});
  server.expect_silence();
  EXPECT_EQ(server.client.deadline(), Time{});
  server.tick();
  const auto refused = server.only<Completion>();
  EXPECT_EQ(refused.token, big);
  EXPECT_EQ(refused.outcome, Outcome::kError);
  EXPECT_EQ(refused.error, ErrorCode::kMarshallingError);
  EXPECT_TRUE(server.client.connected());
}

// ---- loss

TEST(Client, ALostConnectionLeavesWritesUnknownAndReadsWithoutEffect) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  const std::vector<std::pair<Request, Outcome>> sent = {{Create{"/a"}, Outcome::kUnknown},
                                                         {GetData{"/a"}, Outcome::kError},
                                                         {SetData{"/a", Bytes("x")}, Outcome::kUnknown},
                                                         {Exists{"/a"}, Outcome::kError},
                                                         {Delete{"/a"}, Outcome::kUnknown},
                                                         {Sync{"/a"}, Outcome::kError},
                                                         {Multi{{Check{"/a"}}}, Outcome::kUnknown},
                                                         {SetAcl{"/a"}, Outcome::kUnknown}};
  std::vector<Token> tokens;
  for (const auto& [request, outcome] : sent) tokens.push_back(server.submit(request));
  server.hang_up();
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), sent.size() + 1);
  for (size_t i = 0; i < sent.size(); ++i) {
    const auto& completion = std::get<Completion>(events[i]);
    EXPECT_EQ(completion.token, tokens[i]);
    EXPECT_EQ(completion.outcome, sent[i].second) << wire::op_name(completion.op);
    EXPECT_EQ(completion.error, ErrorCode::kConnectionLoss);
    EXPECT_EQ(completion.zxid, Zxid{});
  }
  EXPECT_EQ(std::get<SessionEvent>(events.back()).loss, Loss::kByPeer);
  server.connect();  // and nothing is sent twice
  server.expect_silence();
}

TEST(Client, NothingHeardForTheReadTimeoutIsALoss) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  server.tick_at(3000);
  server.asked(OpCode::kPing);
  server.tick_at(5999);
  EXPECT_TRUE(server.client.connected());
  EXPECT_EQ(server.client.deadline(), Time{} + milliseconds(6000));
  server.tick_at(6000);
  EXPECT_EQ(server.only<SessionEvent>().loss, Loss::kTimeout);
  EXPECT_EQ(server.closes, std::vector{ConnId{1}});
}

TEST(Client, AnythingHeardKeepsTheConnection) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.tick_at(3000);
  EXPECT_EQ(server.asked(OpCode::kPing).header.xid, wire::kXidPing);
  server.at(5000);
  server.reply(wire::kXidPing, 3);
  EXPECT_EQ(server.client.last_zxid_seen(), Zxid{}) << "a ping's reply may pass others";
  server.tick_at(6000);
  server.asked(OpCode::kPing);
  server.tick_at(9000);
  server.asked(OpCode::kPing);
  server.tick_at(10999);
  EXPECT_TRUE(server.client.connected());
  server.tick_at(11000);
  EXPECT_FALSE(server.client.connected());
}

TEST(Client, PingsOnlyWhenIdle) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.at(2000);
  server.submit(Sync{});
  server.answer(OpCode::kSync, 1, wire::PathResponse{});
  EXPECT_EQ(server.client.deadline(), Time{} + milliseconds(5000));
  server.tick_at(4999);
  server.expect_silence();
  server.tick_at(5000);
  server.asked(OpCode::kPing);
  server.tick_at(5000);
  server.expect_silence();
}

TEST(Client, PingsAtLeastEveryTenSeconds) {
  ClientConfig config = FakeServer::config();
  config.session_timeout_ms = 90'000;
  FakeServer server(config);
  server.connect(7, 90'000);
  EXPECT_EQ(server.client.deadline(), Time{} + seconds(10));
}

TEST(Client, TheNegotiatedTimeoutRules) {
  FakeServer server(FakeServer::config());
  server.connect(7, 3000);
  EXPECT_EQ(server.client.timeout_ms(), 3000);
  EXPECT_EQ(server.client.deadline(), Time{} + milliseconds(1000));
  server.tick_at(2000);
  EXPECT_FALSE(server.client.connected());
  server.tick();
  EXPECT_EQ(server.connects.back().timeout, milliseconds(1000));
}

// ---- reconnecting

TEST(Client, TriesTheServersInTheOrderOfItsOwnShuffle) {
  std::set<Address> firsts;
  for (uint64_t seed = 1; seed < 40; ++seed) {
    ClientConfig config = FakeServer::config(5);
    config.seed = seed;
    FakeServer server(config);
    const auto order = server.client.servers().order();
    firsts.insert(order.front());
    for (size_t i = 0; i < 10; ++i) {
      if (server.now.steady < server.client.deadline()) server.now.steady = server.client.deadline();
      server.tick();
      EXPECT_EQ(server.connects.back().address, order[i % 5]);
      EXPECT_EQ(server.conn(), ConnId{2 * i + 1});
      server.hang_up(CloseReason::kRefused);
    }
  }
  EXPECT_EQ(firsts.size(), 5u) << "many clients spread over all servers";
  ClientConfig config = FakeServer::config(5);
  config.shuffle = false;
  EXPECT_EQ(FakeServer(config).client.servers().order(), config.servers);
}

TEST(Client, BacksOffAfterAFullRound) {
  FakeServer server(FakeServer::config());
  server.at(1000);
  for (int i = 0; i < 2; ++i) {
    server.tick();
    server.hang_up(CloseReason::kRefused);
    EXPECT_EQ(server.client.deadline(), Time{} + milliseconds(1000)) << "the next server need not wait";
  }
  server.tick();
  server.hang_up(CloseReason::kRefused);
  EXPECT_LE(Time{} + milliseconds(1050), server.client.deadline());
  EXPECT_LE(server.client.deadline(), Time{} + milliseconds(1100));
  server.tick_at(1049);
  EXPECT_EQ(server.connects.size(), 3u);
  server.now.steady = server.client.deadline();
  server.tick();
  EXPECT_EQ(server.connects.size(), 4u);
}

TEST(Client, GivesADialAndAHandshakeTheirTime) {
  FakeServer server(FakeServer::config());
  server.tick();
  server.tick_at(2999);
  EXPECT_EQ(server.client.phase(), Phase::kDialing);
  server.accept();
  server.tick_at(5998);
  EXPECT_EQ(server.client.phase(), Phase::kHandshaking);
  server.tick_at(5999);
  EXPECT_EQ(server.client.phase(), Phase::kWaiting);
  EXPECT_EQ(server.closes, std::vector{ConnId{1}});
  server.tick();
  server.tick_at(8999);
  EXPECT_EQ(server.client.phase(), Phase::kWaiting);
  EXPECT_TRUE(server.take_events().empty()) << "a failed attempt is nobody's event";
}

TEST(Client, AServerThatGreetsAndHangsUpIsAFailedAttempt) {
  FakeServer server(FakeServer::config());
  for (int i = 0; i < 3; ++i) {
    EXPECT_LE(server.client.deadline(), server.now.steady);
    server.connect();
    server.hang_up();
  }
  EXPECT_LT(server.now.steady, server.client.deadline());
}

TEST(Client, AServerThatAnswersEndsTheCountOfFailures) {
  FakeServer server(FakeServer::config());
  for (int i = 0; i < 3; ++i) {
    server.connect();
    if (i == 2) {
      server.submit(Sync{});
      server.answer(OpCode::kSync, 1, wire::PathResponse{});
    }
    server.hang_up();
  }
  EXPECT_LE(server.client.deadline(), server.now.steady);
}

TEST(Client, HearsNothingOfConnectionsThatItHasLeft) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.tick_at(6000);  // closed by us
  server.tick();
  const uint64_t before = server.client.state_hash(server.now.steady);
  server.step(Connected{ConnId{1}});
  server.step(Received{ConnId{1}, Bytes("x")});
  server.step(Closed{ConnId{1}, CloseReason::kByPeer});
  EXPECT_EQ(server.client.state_hash(server.now.steady), before);
  EXPECT_EQ(server.client.conn(), ConnId{3});
}

TEST(Client, IdsStartWhereTheHostWants) {
  ClientConfig config = FakeServer::config();
  config.first_conn = ConnId{1001};
  FakeServer server(config);
  server.tick();
  EXPECT_EQ(server.conn(), ConnId{1001});
}

// ---- the end of a session

TEST(Client, ExpiryCompletesEverythingAndIsFinal) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.submit(Exists{"/w", true});
  server.answer(OpCode::kExists, 1, wire::StatResponse{});
  const Token sent = server.submit(Create{"/a"});
  server.hang_up();
  const Token unsent = server.submit(Create{"/b"});
  server.take_events();
  server.tick();
  server.accept();
  server.welcome(0, 0);
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<Completion>(events[0]).token, unsent);
  EXPECT_EQ(std::get<Completion>(events[0]).outcome, Outcome::kError);
  EXPECT_EQ(std::get<Completion>(events[0]).error, ErrorCode::kSessionExpired);
  EXPECT_EQ(std::get<SessionEvent>(events[1]).change, SessionChange::kExpired);
  EXPECT_EQ(std::get<SessionEvent>(events[1]).session, SessionId{7});
  EXPECT_NE(sent, unsent);
  EXPECT_EQ(server.notes.back().kind, NoteKind::kExpired);
  EXPECT_EQ(server.client.phase(), Phase::kExpired);
  EXPECT_TRUE(server.client.watches().empty());
  EXPECT_EQ(server.client.deadline(), Time::never());
  const Token late = server.submit(Create{"/c"});
  EXPECT_EQ(server.client.deadline(), Time{});
  server.tick();
  EXPECT_EQ(server.only<Completion>().token, late);
}

TEST(Client, ANewSessionAfterTheOldOneKnowsNothingOfIt) {
  FakeServer server(FakeServer::config());
  server.connect(7, 4000);
  const Token first = server.submit(Sync{});
  server.answer(OpCode::kSync, 50, wire::PathResponse{});
  server.hang_up();
  server.tick();
  server.accept();
  server.welcome(0, 0);
  const ConnId old = server.conn();
  server.client.reopen();
  EXPECT_EQ(server.client.deadline(), Time{});
  server.tick();
  server.accept();
  EXPECT_NE(server.conn(), old);
  const auto request = server.connect_request();
  EXPECT_EQ(request.session, SessionId{});
  EXPECT_EQ(request.last_zxid_seen, Zxid{});
  EXPECT_EQ(request.password, Bytes(std::string(16, '\0')));
  server.welcome(8);
  server.take_events();
  const Token second = server.submit(Sync{});
  EXPECT_LT(first, second);
  server.answer(OpCode::kSync, 1, wire::PathResponse{});
  EXPECT_EQ(server.only<Completion>().token, second);
}

TEST(Client, ClosesAfterEverythingThatWasAsked) {
  FakeServer server(FakeServer::config());
  server.connect();
  server.take_events();
  const Token last = server.submit(SetData{"/a"});
  server.close();
  const Token late = server.submit(Sync{});
  server.answer(OpCode::kSetData, 5, wire::StatResponse{});
  server.answer(OpCode::kCloseSession, 6);
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(std::get<Completion>(events[0]).token, late) << "refused at once, told at the next step";
  EXPECT_EQ(std::get<Completion>(events[0]).error, ErrorCode::kSessionExpired);
  EXPECT_EQ(std::get<Completion>(events[1]).token, last);
  EXPECT_EQ(std::get<SessionEvent>(events[2]).change, SessionChange::kClosed);
  EXPECT_EQ(std::get<SessionEvent>(events[2]).loss, Loss::kNone);
  EXPECT_EQ(server.closes, std::vector{ConnId{1}});
  EXPECT_EQ(server.client.phase(), Phase::kClosed);
  server.expect_silence();
}

TEST(Client, ALossWhileClosingIsTheEndToo) {
  for (const bool by_peer : {true, false}) {
    FakeServer server(FakeServer::config());
    server.connect();
    server.take_events();
    server.submit(SetData{"/a"});
    server.close();
    if (by_peer)
      server.hang_up();
    else
      server.tick_at(6000);
    const auto events = server.take_events();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(std::get<Completion>(events[0]).outcome, Outcome::kUnknown);
    EXPECT_EQ(std::get<SessionEvent>(events[1]).change, SessionChange::kClosed);
    EXPECT_EQ(std::get<SessionEvent>(events[1]).loss, by_peer ? Loss::kByPeer : Loss::kTimeout);
    EXPECT_EQ(server.closes.size(), by_peer ? 0u : 1u);
    EXPECT_EQ(server.client.deadline(), Time::never());
  }
}

TEST(Client, ClosesAloneWithoutAConnection) {
  FakeServer server(FakeServer::config());
  server.tick();
  const Token waiting = server.submit(SetData{"/a"});
  server.close();
  EXPECT_EQ(server.closes, std::vector{ConnId{1}});
  server.tick();
  const auto events = server.take_events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<Completion>(events[0]).token, waiting);
  EXPECT_EQ(std::get<Completion>(events[0]).outcome, Outcome::kError);
  EXPECT_EQ(std::get<SessionEvent>(events[1]).change, SessionChange::kClosed);
  server.close();
  server.tick();
  EXPECT_TRUE(server.take_events().empty());
}

TEST(ClientDeathTest, AConfigurationIsCheckedOnce) {
  ClientConfig none;
  EXPECT_DEATH(Client{none}, "servers");
  ClientConfig even = FakeServer::config();
  even.first_conn = ConnId{2};
  EXPECT_DEATH(Client{even}, "first_conn");
  FakeServer server(FakeServer::config());
  EXPECT_DEATH(server.client.reopen(), "ended");
}

}  // namespace
}  // namespace vivarium::client

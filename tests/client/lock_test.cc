#include "core/client/lock.h"

#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;
using LockPhase = Lock::Phase;

struct LockTest : ::testing::Test {
  LockTest() {
    server.connect();
    server.act([&](auto&&... host) { lock.acquire(host...); });
  }
  void enter(const char* number) {
    server.answer(OpCode::kCreate, 5, wire::PathResponse{Bytes(std::string("/l/_c_me-1-lock-") + number)});
    server.show(lock);
    EXPECT_EQ(lock.phase, LockPhase::kListing);
  }
  void list(std::vector<Bytes> children) {
    server.answer(OpCode::kGetChildren, server.latest(), wire::GetChildrenResponse{std::move(children)});
    server.show(lock);
  }
  void hold() {
    enter("0000000003");
    list({Bytes("_c_me-1-lock-0000000003")});
    EXPECT_EQ(lock.phase, LockPhase::kHeld);
  }
  void wait() {
    enter("0000000003");
    list({Bytes("_c_me-1-lock-0000000003"), Bytes("_c_b-1-lock-0000000002"), Bytes("_c_a-1-lock-0000000001"),
          Bytes("_c_z-1-lock-0000000004")});
    EXPECT_EQ(lock.phase, LockPhase::kAsking);
    const auto ask = server.answer(OpCode::kGetData, 5, wire::GetDataResponse{}).as<wire::PathWatchRequest>();
    EXPECT_EQ(ask.path.view(), "/l/_c_b-1-lock-0000000002") << "the nearest before us, not the holder";
    EXPECT_TRUE(ask.watch);
    server.show(lock);
    EXPECT_EQ(lock.phase, LockPhase::kWaiting);
  }
  void expire() {
    server.hang_up();
    server.show(lock);
    server.tick();
    server.accept();
    server.welcome(0, 0);
    server.show(lock);
  }
  FakeServer server{FakeServer::config()};
  Lock lock{.path = "/l", .owner = "me"};
};

TEST_F(LockTest, TheLowestHoldsIt) {
  enter("0000000003");
  list({Bytes("_c_z-1-lock-0000000004"), Bytes("_c_me-1-lock-0000000003"), Bytes("stranger")});
  EXPECT_EQ(lock.phase, LockPhase::kHeld);
  EXPECT_EQ(lock.fence(), 3);
}

TEST_F(LockTest, TheOthersWaitForTheOneBeforeThemAndThenLookAgain) {
  wait();
  server.fire(WatchEventType::kNodeDeleted, "/l/_c_a-1-lock-0000000001");
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kWaiting) << "not our watch";
  server.fire(WatchEventType::kNodeDeleted, "/l/_c_b-1-lock-0000000002");
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kListing) << "the one before us may have given up while another holds the lock";
  list({Bytes("_c_me-1-lock-0000000003"), Bytes("_c_a-1-lock-0000000001")});
  EXPECT_EQ(lock.phase, LockPhase::kAsking);
  server.answer(OpCode::kGetData, 6, ErrorCode::kNoNode);
  server.show(lock);
  list({Bytes("_c_me-1-lock-0000000003")});
  EXPECT_EQ(lock.phase, LockPhase::kHeld);
  server.expect_silence();
}

TEST_F(LockTest, AFailoverWhileWaitingKeepsTheWatch) {
  wait();
  server.hang_up();
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kWaiting);
  server.connect();
  server.show(lock);
  EXPECT_EQ(server.answer(OpCode::kSetWatches, 9).as<wire::SetWatchesRequest>().data.size(), 1u);
  server.fire(WatchEventType::kNodeDeleted, "/l/_c_b-1-lock-0000000002");
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kListing);
}

TEST_F(LockTest, AnUnknownCreateIsFoundNotRepeated) {
  server.asked(OpCode::kCreate);
  server.hang_up();
  server.show(lock);
  server.connect();
  server.answer(OpCode::kSync, 6, wire::PathResponse{});
  server.show(lock);
  list({Bytes("_c_me-1-lock-0000000003")});
  EXPECT_EQ(lock.phase, LockPhase::kListing);
  list({Bytes("_c_me-1-lock-0000000003")});
  EXPECT_EQ(lock.phase, LockPhase::kHeld);
}

TEST_F(LockTest, LostReadsAreAskedAgain) {
  enter("0000000003");
  server.asked(OpCode::kGetChildren);
  server.hang_up();
  server.show(lock);
  server.connect();
  list({Bytes("_c_me-1-lock-0000000003"), Bytes("_c_b-1-lock-0000000002")});
  server.asked(OpCode::kGetData);
  server.hang_up();
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kListing);
  server.connect();
  list({Bytes("_c_me-1-lock-0000000003")});
  EXPECT_EQ(lock.phase, LockPhase::kHeld);
}

TEST_F(LockTest, ReleaseDeletesTheNodeAndRepeatsThatUntilItIsSure) {
  hold();
  server.act([&](auto&&... host) { lock.release(host...); });
  EXPECT_EQ(server.asked(OpCode::kDelete).as<wire::DeleteRequest>().path.view(), "/l/_c_me-1-lock-0000000003");
  server.hang_up();
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kReleasing);
  server.connect();
  server.answer(OpCode::kDelete, 9, ErrorCode::kNoNode);
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kReleased);
  EXPECT_EQ(lock.error, ErrorCode::kOk);
}

TEST_F(LockTest, EachEntryHasAMarkOfItsOwn) {
  hold();
  server.act([&](auto&&... host) { lock.release(host...); });
  server.answer(OpCode::kDelete, 9);
  server.show(lock);
  server.act([&](auto&&... host) { lock.acquire(host...); });
  EXPECT_EQ(server.asked(OpCode::kCreate).as<wire::CreateRequest>().path.view(), "/l/_c_me-2-lock-");
}

TEST_F(LockTest, ReleaseWhileEnteringDeletesWhatWasCreated) {
  server.act([&](auto&&... host) { lock.release(host...); });
  EXPECT_EQ(lock.phase, LockPhase::kAbandoning);
  server.answer(OpCode::kCreate, 5, wire::PathResponse{Bytes("/l/_c_me-1-lock-0000000003")});
  server.show(lock);
  server.answer(OpCode::kDelete, 6);
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kReleased);
}

TEST_F(LockTest, ReleaseWhileWaitingGivesUp) {
  wait();
  server.act([&](auto&&... host) { lock.release(host...); });
  server.answer(OpCode::kDelete, 6);
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kReleased);
}

TEST_F(LockTest, ADisconnectDoesNotLoseItAnExpiryDoes) {
  hold();
  server.hang_up();
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kHeld);
  server.tick();
  server.accept();
  server.welcome(0, 0);
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kLost);
  EXPECT_EQ(lock.error, ErrorCode::kSessionExpired);
}

TEST_F(LockTest, ExpiryEndsEveryPhase) {
  wait();
  expire();
  EXPECT_EQ(lock.phase, LockPhase::kLost);
}

TEST_F(LockTest, ExpiryIsAReleaseToo) {
  hold();
  server.act([&](auto&&... host) { lock.release(host...); });
  expire();
  EXPECT_EQ(lock.phase, LockPhase::kReleased);
}

TEST_F(LockTest, ExpiryWhileEnteringLosesIt) {
  expire();
  EXPECT_EQ(lock.phase, LockPhase::kLost);
}

TEST_F(LockTest, ANodeThatSomeoneDeletedIsALostLock) {
  enter("0000000003");
  list({Bytes("_c_a-1-lock-0000000001")});
  EXPECT_EQ(lock.phase, LockPhase::kLost);
  EXPECT_EQ(lock.error, ErrorCode::kNoNode);
}

TEST_F(LockTest, RefusalsAreFailures) {
  server.answer(OpCode::kCreate, 5, ErrorCode::kNoAuth);
  server.show(lock);
  EXPECT_EQ(lock.phase, LockPhase::kFailed);
  EXPECT_EQ(lock.error, ErrorCode::kNoAuth);
  EXPECT_TRUE(lock.resting());
}

TEST_F(LockTest, NumbersAreComparedAcrossTheirOverflow) {
  enter("-2147483648");
  list({Bytes("_c_me-1-lock--2147483648"), Bytes("_c_a-1-lock-2147483647")});
  EXPECT_EQ(lock.phase, LockPhase::kAsking);
  EXPECT_EQ(lock.predecessor, "/l/_c_a-1-lock-2147483647");
}

}  // namespace
}  // namespace vivarium::client

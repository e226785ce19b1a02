#include "core/client/protected_create.h"

#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using CreatePhase = ProtectedCreate::Phase;

struct ProtectedCreateTest : ::testing::Test {
  ProtectedCreateTest() {
    server.connect();
    server.act([&](auto&&... host) { create.start(host...); });
  }
  void lose_the_answer() {
    EXPECT_EQ(server.asked(OpCode::kCreate).as<wire::CreateRequest>().path.view(), "/q/_c_m1-n-");
    server.hang_up();
    server.show(create);
    EXPECT_EQ(create.phase, CreatePhase::kSyncing);
    server.connect();
    server.answer(OpCode::kSync, 5, wire::PathResponse{Bytes("/q")});
    server.show(create);
    EXPECT_EQ(create.phase, CreatePhase::kListing);
  }
  void list(std::vector<Bytes> children) {
    server.answer(OpCode::kGetChildren, server.latest(), wire::GetChildrenResponse{std::move(children)});
    server.show(create);
  }
  FakeServer server{FakeServer::config()};
  ProtectedCreate create{.parent = "/q", .mark = "m1", .prefix = "n-"};
};

TEST_F(ProtectedCreateTest, AnAnswerIsAllItNeeds) {
  const auto request =
      server.answer(OpCode::kCreate, 5, wire::PathResponse{Bytes("/q/_c_m1-n-0000000003")}).as<wire::CreateRequest>();
  EXPECT_EQ(request.flags, static_cast<int32_t>(wire::CreateMode::kEphemeralSequential));
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kCreated);
  EXPECT_EQ(create.path(), "/q/_c_m1-n-0000000003");
  server.expect_silence();
}

TEST_F(ProtectedCreateTest, AnUnknownOutcomeThatHappenedIsFoundByItsMark) {
  lose_the_answer();
  list({Bytes("_c_m10-n-0000000001"), Bytes("_c_m1-n-0000000002"), Bytes("x")});
  EXPECT_EQ(create.phase, CreatePhase::kCreated);
  EXPECT_EQ(create.name, "_c_m1-n-0000000002");
  server.expect_silence();
}

TEST_F(ProtectedCreateTest, AnUnknownOutcomeThatDidNotHappenIsDoneAgain) {
  lose_the_answer();
  list({Bytes("_c_m10-n-0000000001"), Bytes("_c_other-n-0000000002")});
  EXPECT_EQ(create.phase, CreatePhase::kCreating);
  server.answer(OpCode::kCreate, 6, wire::PathResponse{Bytes("/q/_c_m1-n-0000000004")});
  server.show(create);
  EXPECT_EQ(create.name, "_c_m1-n-0000000004");
}

TEST_F(ProtectedCreateTest, LosingTheSearchStartsItAnewWithASync) {
  lose_the_answer();
  server.asked(OpCode::kGetChildren);
  server.hang_up();
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kSyncing);
  server.connect();
  server.asked(OpCode::kSync);
  server.hang_up();
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kSyncing);
}

TEST_F(ProtectedCreateTest, RefusalsAreFinal) {
  server.answer(OpCode::kCreate, 5, ErrorCode::kNoNode);
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kFailed);
  EXPECT_EQ(create.error, ErrorCode::kNoNode);
  server.expect_silence();
}

TEST_F(ProtectedCreateTest, AMissingParentAtTheSearchIsAskedFor) {
  lose_the_answer();
  server.answer(OpCode::kGetChildren, 5, ErrorCode::kNoNode);
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kCreating);
}

TEST_F(ProtectedCreateTest, ASearchThatIsForbiddenFails) {
  lose_the_answer();
  server.answer(OpCode::kGetChildren, 5, ErrorCode::kNoAuth);
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kFailed);
  EXPECT_EQ(create.error, ErrorCode::kNoAuth);
}

TEST_F(ProtectedCreateTest, ExpiryIsTheEnd) {
  server.asked(OpCode::kCreate);
  server.hang_up();
  server.show(create);
  server.tick();
  server.accept();
  server.welcome(0, 0);
  server.show(create);
  EXPECT_EQ(create.phase, CreatePhase::kFailed);
  EXPECT_EQ(create.error, ErrorCode::kSessionExpired);
}

}  // namespace
}  // namespace vivarium::client

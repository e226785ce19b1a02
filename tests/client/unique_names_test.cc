#include "core/client/unique_names.h"

#include "tests/client/fake_server.h"

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;
using Phase = UniqueNames::Phase;

struct UniqueNamesTest : ::testing::Test {
  UniqueNamesTest() {
    server.connect();
    server.act([&](auto&&... host) { names.take(host...); });
  }
  FakeServer server{FakeServer::config()};
  UniqueNames names{.prefix = "/u/n-"};
};

TEST_F(UniqueNamesTest, AServerNumbersThem) {
  const auto request =
      server.answer(OpCode::kCreate, 5, wire::PathResponse{Bytes("/u/n-0000000007")}).as<wire::CreateRequest>();
  EXPECT_EQ(request.path.view(), "/u/n-");
  EXPECT_EQ(request.flags, static_cast<int32_t>(wire::CreateMode::kPersistentSequential));
  server.show(names);
  EXPECT_EQ(names.phase, Phase::kDone);
  EXPECT_EQ(names.outcome, Outcome::kOk);
  EXPECT_EQ(names.name, "/u/n-0000000007");
  EXPECT_EQ(names.zxid, Zxid{5});
}

TEST_F(UniqueNamesTest, AnUnknownOneIsReportedAndTheNextMayBeTaken) {
  server.hang_up();
  server.show(names);
  EXPECT_EQ(names.phase, Phase::kDone);
  EXPECT_EQ(names.outcome, Outcome::kUnknown);
  EXPECT_EQ(names.name, "");
  server.act([&](auto&&... host) { names.take(host...); });
  server.connect();
  server.answer(OpCode::kCreate, 6, wire::PathResponse{Bytes("/u/n-0000000009")});
  server.show(names);
  EXPECT_EQ(names.name, "/u/n-0000000009");
}

TEST_F(UniqueNamesTest, RefusalsAreErrors) {
  server.answer(OpCode::kCreate, 5, ErrorCode::kNoNode);
  server.show(names);
  EXPECT_EQ(names.outcome, Outcome::kError);
  EXPECT_EQ(names.error, ErrorCode::kNoNode);
}

}  // namespace
}  // namespace vivarium::client

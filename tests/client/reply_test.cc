#include "core/client/reply.h"

#include <gtest/gtest.h>

namespace vivarium::client {
namespace {

using wire::ErrorCode;
using wire::OpCode;

wire::Stat some_stat() {
  wire::Stat stat;
  stat.czxid = Zxid{1};
  stat.mzxid = Zxid{2};
  stat.version = 3;
  stat.num_children = 4;
  stat.pzxid = Zxid{5};
  return stat;
}

std::optional<Completion> decoded(OpCode op, const Bytes& body, ErrorCode error = ErrorCode::kOk) {
  Completion out;
  wire::JuteReader reader(body);
  if (!decode_reply(op, wire::ReplyHeader{1, Zxid{77}, error}, reader, Chroot("/r"), out)) return std::nullopt;
  EXPECT_EQ(out.op, op);
  EXPECT_EQ(out.zxid, Zxid{77});
  EXPECT_EQ(out.error, error);
  return out;
}

struct Reply {
  OpCode op;
  Bytes body;
};

std::vector<Reply> replies() {
  return {
      {OpCode::kCreate, wire::encode(wire::PathResponse{Bytes("/r/a")})},
      {OpCode::kCreate2, wire::encode(wire::Create2Response{Bytes("/r/a"), some_stat()})},
      {OpCode::kCreateContainer, wire::encode(wire::Create2Response{Bytes("/r/a"), some_stat()})},
      {OpCode::kCreateTtl, wire::encode(wire::Create2Response{Bytes("/r/a"), some_stat()})},
      {OpCode::kSync, wire::encode(wire::PathResponse{Bytes("/r/a")})},
      {OpCode::kExists, wire::encode(wire::StatResponse{some_stat()})},
      {OpCode::kSetData, wire::encode(wire::StatResponse{some_stat()})},
      {OpCode::kSetAcl, wire::encode(wire::StatResponse{some_stat()})},
      {OpCode::kGetData, wire::encode(wire::GetDataResponse{Bytes("d"), some_stat()})},
      {OpCode::kGetAcl, wire::encode(wire::GetAclResponse{wire::world_anyone_all(), some_stat()})},
      {OpCode::kGetChildren, wire::encode(wire::GetChildrenResponse{{Bytes("x"), Bytes("y")}})},
      {OpCode::kGetChildren2, wire::encode(wire::GetChildren2Response{{Bytes("x"), Bytes("y")}, some_stat()})},
      {OpCode::kMulti, wire::encode_multi_response({{OpCode::kCreate, ErrorCode::kOk, Bytes("/r/a"), {}, {}, {}},
                                                    {OpCode::kDelete, {}, {}, {}, {}, {}}})},
  };
}

TEST(Reply, EachFillsWhatItsRequestAskedFor) {
  for (const Reply& reply : replies()) {
    const auto c = decoded(reply.op, reply.body);
    ASSERT_TRUE(c.has_value()) << wire::op_name(reply.op);
    EXPECT_EQ(c->outcome, Outcome::kOk);
    const OpCode op = reply.op;
    const bool path = op == OpCode::kCreate || op == OpCode::kCreate2 || op == OpCode::kCreateContainer ||
                      op == OpCode::kCreateTtl || op == OpCode::kSync;
    const bool children = op == OpCode::kGetChildren || op == OpCode::kGetChildren2;
    const bool stat =
        op != OpCode::kCreate && op != OpCode::kSync && op != OpCode::kGetChildren && op != OpCode::kMulti;
    EXPECT_EQ(c->path, path ? "/a" : "") << wire::op_name(op);
    EXPECT_EQ(c->stat, stat ? some_stat() : wire::Stat{}) << wire::op_name(op);
    EXPECT_EQ(c->data, op == OpCode::kGetData ? Bytes("d") : Bytes());
    EXPECT_EQ(c->children.size(), children ? 2u : 0u);
    EXPECT_EQ(c->acl, op == OpCode::kGetAcl ? wire::world_anyone_all() : wire::AclList{});
    ASSERT_EQ(c->results.size(), op == OpCode::kMulti ? 2u : 0u);
    if (op == OpCode::kMulti) {
      EXPECT_EQ(c->results[0].path.view(), "/a");
    }
  }
}

TEST(Reply, EveryTruncationIsRefused) {
  for (const Reply& reply : replies()) {
    for (size_t size = 0; size < reply.body.size(); ++size)
      EXPECT_FALSE(decoded(reply.op, reply.body.slice(0, size)).has_value())
          << wire::op_name(reply.op) << " cut to " << size;
  }
}

TEST(Reply, AFailedMultiFailsByTheOperationThatFailedIt) {
  const auto failed = [](ErrorCode error) { return wire::MultiResult{OpCode::kError, error, {}, {}, {}, {}}; };
  const Bytes body = wire::encode_multi_response(
      {failed(ErrorCode::kOk), failed(ErrorCode::kBadVersion), failed(ErrorCode::kRuntimeInconsistency)});
  Completion c;
  wire::JuteReader reader(body);
  ASSERT_TRUE(decode_reply(OpCode::kMulti, wire::ReplyHeader{1, Zxid{77}, ErrorCode::kOk}, reader, Chroot(), c));
  EXPECT_EQ(c.outcome, Outcome::kError);
  EXPECT_EQ(c.error, ErrorCode::kBadVersion);
  EXPECT_EQ(c.results.size(), 3u);
}

TEST(Reply, AnErrorTellsWhetherTheWriteMayHaveHappened) {
  for (const ErrorCode error :
       {ErrorCode::kNoNode, ErrorCode::kBadVersion, ErrorCode::kSessionMoved, ErrorCode::kSessionExpired})
    EXPECT_EQ(decoded(OpCode::kSetData, Bytes::empty_value(), error)->outcome, Outcome::kError);
  for (const ErrorCode error : {ErrorCode::kSystemError, ErrorCode::kOperationTimeout, ErrorCode::kRequestTimeout,
                                ErrorCode::kConnectionLoss}) {
    EXPECT_EQ(decoded(OpCode::kSetData, Bytes::empty_value(), error)->outcome, Outcome::kUnknown);
    EXPECT_EQ(decoded(OpCode::kGetData, Bytes::empty_value(), error)->outcome, Outcome::kError);
  }
}

}  // namespace
}  // namespace vivarium::client

#include "core/tree/read.h"

#include <gtest/gtest.h>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::ErrorCode;
using wire::OpCode;

struct Client {
  Leader& leader;
  std::vector<wire::AclId> identities = {identity("ip", "10.0.0.1")};

  std::expected<Bytes, ErrorCode> ask(OpCode type, const Bytes& body) const {
    return read(leader.state, leader.session, type, body, identities);
  }
  std::expected<Bytes, ErrorCode> ask(OpCode type, std::string_view path) const {
    const bool plain =
        type == OpCode::kGetAcl || type == OpCode::kGetEphemerals || type == OpCode::kGetAllChildrenNumber;
    return ask(type, plain ? wire::encode(wire::PathRequest{Bytes(path)})
                           : wire::encode(wire::PathWatchRequest{Bytes(path), false}));
  }
  ErrorCode error(OpCode type, std::string_view path) const {
    const auto answer = ask(type, path);
    return answer ? ErrorCode::kOk : answer.error();
  }
  template <class Record>
  Record get(OpCode type, std::string_view path) const {
    return wire::decode<Record>(*ask(type, path)).value();
  }
};

constexpr OpCode kByPath[] = {OpCode::kExists,       OpCode::kGetData, OpCode::kGetChildren,
                              OpCode::kGetChildren2, OpCode::kGetAcl,  OpCode::kGetAllChildrenNumber};

TEST(Read, GivesWhatIsThere) {
  Leader leader;
  leader.create("/a");
  leader.create("/a/y");
  leader.create("/a/x");
  leader.ask(OpCode::kCreate, wire::encode(wire::CreateRequest{Bytes("/null"), Bytes(), wire::world_anyone_all(), 0}));
  const Client client{leader};
  EXPECT_EQ(client.get<wire::StatResponse>(OpCode::kExists, "/a").stat, leader.stat("/a"));
  EXPECT_EQ(client.get<wire::GetDataResponse>(OpCode::kGetData, "/a").data, Bytes("d"));
  EXPECT_TRUE(client.get<wire::GetDataResponse>(OpCode::kGetData, "/null").data.is_null());
  EXPECT_EQ(client.get<wire::GetChildrenResponse>(OpCode::kGetChildren, "/a").children,
            (std::vector<Bytes>{Bytes("x"), Bytes("y")}));
  EXPECT_EQ(client.get<wire::GetChildren2Response>(OpCode::kGetChildren2, "/a").stat, leader.stat("/a"));
  EXPECT_EQ(client.get<wire::GetAclResponse>(OpCode::kGetAcl, "/a").acl, wire::world_anyone_all());
  EXPECT_EQ(client.get<wire::GetDataResponse>(OpCode::kGetData, "").stat, leader.stat("/"))
      << "upstream knows the root under both names";
}

TEST(Read, WhatIsNotThereOrNotReadable) {
  Leader leader;
  leader.create("/closed", 0, acl(wire::kPermWrite, "world", "anyone"));
  const Client client{leader};
  for (OpCode op : kByPath) {
    EXPECT_EQ(client.error(op, "/nowhere"), ErrorCode::kNoNode) << wire::op_name(op);
    EXPECT_EQ(client.error(op, "/a//.."), ErrorCode::kNoNode) << "paths of reads are not checked";
    EXPECT_EQ(client.error(op, "/closed"), ErrorCode::kNoAuth) << wire::op_name(op);
    const auto null_path = client.ask(op, wire::encode(wire::PathWatchRequest{Bytes(), false}));
    EXPECT_EQ(null_path.error(), ErrorCode::kMarshallingError);
    EXPECT_EQ(client.ask(op, Bytes("ab")).error(), ErrorCode::kMarshallingError);
  }
  EXPECT_EQ(client.error(OpCode::kExists, std::string_view("/\0", 2)), ErrorCode::kBadArguments);
  EXPECT_EQ(client.error(OpCode{4711}, "/"), ErrorCode::kUnimplemented);
}

TEST(Read, AclsShowHashesOnlyToThoseWhoMayChangeThem) {
  Leader leader;
  wire::AclList list = acl(wire::kPermRead, "world", "anyone");
  list.push_back({wire::kPermAdmin, identity("digest", "bob:HASH")});
  leader.create("/a", 0, list);
  Client client{leader};
  const auto shown = client.get<wire::GetAclResponse>(OpCode::kGetAcl, "/a");
  EXPECT_EQ(shown.acl[1].id.id, Bytes("bob:x"));
  EXPECT_EQ(shown.acl[0], list[0]);
  EXPECT_EQ(shown.stat, leader.stat("/a"));
  client.identities.push_back(identity("digest", "bob:HASH"));
  EXPECT_EQ(client.get<wire::GetAclResponse>(OpCode::kGetAcl, "/a").acl, list);
  leader.create("/admins", 0, acl(wire::kPermAdmin, "digest", "bob:HASH"));
  EXPECT_EQ(client.error(OpCode::kGetAcl, "/admins"), ErrorCode::kOk) << "ADMIN alone is enough";
  EXPECT_EQ(client.error(OpCode::kGetData, "/admins"), ErrorCode::kNoAuth);
}

int32_t below(const Client& client, std::string_view path) {
  return load_i32(client.ask(OpCode::kGetAllChildrenNumber, path)->data());
}

TEST(Read, CountsAllThatIsBelow) {
  Leader leader;
  for (const char* path : {"/a", "/a/b", "/a/b/c", "/a-b", "/a/d"}) leader.create(path);
  const Client client{leader};
  EXPECT_EQ(below(client, "/a"), 3);
  EXPECT_EQ(below(client, "/a/d"), 0);
  EXPECT_EQ(below(client, "/"), 8) << "with /zookeeper and its two";
}

TEST(Read, EphemeralsOfTheSessionByPrefix) {
  Leader leader;
  leader.create("/app");
  for (const char* path : {"/app/e2", "/app/e1", "/b"}) leader.create(path, 1);
  const Client client{leader};
  const auto list = [&](std::string_view prefix) {
    return client.get<wire::GetChildrenResponse>(OpCode::kGetEphemerals, prefix).children;
  };
  EXPECT_EQ(list("/app"), (std::vector<Bytes>{Bytes("/app/e1"), Bytes("/app/e2")}));
  EXPECT_EQ(list("/").size(), 3u);
  EXPECT_EQ(list(" ").size(), 3u);
  EXPECT_EQ(list("").size(), 3u);
  EXPECT_EQ(list(" / ").size(), 3u);
  EXPECT_TRUE(list("/nothing").empty());
  leader.session = SessionId{77};
  EXPECT_TRUE(list("/").empty());
}

TEST(Read, WhoAmIKeepsHashesBack) {
  Leader leader;
  Client client{leader};
  client.identities = {identity("ip", "1.2.3.4"), identity("digest", "bob:HASH")};
  const auto answer = client.ask(OpCode::kWhoAmI, Bytes::empty_value());
  wire::JuteReader reader(*answer);
  const auto infos = reader.get<std::vector<wire::AclId>>();  // the same shape: scheme, user
  ASSERT_EQ(infos.size(), 2u);
  EXPECT_EQ(infos[0].id, Bytes("1.2.3.4"));
  EXPECT_EQ(infos[1].scheme, Bytes("digest"));
  EXPECT_EQ(infos[1].id, Bytes("bob"));
}

TEST(Read, AMultiReadAnswersEachForItself) {
  Leader leader;
  leader.create("/a");
  leader.create("/closed", 0, acl(wire::kPermWrite, "world", "anyone"));
  const Client client{leader};
  const auto op = [](OpCode type, const char* path) {
    return wire::MultiOp{type, wire::encode(wire::PathWatchRequest{Bytes(path), false})};
  };
  const auto answer =
      client.ask(OpCode::kMultiRead,
                 wire::encode_multi_request({op(OpCode::kGetData, "/a"), op(OpCode::kGetData, "/no"),
                                             op(OpCode::kGetChildren, "/"), op(OpCode::kGetChildren, "/closed")}));
  ASSERT_TRUE(answer);
  const auto results = wire::decode_multi_response(*answer);
  ASSERT_TRUE(results);
  ASSERT_EQ(results->size(), 4u);
  EXPECT_EQ((*results)[0].data, Bytes("d"));
  EXPECT_EQ((*results)[0].stat, leader.stat("/a"));
  EXPECT_EQ((*results)[1].err, ErrorCode::kNoNode);
  EXPECT_EQ((*results)[2].children.size(), 3u);
  EXPECT_EQ((*results)[3].err, ErrorCode::kNoAuth);
  EXPECT_EQ(client.ask(OpCode::kMultiRead, wire::encode_multi_request({{OpCode::kDelete, Leader::version_body("/a")}}))
                .error(),
            ErrorCode::kMarshallingError);
  EXPECT_EQ(client.ask(OpCode::kMultiRead, Bytes("abc")).error(), ErrorCode::kMarshallingError);
}

}  // namespace
}  // namespace vivarium::tree::testing

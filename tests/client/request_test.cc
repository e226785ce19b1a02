#include "core/client/request.h"

#include <gtest/gtest.h>

namespace vivarium::client {
namespace {

using wire::OpCode;

struct Parsed {
  wire::RequestHeader header;
  Bytes body;
};

Parsed parse(const EncodedRequest& encoded) {
  EXPECT_EQ(load_i32(encoded.frame.data()), static_cast<int32_t>(encoded.frame.size() - 4));
  wire::JuteReader reader(encoded.frame.from(4));
  const auto header = reader.get<wire::RequestHeader>();
  return {header, reader.rest()};
}
template <class Record>
Record body_of(const Request& request, OpCode op, std::string_view chroot = "") {
  const EncodedRequest encoded = encode_request(request, 41, Chroot(chroot));
  const Parsed parsed = parse(encoded);
  EXPECT_EQ(encoded.op, op);
  EXPECT_EQ(parsed.header.type, op);
  EXPECT_EQ(parsed.header.xid, 41);
  const auto record = wire::decode<Record>(parsed.body);
  EXPECT_TRUE(record.has_value());
  EXPECT_EQ(wire::encode(*record), parsed.body);  // and nothing behind it
  return *record;
}

TEST(Request, EachIsItsRecordBelowTheChroot) {
  const auto create = body_of<wire::CreateRequest>(Create{"/a", Bytes("x"), wire::CreateMode::kEphemeralSequential},
                                                   OpCode::kCreate, "/r");
  EXPECT_EQ(create.path.view(), "/r/a");
  EXPECT_EQ(create.data.view(), "x");
  EXPECT_EQ(create.flags, 3);
  EXPECT_EQ(create.acl, wire::world_anyone_all());
  EXPECT_EQ(body_of<wire::CreateRequest>(Create2{"/a", Bytes()}, OpCode::kCreate2, "/r").path.view(), "/r/a");
  const auto removed = body_of<wire::DeleteRequest>(Delete{"/a", 4}, OpCode::kDelete, "/r");
  EXPECT_EQ(removed.path.view(), "/r/a");
  EXPECT_EQ(removed.version, 4);
  const auto set = body_of<wire::SetDataRequest>(SetData{"/a", Bytes("y"), 5}, OpCode::kSetData, "/r");
  EXPECT_EQ(set.path.view(), "/r/a");
  EXPECT_EQ(set.data.view(), "y");
  EXPECT_EQ(set.version, 5);
  const auto acl = body_of<wire::SetAclRequest>(SetAcl{"/a", wire::world_anyone_all(), 6}, OpCode::kSetAcl, "/r");
  EXPECT_EQ(acl.path.view(), "/r/a");
  EXPECT_EQ(acl.version, 6);
  EXPECT_EQ(body_of<wire::PathRequest>(GetAcl{"/a"}, OpCode::kGetAcl, "/r").path.view(), "/r/a");
  EXPECT_EQ(body_of<wire::PathRequest>(Sync{"/a"}, OpCode::kSync, "/r").path.view(), "/r/a");
  const auto auth = body_of<wire::AuthRequest>(AddAuth{"digest", Bytes("u:p")}, OpCode::kAuth, "/r");
  EXPECT_EQ(auth.scheme.view(), "digest");
  EXPECT_EQ(auth.auth.view(), "u:p");
}

TEST(Request, ReadsSayWhetherTheyWatchAndWhere) {
  for (const bool watch : {false, true}) {
    const std::pair<Request, OpCode> reads[] = {{Exists{"/a", watch}, OpCode::kExists},
                                                {GetData{"/a", watch}, OpCode::kGetData},
                                                {GetChildren{"/a", watch}, OpCode::kGetChildren},
                                                {GetChildren2{"/a", watch}, OpCode::kGetChildren2}};
    for (const auto& [request, op] : reads) {
      const auto record = body_of<wire::PathWatchRequest>(request, op, "/r");
      EXPECT_EQ(record.path.view(), "/r/a");
      EXPECT_EQ(record.watch, watch);
      EXPECT_EQ(encode_request(request, 1, Chroot("/r")).watch, watch ? Bytes("/r/a") : Bytes());
    }
  }
}

TEST(Request, MultiHoldsItsOperationsInOrder) {
  const Request multi = Multi{{Create{"/a", Bytes("1")}, Create2{"/b", Bytes("2")}, Delete{"/c", 3},
                               SetData{"/d", Bytes("4"), 5}, Check{"/e", 6}}};
  const EncodedRequest encoded = encode_request(multi, 9, Chroot("/r"));
  const auto ops = wire::decode_multi_request(parse(encoded).body);
  ASSERT_TRUE(ops.has_value());
  const OpCode types[] = {OpCode::kCreate, OpCode::kCreate2, OpCode::kDelete, OpCode::kSetData, OpCode::kCheck};
  const char* paths[] = {"/r/a", "/r/b", "/r/c", "/r/d", "/r/e"};
  ASSERT_EQ(ops->size(), 5u);
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ((*ops)[i].type, types[i]);
    EXPECT_EQ(wire::decode<wire::PathRequest>((*ops)[i].body)->path.view(), paths[i]);
  }
  EXPECT_EQ(wire::decode<wire::CheckRequest>((*ops)[4].body)->version, 6);
}

TEST(Request, ContainersAndTimesToLiveHaveOperationsOfTheirOwn) {
  for (const auto& [request, op] :
       {std::pair<Request, OpCode>{Create{"/a", Bytes("x"), wire::CreateMode::kContainer}, OpCode::kCreateContainer},
        {Create2{"/a", Bytes("x"), wire::CreateMode::kContainer}, OpCode::kCreateContainer}})
    EXPECT_EQ(body_of<wire::CreateRequest>(request, op, "/r").flags, 4);
  Create timed{"/a", Bytes("x"), wire::CreateMode::kPersistentSequentialWithTtl};
  timed.ttl_ms = 5000;
  const auto record = body_of<wire::CreateTtlRequest>(timed, OpCode::kCreateTtl, "/r");
  EXPECT_EQ(record.path.view(), "/r/a");
  EXPECT_EQ(record.flags, 6);
  EXPECT_EQ(record.ttl, 5000);
  const auto ops = wire::decode_multi_request(parse(encode_request(Multi{{timed}}, 9, Chroot("/r"))).body);
  ASSERT_TRUE(ops.has_value());
  EXPECT_EQ(ops->at(0).type, OpCode::kCreateTtl);
  EXPECT_EQ(wire::decode<wire::CreateTtlRequest>(ops->at(0).body)->ttl, 5000);
}

TEST(Request, WatchesAreAddedAndRemovedByPathAndKind) {
  const auto added =
      body_of<wire::AddWatchRequest>(AddWatch{"/a", wire::AddWatchMode::kPersistentRecursive}, OpCode::kAddWatch, "/r");
  EXPECT_EQ(added.path.view(), "/r/a");
  EXPECT_EQ(added.mode, wire::AddWatchMode::kPersistentRecursive);
  const auto removed = body_of<wire::RemoveWatchesRequest>(RemoveWatches{"/a", wire::WatcherType::kChildren},
                                                           OpCode::kRemoveWatches, "/r");
  EXPECT_EQ(removed.path.view(), "/r/a");
  EXPECT_EQ(removed.type, wire::WatcherType::kChildren);
}

TEST(Request, WhatMayChangeTheTree) {
  const OpCode writes[] = {OpCode::kCreate, OpCode::kCreate2, OpCode::kDelete,          OpCode::kSetData,
                           OpCode::kSetAcl, OpCode::kMulti,   OpCode::kCreateContainer, OpCode::kCreateTtl};
  const OpCode reads[] = {OpCode::kExists,      OpCode::kGetData,      OpCode::kGetAcl,
                          OpCode::kGetChildren, OpCode::kGetChildren2, OpCode::kSync,
                          OpCode::kAuth,        OpCode::kAddWatch,     OpCode::kRemoveWatches};
  for (const OpCode op : writes) EXPECT_TRUE(is_write(op)) << wire::op_name(op);
  for (const OpCode op : reads) EXPECT_FALSE(is_write(op)) << wire::op_name(op);
}

}  // namespace
}  // namespace vivarium::client

#include "core/tree/prepare.h"

#include <gtest/gtest.h>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::ErrorCode;
using wire::OpCode;

std::vector<int32_t> codes(const Effects& effects) {
  std::vector<int32_t> out;
  for (const wire::MultiResult& r : effects.multi) out.push_back(static_cast<int32_t>(r.err));
  return out;
}

Bytes ttl_body(const char* path, int32_t flags, int64_t ttl) {
  return wire::encode(wire::CreateTtlRequest{Bytes(path), Bytes("d"), wire::world_anyone_all(), flags, ttl});
}

TEST(Prepare, ACreateIsOneTransaction) {
  Leader leader;
  ASSERT_EQ(leader.create("/a", 1), ErrorCode::kOk);
  const wire::Txn& txn = leader.last.txn;
  EXPECT_EQ(txn.header, (wire::TxnHeader{leader.session, 7, leader.zxid, leader.wall_ms, OpCode::kCreate}));
  EXPECT_EQ(std::get<wire::CreateTxn>(txn.body),
            (wire::CreateTxn{Bytes("/a"), Bytes("d"), wire::world_anyone_all(), true, 1}));
  EXPECT_EQ(txn.digest->tree_digest, leader.state.tree_digest);
  EXPECT_EQ(leader.created(), "/a");
  const wire::Stat stat = leader.stat("/a");
  EXPECT_EQ(stat.czxid, leader.zxid);
  EXPECT_EQ(stat.ctime, leader.wall_ms);
  EXPECT_EQ(stat.ephemeral_owner, leader.session.value);
  EXPECT_EQ(leader.stat("/").cversion, 0) << "2 * 1 - 2 children";
  EXPECT_EQ(leader.stat("/").pzxid, leader.zxid);
}

TEST(Prepare, ARefusalIsATransactionTooAndChangesNothing) {
  Leader leader;
  State before = leader.state;
  ASSERT_EQ(leader.create("/a/b"), ErrorCode::kNoNode);
  EXPECT_EQ(leader.last.txn.header.type, OpCode::kError);
  EXPECT_EQ(std::get<wire::ErrorTxn>(leader.last.txn.body).err, ErrorCode::kNoNode);
  EXPECT_FALSE(leader.last.txn.digest);
  before.zxid = leader.zxid;
  EXPECT_EQ(leader.state, before);
}

TEST(Prepare, SequentialNamesCountCreatesAndWrapAround) {
  Leader leader;
  leader.create("/q");
  leader.create("/q/n-", 2);
  EXPECT_EQ(leader.created(), "/q/n-0000000000");
  leader.create("/q/plain");
  leader.create("/q/n-", 3);
  EXPECT_EQ(leader.created(), "/q/n-0000000002") << "plain creates count";
  leader.remove("/q/plain");
  leader.create("/q/", 2);
  EXPECT_EQ(leader.created(), "/q/0000000003") << "deletes do not; a name may be the number alone";
  leader.node("/q").stat.cversion = INT32_MAX;
  leader.create("/q/n-", 2);
  EXPECT_EQ(leader.created(), "/q/n-2147483647");
  leader.create("/q/n-", 2);
  EXPECT_EQ(leader.created(), "/q/n--2147483648");
  leader.create("/q/n-", 2);
  EXPECT_EQ(leader.created(), "/q/n--2147483647");
  leader.node("/q").stat.cversion = -5;
  leader.create("/q/n-", 2);
  EXPECT_EQ(leader.created(), "/q/n--000000005");
}

// A request that breaks several rules gets the code of the first in upstream's order.
TEST(Prepare, CreateChecksInUpstreamsOrder) {
  Leader leader;
  const wire::AclList bad = acl(31, "nobody", "x");
  leader.create("/closed", 0, acl(wire::kPermRead, "world", "anyone"));
  leader.create("/e", 1);
  EXPECT_EQ(leader.create("/closed/x", 9, bad), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.create("/closed/x", 5, bad), ErrorCode::kUnimplemented);
  EXPECT_EQ(leader.create("nopath", 0, bad), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.create("/missing/x", 0, bad), ErrorCode::kInvalidAcl);
  EXPECT_EQ(leader.create("/missing/.."), ErrorCode::kNoNode);
  EXPECT_EQ(leader.create("/a//b"), ErrorCode::kNoNode) << "there is no `/a/`";
  EXPECT_EQ(leader.create("/closed/.."), ErrorCode::kNoAuth);
  EXPECT_EQ(leader.create("/e/.."), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.create("/"), ErrorCode::kNodeExists);
  EXPECT_EQ(leader.create("/e"), ErrorCode::kNodeExists);
  EXPECT_EQ(leader.create("/e/x"), ErrorCode::kNoChildrenForEphemerals);
  leader.session = SessionId{99};
  EXPECT_EQ(leader.create("nopath"), ErrorCode::kSessionExpired);
  EXPECT_EQ(leader.create("nopath", 9), ErrorCode::kBadArguments);
}

TEST(Prepare, DeleteChecksInUpstreamsOrder) {
  Leader leader;
  leader.create("/closed", 0, acl(wire::kPermRead | wire::kPermCreate, "world", "anyone"));
  leader.create("/closed/x");
  leader.create("/full");
  leader.create("/full/x");
  for (const char* path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "x", ""})
    EXPECT_EQ(leader.remove(path), ErrorCode::kBadArguments) << path;
  EXPECT_EQ(leader.remove("/missing/x"), ErrorCode::kNoNode);
  EXPECT_EQ(leader.remove("/closed/missing"), ErrorCode::kNoAuth);
  EXPECT_EQ(leader.remove("/full/"), ErrorCode::kNoNode);
  EXPECT_EQ(leader.remove("/full", 3), ErrorCode::kBadVersion);
  EXPECT_EQ(leader.remove("/full", 0), ErrorCode::kNotEmpty);
  EXPECT_EQ(leader.remove("/full/x", 0), ErrorCode::kOk);
  EXPECT_EQ(leader.stat("/full").cversion, 2);
  EXPECT_EQ(leader.stat("/full").pzxid, leader.zxid);
}

TEST(Prepare, SetDataAndSetAclCheckAndCount) {
  Leader leader;
  leader.create("/a");
  EXPECT_EQ(leader.set("/a/", "x"), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.set("", "x"), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.set("/b", "x"), ErrorCode::kNoNode);
  EXPECT_EQ(leader.set("/a", "x", 1), ErrorCode::kBadVersion);
  EXPECT_EQ(leader.set("/zookeeper/config", "x"), ErrorCode::kNoAuth);
  EXPECT_EQ(leader.set("/a", "xyz", 0), ErrorCode::kOk);
  EXPECT_EQ(leader.last.effects.stat, leader.stat("/a"));
  EXPECT_EQ(leader.stat("/a").version, 1);
  EXPECT_EQ(leader.stat("/a").data_length, 3);
  EXPECT_EQ(leader.set_acl("/b", acl(31, "nobody", "x")), ErrorCode::kInvalidAcl);
  EXPECT_EQ(leader.set_acl("/a", acl(wire::kPermRead, "world", "anyone"), 0), ErrorCode::kOk);
  EXPECT_EQ(leader.stat("/a").aversion, 1);
  EXPECT_EQ(leader.last.effects.stat, leader.stat("/a"));
  EXPECT_EQ(leader.set_acl("/a", wire::world_anyone_all()), ErrorCode::kNoAuth);
  leader.options.skip_acl = true;
  EXPECT_EQ(leader.set_acl("/a", wire::world_anyone_all(), 0), ErrorCode::kBadVersion);
  EXPECT_EQ(leader.set_acl("/a", wire::world_anyone_all(), 1), ErrorCode::kOk);
}

// 4743: -1 means `any`, so no version may be -1.
TEST(Prepare, VersionsSkipMinusOne) {
  Leader leader;
  leader.create("/a");
  leader.node("/a").stat.version = INT32_MAX;
  leader.set("/a", "x");
  EXPECT_EQ(leader.stat("/a").version, INT32_MIN);
  leader.node("/a").stat.version = -2;
  leader.set("/a", "x", -2);
  EXPECT_EQ(leader.stat("/a").version, 0);
}

// 1208: an ephemeral accepted behind its session's close would never go.
TEST(Prepare, NothingIsAcceptedBehindACloseSession) {
  Leader leader;
  leader.create("/e", 1);
  leader.create("/f", 1);
  ASSERT_EQ(leader.close(), ErrorCode::kOk);
  EXPECT_EQ(std::get<wire::CloseSessionTxn>(leader.last.txn.body).paths,
            (std::vector<Bytes>{Bytes("/e"), Bytes("/f")}));
  EXPECT_FALSE(leader.state.find("/e"));
  EXPECT_TRUE(leader.state.ephemerals.empty());
  EXPECT_EQ(leader.create("/g", 1), ErrorCode::kSessionExpired);
  EXPECT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/g")}}), ErrorCode::kSessionExpired);
  EXPECT_EQ(leader.set("/zookeeper", "x"), ErrorCode::kSessionExpired);
  EXPECT_EQ(leader.close(), ErrorCode::kOk) << "expiry and the client's own close may both be under way";
}

TEST(Prepare, ASessionThatMovedIsRefusedWhereUpstreamAsks) {
  Leader leader;
  EXPECT_EQ(leader.ask(OpCode::kCreate, Leader::create_body("/a", 9), ErrorCode::kSessionMoved),
            ErrorCode::kBadArguments);
  EXPECT_EQ(leader.ask(OpCode::kCreate, Leader::create_body("bad"), ErrorCode::kSessionMoved),
            ErrorCode::kSessionMoved);
  EXPECT_EQ(leader.ask(OpCode::kDelete, Leader::version_body("bad"), ErrorCode::kSessionMoved),
            ErrorCode::kSessionMoved);
  EXPECT_EQ(leader.ask(OpCode::kMulti, wire::encode_multi_request({}), ErrorCode::kSessionMoved),
            ErrorCode::kSessionMoved);
  EXPECT_EQ(leader.ask(OpCode::kError, Bytes(), ErrorCode::kSessionMoved), ErrorCode::kSessionMoved);
  leader.session = SessionId{99};
  EXPECT_EQ(leader.ask(OpCode::kDelete, Leader::version_body("/a"), ErrorCode::kSessionMoved),
            ErrorCode::kSessionExpired);
}

TEST(Prepare, WhatItCannotReadOrDoesNotKnow) {
  Leader leader;
  EXPECT_EQ(leader.ask(OpCode::kCreate, Bytes("abc")), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kDelete, wire::encode(wire::DeleteRequest{Bytes(), -1})), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kMulti, Bytes("abc")), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kCreateSession, Bytes("ab")), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kError, Bytes("ab")), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kError, wire::encode(wire::ErrorTxn{ErrorCode::kQuotaExceeded})),
            ErrorCode::kQuotaExceeded);
  EXPECT_EQ(leader.ask(OpCode{77}, Bytes()), ErrorCode::kUnimplemented);
  EXPECT_EQ(leader.ask(OpCode::kCreateTtl, Bytes()), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kDeleteContainer, Bytes()), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.ask(OpCode::kReconfig, Bytes()), ErrorCode::kReconfigDisabled);
  EXPECT_EQ(leader.ask(OpCode::kCheck, Leader::version_body("/")), ErrorCode::kUnimplemented) << "2623";
}

TEST(Prepare, AMultiSeesItsOwnEffects) {
  Leader leader;
  ASSERT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/m")},
                          {OpCode::kCreate2, Leader::create_body("/m/s-", 2)},
                          {OpCode::kCreate, Leader::create_body("/m/s-", 3)},
                          {OpCode::kCheck, Leader::version_body("/m", 0)},
                          {OpCode::kSetData, Leader::data_body("/m", "two", 0)},
                          {OpCode::kCheck, Leader::version_body("/m", 1)},
                          {OpCode::kDelete, Leader::version_body("/m/s-0000000000")}}),
            ErrorCode::kOk);
  const auto& results = leader.last.effects.multi;
  EXPECT_EQ(codes(leader.last.effects), std::vector<int32_t>(7, 0));
  EXPECT_EQ(results[1].path, Bytes("/m/s-0000000000"));
  EXPECT_EQ(results[1].stat.czxid, leader.zxid);
  EXPECT_EQ(results[2].path, Bytes("/m/s-0000000001"));
  EXPECT_EQ(results[4].stat.version, 1);
  EXPECT_EQ(results[4].stat.num_children, 2);
  EXPECT_EQ(leader.stat("/m").num_children, 1);
  EXPECT_EQ(leader.last.txn.digest->tree_digest, leader.state.tree_digest);
  const auto& txn = std::get<wire::MultiTxn>(leader.last.txn.body);
  EXPECT_EQ(txn.txns[1].type, OpCode::kCreate2);
  EXPECT_EQ(leader.multi({}), ErrorCode::kOk);
}

TEST(Prepare, AFailedMultiDoesNothingAndLogsErrors) {
  Leader leader;
  State before = leader.state;
  ASSERT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/m")},
                          {OpCode::kSetData, Leader::data_body("/m", "x")},
                          {OpCode::kDelete, Leader::version_body("/nowhere")},
                          {OpCode::kCreate, Leader::create_body("/n")}}),
            ErrorCode::kOk)
      << "the reply's header has no error";
  EXPECT_EQ(codes(leader.last.effects), (std::vector<int32_t>{0, 0, -101, -2}));
  for (const wire::MultiResult& result : leader.last.effects.multi) EXPECT_EQ(result.type, OpCode::kError);
  EXPECT_EQ(leader.last.txn.header.type, OpCode::kMulti);
  for (const wire::SubTxn& sub : std::get<wire::MultiTxn>(leader.last.txn.body).txns)
    EXPECT_EQ(sub.type, OpCode::kError);
  EXPECT_TRUE(leader.last.effects.changes.empty());
  EXPECT_EQ(leader.last.txn.digest->tree_digest, before.tree_digest);
  before.zxid = leader.zxid;
  EXPECT_EQ(leader.state, before);
}

TEST(Prepare, AMultiUpstreamCannotReadIsRefusedWhole) {
  Leader leader;
  EXPECT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/m", 9)}}), ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/m")},
                          {OpCode::kGetData, wire::encode(wire::PathWatchRequest{Bytes("/"), false})}}),
            ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.multi({{OpCode::kDelete, wire::encode(wire::DeleteRequest{Bytes(), -1})}}),
            ErrorCode::kMarshallingError);
  EXPECT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/m", 5)}}), ErrorCode::kMarshallingError);
}

TEST(Prepare, AMultiTellsTheKindOfACreateByItsMode) {
  Leader leader;
  leader.options.extended_types = true;
  ASSERT_EQ(leader.multi({{OpCode::kCreate, Leader::create_body("/c", 4)},
                          {OpCode::kCreateContainer, Leader::create_body("/d", 0)},
                          {OpCode::kCreateTtl, ttl_body("/t", 5, 1000)},
                          {OpCode::kCreateTtl, ttl_body("/p", 0, 1000)},
                          {OpCode::kCreateTtl, ttl_body("/e", 1, -1)}}),
            ErrorCode::kOk);
  EXPECT_EQ(codes(leader.last.effects), std::vector<int32_t>(5, 0));
  const auto owner = [&](const char* path) { return leader.state.find(path)->stat.ephemeral_owner; };
  EXPECT_EQ(owner("/c"), kContainerOwner);
  EXPECT_EQ(owner("/d"), kContainerOwner);
  EXPECT_EQ(owner("/t"), ttl_owner(1000));
  EXPECT_EQ(owner("/p"), 0);
  EXPECT_EQ(owner("/e"), leader.session.value);
  EXPECT_EQ(leader.multi({{OpCode::kCreateTtl, ttl_body("/x", 9, 1000)}}), ErrorCode::kOk);
  EXPECT_EQ(codes(leader.last.effects), (std::vector<int32_t>{-8}));
  EXPECT_EQ(leader.multi({{OpCode::kCreateTtl, ttl_body("/x", 5, 0)}}), ErrorCode::kOk);
  EXPECT_EQ(codes(leader.last.effects), (std::vector<int32_t>{-8}));
  leader.options.extended_types = false;
  EXPECT_EQ(leader.multi({{OpCode::kCreateTtl, ttl_body("/x", 5, 1)}}), ErrorCode::kOk);
  EXPECT_EQ(codes(leader.last.effects), (std::vector<int32_t>{-6}));
}

TEST(Prepare, ContainersAreAlwaysThere) {
  Leader leader;
  ASSERT_EQ(leader.ask(OpCode::kCreateContainer, Leader::create_body("/c", 4)), ErrorCode::kOk);
  EXPECT_EQ(leader.created(), "/c");
  EXPECT_EQ(leader.last.effects.stat, leader.stat("/c"));
  EXPECT_EQ(leader.stat("/c").ephemeral_owner, 0);
  EXPECT_EQ(leader.state.find("/c")->stat.ephemeral_owner, kContainerOwner);
  EXPECT_TRUE(leader.state.expiring.contains(Bytes("/c")));
  EXPECT_EQ(leader.ask(OpCode::kCreateContainer, Leader::create_body("/c/s-", 2)), ErrorCode::kOk) << "any mode";
  EXPECT_EQ(leader.created(), "/c/s-0000000000");
  EXPECT_EQ(leader.ask(OpCode::kCreateContainer, Leader::create_body("/x", 5)), ErrorCode::kUnimplemented);
  EXPECT_EQ(leader.ask(OpCode::kCreateContainer, Leader::create_body("/x", 7)), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.create("/e", 1), ErrorCode::kOk);
  EXPECT_EQ(leader.ask(OpCode::kCreateContainer, Leader::create_body("/e/c", 4)), ErrorCode::kNoChildrenForEphemerals);
  EXPECT_EQ(leader.create("/plain", 4), ErrorCode::kOk) << "create makes no container, whatever the mode";
  EXPECT_EQ(leader.state.find("/plain")->stat.ephemeral_owner, 0);
}

TEST(Prepare, ATimeToLiveNeedsExtendedTypesItsModeAndBounds) {
  Leader leader;
  const auto ask = [&](int32_t flags, int64_t ttl) {
    return leader.ask(OpCode::kCreateTtl, ttl_body("/t", flags, ttl));
  };
  EXPECT_EQ(ask(5, 1000), ErrorCode::kUnimplemented);
  EXPECT_EQ(ask(0, 1000), ErrorCode::kBadArguments);
  leader.options.extended_types = true;
  for (int64_t ttl : {int64_t{0}, int64_t{-1}, int64_t{1} << 40, INT64_MIN})
    EXPECT_EQ(ask(5, ttl), ErrorCode::kBadArguments) << ttl;
  EXPECT_EQ(ask(0, 1000), ErrorCode::kBadArguments);
  EXPECT_EQ(ask(0, -1), ErrorCode::kBadArguments);
  EXPECT_EQ(ask(9, 1000), ErrorCode::kBadArguments);
  EXPECT_EQ(leader.create("/t", 5), ErrorCode::kBadArguments);
  EXPECT_EQ(ask(5, (int64_t{1} << 40) - 1), ErrorCode::kOk);
  EXPECT_EQ(ttl_of(leader.state.find("/t")->stat.ephemeral_owner), (int64_t{1} << 40) - 1);
  EXPECT_EQ(leader.stat("/t").ephemeral_owner, 0);
  EXPECT_EQ(leader.ask(OpCode::kCreateTtl, ttl_body("/t/s-", 6, 1)), ErrorCode::kOk) << "children are welcome";
  EXPECT_EQ(leader.created(), "/t/s-0000000000");
  EXPECT_EQ(leader.state.expiring.size(), 2u);
}

TEST(Prepare, DeleteContainerAsksForNobodysPermission) {
  Leader leader;
  leader.ask(OpCode::kCreateContainer, Leader::create_body("/c", 4, acl(wire::kPermRead, "world", "anyone")));
  leader.create("/full");
  leader.create("/full/x");
  leader.create("/e", 1);
  leader.session = SessionId{};
  const auto ask = [&](const char* path) {
    return leader.ask(OpCode::kDeleteContainer, wire::encode(wire::PathRequest{Bytes(path)}));
  };
  for (const char* path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config", "x", ""})
    EXPECT_EQ(ask(path), ErrorCode::kBadArguments) << path;
  EXPECT_EQ(ask("/missing"), ErrorCode::kNoNode);
  EXPECT_EQ(ask("/full"), ErrorCode::kNotEmpty);
  EXPECT_EQ(ask("/e"), ErrorCode::kBadVersion);
  EXPECT_EQ(ask("/c"), ErrorCode::kOk);
  EXPECT_EQ(leader.last.txn.header.type, OpCode::kDeleteContainer);
  EXPECT_EQ(leader.stat("/").pzxid, leader.zxid);
  EXPECT_TRUE(leader.state.expiring.empty());
  EXPECT_EQ(ask("/full/x"), ErrorCode::kOk) << "as upstream has it: whatever is no ephemeral";
  EXPECT_EQ(
      leader.ask(OpCode::kDeleteContainer, wire::encode(wire::PathRequest{Bytes("/full")}), ErrorCode::kSessionMoved),
      ErrorCode::kSessionMoved);
}

TEST(Prepare, HardLimitsRefuseOnlyWhereTheyAreEnforced) {
  Leader leader;
  leader.create("/q");
  for (const char* path : {"/zookeeper/quota/q", "/zookeeper/quota/q/zookeeper_limits"}) leader.create(path);
  leader.create("/zookeeper/quota/q/zookeeper_stats");
  leader.set("/zookeeper/quota/q/zookeeper_limits", "count=1,bytes=1=;byteHardLimit=4;countHardLimit=2");
  leader.options.enforce_quota = true;
  EXPECT_EQ(leader.create("/q/a"), ErrorCode::kOk) << "two nodes, two bytes";
  EXPECT_EQ(leader.create("/q/b"), ErrorCode::kQuotaExceeded);
  EXPECT_EQ(leader.multi({{OpCode::kDelete, Leader::version_body("/q/a")},
                          {OpCode::kCreate, Leader::create_body("/q/a")},
                          {OpCode::kCreate, Leader::create_body("/q/b")}}),
            ErrorCode::kOk);
  EXPECT_EQ(codes(leader.last.effects), (std::vector<int32_t>{0, 0, -125}));
  EXPECT_EQ(leader.set("/q/a", "123", 9), ErrorCode::kBadVersion);
  EXPECT_EQ(leader.set("/q/a", "1234", 9), ErrorCode::kQuotaExceeded) << "asked before the version";
  EXPECT_EQ(leader.set("/q/a", "123"), ErrorCode::kOk);
  leader.options.enforce_quota = false;
  EXPECT_EQ(leader.create("/q/b"), ErrorCode::kOk);
  leader.set("/zookeeper/quota/q/zookeeper_limits", "nonsense");
  EXPECT_EQ(leader.create("/q/c"), ErrorCode::kOk);
  leader.options.enforce_quota = true;
  EXPECT_EQ(leader.create("/q/d"), ErrorCode::kMarshallingError);
}

TEST(Prepare, OptionsLeaveDigestAndPathsOut) {
  Leader leader;
  leader.options = {.digest = false, .close_session_txn_paths = false};
  leader.create("/e", 1);
  EXPECT_FALSE(leader.last.txn.digest);
  leader.close();
  EXPECT_FALSE(std::get<wire::CloseSessionTxn>(leader.last.txn.body).has_paths);
  EXPECT_FALSE(leader.state.find("/e"));
}

TEST(Prepare, KeptBytesDoNotPinTheRequest) {
  Leader leader;
  const Bytes body = Leader::create_body("/a", 0, wire::world_anyone_all(), std::string(50, 'x'));
  const Bytes packet(std::string(100000, 'p') + body.str());
  ASSERT_EQ(leader.ask(OpCode::kCreate, packet.from(100000)), ErrorCode::kOk);
  const auto inside = [&](const Bytes& b) {
    return b.data() >= packet.data() && b.data() < packet.data() + packet.size();
  };
  EXPECT_TRUE(inside(std::get<wire::CreateTxn>(leader.last.txn.body).data)) << "else this test sees nothing";
  const auto kept = leader.state.nodes.lower_bound("/a");
  EXPECT_FALSE(inside(kept->first));
  EXPECT_FALSE(inside(kept->second->data));
  for (const Bytes& child : leader.state.find("/")->children) EXPECT_FALSE(inside(child));
}

}  // namespace
}  // namespace vivarium::tree::testing

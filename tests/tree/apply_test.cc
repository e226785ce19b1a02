#include "core/tree/apply.h"

#include <gtest/gtest.h>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::ErrorCode;
using wire::OpCode;

wire::Txn txn(int64_t zxid, OpCode type, wire::TxnBody body, int64_t session = 5) {
  return {{SessionId{session}, 0, Zxid{zxid}, 1000 + zxid, type}, std::move(body), std::nullopt};
}
wire::CreateTxn create(const char* path, int32_t parent_cversion, bool ephemeral = false) {
  return {Bytes(path), Bytes("d"), wire::world_anyone_all(), ephemeral, parent_cversion};
}

TEST(Apply, AnotherDigestIsReported) {
  State state = State::fresh();
  wire::Txn right = txn(1, OpCode::kCreate, create("/a", 1));
  State after = state;
  apply(after, right);
  right.digest = wire::TxnDigest{wire::kDigestVersion, after.tree_digest};
  wire::Txn wrong = right, other_version = right;
  wrong.digest->tree_digest += 1;
  other_version.digest = wire::TxnDigest{3, 0};
  State a = state, b = state, c = state;
  EXPECT_FALSE(apply(a, right).digest_mismatch);
  EXPECT_EQ(apply(b, wrong).digest_mismatch, after.tree_digest);
  EXPECT_FALSE(apply(c, other_version).digest_mismatch);
}

TEST(Apply, CopiesOfTheStateStayAsTheyWere) {
  Leader leader;
  leader.create("/a");
  const State before = leader.state;
  const uint64_t hash = hash_of(before);
  leader.set("/a", "other");
  leader.create("/a/b");
  EXPECT_EQ(hash_of(before), hash);
  EXPECT_NE(before, leader.state);
}

TEST(Apply, ContainersAndTtlNodesHaveTheirOwners) {
  State state = State::fresh();
  Effects effects = apply(state, txn(1, OpCode::kCreateContainer,
                                     wire::CreateContainerTxn{Bytes("/c"), Bytes("d"), wire::world_anyone_all(), 1}));
  EXPECT_EQ(effects.created_path, Bytes("/c"));
  effects = apply(state, txn(2, OpCode::kCreateTtl,
                             wire::CreateTtlTxn{Bytes("/t"), Bytes("d"), wire::world_anyone_all(), 2, 5000}));
  EXPECT_EQ(effects.created_path, Bytes("/t"));
  EXPECT_EQ(effects.stat.ephemeral_owner, 0);
  EXPECT_EQ(state.find("/c")->stat.ephemeral_owner, INT64_MIN);
  EXPECT_EQ(static_cast<uint64_t>(state.find("/t")->stat.ephemeral_owner), 0xff00000000001388u);
  EXPECT_TRUE(state.ephemerals.empty());
  apply(state, txn(3, OpCode::kDeleteContainer, wire::DeleteTxn{Bytes("/c")}));
  EXPECT_FALSE(state.find("/c"));
}

// Transactions of servers before 3.4 have no parentCVersion.
TEST(Apply, AMissingParentCversionIsComputed) {
  State state = State::fresh();
  apply(state, txn(1, OpCode::kCreate, create("/a", -1)));
  apply(state, txn(2, OpCode::kCreate, create("/b", -1)));
  EXPECT_EQ(state.find("/")->stat.cversion, 2);
}

TEST(Apply, ACreateAppliedLateMovesTheParentForwardOnly) {
  State state = State::fresh();
  apply(state, txn(1, OpCode::kCreate, create("/p", 1)));
  apply(state, txn(9, OpCode::kCreate, create("/p/new", 5)));
  const Effects effects = apply(state, txn(4, OpCode::kCreate, create("/p/old", 2)));
  EXPECT_EQ(effects.error, ErrorCode::kOk);
  EXPECT_EQ(state.find("/p")->stat.cversion, 5);
  EXPECT_EQ(state.find("/p")->stat.pzxid, Zxid{9});
  apply(state, txn(5, OpCode::kDelete, wire::DeleteTxn{Bytes("/p/old")}));
  EXPECT_EQ(state.find("/p")->stat.pzxid, Zxid{9});
  // Behind the wrap of the counter later is still later.
  state.nodes.mutate("/p")->mut().stat.cversion = INT32_MAX;
  apply(state, txn(10, OpCode::kCreate, create("/p/wrapped", INT32_MIN)));
  EXPECT_EQ(state.find("/p")->stat.cversion, INT32_MIN);
}

TEST(Apply, WhatAReplayFindsDoneOrGoneIsTolerated) {
  State state = State::fresh();
  EXPECT_EQ(apply(state, txn(1, OpCode::kCreate, create("/a/b", 1))).error, ErrorCode::kNoNode);
  EXPECT_EQ(apply(state, txn(2, OpCode::kDelete, wire::DeleteTxn{Bytes("/a")})).error, ErrorCode::kNoNode);
  EXPECT_EQ(state.find("/")->stat.pzxid, Zxid{2}) << "3125: the parent learns of the delete all the same";
  EXPECT_EQ(apply(state, txn(3, OpCode::kSetData, wire::SetDataTxn{Bytes("/a"), Bytes("x"), 1})).error,
            ErrorCode::kNoNode);
  EXPECT_EQ(apply(state, txn(4, OpCode::kSetAcl, wire::SetAclTxn{Bytes("/a"), wire::world_anyone_all(), 1})).error,
            ErrorCode::kNoNode);
  apply(state, txn(5, OpCode::kCreate, create("/a", 1)));
  const Effects again = apply(state, txn(6, OpCode::kCreate2, create("/a", 2)));
  EXPECT_EQ(again.error, ErrorCode::kNodeExists);
  EXPECT_TRUE(again.changes.empty());
  EXPECT_EQ(state.find("/")->stat.cversion, 2) << "for every kind of create";
  EXPECT_EQ(apply(state, txn(7, OpCode::kCreate, create("/", 2))).error, ErrorCode::kNoNode);
  EXPECT_EQ(apply(state, txn(8, OpCode::kDelete, wire::DeleteTxn{Bytes("/")})).error, ErrorCode::kNoNode);
  EXPECT_TRUE(state.find("/"));
}

TEST(Apply, ADeleteOverALaterLifeTakesTheChildrenToo) {
  State state = State::fresh();
  apply(state, txn(11, OpCode::kCreate, create("/p", 2)));
  apply(state, txn(12, OpCode::kCreate, create("/p/c", 1)));
  apply(state, txn(13, OpCode::kCreate, create("/p/c/d", 1, true)));
  apply(state, txn(14, OpCode::kCreate, create("/p-x", 3)));
  apply(state, txn(10, OpCode::kDelete, wire::DeleteTxn{Bytes("/p")}));
  EXPECT_FALSE(state.find("/p/c"));
  EXPECT_FALSE(state.find("/p/c/d"));
  EXPECT_TRUE(state.find("/p-x"));
  EXPECT_TRUE(state.ephemerals.empty());
}

TEST(Apply, CloseSessionWithoutAListTakesWhatTheSessionHas) {
  State state = State::fresh();
  apply(state, txn(1, OpCode::kCreateSession, wire::CreateSessionTxn{4000}));
  apply(state, txn(2, OpCode::kCreate, create("/e1", 1, true)));
  apply(state, txn(3, OpCode::kCreate, create("/e2", 2, true)));
  apply(state, txn(4, OpCode::kCreate, create("/keep", 3)));
  EXPECT_EQ(*state.sessions.find(SessionId{5}), 4000);
  const Effects effects = apply(state, txn(6, OpCode::kCloseSession, wire::CloseSessionTxn{{}, false}));
  ASSERT_EQ(effects.changes.size(), 2u);
  EXPECT_EQ(effects.changes[0].path, Bytes("/e1"));
  EXPECT_EQ(effects.changes[1].path, Bytes("/e2"));
  EXPECT_TRUE(state.sessions.empty());
  EXPECT_TRUE(state.ephemerals.empty());
  EXPECT_EQ(state.find("/")->children.size(), 2u);
}

// Upstream leaves the sub-transactions before the failing one as they were; they did not happen.
TEST(Apply, AFailedMultiAsUpstreamWritesItDoesNothing) {
  State state = State::fresh();
  const uint64_t nodes = state.nodes.size();
  wire::MultiTxn multi;
  multi.txns.push_back({OpCode::kCreate, wire::encode_txn_body(create("/a", 1))});
  multi.txns.push_back({OpCode::kError, wire::encode_txn_body(wire::ErrorTxn{ErrorCode::kNoNode})});
  multi.txns.push_back({OpCode::kError, wire::encode_txn_body(wire::ErrorTxn{ErrorCode::kRuntimeInconsistency})});
  multi.txns.push_back({OpCode::kCreate, wire::encode_txn_body(create("/b", 2))});
  const Effects effects = apply(state, txn(1, OpCode::kMulti, multi));
  ASSERT_EQ(effects.multi.size(), 4u);
  EXPECT_EQ(effects.multi[0].err, ErrorCode::kOk);
  EXPECT_EQ(effects.multi[0].type, OpCode::kError);
  EXPECT_EQ(effects.multi[1].err, ErrorCode::kNoNode);
  EXPECT_EQ(effects.multi[2].err, ErrorCode::kRuntimeInconsistency);
  EXPECT_EQ(effects.multi[3].err, ErrorCode::kRuntimeInconsistency);
  EXPECT_EQ(state.nodes.size(), nodes);
  EXPECT_EQ(effects.error, ErrorCode::kOk);
}

TEST(Apply, AMultiThatCannotBeReadLeavesTheStateAlone) {
  State state = State::fresh();
  State before = state;
  wire::MultiTxn multi;
  multi.txns.push_back({OpCode::kCreate, wire::encode_txn_body(create("/a", 1))});
  multi.txns.push_back({OpCode::kCreate, Bytes("abc")});
  EXPECT_EQ(apply(state, txn(1, OpCode::kMulti, multi)).error, ErrorCode::kMarshallingError);
  before.zxid = Zxid{1};
  EXPECT_EQ(state, before);
  multi.txns = {{OpCode::kMulti, wire::encode_txn_body(wire::MultiTxn{})}};
  EXPECT_EQ(apply(state, txn(2, OpCode::kMulti, multi)).error, ErrorCode::kMarshallingError);
}

TEST(Apply, AReconfigSetsTheConfiguration) {
  State state = State::fresh();
  const wire::Txn reconfig =
      txn(0x200000007, OpCode::kReconfig,
          wire::SetDataTxn{Bytes("/zookeeper/config"), Bytes("server.1=h:1:2\nversion=200000007"), -1});
  const Effects effects = apply(state, reconfig);
  EXPECT_EQ(state.config_version, 0x200000007);
  EXPECT_EQ(state.config, Bytes("server.1=h:1:2\nversion=200000007"));
  EXPECT_EQ(effects.stat.mzxid, Zxid{0x200000007});
  EXPECT_EQ(effects.stat.version, -1);
  ASSERT_EQ(effects.changes.size(), 1u);
  EXPECT_EQ(state.tree_digest, State::fresh().tree_digest);
}

TEST(Apply, ChangesSayWhoMayBeTold) {
  Leader leader;
  const wire::AclList secret = acl(31, "digest", "a:h");
  leader.identities.push_back(identity("digest", "a:h"));
  leader.create("/s", 0, secret);
  ASSERT_EQ(leader.last.effects.changes.size(), 1u);
  EXPECT_EQ(leader.last.effects.changes[0].acl_before, secret);
  EXPECT_TRUE(leader.last.effects.changes[0].parent_acl.empty());
  leader.create("/s/c");
  EXPECT_TRUE(leader.last.effects.changes[0].acl_before.empty());
  EXPECT_EQ(leader.last.effects.changes[0].parent_acl, secret);
  leader.set("/s", "x");
  EXPECT_EQ(leader.last.effects.changes[0].acl_before, secret);
  leader.remove("/s/c");
  EXPECT_EQ(leader.last.effects.changes[0].parent_acl, secret);
  leader.remove("/s");
  EXPECT_EQ(leader.last.effects.changes[0].kind, ChangeKind::kDeleted);
  EXPECT_EQ(leader.last.effects.changes[0].acl_before, secret);
  EXPECT_EQ(leader.state.acls.size(), 1u) << "only the list of /zookeeper/config is left";
}

}  // namespace
}  // namespace vivarium::tree::testing

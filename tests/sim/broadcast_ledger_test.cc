// Forged observations: each check of the broadcast fires at the very thing that it is there for, and at nothing that
// may happen.
#include "sim/broadcast_ledger.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

constexpr Zxid at(int64_t epoch, int64_t counter) { return Zxid(Epoch{epoch}, counter); }

// Three servers; server 0 leads epoch 1 and has proposed 1.1 to 1.5.
class BroadcastLedgerTest : public ::testing::Test {
 protected:
  BroadcastLedgerTest() {
    ledger.established(0, Epoch{1}, Zxid{}, 0, findings);
    for (int64_t c = 1; c <= 5; ++c) ledger.proposed(0, at(1, c), hash_of(at(1, c)), findings);
  }
  static uint64_t hash_of(Zxid zxid) { return static_cast<uint64_t>(zxid.value) * 31; }
  static BroadcastLedger::Transaction transaction(Zxid zxid) { return {zxid, hash_of(zxid), zxid.value + 7}; }
  bool deliver(size_t server, Zxid zxid) { return ledger.delivered(server, transaction(zxid), findings); }
  void deliver_all(size_t server, int64_t from, int64_t to) {
    for (int64_t c = from; c <= to; ++c) deliver(server, at(1, c));
  }
  // The first to fire.
  std::string fired() const { return findings.empty() ? "" : findings.violations().front().check; }

  BroadcastLedger ledger{{Sid{1}, Sid{2}, Sid{3}}};
  Findings findings;
  const std::vector<Zxid> disks = {at(1, 4), at(1, 3), at(1, 4)};  // what each ends with
};

TEST_F(BroadcastLedgerTest, NothingFiresAtWhatMayHappen) {
  deliver_all(0, 1, 4);
  deliver_all(1, 1, 2);
  for (int64_t c = 1; c <= 4; ++c) ledger.announced(0, at(1, c), findings);
  ledger.durable_on(0, at(1, 4), {0, 2}, disks, findings);
  // Server 1 leads on, with all that is committed; 1.5 was never committed and is given up.
  deliver_all(1, 3, 4);
  ledger.established(1, Epoch{2}, at(1, 4), at(1, 4).value + 7, findings);
  ledger.proposed(1, at(2, 1), hash_of(at(2, 1)), findings);
  EXPECT_TRUE(deliver(1, at(2, 1)));
  ledger.announced(1, at(2, 1), findings);
  EXPECT_FALSE(deliver(0, at(2, 1)));
  // Server 2 comes by a snapshot, and restarts.
  ledger.jumped(2, at(1, 4));
  deliver(2, at(2, 1));
  ledger.stands_at(2, at(2, 1), at(2, 1).value + 7, true, findings);
  ledger.started(2);
  deliver_all(2, 1, 4);
  deliver(2, at(2, 1));
  ledger.epoch_file(2, "acceptedEpoch", Epoch{1}, findings);
  ledger.epoch_file(2, "currentEpoch", Epoch{1}, findings);
  ledger.epoch_file(2, "acceptedEpoch", Epoch{2}, findings);
  ledger.wiped(2);
  ledger.epoch_file(2, "acceptedEpoch", Epoch{1}, findings);
  EXPECT_EQ(fired(), "") << findings.violations().front().what;
  EXPECT_EQ(ledger.committed(), 5U);
}

// What is drawn: who does what now, and who did what it does not agree with, each with the record that showed it.
TEST_F(BroadcastLedgerTest, AFindingNamesItsSides) {
  findings.at(Time{}, 10);
  deliver(0, at(1, 1));
  findings.at(Time{}, 20);
  ledger.established(2, Epoch{2}, Zxid{}, 0, findings);
  findings.at(Time{}, 30);
  ledger.durable_on(1, at(1, 1), {2}, disks, findings);
  ASSERT_EQ(findings.violations().size(), 2U);
  const Violation& behind = findings.violations()[0];
  EXPECT_EQ(behind.promise, "a leader has all that was ever committed before it proposes");
  EXPECT_EQ(behind.sides,
            (std::vector<TraceSide>{{0, 10, "commits 0x100000001"}, {2, 20, "leads epoch 2 with history up to 0x0"}}));
  EXPECT_EQ(behind.seqs, (std::vector<uint64_t>{20, 10}));
  EXPECT_EQ(findings.violations()[1].sides,
            (std::vector<TraceSide>{{1, 30, "commits 0x100000001"},
                                    {0, 0, "lacks 0x100000001 on disk (last 0x100000004)"},
                                    {1, 0, "lacks 0x100000001 on disk (last 0x100000003)"},
                                    {2, 0, "has 0x100000001 on its disk"}}));
}

TEST_F(BroadcastLedgerTest, Leadership) {
  ledger.established(0, Epoch{1}, Zxid{}, 0, findings);
  EXPECT_EQ(fired(), "");
  ledger.established(2, Epoch{1}, Zxid{}, 0, findings);
  EXPECT_EQ(fired(), "leadership");
  EXPECT_EQ(findings.violations().front().what, "servers 1 and 3 both lead epoch 1");
}

TEST_F(BroadcastLedgerTest, IntegrityOfWhatNobodyProposed) {
  deliver(1, at(1, 6));
  EXPECT_EQ(fired(), "integrity");
}

TEST_F(BroadcastLedgerTest, IntegrityOfWhatWasProposedOtherwise) {
  ledger.delivered(1, {at(1, 1), hash_of(at(1, 2)), 0}, findings);
  EXPECT_EQ(fired(), "integrity");
}

TEST_F(BroadcastLedgerTest, IntegrityOfAServerThatServesWhatNobodyHas) {
  ledger.stands_at(1, at(1, 9), 0, false, findings);
  EXPECT_EQ(fired(), "");
  ledger.stands_at(1, at(1, 9), 0, true, findings);
  EXPECT_EQ(fired(), "integrity");
}

TEST_F(BroadcastLedgerTest, AgreementOfProposals) {
  ledger.proposed(1, at(1, 5), hash_of(at(1, 5)) + 1, findings);
  EXPECT_EQ(fired(), "agreement");
}

TEST_F(BroadcastLedgerTest, AgreementOfADelivery) {
  deliver(0, at(1, 1));
  ledger.delivered(1, {at(1, 1), 99, at(1, 1).value + 7}, findings);
  EXPECT_EQ(fired(), "agreement");
}

TEST_F(BroadcastLedgerTest, PrefixConsistencyOfWhatOthersWentPast) {
  ledger.established(1, Epoch{2}, Zxid{}, 0, findings);
  ledger.proposed(1, at(2, 1), hash_of(at(2, 1)), findings);
  deliver(1, at(2, 1));
  deliver(0, at(1, 1));
  EXPECT_EQ(fired(), "prefix-consistency");
}

TEST_F(BroadcastLedgerTest, PrefixConsistencyOfAServerThatGoesBack) {
  deliver_all(0, 1, 3);
  deliver_all(1, 1, 3);
  ledger.stands_at(1, at(1, 2), at(1, 2).value + 7, false, findings);  // begins anew, serves nobody
  EXPECT_EQ(fired(), "");
  ledger.stands_at(0, at(1, 2), at(1, 2).value + 7, true, findings);
  EXPECT_EQ(fired(), "prefix-consistency");
}

TEST_F(BroadcastLedgerTest, TotalOrder) {
  deliver_all(0, 1, 3);
  deliver(1, at(1, 1));
  deliver(1, at(1, 3));
  EXPECT_EQ(fired(), "total-order");
}

TEST_F(BroadcastLedgerTest, LocalPrimaryOrderOfTheFirstToDeliver) {
  deliver(0, at(1, 1));
  deliver(0, at(1, 3));
  EXPECT_EQ(fired(), "local-primary-order");
}

TEST_F(BroadcastLedgerTest, LocalPrimaryOrderOfCommits) {
  ledger.announced(1, at(1, 2), findings);
  EXPECT_EQ(fired(), "");
  ledger.announced(1, at(1, 1), findings);
  EXPECT_EQ(fired(), "local-primary-order");
}

TEST_F(BroadcastLedgerTest, GlobalPrimaryOrder) {
  ledger.announced(1, at(2, 1), findings);
  ledger.announced(1, at(1, 3), findings);
  EXPECT_EQ(fired(), "global-primary-order");
}

TEST_F(BroadcastLedgerTest, PrimaryIntegrity) {
  deliver_all(0, 1, 4);
  ledger.established(1, Epoch{2}, at(1, 3), at(1, 3).value + 7, findings);
  EXPECT_EQ(fired(), "primary-integrity");
}

TEST_F(BroadcastLedgerTest, Durability) {
  deliver(0, at(1, 1));
  ledger.durable_on(0, at(1, 1), {1, 2}, disks, findings);
  EXPECT_EQ(fired(), "");
  ledger.durable_on(0, at(1, 1), {1}, disks, findings);
  EXPECT_EQ(fired(), "durability");
}

TEST_F(BroadcastLedgerTest, EpochFiles) {
  ledger.epoch_file(1, "currentEpoch", Epoch{4}, findings);
  ledger.epoch_file(2, "currentEpoch", Epoch{3}, findings);
  EXPECT_EQ(fired(), "");
  ledger.epoch_file(1, "currentEpoch", Epoch{3}, findings);
  EXPECT_EQ(fired(), "epoch-files");
}

TEST_F(BroadcastLedgerTest, DigestOfADelivery) {
  deliver(0, at(1, 1));
  ledger.delivered(1, {at(1, 1), hash_of(at(1, 1)), 0}, findings);
  EXPECT_EQ(fired(), "digest");
}

TEST_F(BroadcastLedgerTest, DigestOfASnapshot) {
  deliver_all(0, 1, 2);
  ledger.jumped(1, at(1, 2));
  ledger.stands_at(1, at(1, 2), 1, true, findings);
  EXPECT_EQ(fired(), "digest");
}

// What a leader brought inside a snapshot is committed, though nobody delivers it; who still delivers it one by one is
// held against what was proposed.
TEST_F(BroadcastLedgerTest, WhatWasInASnapshotMayBeDeliveredOneByOne) {
  ledger.established(1, Epoch{2}, at(1, 3), at(1, 3).value + 7, findings);
  deliver_all(0, 1, 3);
  EXPECT_EQ(fired(), "");
  EXPECT_EQ(ledger.committed(), 3U);
}

// Chaos, seed 6698: 1.1 to 1.3 are delivered, 1.4 is in the snapshot that the new leader got of one that fell before it
// was established, 1.5 in its log.
TEST_F(BroadcastLedgerTest, WhatALeaderBringsComesBeforeWhatItDelivers) {
  deliver_all(0, 1, 3);
  ledger.brought(at(1, 4), at(1, 4).value + 7);
  ledger.jumped(1, at(1, 4));
  EXPECT_TRUE(deliver(1, at(1, 5)));
  ledger.established(1, Epoch{2}, at(1, 5), at(1, 5).value + 7, findings);
  EXPECT_EQ(fired(), "");
  EXPECT_EQ(ledger.committed(), 5U);
}

TEST_F(BroadcastLedgerTest, WhatNobodyBroughtIsAGap) {
  deliver_all(0, 1, 3);
  ledger.jumped(1, at(1, 4));
  deliver(1, at(1, 5));
  EXPECT_EQ(fired(), "local-primary-order");
}

TEST_F(BroadcastLedgerTest, WhatWasInASnapshotMustHaveBeenProposed) {
  ledger.established(1, Epoch{2}, at(1, 3), at(1, 3).value + 7, findings);
  ledger.delivered(0, {at(1, 1), 99, 0}, findings);
  EXPECT_EQ(fired(), "integrity");
}

class EphemeralsTest : public ::testing::Test {
 protected:
  EphemeralsTest() : state(tree::State::fresh()) {
    state.sessions.set(SessionId{5}, 4000);
    tree::Znode node;
    node.stat.ephemeral_owner = 5;
    state.nodes.set(Bytes("/e"), Cow<tree::Znode>(node));
    PersistentSet<Bytes> paths;
    paths.insert(Bytes("/e"));
    state.ephemerals.set(SessionId{5}, paths);
  }
  tree::State state;
};

TEST_F(EphemeralsTest, OfLiveSessionsAreFine) {
  EXPECT_EQ(dead_owner(state), std::nullopt);
  EXPECT_EQ(misowned_ephemeral(state), "");
}

TEST_F(EphemeralsTest, OfADeadSessionAreNot) {
  state.sessions.erase(SessionId{5});
  EXPECT_EQ(dead_owner(state), SessionId{5});
  EXPECT_EQ(misowned_ephemeral(state), "/e outlives its session 5");
}

TEST_F(EphemeralsTest, ThatTheirSessionDoesNotKnowOfAreNot) {
  state.ephemerals.erase(SessionId{5});
  EXPECT_EQ(dead_owner(state), std::nullopt);
  EXPECT_EQ(misowned_ephemeral(state), "session 5 does not know of its /e");
}

}  // namespace
}  // namespace vivarium::sim

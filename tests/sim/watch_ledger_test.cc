// Forged events and answers: a watch that fires late, twice, unasked or never is noticed.
#include "sim/watch_ledger.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

using wire::WatchEventType;
using Kind = WatchLedger::Kind;

wire::Stat stat(int64_t mzxid, int64_t pzxid = 1) {
  wire::Stat out;
  out.mzxid = Zxid{mzxid};
  out.pzxid = Zxid{pzxid};
  return out;
}

class WatchLedgerTest : public ::testing::Test {
 protected:
  void arm(Kind kind, const char* path, const wire::Stat& as) { ledger.armed(kind, path, &as, Zxid{99}); }
  void told(WatchEventType type, const char* path, int64_t zxid = 50) {
    ledger.told({type, wire::KeeperState::kSyncConnected, path, Zxid{zxid}}, findings);
  }
  void shown(const char* path, const wire::Stat& as) { ledger.shown(path, &as, findings); }
  std::string fired() const { return findings.empty() ? "" : findings.violations().front().check; }
  WatchLedger ledger{2};
  Findings findings;
};

TEST_F(WatchLedgerTest, NothingFiresAtWhatMayHappen) {
  arm(Kind::kData, "/a", stat(10));
  shown("/a", stat(10));
  shown("/b", stat(70));
  told(WatchEventType::kNodeDataChanged, "/a");
  shown("/a", stat(50));
  arm(Kind::kData, "/a", stat(50));
  arm(Kind::kChildren, "/a", stat(50, 20));
  shown("/a", stat(50, 20));
  told(WatchEventType::kNodeChildrenChanged, "/a");
  told(WatchEventType::kNodeDeleted, "/a");
  ledger.shown("/a", nullptr, findings);
  ledger.armed(Kind::kData, "/a", nullptr, Zxid{60});
  ledger.shown("/a", nullptr, findings);  // came and went, or never came
  told(WatchEventType::kNodeCreated, "/a");
  EXPECT_EQ(fired(), "");
  EXPECT_TRUE(ledger.all().empty());
}

TEST_F(WatchLedgerTest, WatchOrderOfData) {
  arm(Kind::kData, "/a", stat(10));
  shown("/a", stat(11));
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(WatchLedgerTest, WatchOrderOfChildren) {
  arm(Kind::kChildren, "/a", stat(10, 20));
  shown("/a", stat(15, 20));
  EXPECT_EQ(fired(), "");
  shown("/a", stat(15, 21));
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(WatchLedgerTest, WatchOrderOfADeletion) {
  arm(Kind::kData, "/a", stat(10));
  ledger.shown("/a", nullptr, findings);
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(WatchLedgerTest, WatchOrderOfACreation) {
  ledger.armed(Kind::kData, "/a", nullptr, Zxid{60});
  shown("/a", stat(61));
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(WatchLedgerTest, WatchOnceOfASecondEvent) {
  arm(Kind::kData, "/a", stat(10));
  told(WatchEventType::kNodeDataChanged, "/a");
  EXPECT_EQ(fired(), "");
  told(WatchEventType::kNodeDataChanged, "/a");
  EXPECT_EQ(fired(), "watch-once");
}

TEST_F(WatchLedgerTest, WatchOnceOfAnotherKind) {
  arm(Kind::kChildren, "/a", stat(10));
  told(WatchEventType::kNodeDataChanged, "/a");
  EXPECT_EQ(fired(), "watch-once");
}

TEST_F(WatchLedgerTest, WatchOnceOfAnOldSession) {
  arm(Kind::kData, "/a", stat(10));
  ledger.session_over();
  told(WatchEventType::kNodeDataChanged, "/a");
  EXPECT_EQ(fired(), "watch-once");
}

TEST_F(WatchLedgerTest, ADeletionSpendsBothWatchesAtOnce) {
  arm(Kind::kData, "/a", stat(10));
  arm(Kind::kChildren, "/a", stat(10));
  told(WatchEventType::kNodeDeleted, "/a");
  EXPECT_TRUE(ledger.all().empty());
  told(WatchEventType::kNodeDeleted, "/a");
  EXPECT_EQ(fired(), "watch-once");
}

TEST_F(WatchLedgerTest, AfterAReconnectADeletionIsToldForEach) {
  arm(Kind::kData, "/a", stat(10));
  arm(Kind::kChildren, "/a", stat(10));
  told(WatchEventType::kNodeDeleted, "/a", -1);
  told(WatchEventType::kNodeDeleted, "/a", -1);
  EXPECT_EQ(fired(), "");
  told(WatchEventType::kNodeDeleted, "/a", -1);
  EXPECT_EQ(fired(), "watch-once");
}

TEST_F(WatchLedgerTest, WatchMissed) {
  arm(Kind::kData, "/a", stat(10));
  const WatchLedger::Armed watch = ledger.all().at(0);
  const wire::Stat same = stat(10), later = stat(11);
  ledger.missed(watch, &same, findings);
  EXPECT_EQ(fired(), "");
  ledger.missed(watch, &later, findings);
  EXPECT_EQ(fired(), "watch-missed");
}

TEST_F(WatchLedgerTest, WatchMissedOfADeletion) {
  arm(Kind::kChildren, "/a", stat(10));
  ledger.missed(ledger.all().at(0), nullptr, findings);
  EXPECT_EQ(fired(), "watch-missed");
}

}  // namespace
}  // namespace vivarium::sim

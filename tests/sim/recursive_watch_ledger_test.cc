// Forged events and answers: a recursive watch that tells too late, too much or too little is noticed.
#include "sim/recursive_watch_ledger.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

using wire::WatchEventType;

constexpr WatchEventType kCreated = WatchEventType::kNodeCreated, kDeleted = WatchEventType::kNodeDeleted,
                         kChanged = WatchEventType::kNodeDataChanged;

class RecursiveWatchLedgerTest : public ::testing::Test {
 protected:
  RecursiveWatchLedgerTest() { ledger.armed(Zxid{10}); }
  void told(WatchEventType type, const char* path, int64_t zxid) {
    ledger.told({type, wire::KeeperState::kSyncConnected, path, Zxid{zxid}}, findings);
  }
  void shown(const char* path, int64_t changed) { ledger.shown(path, Zxid{changed}, findings); }
  void absent(const char* path) { ledger.shown_absent(path, std::nullopt, findings); }
  std::string fired() const { return findings.empty() ? "" : findings.violations().front().check; }

  RecursiveWatchLedger ledger{2, "/t"};
  Findings findings;
};

TEST_F(RecursiveWatchLedgerTest, NothingFiresAtWhatMayHappen) {
  shown("/t/a", 10);  // before it was armed
  shown("/tea", 99);  // not below
  absent("/t/never");
  told(kCreated, "/t/b", 11);
  shown("/t/b", 11);
  told(kChanged, "/t/b", 12);
  told(kChanged, "/t/b", 12);  // twice in one multi
  told(kDeleted, "/t/b", 13);
  absent("/t/b");
  ledger.shown_absent("/t/b", Zxid{13}, findings);
  told(kCreated, "/t", 13);
  told(kChanged, "/t/a", 14);
  told(WatchEventType::kNodeChildrenChanged, "/t", 2);  // of a one-shot watch
  told(kChanged, "/t/a", -1);                           // the answer to setWatches
  ledger.missed({{"/t", Zxid{13}}, {"/t/a", Zxid{14}}, {"/t/old", Zxid{9}}}, findings);
  EXPECT_EQ(fired(), "");
}

TEST_F(RecursiveWatchLedgerTest, AnAnswerMayNotShowWhatWasNotTold) {
  told(kChanged, "/t/a", 11);
  shown("/t/a", 12);
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(RecursiveWatchLedgerTest, NorADeletion) {
  told(kCreated, "/t/a", 11);
  absent("/t/a");
  EXPECT_EQ(fired(), "watch-order");
  findings = {};
  ledger.shown_absent("/t/other", Zxid{12}, findings);
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(RecursiveWatchLedgerTest, NothingElseIsTold) {
  const auto complains = [&](WatchEventType type, const char* path, int64_t zxid) {
    findings = {};
    told(type, path, zxid);
    return fired() == "watch-once";
  };
  EXPECT_TRUE(complains(kCreated, "/tea", 11));
  EXPECT_TRUE(complains(kCreated, "/t/a", 10)) << "as of then it was armed";
  EXPECT_FALSE(complains(kCreated, "/t/a", 12));
  EXPECT_TRUE(complains(kCreated, "/t/b", 11)) << "out of order";
  EXPECT_TRUE(complains(kCreated, "/t/a", 13)) << "it was there";
  EXPECT_FALSE(complains(kDeleted, "/t/a", 13));
  EXPECT_TRUE(complains(kDeleted, "/t/a", 14));
  EXPECT_TRUE(complains(kChanged, "/t/a", 14));
  ledger.session_over();
  EXPECT_TRUE(complains(kCreated, "/t/a", 15));
}

TEST_F(RecursiveWatchLedgerTest, AfterAReconnectFromTheFirstAnswerOn) {
  told(kCreated, "/t/a", 11);
  ledger.disconnected();
  EXPECT_TRUE(ledger.covers("/t/a"));
  told(kCreated, "/t/a", 14);  // it went meanwhile
  shown("/t/b", 20);
  ledger.answered(Zxid{20});
  shown("/t/b", 20);
  EXPECT_EQ(fired(), "");
  shown("/t/b", 21);
  EXPECT_EQ(fired(), "watch-order");
}

TEST_F(RecursiveWatchLedgerTest, InTheEndNothingIsMissed) {
  const auto complains = [&](const std::map<std::string, Zxid>& there) {
    findings = {};
    ledger.missed(there, findings);
    return fired() == "watch-missed";
  };
  told(kCreated, "/t/a", 11);
  EXPECT_FALSE(complains({{"/t/a", Zxid{11}}}));
  EXPECT_TRUE(complains({{"/t/a", Zxid{12}}}));
  EXPECT_TRUE(complains({{"/t/a", Zxid{11}}, {"/t/b", Zxid{12}}}));
  EXPECT_TRUE(complains({}));
  ledger.disconnected();
  EXPECT_FALSE(complains({{"/t/a", Zxid{12}}})) << "nobody knows when it was armed again";
}

}  // namespace
}  // namespace vivarium::sim

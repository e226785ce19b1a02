// Forged answers: what a client must never be told is noticed, and what it may be told is not.
#include "sim/client_ledger.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

client::Completion answer(uint64_t token, int64_t zxid) {
  client::Completion out;
  out.token = client::Token{token};
  out.zxid = Zxid{zxid};
  return out;
}

client::SessionEvent session(client::SessionChange change, client::Loss loss = client::Loss::kNone) {
  client::SessionEvent out;
  out.change = change;
  out.session = SessionId{1};
  out.loss = loss;
  return out;
}

class ClientLedgerTest : public ::testing::Test {
 protected:
  void told(const client::ClientEvent& event) { ledger.told(event, findings); }
  std::string fired() const { return findings.empty() ? "" : findings.violations().front().check; }
  ClientLedger ledger{3};
  Findings findings;
};

TEST_F(ClientLedgerTest, NothingFiresAtWhatMayHappen) {
  told(session(client::SessionChange::kConnected));
  told(answer(1, 10));
  told(answer(2, 10));
  told(session(client::SessionChange::kDisconnected, client::Loss::kReset));
  told(answer(3, 0));  // lost with the connection
  told(session(client::SessionChange::kConnected));
  told(answer(5, 12));
  ledger.believes(SessionId{1}, Zxid{12}, findings);
  // A new session knows nothing of what the old one saw.
  told(session(client::SessionChange::kExpired));
  ledger.believes(SessionId{0}, Zxid{}, findings);
  told(answer(6, 11));
  ledger.believes(SessionId{2}, Zxid{11}, findings);
  EXPECT_EQ(fired(), "");
}

TEST_F(ClientLedgerTest, SessionOrderOfAnswers) {
  told(answer(2, 10));
  told(answer(1, 10));
  EXPECT_EQ(fired(), "session-order");
  EXPECT_EQ(findings.violations().front().what, "client 3: request 1 is answered after 2");
}

TEST_F(ClientLedgerTest, SessionOrderOfAnAnswerGivenTwice) {
  told(answer(2, 10));
  told(answer(2, 10));
  EXPECT_EQ(fired(), "session-order");
}

TEST_F(ClientLedgerTest, SessionOrderThatTheClientNoticesItself) {
  told(session(client::SessionChange::kDisconnected, client::Loss::kXidMismatch));
  EXPECT_EQ(fired(), "session-order");
}

TEST_F(ClientLedgerTest, BytesThatTheClientCannotRead) {
  told(session(client::SessionChange::kDisconnected, client::Loss::kBadBytes));
  EXPECT_EQ(fired(), "session-order");
}

TEST_F(ClientLedgerTest, ZxidSeenOfAnswers) {
  told(answer(1, 10));
  told(answer(2, 9));
  EXPECT_EQ(fired(), "zxid-seen");
}

TEST_F(ClientLedgerTest, ZxidSeenAcrossConnections) {
  told(answer(1, 10));
  told(session(client::SessionChange::kDisconnected, client::Loss::kReset));
  told(session(client::SessionChange::kConnected));
  told(answer(2, 9));
  EXPECT_EQ(fired(), "zxid-seen");
}

TEST_F(ClientLedgerTest, ZxidSeenThatTheClientNoticesItself) {
  told(session(client::SessionChange::kDisconnected, client::Loss::kZxidWentBack));
  EXPECT_EQ(fired(), "zxid-seen");
}

TEST_F(ClientLedgerTest, ZxidSeenOfTheClientItself) {
  ledger.believes(SessionId{1}, Zxid{}, findings);
  told(answer(1, 10));
  ledger.believes(SessionId{1}, Zxid{9}, findings);
  EXPECT_EQ(fired(), "zxid-seen");
}

}  // namespace
}  // namespace vivarium::sim

#include "core/node/admin_words.h"

#include <gtest/gtest.h>

#include "tests/node/ensemble.h"

namespace vivarium::node {
namespace {

TEST(AdminWords, AreRecognisedByFourLetters) {
  EXPECT_EQ(admin_word("srvr"), "srvr");
  EXPECT_EQ(admin_word("ruok\r\n"), "ruok");
  EXPECT_FALSE(admin_word("srv"));
  EXPECT_FALSE(admin_word(std::string_view("\0\0\0\x2c", 4)));
  EXPECT_FALSE(admin_word("SRVR"));
  EXPECT_FALSE(admin_word(""));
}

TEST(AdminWords, SrvrReadsLikeUpstreams) {
  ServerFigures figures;
  figures.serving = true;
  figures.role = zab::Role::kLeading;
  figures.zxid = Zxid{0x100000002};
  figures.connections = 3;
  figures.outstanding = 1;
  figures.nodes = 5;
  figures.traffic.received = 12;
  figures.traffic.sent = 11;
  figures.traffic.answered_after(milliseconds(1));
  figures.traffic.answered_after(microseconds(2500));
  EXPECT_EQ(answer_admin_word("srvr", {"srvr"}, figures),
            "Zookeeper version: 3.9.5-vivarium, built on 01/01/2026 00:00 UTC\nLatency min/avg/max: "
            "1/1.7500/2\nReceived: 12\nSent: 11\nConnections: 3\nOutstanding: 1\n"
            "Zxid: 0x100000002\nMode: leader\nProposal sizes last/min/max: -1/-1/-1\nNode count: 5\n");
  figures.standalone = true;
  const std::string alone = answer_admin_word("srvr", {"srvr"}, figures);
  EXPECT_NE(alone.find("Mode: standalone\nNode count: 5\n"), std::string::npos) << alone;
}

TEST(AdminWords, OnlyWhatIsWhitelistedIsExecuted) {
  ServerFigures figures;
  EXPECT_EQ(answer_admin_word("ruok", {"srvr"}, figures), "ruok is not executed because it is not in the whitelist.\n");
  EXPECT_EQ(answer_admin_word("ruok", {"srvr", "ruok"}, figures), "imok");
  EXPECT_EQ(answer_admin_word("ruok", {"*"}, figures), "imok");
  EXPECT_EQ(answer_admin_word("srvr", {"*"}, figures), "This ZooKeeper instance is not currently serving requests\n");
}

TEST(AdminWords, AreAnsweredBeforeTheFirstFrameOnlyAndClose) {
  Ensemble ensemble(1);
  Wire& word = ensemble.dial();
  ensemble.send(word, Bytes("sr"));
  EXPECT_TRUE(word.received.empty());
  ensemble.send(word, Bytes("vr\n"));
  EXPECT_TRUE(word.received.view().starts_with("Zookeeper version: 3.9.5")) << word.received.view();
  EXPECT_TRUE(word.received.view().ends_with("Mode: standalone\nNode count: 4\n")) << word.received.view();
  EXPECT_TRUE(word.closed);

  Session session = Session::open(ensemble);
  ensemble.send(*session.wire, Bytes("srvr"));
  EXPECT_TRUE(session.wire->closed) << "as a length it is far beyond the limit";
  EXPECT_TRUE(session.wire->received.empty());
}

}  // namespace
}  // namespace vivarium::node

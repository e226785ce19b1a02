#include "core/node/admin_words.h"

#include <gtest/gtest.h>

#include "tests/node/admin_scene.h"
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

TEST(AdminWords, OnlyWhatIsWhitelistedIsExecuted) {
  AdminScene scene;
  scene.figures.serving = false;
  const AdminView view = scene.view();
  EXPECT_EQ(answer_admin_word("ruok", {"srvr"}, view), "ruok is not executed because it is not in the whitelist.\n");
  EXPECT_EQ(answer_admin_word("ruok", {"srvr", "ruok"}, view), "imok");
  EXPECT_EQ(answer_admin_word("ruok", {"*"}, view), "imok");
  EXPECT_EQ(answer_admin_word("isro", {"*"}, view), "null");
  EXPECT_EQ(answer_admin_word("srvr", {"*"}, view), "This ZooKeeper instance is not currently serving requests\n");
  EXPECT_EQ(answer_admin_word("stmk", {"*"}, view), "stmk is not available in this server.\n");
}

TEST(AdminWords, AreAnsweredBeforeTheFirstFrameOnlyAndClose) {
  Ensemble ensemble(1);
  Wire& word = ensemble.dial();
  ensemble.send(word, Bytes("sr"));
  EXPECT_TRUE(word.received.empty());
  ensemble.send(word, Bytes("vr\n"));
  EXPECT_TRUE(word.received.view().starts_with("Zookeeper version: 3.9.5")) << word.received.view();
  EXPECT_TRUE(word.received.view().ends_with("Mode: standalone\nNode count: 5\n")) << word.received.view();
  EXPECT_TRUE(word.closed);

  Session session = Session::open(ensemble);
  ensemble.send(*session.wire, Bytes("srvr"));
  EXPECT_TRUE(session.wire->closed) << "as a length it is far beyond the limit";
  EXPECT_TRUE(session.wire->received.empty());
}

}  // namespace
}  // namespace vivarium::node

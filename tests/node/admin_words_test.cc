#include "core/node/admin_words.h"

#include <gmock/gmock.h>
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

std::string say(Ensemble& ensemble, std::string_view word, int64_t server = 1) {
  Wire& wire = ensemble.dial(server);
  ensemble.send(wire, Bytes(word));
  return wire.received.str();
}

TEST(AdminWords, SrstAndCrstBeginTheCountsAnew) {
  Ensemble ensemble(1, [](NodeConfig& config) { config.admin_words = {"srst", "crst", "srvr", "cons"}; });
  Session session = Session::open(ensemble);
  session.create("/a");
  EXPECT_THAT(say(ensemble, "srvr"), ::testing::HasSubstr("Received: 2\n"));
  EXPECT_EQ(say(ensemble, "srst"), "Server stats reset.\n");
  EXPECT_THAT(say(ensemble, "srvr"), ::testing::HasSubstr("Latency min/avg/max: 0/0.0000/0\nReceived: 0\nSent: 0\n"));
  EXPECT_THAT(say(ensemble, "cons"), ::testing::HasSubstr("recved=2,sent=2"));
  EXPECT_EQ(say(ensemble, "crst"), "Connection stats reset.\n");
  EXPECT_THAT(say(ensemble, "cons"), ::testing::HasSubstr("recved=0,sent=0"));
}

TEST(AdminWords, ResetNothingUnlessTheyAreExecuted) {
  Ensemble ensemble(1);
  Session session = Session::open(ensemble);
  EXPECT_THAT(say(ensemble, "srst"), ::testing::HasSubstr("not in the whitelist"));
  EXPECT_THAT(say(ensemble, "srvr"), ::testing::HasSubstr("Received: 1\n"));
  EXPECT_EQ(effect_of_admin_word("srst", {"*"}, false), AdminEffect::kNone);
  EXPECT_EQ(effect_of_admin_word("crst", {"*"}, true), AdminEffect::kResetConnections);
  EXPECT_EQ(effect_of_admin_word("stat", {"*"}, true), AdminEffect::kNone);
}

TEST(AdminWords, MntrTellsHowMuchDataThereIs) {
  Ensemble ensemble(1, [](NodeConfig& config) { config.admin_words = {"*"}; });
  Session session = Session::open(ensemble);
  ensemble.give(1, MachineFigures{5, 9, 1, 2});
  EXPECT_THAT(say(ensemble, "mntr"), ::testing::HasSubstr("zk_approximate_data_size\t44\n"));
  session.create("/ab", "123");
  EXPECT_THAT(say(ensemble, "mntr"), ::testing::HasSubstr("zk_approximate_data_size\t50\n"));
  EXPECT_THAT(say(ensemble, "mntr"), ::testing::HasSubstr("zk_open_file_descriptor_count\t5\n"));
  EXPECT_EQ(say(ensemble, "dirs"), "datadir_size: 1\nlogdir_size: 2\n");
}

TEST(AdminWords, ALeaderThatDoesNotServeSaysSo) {  // leaderServes=no
  Ensemble ensemble(3, [](NodeConfig& config) { config.leader_serves = false; });
  ASSERT_TRUE(ensemble.advance_until([&] { return ensemble.all_serve(); }, seconds(60)));
  const int64_t leader = ensemble.leader(), follower = leader == 1 ? 2 : 1;
  EXPECT_EQ(say(ensemble, "srvr", leader), "This ZooKeeper instance is not currently serving requests\n");
  EXPECT_THAT(say(ensemble, "srvr", follower), ::testing::HasSubstr("Mode: follower"));
  Wire& turned_away = ensemble.dial(leader);
  ensemble.send(turned_away, connect_frame({}));
  EXPECT_TRUE(turned_away.closed);
  Session session = Session::open(ensemble, follower);
  EXPECT_EQ(session.create("/a").header.err, wire::ErrorCode::kOk);
}

TEST(AdminWords, ARequestMayBeAsLongAsTheConfigurationSays) {  // jute.maxbuffer
  Ensemble ensemble(1, [](NodeConfig& config) { config.frame_bytes_max = 3 << 20; });
  Session session = Session::open(ensemble);
  EXPECT_EQ(session.create("/long", std::string(2 << 20, 'x')).header.err, wire::ErrorCode::kOk);
  EXPECT_FALSE(session.wire->closed);
  ensemble.send(*session.wire, Bytes(std::string("\x00\x30\x00\x01", 4)));
  EXPECT_TRUE(session.wire->closed);
}

}  // namespace
}  // namespace vivarium::node

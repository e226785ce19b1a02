#include "core/node/zoo_cfg.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

using ::testing::HasSubstr;

constexpr const char* kThree =
    "tickTime=2000\ninitLimit=10\nsyncLimit=5\ndataDir=/var/zk\nclientPort=2181\n"
    "server.1=a:2888:3888\nserver.2=b:2888:3888;0.0.0.0:2182\nserver.3=c:2888:3888:observer\n";

std::string refused(const std::string& text, const std::optional<std::string>& myid = "1") {
  const auto read = read_zoo_cfg(text, myid);
  return read ? "taken" : fmt::format("{}: {}", read.error().line, read.error().what);
}

std::string warned(const std::string& text) {
  std::string out;
  const auto read = read_zoo_cfg(text, std::nullopt);
  if (!read) return "refused: " + read.error().what;
  for (const ConfigError& warning : read->warnings) out += fmt::format("{}: {}|", warning.line, warning.what);
  return out;
}

TEST(ZooCfg, standalone_with_upstreams_defaults) {
  const auto read = read_zoo_cfg("dataDir=/d\nclientPort=2181\n", std::nullopt);
  ASSERT_TRUE(read);
  const ServerConfig& config = read->config;
  EXPECT_TRUE(config.standalone());
  EXPECT_TRUE(read->warnings.empty());
  EXPECT_EQ(config.node.data_dir, "/d");
  EXPECT_EQ(config.node.log_dir, "/d");
  EXPECT_EQ(config.node.ensemble.tick, milliseconds(3000));
  EXPECT_EQ(config.node.ensemble.window, 500);
  EXPECT_EQ(config.node.ensemble.snap_count, 100000);
  EXPECT_EQ(config.disk.preallocate_bytes, 65536 << 10);
  EXPECT_EQ(config.node.client_connections_max, 60);
  EXPECT_EQ(config.node.admin_words, std::vector<std::string>{"srvr"});
  EXPECT_FALSE(config.node.ensemble.purge_interval) << "nothing is removed that nobody asked to remove";
  ConfigSources sources;
  sources.data_dir = "/d";
  EXPECT_EQ(to_zoo_cfg(config), to_zoo_cfg(read_config(sources)->config)) << "vivariumd --data /d";
}

TEST(ZooCfg, an_ensemble_and_who_we_are_in_it) {
  const auto read = read_zoo_cfg(kThree, "2\n");
  ASSERT_TRUE(read) << read.error().what;
  const zab::Config& ensemble = read->config.node.ensemble;
  EXPECT_EQ(ensemble.self, Sid{2});
  ASSERT_EQ(ensemble.servers.size(), 3U);
  EXPECT_EQ(ensemble.servers.at(Sid{2}).client, (Address{"0.0.0.0", 2182}));  // its line's, not clientPort
  EXPECT_EQ(ensemble.servers.at(Sid{1}).election, (Address{"a", 3888}));
  EXPECT_FALSE(ensemble.voter(Sid{3}));
  EXPECT_EQ(read_zoo_cfg(kThree, "1")->config.node.ensemble.servers.at(Sid{1}).client.port, 2181);
  EXPECT_EQ(ensemble.membership,
            "server.1=a:2888:3888:participant\nserver.2=b:2888:3888:participant;0.0.0.0:2182\n"
            "server.3=c:2888:3888:observer\nversion=0");
  EXPECT_EQ(read_zoo_cfg(kThree, "1")->config.node.ensemble.membership, ensemble.membership)
      << "the client port of the file stands in no line";
}

TEST(ZooCfg, containers_times_to_live_and_quotas) {
  const std::string head = "dataDir=/d\nclientPort=2181\n";
  const NodeConfig standard = read_zoo_cfg(head, std::nullopt)->config.node;
  EXPECT_FALSE(standard.ensemble.extended_types);
  EXPECT_FALSE(standard.ensemble.enforce_quota);
  EXPECT_TRUE(standard.ensemble.membership.empty()) << "upstream writes none when it is alone";
  EXPECT_EQ(standard.reaper.check_interval, seconds(60));
  EXPECT_EQ(standard.reaper.per_minute_max, 10000);
  EXPECT_EQ(standard.reaper.never_used_interval_max, Duration{});
  const auto read = read_zoo_cfg(head +
                                     "zookeeper.extendedTypesEnabled=true\nenforceQuota=true\n"
                                     "znode.container.checkIntervalMs=100\nznode.container.maxPerMinute=7\n"
                                     "znode.container.maxNeverUsedIntervalMs=5000\n",
                                 std::nullopt);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(read->warnings.empty());
  EXPECT_TRUE(read->config.node.ensemble.extended_types);
  EXPECT_TRUE(read->config.node.ensemble.enforce_quota);
  EXPECT_EQ(read->config.node.reaper.check_interval, milliseconds(100));
  EXPECT_EQ(read->config.node.reaper.per_minute_max, 7);
  EXPECT_EQ(read->config.node.reaper.never_used_interval_max, seconds(5));
  const std::string printed = to_zoo_cfg(read->config);
  EXPECT_EQ(to_zoo_cfg(read_zoo_cfg(printed, std::nullopt)->config), printed);
  EXPECT_EQ(refused(std::string(kThree) + "server.255=d:1:2\nextendedTypesEnabled=true\n", "255"),
            "0: extendedTypesEnabled needs a server id of 254 or less");
}

TEST(ZooCfg, what_it_prints_reads_back_the_same) {
  const std::string text = std::string(kThree) +
                           "dataLogDir=/log\nclientPortAddress=10.0.0.1\nsnapCount=10\nmaxClientCnxns=0\nmaxCnxns=7\n"
                           "4lw.commands.whitelist=srvr, mntr,ruok\ndigest.enabled=no\ncnxTimeout=100\n"
                           "DigestAuthenticationProvider.superDigest=super:x=\nminSessionTimeout=1\ntraceFile=/t\n";
  const auto read = read_zoo_cfg(text, "1");
  ASSERT_TRUE(read) << read.error().what;
  const std::string printed = to_zoo_cfg(read->config);
  const auto again = read_zoo_cfg(printed, "1");
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(to_zoo_cfg(again->config), printed);
  EXPECT_TRUE(again->warnings.empty());
  EXPECT_THAT(printed, HasSubstr("4lw.commands.whitelist=srvr,mntr,ruok\n"));
  EXPECT_THAT(printed, HasSubstr("digest.enabled=false\n"));
  EXPECT_THAT(printed, HasSubstr("server.2=b:2888:3888:participant;0.0.0.0:2182\n"));
}

TEST(ZooCfg, a_bad_value_names_line_key_value_and_range) {
  EXPECT_EQ(refused("dataDir=/d\ntickTime=fast"), "2: tickTime=fast: expected a whole number from 1 to 2147483647");
  EXPECT_EQ(refused("clientPort=70000"), "1: clientPort=70000: expected a whole number from 0 to 65535");
  EXPECT_EQ(refused("tickTime=0"), "1: tickTime=0: expected a whole number from 1 to 2147483647");
  EXPECT_EQ(refused("digest.enabled=maybe"), "1: digest.enabled=maybe: expected true or false (yes, no)");
  EXPECT_EQ(refused("electionAlg=1"), "1: electionAlg=1: expected 3, the only election there is");
  EXPECT_EQ(refused("server.x=a:1:2"), "1: server.x=a:1:2: expected server.N with N from 0 to 255");
  EXPECT_EQ(refused("server.1=a:1:2\nserver.1=b:1:2"), "2: server.1=b:1:2: expected one line for server 1");
}

TEST(ZooCfg, what_is_missing) {
  EXPECT_EQ(refused("clientPort=1"), "0: dataDir is not said");
  EXPECT_EQ(refused("dataDir=/d"), "0: clientPort is not said");
  EXPECT_THAT(refused(kThree, std::nullopt), HasSubstr("needs the file myid"));
  EXPECT_EQ(refused(kThree, "seven"), "0: myid is \"seven\", not a number");
  EXPECT_EQ(refused(kThree, "9"), "0: myid is 9, and there is no line server.9");
  std::string text = kThree;
  text.replace(text.find("initLimit=10\n"), 13, "");
  EXPECT_THAT(refused(text), HasSubstr("needs initLimit"));
  EXPECT_THAT(refused(std::string(kThree) + "peerType=observer"), HasSubstr("server.1 is a participant"));
}

TEST(ZooCfg, unknown_keys_and_features_to_come_are_warnings) {
  const std::string head = "dataDir=/d\nclientPort=1\n";
  EXPECT_EQ(warned(head + "tickTme=1"), "3: tickTme is not a key of zoo.cfg (did you mean tickTime?); it is ignored|");
  EXPECT_EQ(warned(head + "blorb=1"), "3: blorb is not a key of zoo.cfg; it is ignored|");
  EXPECT_EQ(warned(head + "skipACL=yes\nssl.keyStore.location=x"),
            "3: skipACL has no effect in this version|4: ssl.keyStore.location has no effect in this version|");
  EXPECT_EQ(warned(head + "zookeeper.snapCount=7"), "");
}

TEST(ZooCfg, what_does_not_fit_together) {
  EXPECT_EQ(refused("dataDir=/d\nclientPort=1\nminSessionTimeout=9000\nmaxSessionTimeout=8000"),
            "0: minSessionTimeout (9000) is larger than maxSessionTimeout (8000)");
  EXPECT_EQ(refused("dataDir=/d\nclientPort=1\ntickTime=1000\nminSessionTimeout=20001"),
            "0: minSessionTimeout (20001) is larger than maxSessionTimeout (20000)");
  const std::string head = "dataDir=/d\nclientPort=1\n";
  EXPECT_THAT(warned(head + "forceSync=no"), HasSubstr("what was acknowledged is lost when the power fails"));
  EXPECT_THAT(warned(head + "vivarium.diskReserveMB=64"), HasSubstr("is not more than preAllocSize"));
  EXPECT_EQ(warned(head + "vivarium.diskReserveMB=65\nforceSync=yes"), "");
}

TEST(ZooCfg, what_it_prints_says_where_it_comes_from) {
  ConfigSources sources;
  sources.file = ConfigText{"/etc/zoo.cfg", "dataDir=/d\nclientPort=1\ninitLimit=7\ntickTime=500\n"};
  sources.environment = {{"ZOO_TICK_TIME", "700"}};
  const auto read = read_config(sources);
  ASSERT_TRUE(read);
  const std::string text = to_explained_zoo_cfg(*read);
  EXPECT_TRUE(text.starts_with(
      "# from /etc/zoo.cfg\ndataDir=/d\nclientPort=1\ninitLimit=7\n# from ZOO_TICK_TIME\ntickTime=700\n"
      "# defaults\n"))
      << text;
  EXPECT_EQ(to_zoo_cfg(read_zoo_cfg(text, std::nullopt)->config), to_zoo_cfg(read->config)) << "it is a zoo.cfg, too";
}

TEST(ZooCfg, who_we_are_is_said_by_the_directory_or_by_a_variable_to_a_new_one) {
  ConfigSources sources;
  sources.file = ConfigText{"zoo.cfg", kThree};
  sources.environment = {{"ZOO_MY_ID", "2"}};
  auto read = read_config(sources);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->config.node.ensemble.self, Sid{2});
  EXPECT_EQ(read->myid_to_write, "2");
  sources.myid = "2\n";
  EXPECT_FALSE(read_config(sources)->myid_to_write);
  sources.myid = "1\n";
  read = read_config(sources);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().what, "ZOO_MY_ID is 2, and myid in /var/zk is 1: that directory is another server's");
}

TEST(ZooCfg, the_servers_of_a_dynamic_file) {
  ConfigSources sources;
  sources.file = ConfigText{"zoo.cfg", "dataDir=/d\nclientPort=9\ninitLimit=1\nsyncLimit=1\ndynamicConfigFile=dyn\n"};
  sources.myid = "2";
  EXPECT_EQ(setting_of(sources, "dynamicConfigFile"), "dyn");
  EXPECT_EQ(setting_of(sources, "dataDir"), "/d");
  EXPECT_EQ(setting_of(sources, "tickTime"), std::nullopt);
  sources.dynamic_file = ConfigText{"dyn", "server.1=a:1:2;3\nserver.2=b:1:2;4\n"};
  const auto read = read_config(sources);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->config.node.ensemble.servers.size(), 2U);
  EXPECT_EQ(read->config.node.ensemble.servers.at(Sid{2}).client.port, 4);
  sources.file->text += "server.3=c:1:2\n";
  ASSERT_FALSE(read_config(sources));
  EXPECT_EQ(read_config(sources).error().line, 6);
  EXPECT_THAT(read_config(sources).error().what, HasSubstr("belongs into the dynamicConfigFile"));
}

}  // namespace
}  // namespace vivarium::node

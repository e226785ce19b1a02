// Every key of the table has its row here: a value that is not the default, and what is printed for it. A key without a
// row fails.
#include "core/node/config_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "core/node/zoo_cfg.h"

namespace vivarium::node {
namespace {

struct Row {
  std::string_view key, value, bad;
  bool (*honoured)(const ServerConfig&);
};

const zab::Config& ensemble(const ServerConfig& c) { return c.node.ensemble; }
const Address& client(const ServerConfig& c) { return ensemble(c).servers.at(ensemble(c).self).client; }

const std::vector<Row> kRows = {
    {"dataDir", "/x", "", [](const ServerConfig& c) { return c.node.data_dir == "/x"; }},
    {"dataLogDir", "/l", "", [](const ServerConfig& c) { return c.node.log_dir == "/l"; }},
    {"datadir.autocreate", "false", "0", [](const ServerConfig& c) { return !c.make_data_dir; }},
    {"clientPort", "2182", "-1", [](const ServerConfig& c) { return client(c).port == 2182; }},
    {"clientPortAddress", "10.0.0.1", "", [](const ServerConfig& c) { return client(c).host == "10.0.0.1"; }},
    {"clientPortListenBacklog", "7", "-2", [](const ServerConfig& c) { return c.listen_backlog == 7; }},
    {"tickTime", "100", "0", [](const ServerConfig& c) { return ensemble(c).tick == milliseconds(100); }},
    {"initLimit", "7", "0", [](const ServerConfig& c) { return ensemble(c).init_limit == 7; }},
    {"syncLimit", "3", "0", [](const ServerConfig& c) { return ensemble(c).sync_limit == 3; }},
    {"connectToLearnerMasterLimit", "4", "-1", [](const ServerConfig& c) { return ensemble(c).connect_limit == 4; }},
    {"minSessionTimeout", "500", "-2", [](const ServerConfig& c) { return session_timeout_ms_least(c.node) == 500; }},
    {"maxSessionTimeout", "90000", "0", [](const ServerConfig& c) { return session_timeout_ms_most(c.node) == 90000; }},
    {"maxClientCnxns", "0", "-1", [](const ServerConfig& c) { return c.node.client_connections_max == 0; }},
    {"maxCnxns", "5", "-1", [](const ServerConfig& c) { return c.connections_max == 5; }},
    {"nio.sessionlessCnxnTimeout", "2000", "0",
     [](const ServerConfig& c) { return c.node.connect_request_timeout == seconds(2); }},
    {"jute.maxbuffer", "4194304", "99999999", [](const ServerConfig& c) { return c.node.frame_bytes_max == 4 << 20; }},
    {"globalOutstandingLimit", "10", "0", [](const ServerConfig& c) { return c.node.pending_requests_max == 10; }},
    {"commitLogCount", "50", "0", [](const ServerConfig& c) { return ensemble(c).window == 50; }},
    {"snapCount", "20", "1", [](const ServerConfig& c) { return ensemble(c).snap_count == 20; }},
    {"snapSizeLimitInKb", "16", "x", [](const ServerConfig& c) { return ensemble(c).snap_bytes == 16 << 10; }},
    {"txnLogSizeLimitInKb", "8", "-2", [](const ServerConfig& c) { return ensemble(c).log_file_bytes == 8 << 10; }},
    {"preAllocSize", "64", "-1", [](const ServerConfig& c) { return c.disk.preallocate_bytes == 64 << 10; }},
    {"autopurge.purgeInterval", "2", "2w",
     [](const ServerConfig& c) { return ensemble(c).purge_interval == milliseconds(7'200'000); }},
    {"autopurge.snapRetainCount", "5", "-1", [](const ServerConfig& c) { return ensemble(c).snap_retain == 5; }},
    {"vivarium.electionDecideWhenUnanimous", "false", "soon",
     [](const ServerConfig& c) { return !ensemble(c).decide_when_unanimous; }},
    {"vivarium.diskReserveMB", "200", "0",
     [](const ServerConfig& c) { return ensemble(c).disk_reserve_bytes == 200 << 20; }},
    {"forceSync", "false", "maybe", [](const ServerConfig& c) { return !c.sync_log; }},
    {"fsync.warningthresholdms", "20", "-1", [](const ServerConfig& c) { return c.fsync_warning_ms == 20; }},
    {"cnxTimeout", "800", "0", [](const ServerConfig& c) { return ensemble(c).connect_timeout == milliseconds(800); }},
    {"tcpKeepAlive", "true", "1", [](const ServerConfig& c) { return c.keep_alive; }},
    {"quorumListenOnAllIPs", "true", "all", [](const ServerConfig& c) { return ensemble(c).listen_on_all; }},
    {"electionPortBindRetry", "0", "-1", [](const ServerConfig& c) { return ensemble(c).bind_attempts == 0; }},
    {"leaderConnectDelayDuringRetryMs", "10", "0",
     [](const ServerConfig& c) { return ensemble(c).redial_delay == milliseconds(10); }},
    {"leader.maxTimeToWaitForEpoch", "3000", "0",
     [](const ServerConfig& c) { return ensemble(c).epoch_wait == seconds(3); }},
    {"fastleader.minNotificationInterval", "100", "0",
     [](const ServerConfig& c) { return ensemble(c).notification_interval_min == milliseconds(100); }},
    {"fastleader.maxNotificationInterval", "900", "0",
     [](const ServerConfig& c) { return ensemble(c).notification_interval_max == milliseconds(900); }},
    {"leaderServes", "false", "perhaps", [](const ServerConfig& c) { return !c.node.leader_serves; }},
    {"electionAlg", "3", "2", [](const ServerConfig&) { return true; }},
    {"peerType", "participant", "leader", [](const ServerConfig&) { return true; }},
    {"snapshot.trust.empty", "true", "2", [](const ServerConfig& c) { return c.disk.recovery.trust_empty_snapshot; }},
    {"db.autocreate", "false", "2", [](const ServerConfig& c) { return !c.disk.recovery.auto_create; }},
    {"extendedTypesEnabled", "true", "2", [](const ServerConfig& c) { return ensemble(c).extended_types; }},
    {"enforceQuota", "true", "2", [](const ServerConfig& c) { return ensemble(c).enforce_quota; }},
    {"znode.container.checkIntervalMs", "100", "0",
     [](const ServerConfig& c) { return c.node.reaper.check_interval == milliseconds(100); }},
    {"znode.container.maxPerMinute", "3", "0", [](const ServerConfig& c) { return c.node.reaper.per_minute_max == 3; }},
    {"znode.container.maxNeverUsedIntervalMs", "5", "-1",
     [](const ServerConfig& c) { return c.node.reaper.never_used_interval_max == milliseconds(5); }},
    {"digest.enabled", "false", "2", [](const ServerConfig& c) { return !ensemble(c).digest; }},
    {"4lw.commands.whitelist", "stat,ruok", "",
     [](const ServerConfig& c) {
       return c.node.admin_words == std::vector<std::string>{"stat", "ruok"};
     }},
    {"DigestAuthenticationProvider.superDigest", "super:x=", "x",
     [](const ServerConfig& c) { return c.node.super_digest == "super:x="; }},
    {"testingonly.initialZxid", "4294967040", "-1",
     [](const ServerConfig& c) { return ensemble(c).initial_counter == 0xffffff00; }},
    {"dynamicConfigFile", "d", "", [](const ServerConfig& c) { return c.dynamic_file == "d"; }},
    {"traceFile", "t", "x.zst", [](const ServerConfig& c) { return c.trace_file == "t"; }},
    {"vivarium.traceFileMaxMB", "5", "0", [](const ServerConfig& c) { return c.trace_bytes_max == 5 << 20; }},
};

constexpr std::string_view kHead =
    "dataDir=/d\nclientPort=1\ninitLimit=2\nsyncLimit=2\nserver.1=a:1:2\nserver.2=b:1:2\n";

std::string with(const Row& row, std::string_view value) { return fmt::format("{}{}={}\n", kHead, row.key, value); }

TEST(ConfigKeys, each_is_honoured_printed_and_refuses_what_it_cannot_mean) {
  for (const Row& row : kRows) {
    const auto read = read_zoo_cfg(with(row, row.value), "1");
    ASSERT_TRUE(read) << row.key << ": " << read.error().what;
    EXPECT_TRUE(row.honoured(read->config)) << row.key;
    const auto printed = find_config_key(row.key)->print(read->config);
    EXPECT_EQ(printed.value_or(std::string(row.value)), row.value) << row.key;
    if (row.bad.empty()) continue;
    const auto refused = read_zoo_cfg(with(row, row.bad), "1");
    ASSERT_FALSE(refused) << row.key << "=" << row.bad;
    EXPECT_EQ(refused.error().line, 7) << row.key;
    EXPECT_THAT(refused.error().what, ::testing::StartsWith(fmt::format("{}={}: expected ", row.key, row.bad)));
  }
}

TEST(ConfigKeys, none_is_without_a_row_above) {
  std::set<std::string_view> rows;
  for (const Row& row : kRows) rows.insert(row.key);
  for (const ConfigKey& key : config_keys()) EXPECT_EQ(rows.erase(key.name), 1U) << key.name;
  EXPECT_THAT(rows, ::testing::IsEmpty());
}

TEST(ConfigKeys, defaults_are_not_what_the_rows_ask_for) {
  const auto read = read_zoo_cfg(kHead, "1");
  ASSERT_TRUE(read);
  for (const Row& row : kRows) {
    if (row.key == "electionAlg" || row.key == "peerType") continue;
    EXPECT_FALSE(row.honoured(read->config)) << row.key;
  }
}

TEST(ConfigKeys, intervals_have_units) {
  const auto interval = [](std::string_view value) {
    return ensemble(read_zoo_cfg(fmt::format("{}autopurge.purgeInterval={}", kHead, value), "1")->config)
        .purge_interval;
  };
  EXPECT_EQ(interval("0"), std::nullopt);
  EXPECT_EQ(interval("90m"), milliseconds(5'400'000));
  EXPECT_EQ(interval("1d"), milliseconds(86'400'000));
  EXPECT_EQ(interval("30s"), seconds(30));
  EXPECT_EQ(interval("5ms"), milliseconds(5));
}

TEST(ConfigKeys, limits_that_are_off_and_numbers_that_mean_the_default) {
  const auto read = read_zoo_cfg(std::string(kHead) +
                                     "snapSizeLimitInKb=-1\ntxnLogSizeLimitInKb=-1\n"
                                     "minSessionTimeout=-1\nmaxSessionTimeout=-1\nleader.maxTimeToWaitForEpoch=-1\n"
                                     "autopurge.snapRetainCount=1\n",
                                 "1");
  ASSERT_TRUE(read);
  EXPECT_EQ(ensemble(read->config).snap_bytes, 0);
  EXPECT_EQ(ensemble(read->config).log_file_bytes, 0);
  EXPECT_EQ(session_timeout_ms_least(read->config.node), 6000);
  EXPECT_EQ(session_timeout_ms_most(read->config.node), 60000);
  EXPECT_EQ(ensemble(read->config).epoch_wait, std::nullopt);
  EXPECT_EQ(ensemble(read->config).snap_retain, 3) << "upstream's least";
}

}  // namespace
}  // namespace vivarium::node

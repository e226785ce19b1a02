#include "core/node/zoo_cfg.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/nearest.h"
#include "core/node/properties.h"
#include "core/node/server_lines.h"

namespace vivarium::node {

namespace {

using Outcome = std::expected<void, std::string>;  // the error: what was expected

// What the lines have said so far, before it is put together.
struct Draft {
  ServerConfig out;
  Address client;
  int32_t tick_ms = 3000;
  std::optional<int32_t> init_limit, sync_limit;
  bool observer = false;
};

Outcome take_number(std::string_view text, int64_t least, int64_t most, int64_t& into) {
  const auto value = whole_number(text);
  if (!value || *value < least || *value > most)
    return std::unexpected(fmt::format("a whole number from {} to {}", least, most));
  into = *value;
  return {};
}

template <class Into>
Outcome take_number(std::string_view text, int64_t least, int64_t most, Into& into) {
  int64_t value = 0;
  if (auto taken = take_number(text, least, most, value); !taken) return taken;
  into = static_cast<Into>(value);
  return {};
}

Outcome take_flag(std::string_view text, bool& into) {
  if (text != "true" && text != "false" && text != "yes" && text != "no")
    return std::unexpected("true or false (yes, no)");
  into = text == "true" || text == "yes";
  return {};
}

Outcome take_milliseconds(std::string_view text, Duration& into) {
  int64_t value = 0;
  if (auto taken = take_number(text, 1, int64_t{1} << 40, value); !taken) return taken;
  into = milliseconds(value);
  return {};
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of(", "), text.size());
    if (end > 0) words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

struct Key {
  std::string_view name;
  Outcome (*take)(Draft&, const std::string& value);
};

// The keys that are honoured, with their ranges.
constexpr std::array kHonoured = {
    Key{"dataDir",
        [](Draft& d, const std::string& v) -> Outcome {
          if (v.empty()) return std::unexpected("a directory");
          d.out.node.data_dir = v;
          return {};
        }},
    Key{"dataLogDir",
        [](Draft& d, const std::string& v) -> Outcome {
          d.out.node.log_dir = v;
          return {};
        }},
    Key{"clientPort", [](Draft& d, const std::string& v) { return take_number(v, 0, 65535, d.client.port); }},
    Key{"clientPortAddress",
        [](Draft& d, const std::string& v) -> Outcome {
          d.client.host = v;
          return {};
        }},
    Key{"tickTime", [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.tick_ms); }},
    Key{"initLimit", [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.init_limit.emplace()); }},
    Key{"syncLimit", [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.sync_limit.emplace()); }},
    Key{"minSessionTimeout",
        [](Draft& d, const std::string& v) { return take_number(v, -1, kMost, d.out.node.session_timeout_ms_min); }},
    Key{"maxSessionTimeout",
        [](Draft& d, const std::string& v) { return take_number(v, -1, kMost, d.out.node.session_timeout_ms_max); }},
    Key{"maxClientCnxns",
        [](Draft& d, const std::string& v) { return take_number(v, 0, kMost, d.out.node.client_connections_max); }},
    Key{"maxCnxns", [](Draft& d, const std::string& v) { return take_number(v, 0, kMost, d.out.connections_max); }},
    Key{"globalOutstandingLimit",
        [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.out.node.pending_requests_max); }},
    Key{"commitLogCount",
        [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.out.node.ensemble.window); }},
    Key{"snapCount",
        [](Draft& d, const std::string& v) { return take_number(v, 2, kMost, d.out.node.ensemble.snap_count); }},
    Key{"preAllocSize",
        [](Draft& d, const std::string& v) -> Outcome {
          int64_t kilobytes = 0;
          if (auto taken = take_number(v, 0, kMost, kilobytes); !taken) return taken;
          d.out.disk.preallocate_bytes = kilobytes << 10;
          return {};
        }},
    Key{"autopurge.snapRetainCount",
        [](Draft& d, const std::string& v) -> Outcome {
          auto taken = take_number(v, 0, kMost, d.out.node.ensemble.snap_retain);
          d.out.node.ensemble.snap_retain = std::max(d.out.node.ensemble.snap_retain, 3);  // upstream's least
          return taken;
        }},
    Key{"cnxTimeout", [](Draft& d, const std::string& v) { return take_milliseconds(v, d.out.node.ensemble.connect_timeout); }},
    Key{"fastleader.minNotificationInterval",
        [](Draft& d, const std::string& v) { return take_milliseconds(v, d.out.node.ensemble.notification_interval_min); }},
    Key{"fastleader.maxNotificationInterval",
        [](Draft& d, const std::string& v) { return take_milliseconds(v, d.out.node.ensemble.notification_interval_max); }},
    Key{"fsync.warningthresholdms",
        [](Draft& d, const std::string& v) { return take_number(v, 0, kMost, d.out.fsync_warning_ms); }},
    Key{"snapshot.trust.empty",
        [](Draft& d, const std::string& v) { return take_flag(v, d.out.disk.recovery.trust_empty_snapshot); }},
    Key{"db.autocreate", [](Draft& d, const std::string& v) { return take_flag(v, d.out.disk.recovery.auto_create); }},
    Key{"extendedTypesEnabled",
        [](Draft& d, const std::string& v) { return take_flag(v, d.out.node.ensemble.extended_types); }},
    Key{"enforceQuota", [](Draft& d, const std::string& v) { return take_flag(v, d.out.node.ensemble.enforce_quota); }},
    Key{"znode.container.checkIntervalMs",
        [](Draft& d, const std::string& v) { return take_milliseconds(v, d.out.node.reaper.check_interval); }},
    Key{"znode.container.maxPerMinute",
        [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.out.node.reaper.per_minute_max); }},
    Key{"znode.container.maxNeverUsedIntervalMs",
        [](Draft& d, const std::string& v) -> Outcome {
          int64_t value = 0;
          if (auto taken = take_number(v, 0, int64_t{1} << 40, value); !taken) return taken;
          d.out.node.reaper.never_used_interval_max = milliseconds(value);
          return {};
        }},
    Key{"digest.enabled", [](Draft& d, const std::string& v) { return take_flag(v, d.out.node.ensemble.digest); }},
    Key{"4lw.commands.whitelist",
        [](Draft& d, const std::string& v) -> Outcome {
          d.out.node.admin_words = words_of(v);
          return {};
        }},
    Key{"DigestAuthenticationProvider.superDigest",
        [](Draft& d, const std::string& v) -> Outcome {
          if (!v.starts_with("super:")) return std::unexpected("super: and the base64 of a SHA-1");
          d.out.node.super_digest = v;
          return {};
        }},
    Key{"electionAlg",
        [](Draft&, const std::string& v) -> Outcome {
          if (v != "3") return std::unexpected("3, the only election there is");
          return {};
        }},
    Key{"peerType",
        [](Draft& d, const std::string& v) -> Outcome {
          if (v != "participant" && v != "observer") return std::unexpected("participant or observer");
          d.observer = v == "observer";
          return {};
        }},
    Key{"traceFile",
        [](Draft& d, const std::string& v) -> Outcome {
          d.out.trace_file = v;
          return {};
        }},
};

// Upstream's keys of features that this server does not have yet: accepted with one warning.
constexpr std::array<std::string_view, 81> kNotYet = {"secureClientPort",
                                                      "secureClientPortAddress",
                                                      "connectToLearnerMasterLimit",
                                                      "clientPortListenBacklog",
                                                      "leaderServes",
                                                      "standaloneEnabled",
                                                      "syncEnabled",
                                                      "quorumListenOnAllIPs",
                                                      "dynamicConfigFile",
                                                      "reconfigEnabled",
                                                      "observerMasterPort",
                                                      "localSessionsEnabled",
                                                      "localSessionsUpgradingEnabled",
                                                      "oraclePath",
                                                      "skipACL",
                                                      "closeSessionTxn.enabled",
                                                      "readonlymode.enabled",
                                                      "snapSizeLimitInKb",
                                                      "txnLogSizeLimitInKb",
                                                      "snapshotSizeFactor",
                                                      "autopurge.purgeInterval",
                                                      "forceSync",
                                                      "flushDelay",
                                                      "maxWriteQueuePollTime",
                                                      "maxBatchSize",
                                                      "snapshot.compression.method",
                                                      "datadir.autocreate",
                                                      "serializeLastProcessedZxid.enabled",
                                                      "quorumCnxnTimeoutMs",
                                                      "leader.maxTimeToWaitForEpoch",
                                                      "leaderConnectDelayDuringRetryMs",
                                                      "electionPortBindRetry",
                                                      "tcpKeepAlive",
                                                      "multiAddress.enabled",
                                                      "multiAddress.reachabilityCheckEnabled",
                                                      "multiAddress.reachabilityCheckTimeoutMs",
                                                      "maxConcurrentSnapSyncs",
                                                      "maxConcurrentDiffSyncs",
                                                      "learner.asyncSending",
                                                      "learner.closeSocketAsync",
                                                      "leader.closeSocketAsync",
                                                      "observer.reconnectDelayMs",
                                                      "observer.election.DelayMs",
                                                      "observerMaster.sizeLimit",
                                                      "testingonly.initialZxid",
                                                      "requestThrottleLimit",
                                                      "requestThrottleStallTime",
                                                      "requestThrottleDropStale",
                                                      "throttledOpWaitTime",
                                                      "connection_throttle_tokens",
                                                      "connection_throttle_fill_time",
                                                      "connection_throttle_fill_count",
                                                      "connection_throttle_freeze_time",
                                                      "connection_throttle_drop_increase",
                                                      "connection_throttle_drop_decrease",
                                                      "largeRequestMaxBytes",
                                                      "largeRequestThreshold",
                                                      "maxResponseCacheSize",
                                                      "maxGetChildrenResponseCacheSize",
                                                      "commitProcessor.numWorkerThreads",
                                                      "commitProcessor.maxReadBatchSize",
                                                      "commitProcessor.maxCommitBatchSize",
                                                      "nio.numSelectorThreads",
                                                      "nio.numWorkerThreads",
                                                      "nio.directBufferBytes",
                                                      "nio.sessionlessCnxnTimeout",
                                                      "enableEagerACLCheck",
                                                      "jute.maxbuffer",
                                                      "sslQuorum",
                                                      "portUnification",
                                                      "quorum.auth.enableSasl",
                                                      "quorum.auth.serverRequireSasl",
                                                      "quorum.auth.learnerRequireSasl",
                                                      "admin.enableServer",
                                                      "admin.serverPort",
                                                      "admin.serverAddress",
                                                      "admin.commandURL",
                                                      "metricsProvider.className",
                                                      "metricsProvider.httpPort",
                                                      "audit.enable",
                                                      "watchManagerName"};
constexpr std::array<std::string_view, 8> kNotYetPrefixes = {"ssl.",    "admin.",        "metricsProvider.", "group.",
                                                             "weight.", "authProvider.", "quorum.auth.",     "nio."};

bool not_yet(std::string_view key) {
  return std::ranges::find(kNotYet, key) != kNotYet.end() ||
         std::ranges::any_of(kNotYetPrefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::string unknown_key(std::string_view key) {
  std::vector<std::string_view> known(kNotYet.begin(), kNotYet.end());
  for (const Key& honoured : kHonoured) known.push_back(honoured.name);
  const std::string_view nearest = nearest_of(key, known);
  return fmt::format("{} is not a key of zoo.cfg{}; it is ignored", key,
                     nearest.empty() ? "" : fmt::format(" (did you mean {}?)", nearest));
}

Outcome take_server(Draft& draft, std::string_view number, const std::string& value) {
  const auto sid = whole_number(number);
  if (!sid || *sid < 0 || *sid > 255) return std::unexpected("server.N with N from 0 to 255");
  auto spec = read_server_line(value);
  if (!spec) return std::unexpected(spec.error());
  if (!draft.out.node.ensemble.servers.emplace(Sid{*sid}, *spec).second)
    return std::unexpected(fmt::format("one line for server {}", *sid));
  return {};
}

// Upstream takes any key with the prefix of its system properties, too.
std::string_view without_prefix(std::string_view key) {
  constexpr std::string_view kPrefix = "zookeeper.";
  return key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key;
}

Outcome take(Draft& draft, const Property& property, std::vector<ConfigError>& warnings) {
  const std::string_view key = without_prefix(property.key);
  if (key.starts_with("server.")) return take_server(draft, key.substr(7), property.value);
  const auto honoured = std::ranges::find(kHonoured, key, &Key::name);
  if (honoured != kHonoured.end()) return honoured->take(draft, property.value);
  warnings.push_back({property.line, not_yet(key) ? fmt::format("{} has no effect in this version", property.key)
                                                  : unknown_key(property.key)});
  return {};
}

ConfigError missing(std::string what) { return {0, std::move(what)}; }

Address client_address(const Draft& draft, const Address& of_line) {
  return of_line.port != 0 ? of_line : draft.client;
}

// Which of the servers this one is.
std::expected<Sid, ConfigError> self_of(const Draft& draft, const std::optional<std::string>& myid) {
  if (!myid) return std::unexpected(missing("an ensemble needs the file myid in dataDir, with this server's N"));
  std::string_view text = *myid;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  const auto number = whole_number(text);
  if (!number) return std::unexpected(missing(fmt::format("myid is \"{}\", not a number", text)));
  if (!draft.out.node.ensemble.servers.contains(Sid{*number}))
    return std::unexpected(missing(fmt::format("myid is {}, and there is no line server.{}", *number, *number)));
  return Sid{*number};
}

std::expected<void, ConfigError> finish_ensemble(Draft& draft, const std::optional<std::string>& myid) {
  zab::Config& ensemble = draft.out.node.ensemble;
  if (!draft.init_limit) return std::unexpected(missing("an ensemble needs initLimit (in ticks)"));
  if (!draft.sync_limit) return std::unexpected(missing("an ensemble needs syncLimit (in ticks)"));
  ensemble.init_limit = *draft.init_limit;
  ensemble.sync_limit = *draft.sync_limit;
  const auto self = self_of(draft, myid);
  if (!self) return std::unexpected(self.error());
  ensemble.self = *self;
  if (ensemble.extended_types && *self == Sid{255})
    return std::unexpected(missing("extendedTypesEnabled needs a server id of 254 or less"));
  ensemble.membership = membership_text(ensemble.servers, 0);
  zab::ServerSpec& spec = ensemble.servers.at(*self);
  spec.client = client_address(draft, spec.client);
  if (draft.observer == spec.participant && draft.observer)
    return std::unexpected(missing(fmt::format("peerType is observer, and server.{} is a participant", *self)));
  return {};
}

void finish_standalone(Draft& draft) {
  zab::Config& ensemble = draft.out.node.ensemble;
  zab::ServerSpec spec;
  if (!ensemble.servers.empty()) spec = ensemble.servers.begin()->second;
  spec.client = client_address(draft, spec.client);
  spec.participant = true;
  ensemble.servers = {{ensemble.self, spec}};
}

}  // namespace

std::expected<ReadConfig, ConfigError> read_zoo_cfg(std::string_view text, const std::optional<std::string>& myid) {
  Draft draft;
  ReadConfig read;
  for (const Property& property : read_properties(text)) {
    if (auto taken = take(draft, property, read.warnings); !taken) {
      return std::unexpected(
          ConfigError{property.line, fmt::format("{}={}: expected {}", property.key, property.value, taken.error())});
    }
  }
  if (draft.out.node.data_dir.empty()) return std::unexpected(missing("dataDir is not said"));
  if (draft.out.node.log_dir.empty()) draft.out.node.log_dir = draft.out.node.data_dir;
  draft.out.node.ensemble.tick = milliseconds(draft.tick_ms);
  if (draft.out.node.ensemble.servers.size() > 1) {
    if (auto finished = finish_ensemble(draft, myid); !finished) return std::unexpected(finished.error());
  } else {
    finish_standalone(draft);
  }
  const zab::Config& ensemble = draft.out.node.ensemble;
  if (ensemble.servers.at(ensemble.self).client.port == 0) return std::unexpected(missing("clientPort is not said"));
  read.config = std::move(draft.out);
  return read;
}

std::optional<std::string> data_dir_of(std::string_view text) {
  std::optional<std::string> found;
  for (const Property& property : read_properties(text)) {
    if (property.key == "dataDir") found = property.value;
  }
  return found;
}

ServerConfig standalone_config(std::string data_dir) {
  Draft draft;
  draft.client = {"", 2181};
  draft.out.node.data_dir = draft.out.node.log_dir = std::move(data_dir);
  draft.out.node.ensemble.tick = milliseconds(draft.tick_ms);
  finish_standalone(draft);
  return draft.out;
}

std::string to_zoo_cfg(const ServerConfig& config) {
  const NodeConfig& node = config.node;
  const zab::Config& ensemble = node.ensemble;
  const Address& client = ensemble.servers.at(ensemble.self).client;
  std::string out;
  const auto line = [&out](std::string_view key, const auto& value) { out += fmt::format("{}={}\n", key, value); };
  line("dataDir", node.data_dir);
  line("dataLogDir", node.log_dir);
  line("clientPort", client.port);
  if (!client.host.empty()) line("clientPortAddress", client.host);
  line("tickTime", ensemble.tick.ms());
  line("initLimit", ensemble.init_limit);
  line("syncLimit", ensemble.sync_limit);
  line("minSessionTimeout", node.session_timeout_ms_min > 0 ? node.session_timeout_ms_min : 2 * ensemble.tick.ms());
  line("maxSessionTimeout", node.session_timeout_ms_max > 0 ? node.session_timeout_ms_max : 20 * ensemble.tick.ms());
  line("maxClientCnxns", node.client_connections_max);
  line("maxCnxns", config.connections_max);
  line("globalOutstandingLimit", node.pending_requests_max);
  line("commitLogCount", ensemble.window);
  line("snapCount", ensemble.snap_count);
  line("preAllocSize", config.disk.preallocate_bytes >> 10);
  line("autopurge.snapRetainCount", ensemble.snap_retain);
  line("cnxTimeout", ensemble.connect_timeout.ms());
  line("fastleader.minNotificationInterval", ensemble.notification_interval_min.ms());
  line("fastleader.maxNotificationInterval", ensemble.notification_interval_max.ms());
  line("fsync.warningthresholdms", config.fsync_warning_ms);
  line("snapshot.trust.empty", config.disk.recovery.trust_empty_snapshot);
  line("db.autocreate", config.disk.recovery.auto_create);
  line("extendedTypesEnabled", ensemble.extended_types);
  line("enforceQuota", ensemble.enforce_quota);
  line("znode.container.checkIntervalMs", node.reaper.check_interval.ms());
  line("znode.container.maxPerMinute", node.reaper.per_minute_max);
  line("znode.container.maxNeverUsedIntervalMs", node.reaper.never_used_interval_max.ms());
  line("digest.enabled", ensemble.digest);
  line("4lw.commands.whitelist", fmt::format("{}", fmt::join(node.admin_words, ",")));
  if (!node.super_digest.empty()) line("DigestAuthenticationProvider.superDigest", node.super_digest);
  if (!config.trace_file.empty()) line("traceFile", config.trace_file);
  if (config.standalone()) return out;
  for (const auto& [sid, spec] : ensemble.servers) line(fmt::format("server.{}", sid), server_line(spec));
  return out;
}

}  // namespace vivarium::node

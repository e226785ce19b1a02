#include "core/node/config_keys.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

#include "core/node/server_lines.h"
#include "core/wire/packets.h"

namespace vivarium::node {

namespace {

using Draft = ConfigDraft;
using Text = std::optional<std::string>;

constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
constexpr int64_t kHour = 3'600'000;  // ms

Outcome number_between(std::string_view text, int64_t least, int64_t most, int64_t& into) {
  const auto value = whole_number(text);
  if (!value || *value < least || *value > most)
    return std::unexpected(fmt::format("a whole number from {} to {}", least, most));
  into = *value;
  return {};
}

template <class Into>
Outcome take_number(std::string_view text, int64_t least, int64_t most, Into& into) {
  int64_t value = 0;
  if (auto taken = number_between(text, least, most, value); !taken) return taken;
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
  if (auto taken = number_between(text, 1, int64_t{1} << 40, value); !taken) return taken;
  into = milliseconds(value);
  return {};
}

// What is written as a number of some unit and kept in bytes; 0 or less: no limit, kept as 0.
Outcome take_bytes(std::string_view text, int64_t least, int64_t unit, int64_t& into) {
  int64_t value = 0;
  if (auto taken = number_between(text, least, int64_t{1} << 40, value); !taken) return taken;
  into = std::max<int64_t>(value, 0) * unit;
  return {};
}

// A number of hours; with a unit behind it (d, h, m, s, ms) of that.
Outcome take_interval(std::string_view text, std::optional<Duration>& into) {
  struct Unit {
    std::string_view name;
    int64_t ms;
  };
  constexpr std::array kUnits = {Unit{"ms", 1},    Unit{"s", 1000},       Unit{"m", 60'000},
                                 Unit{"h", kHour}, Unit{"d", 24 * kHour}, Unit{"", kHour}};
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto value = whole_number(text.substr(0, digits));
  const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::name);
  if (!value || *value > 1'000'000 || unit == kUnits.end())
    return std::unexpected("a number of hours up to 1000000, or of another unit: 90m (d, h, m, s, ms)");
  into = *value > 0 ? std::optional(milliseconds(*value * unit->ms)) : std::nullopt;
  return {};
}

std::string interval_text(const std::optional<Duration>& interval) {
  if (!interval) return "0";
  return interval->ms() % kHour == 0 ? fmt::format("{}", interval->ms() / kHour) : fmt::format("{}ms", interval->ms());
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

template <class T>
Text said(const T& value) {
  return fmt::format("{}", value);
}
Text said_if_any(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }
Text in_units(int64_t bytes, int64_t unit) { return said(bytes > 0 ? bytes / unit : -1); }
const Address& own_client(const ServerConfig& c) { return c.node.ensemble.servers.at(c.node.ensemble.self).client; }

// A key whose value is one number or flag of the configuration: `place` is where it stands.
#define VIV_NUMBER(key, place, least, most)                                                       \
  ConfigKey {                                                                                     \
    key, [](Draft& d, const std::string& v) { return take_number(v, least, most, d.out.place); }, \
        [](const ServerConfig& c) { return said(c.place); }                                       \
  }
#define VIV_FLAG(key, place)                                                       \
  ConfigKey {                                                                      \
    key, [](Draft& d, const std::string& v) { return take_flag(v, d.out.place); }, \
        [](const ServerConfig& c) { return said(c.place); }                        \
  }
#define VIV_MILLISECONDS(key, place)                                                       \
  ConfigKey {                                                                              \
    key, [](Draft& d, const std::string& v) { return take_milliseconds(v, d.out.place); }, \
        [](const ServerConfig& c) { return said(c.place.ms()); }                           \
  }
#define VIV_BYTES(key, place, least, unit)                                                       \
  ConfigKey {                                                                                    \
    key, [](Draft& d, const std::string& v) { return take_bytes(v, least, unit, d.out.place); }, \
        [](const ServerConfig& c) { return in_units(c.place, unit); }                            \
  }

constexpr std::array kKeys = {
    ConfigKey{"dataDir",
              [](Draft& d, const std::string& v) -> Outcome {
                if (v.empty()) return std::unexpected("a directory");
                d.out.node.data_dir = v;
                return {};
              },
              [](const ServerConfig& c) { return said(c.node.data_dir); }},
    ConfigKey{"dataLogDir",
              [](Draft& d, const std::string& v) -> Outcome {
                d.out.node.log_dir = v;
                return {};
              },
              [](const ServerConfig& c) { return said(c.node.log_dir); }},
    VIV_FLAG("datadir.autocreate", make_data_dir),
    ConfigKey{"clientPort", [](Draft& d, const std::string& v) { return take_number(v, 0, 65535, d.client.port); },
              [](const ServerConfig& c) { return said(own_client(c).port); }},
    ConfigKey{"clientPortAddress",
              [](Draft& d, const std::string& v) -> Outcome {
                d.client.host = v;
                return {};
              },
              [](const ServerConfig& c) { return said_if_any(own_client(c).host); }},
    VIV_NUMBER("clientPortListenBacklog", listen_backlog, -1, kMost),
    ConfigKey{"tickTime",
              [](Draft& d, const std::string& v) -> Outcome {
                int64_t ms = 0;
                auto taken = number_between(v, 1, kMost, ms);
                if (taken) d.out.node.ensemble.tick = milliseconds(ms);
                return taken;
              },
              [](const ServerConfig& c) { return said(c.node.ensemble.tick.ms()); }},
    ConfigKey{"initLimit",
              [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.init_limit.emplace()); },
              [](const ServerConfig& c) { return said(c.node.ensemble.init_limit); }},
    ConfigKey{"syncLimit",
              [](Draft& d, const std::string& v) { return take_number(v, 1, kMost, d.sync_limit.emplace()); },
              [](const ServerConfig& c) { return said(c.node.ensemble.sync_limit); }},
    VIV_NUMBER("connectToLearnerMasterLimit", node.ensemble.connect_limit, 0, kMost),
    ConfigKey{"minSessionTimeout",
              [](Draft& d, const std::string& v) -> Outcome {
                auto taken = take_number(v, -1, kMost, d.out.node.session_timeout_ms_min);
                if (v == "-1") d.out.node.session_timeout_ms_min = 0;  // two ticks
                if (v == "0") d.out.node.session_timeout_ms_min = 1;
                return taken;
              },
              [](const ServerConfig& c) { return said(session_timeout_ms_least(c.node)); }},
    ConfigKey{"maxSessionTimeout",
              [](Draft& d, const std::string& v) -> Outcome {
                if (v == "-1") return d.out.node.session_timeout_ms_max = 0, Outcome();
                return take_number(v, 1, kMost, d.out.node.session_timeout_ms_max);
              },
              [](const ServerConfig& c) { return said(session_timeout_ms_most(c.node)); }},
    VIV_NUMBER("maxClientCnxns", node.client_connections_max, 0, kMost),
    VIV_NUMBER("maxCnxns", connections_max, 0, kMost),
    VIV_MILLISECONDS("nio.sessionlessCnxnTimeout", node.connect_request_timeout),
    // Everything between servers and in the log holds twice as much.
    VIV_NUMBER("jute.maxbuffer", node.frame_bytes_max, 1024, wire::kMaxRecordBytes / 2),
    VIV_NUMBER("globalOutstandingLimit", node.pending_requests_max, 1, kMost),
    VIV_NUMBER("commitLogCount", node.ensemble.window, 1, kMost),
    VIV_NUMBER("snapCount", node.ensemble.snap_count, 2, kMost),
    VIV_BYTES("snapSizeLimitInKb", node.ensemble.snap_bytes, -1, 1024),
    VIV_BYTES("txnLogSizeLimitInKb", node.ensemble.log_file_bytes, -1, 1024),
    ConfigKey{"preAllocSize",
              [](Draft& d, const std::string& v) { return take_bytes(v, 0, 1024, d.out.disk.preallocate_bytes); },
              [](const ServerConfig& c) { return said(c.disk.preallocate_bytes / 1024); }},
    ConfigKey{"autopurge.purgeInterval",
              [](Draft& d, const std::string& v) { return take_interval(v, d.out.node.ensemble.purge_interval); },
              [](const ServerConfig& c) { return said(interval_text(c.node.ensemble.purge_interval)); }},
    ConfigKey{"autopurge.snapRetainCount",
              [](Draft& d, const std::string& v) -> Outcome {
                auto taken = take_number(v, 0, kMost, d.out.node.ensemble.snap_retain);
                d.out.node.ensemble.snap_retain = std::max(d.out.node.ensemble.snap_retain, 3);  // upstream's least
                return taken;
              },
              [](const ServerConfig& c) { return said(c.node.ensemble.snap_retain); }},
    VIV_FLAG("vivarium.electionDecideWhenUnanimous", node.ensemble.decide_when_unanimous),
    VIV_BYTES("vivarium.diskReserveMB", node.ensemble.disk_reserve_bytes, 1, 1 << 20),
    VIV_FLAG("forceSync", sync_log),
    VIV_NUMBER("fsync.warningthresholdms", fsync_warning_ms, 0, kMost),
    VIV_MILLISECONDS("cnxTimeout", node.ensemble.connect_timeout),
    VIV_FLAG("tcpKeepAlive", keep_alive),
    VIV_FLAG("quorumListenOnAllIPs", node.ensemble.listen_on_all),
    VIV_NUMBER("electionPortBindRetry", node.ensemble.bind_attempts, 0, kMost),
    VIV_MILLISECONDS("leaderConnectDelayDuringRetryMs", node.ensemble.redial_delay),
    ConfigKey{"leader.maxTimeToWaitForEpoch",
              [](Draft& d, const std::string& v) -> Outcome {
                if (v == "-1") return d.out.node.ensemble.epoch_wait.reset(), Outcome();  // initLimit
                return take_milliseconds(v, d.out.node.ensemble.epoch_wait.emplace());
              },
              [](const ServerConfig& c) {
                const auto& wait = c.node.ensemble.epoch_wait;
                return said(wait ? wait->ms() : -1);
              }},
    VIV_MILLISECONDS("fastleader.minNotificationInterval", node.ensemble.notification_interval_min),
    VIV_MILLISECONDS("fastleader.maxNotificationInterval", node.ensemble.notification_interval_max),
    VIV_FLAG("leaderServes", node.leader_serves),
    ConfigKey{"electionAlg",
              [](Draft&, const std::string& v) -> Outcome {
                if (v != "3") return std::unexpected("3, the only election there is");
                return {};
              },
              [](const ServerConfig&) { return Text(); }},
    ConfigKey{"peerType",
              [](Draft& d, const std::string& v) -> Outcome {
                if (v != "participant" && v != "observer") return std::unexpected("participant or observer");
                d.observer = v == "observer";
                return {};
              },
              [](const ServerConfig&) { return Text(); }},
    VIV_FLAG("snapshot.trust.empty", disk.recovery.trust_empty_snapshot),
    VIV_FLAG("db.autocreate", disk.recovery.auto_create),
    VIV_FLAG("extendedTypesEnabled", node.ensemble.extended_types),
    VIV_FLAG("enforceQuota", node.ensemble.enforce_quota),
    VIV_MILLISECONDS("znode.container.checkIntervalMs", node.reaper.check_interval),
    VIV_NUMBER("znode.container.maxPerMinute", node.reaper.per_minute_max, 1, kMost),
    ConfigKey{"znode.container.maxNeverUsedIntervalMs",
              [](Draft& d, const std::string& v) -> Outcome {
                int64_t value = 0;
                auto taken = number_between(v, 0, int64_t{1} << 40, value);
                if (taken) d.out.node.reaper.never_used_interval_max = milliseconds(value);
                return taken;
              },
              [](const ServerConfig& c) { return said(c.node.reaper.never_used_interval_max.ms()); }},
    VIV_FLAG("digest.enabled", node.ensemble.digest),
    ConfigKey{"4lw.commands.whitelist",
              [](Draft& d, const std::string& v) -> Outcome {
                d.out.node.admin_words = words_of(v);
                return {};
              },
              [](const ServerConfig& c) { return said(fmt::format("{}", fmt::join(c.node.admin_words, ","))); }},
    ConfigKey{"DigestAuthenticationProvider.superDigest",
              [](Draft& d, const std::string& v) -> Outcome {
                if (!v.starts_with("super:")) return std::unexpected("super: and the base64 of a SHA-1");
                d.out.node.super_digest = v;
                return {};
              },
              [](const ServerConfig& c) { return said_if_any(c.node.super_digest); }},
    VIV_NUMBER("testingonly.initialZxid", node.ensemble.initial_counter, 0, 0xffffffff),
    ConfigKey{"dynamicConfigFile",
              [](Draft& d, const std::string& v) -> Outcome {
                d.out.dynamic_file = v;
                return {};
              },
              // Its lines are among ours.
              [](const ServerConfig&) { return Text(); }},
    ConfigKey{"traceFile",
              [](Draft& d, const std::string& v) -> Outcome {
                if (v.ends_with(".zst")) return std::unexpected("a name without .zst: it is written as it happens");
                d.out.trace_file = v;
                return {};
              },
              [](const ServerConfig& c) { return said_if_any(c.trace_file); }},
    VIV_BYTES("vivarium.traceFileMaxMB", trace_bytes_max, 1, 1 << 20),
};

#undef VIV_NUMBER
#undef VIV_FLAG
#undef VIV_MILLISECONDS
#undef VIV_BYTES

}  // namespace

std::span<const ConfigKey> config_keys() { return kKeys; }

const ConfigKey* find_config_key(std::string_view name) {
  const auto key = std::ranges::find(kKeys, name, &ConfigKey::name);
  return key == kKeys.end() ? nullptr : &*key;
}

}  // namespace vivarium::node

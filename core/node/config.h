// What a server knows of itself when it starts, beyond its ensemble: the client side of zoo.cfg (facts 1.11).
#pragma once

#include <string>
#include <vector>

#include "core/zab/config.h"

namespace vivarium::node {

// How a leader deletes what its clients have left behind (reaper.h).
struct ReaperConfig {
  Duration check_interval = seconds(60);  // znode.container.checkIntervalMs
  int32_t per_minute_max = 10000;         // znode.container.maxPerMinute
  Duration never_used_interval_max{};     // znode.container.maxNeverUsedIntervalMs; 0: no bound
  VIV_VISIT(VIV_FIELD(check_interval), VIV_FIELD(per_minute_max), VIV_FIELD(never_used_interval_max))
};

struct NodeConfig {
  zab::Config ensemble;
  int32_t session_timeout_ms_min = 0;              // 0: 2 ticks
  int32_t session_timeout_ms_max = 0;              // 0: 20 ticks
  Duration connect_request_timeout = seconds(10);  // a connection that never sends a ConnectRequest is dropped
  int32_t pending_requests_max = 1000;  // of one connection: beyond, it is not read from (globalOutstandingLimit)
  int32_t pending_bytes_max = 1 << 20;
  int32_t frame_bytes_max = wire::kMaxFrameBytes;   // jute.maxbuffer: of one request
  bool leader_serves = true;                        // leaderServes: clients, too
  std::vector<std::string> admin_words = {"srvr"};  // 4lw.commands.whitelist
  std::string super_digest;  // "super:base64(sha1)": this digest id may do everything; empty: nobody
  ReaperConfig reaper;
  // For the admin words; the host acts on them.
  std::string data_dir, log_dir;        // as written: dataDir, dataLogDir (= dataDir)
  int32_t client_connections_max = 60;  // maxClientCnxns: from one address; 0: no bound
  // What the machine tells of itself in `envi`, in this order: a name and its value.
  std::vector<std::pair<std::string, std::string>> environment;
  uint64_t seed = 1;
  VIV_VISIT(VIV_FIELD(ensemble), VIV_FIELD(session_timeout_ms_min), VIV_FIELD(session_timeout_ms_max),
            VIV_FIELD(connect_request_timeout), VIV_FIELD(pending_requests_max), VIV_FIELD(pending_bytes_max),
            VIV_FIELD(frame_bytes_max), VIV_FIELD(leader_serves), VIV_FIELD(admin_words), VIV_FIELD(super_digest),
            VIV_FIELD(reaper), VIV_FIELD(data_dir), VIV_FIELD(log_dir), VIV_FIELD(client_connections_max),
            VIV_FIELD(environment), VIV_FIELD(seed))
};

// As clients are given it: minSessionTimeout and maxSessionTimeout, or so many ticks.
inline int64_t session_timeout_ms_least(const NodeConfig& config) {
  return config.session_timeout_ms_min > 0 ? config.session_timeout_ms_min : 2 * config.ensemble.tick.ms();
}
inline int64_t session_timeout_ms_most(const NodeConfig& config) {
  return config.session_timeout_ms_max > 0 ? config.session_timeout_ms_max : 20 * config.ensemble.tick.ms();
}

}  // namespace vivarium::node

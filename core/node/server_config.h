// A whole server as its operator asked for it: the core's part, and what only its host uses.
#pragma once

#include <string>

#include "core/log/executor.h"
#include "core/node/config.h"

namespace vivarium::node {

struct ServerConfig {
  NodeConfig node;
  log::ExecutorOptions disk;
  int32_t connections_max = 0;                 // maxCnxns: in all; 0: no bound
  int32_t listen_backlog = -1;                 // clientPortListenBacklog; -1: the system's
  bool keep_alive = false;                     // tcpKeepAlive: between servers
  bool sync_log = true;                        // forceSync
  bool make_data_dir = true;                   // datadir.autocreate
  int32_t fsync_warning_ms = 1000;             // fsync.warningthresholdms
  std::string dynamic_file;                    // dynamicConfigFile, which was read in addition
  std::string trace_file;                      // traceFile; empty: no trace
  int64_t trace_bytes_max = int64_t{1} << 30;  // vivarium.traceFileMaxMB: then it goes on in another
  bool standalone() const { return node.ensemble.servers.size() == 1; }
};

}  // namespace vivarium::node

// ZooKeeper's own configuration file, unchanged (facts 1.11): what a server is told before it starts.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/log/executor.h"
#include "core/node/config.h"

namespace vivarium::node {

// A whole server as its operator asked for it: the core's part, and what only its host uses.
struct ServerConfig {
  NodeConfig node;
  log::ExecutorOptions disk;
  int32_t connections_max = 0;      // maxCnxns: in all; 0: no bound
  int32_t fsync_warning_ms = 1000;  // fsync.warningthresholdms
  std::string trace_file;           // traceFile; empty: no trace
  bool standalone() const { return node.ensemble.servers.size() == 1; }
};

struct ConfigError {
  int32_t line = 0;  // 0: what is missing stands nowhere
  std::string what;  // a sentence: the key, its value, what was expected
};

struct ReadConfig {
  ServerConfig config;
  std::vector<ConfigError> warnings;  // unknown keys, and keys of features that are not there
};

// `text` is the file's. A key that is not known, or not honoured yet, is one warning; a value that cannot be meant is
// an error. Where server.N lines make an ensemble, `myid` (the file's content) says which of them this server is.
std::expected<ReadConfig, ConfigError> read_zoo_cfg(std::string_view text, const std::optional<std::string>& myid);

// dataDir alone, so that the host can look for myid there. Nothing where the file does not say it.
std::optional<std::string> data_dir_of(std::string_view text);

// What `vivariumd --data DIR` serves.
ServerConfig standalone_config(std::string data_dir);

// The effective configuration, as lines of zoo.cfg.
std::string to_zoo_cfg(const ServerConfig& config);

}  // namespace vivarium::node

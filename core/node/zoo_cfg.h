// ZooKeeper's own configuration file, unchanged (facts 1.11): what a server is told before it starts.
#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node/config_sources.h"
#include "core/node/server_config.h"

namespace vivarium::node {

struct ConfigError {
  int32_t line = 0;    // 0: what is missing stands nowhere
  std::string what;    // a sentence: the key, its value, what was expected
  std::string source;  // the file, or the variable; empty: all of them together
};

struct ReadConfig {
  ServerConfig config;
  std::vector<ConfigError> warnings;           // unknown keys, and keys of features that are not there
  std::map<std::string, std::string> said_in;  // key -> the source that decided; what is not here is a default
  std::optional<std::string> myid_to_write;    // ZOO_MY_ID, where no file says who we are
};

// A key that is not known, or not honoured yet, is one warning; a value that cannot be meant is an error. Where
// server.N lines make an ensemble, `myid` (the file's content) says which of them this server is.
std::expected<ReadConfig, ConfigError> read_config(const ConfigSources& sources);

// The same of one file's text.
std::expected<ReadConfig, ConfigError> read_zoo_cfg(std::string_view text, const std::optional<std::string>& myid);

// One key's value as the sources have it, so that the host can look for the files that it names (dataDir/myid,
// dynamicConfigFile) before it reads all. Nothing where nobody says it.
std::optional<std::string> setting_of(const ConfigSources& sources, std::string_view key);

// The effective configuration, as lines of zoo.cfg.
std::string to_zoo_cfg(const ServerConfig& config);
// The same in groups: which source has decided what.
std::string to_explained_zoo_cfg(const ReadConfig& read);

}  // namespace vivarium::node

// What vivariumd finds out before there is a server: its files, its environment, its machine.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/node/zoo_cfg.h"

namespace vivarium::posix {

struct Arguments {
  std::string file, data_dir;  // one of them, or neither: then the environment says all
  bool check = false;
};

// Nothing where there is no such file; the error is a sentence.
std::expected<std::optional<std::string>, std::string> content_of(const std::string& path);

// The environment's variables that a server looks at.
std::map<std::string, std::string> environment_of_server();

// Everything that the configuration is read from. The error is a sentence.
std::expected<node::ConfigSources, std::string> gather_sources(const Arguments& arguments,
                                                               std::map<std::string, std::string> environment);

// For `envi`, named as upstream names them.
std::vector<std::pair<std::string, std::string>> machine_environment();

}  // namespace vivarium::posix

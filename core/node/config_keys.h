// The keys of zoo.cfg that this server honours: how each is read, and how it is printed (facts 1.11).
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/node/server_config.h"

namespace vivarium::node {

// What the lines have said so far, before it is put together.
struct ConfigDraft {
  ServerConfig out;
  Address client;
  std::optional<int32_t> init_limit, sync_limit;
  bool observer = false;
};

using Outcome = std::expected<void, std::string>;  // the error: what was expected

struct ConfigKey {
  std::string_view name;
  Outcome (*take)(ConfigDraft&, const std::string& value);
  // nullopt: there is nothing to say.
  std::optional<std::string> (*print)(const ServerConfig&);
};

// In the order in which they are printed.
std::span<const ConfigKey> config_keys();
const ConfigKey* find_config_key(std::string_view name);

}  // namespace vivarium::node

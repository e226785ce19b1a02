#include "core/node/config_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "core/base/nearest.h"

namespace vivarium::node {

namespace {

struct Variable {
  std::string_view name, key, of_image;  // of_image: what the image has where nobody says anything
};

constexpr std::array kVariables = {
    Variable{"ZOO_DATA_DIR", "dataDir", ""},
    Variable{"ZOO_DATA_LOG_DIR", "dataLogDir", ""},
    Variable{"ZOO_TICK_TIME", "tickTime", "2000"},
    Variable{"ZOO_INIT_LIMIT", "initLimit", "5"},
    Variable{"ZOO_SYNC_LIMIT", "syncLimit", "2"},
    Variable{"ZOO_AUTOPURGE_PURGEINTERVAL", "autopurge.purgeInterval", ""},
    Variable{"ZOO_AUTOPURGE_SNAPRETAINCOUNT", "autopurge.snapRetainCount", ""},
    Variable{"ZOO_MAX_CLIENT_CNXNS", "maxClientCnxns", ""},
    Variable{"ZOO_STANDALONE_ENABLED", "standaloneEnabled", ""},
    Variable{"ZOO_ADMINSERVER_ENABLED", "admin.enableServer", ""},
    Variable{"ZOO_4LW_COMMANDS_WHITELIST", "4lw.commands.whitelist", ""},
};

constexpr std::array<std::string_view, 7> kOtherVariables = {
    "ZOO_SERVERS", "ZOO_CFG_EXTRA", "ZOO_MY_ID", "ZOO_CONF_DIR", "ZOO_LOG_DIR", "ZOO_LOG4J_PROP", "ZOO_LOGCFG"};

std::string_view value_of(const std::map<std::string, std::string>& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

std::vector<std::string_view> split_words(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  std::vector<std::string_view> words;
  for (;;) {
    const size_t from = std::min(text.find_first_not_of(kBlanks), text.size());
    text.remove_prefix(from);
    if (text.empty()) return words;
    const size_t end = std::min(text.find_first_of(kBlanks), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// Words like key=value, as lines of zoo.cfg.
void add_words(std::vector<Setting>& settings, std::string_view variable, std::string_view value) {
  for (const std::string_view word : split_words(value)) {
    for (Property& property : read_properties(word)) {
      property.line = 0;
      settings.push_back({std::string(variable), std::move(property)});
    }
  }
}

// -Dzookeeper.KEY=VALUE; other flags are Java's business.
void add_flags(std::vector<Setting>& settings, std::string_view variable, std::string_view value) {
  for (std::string_view word : split_words(value)) {
    if (!word.starts_with("-Dzookeeper.") && !word.starts_with("-Djute.maxbuffer=")) continue;
    word.remove_prefix(2);
    const size_t equals = word.find('=');
    if (equals == std::string_view::npos) continue;
    settings.push_back(
        {std::string(variable), {0, std::string(word.substr(0, equals)), std::string(word.substr(equals + 1))}});
  }
}

void add_file(std::vector<Setting>& settings, const std::optional<ConfigText>& file) {
  if (!file) return;
  for (Property& property : read_properties(file->text)) settings.push_back({file->name, std::move(property)});
}

void add_variables(std::vector<Setting>& settings, const ConfigSources& sources) {
  const bool alone = !sources.file && !sources.data_dir && configures(sources.environment);
  for (const Variable& variable : kVariables) {
    const std::string_view value = value_of(sources.environment, variable.name);
    const bool as_image = value.empty() && alone && !variable.of_image.empty();
    if (value.empty() && !as_image) continue;
    settings.push_back({as_image ? "the container image" : std::string(variable.name),
                        {0, std::string(variable.key), std::string(as_image ? variable.of_image : value)}});
  }
}

}  // namespace

bool configures(const std::map<std::string, std::string>& environment) {
  return !value_of(environment, "ZOO_DATA_DIR").empty();
}

std::vector<Setting> settings_of(const ConfigSources& sources) {
  const auto& environment = sources.environment;
  std::vector<Setting> settings;
  for (const std::string_view flags : {"JVMFLAGS", "SERVER_JVMFLAGS"})
    add_flags(settings, flags, value_of(environment, flags));
  if (!sources.file && !sources.data_dir && configures(environment))
    settings.push_back({"the container image", {0, "clientPort", "2181"}});
  if (sources.data_dir) settings.push_back({"--data", {0, "clientPort", "2181"}});
  add_file(settings, sources.file);
  add_file(settings, sources.dynamic_file);
  add_words(settings, "ZOO_CFG_EXTRA", value_of(environment, "ZOO_CFG_EXTRA"));
  if (const std::string_view servers = value_of(environment, "ZOO_SERVERS"); !servers.empty()) {
    std::erase_if(settings, [](const Setting& s) { return s.property.key.starts_with("server."); });
    add_words(settings, "ZOO_SERVERS", servers);
  }
  add_variables(settings, sources);
  if (sources.data_dir) settings.push_back({"--data", {0, "dataDir", *sources.data_dir}});
  return settings;
}

std::vector<std::string> unknown_variables(const std::map<std::string, std::string>& environment) {
  std::vector<std::string_view> known(kOtherVariables.begin(), kOtherVariables.end());
  for (const Variable& variable : kVariables) known.push_back(variable.name);
  std::vector<std::string> sentences;
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("ZOO_") || std::ranges::find(known, name) != known.end()) continue;
    const std::string_view nearest = nearest_of(name, known);
    if (!nearest.empty())
      sentences.push_back(fmt::format("the variable {} is not known (did you mean {}?)", name, nearest));
  }
  return sentences;
}

}  // namespace vivarium::node

#include "core/node/zoo_cfg.h"

#include <algorithm>
#include <utility>

#include "core/base/nearest.h"
#include "core/node/absent_keys.h"
#include "core/node/config_keys.h"
#include "core/node/server_lines.h"

namespace vivarium::node {

namespace {

// Upstream's default is that nobody asked for anything to be removed. Its election always waits for 200 ms; ours ends
// when nobody is left who could have a better vote, which tests/sim/late_votes_test.cc shows to cost nothing.
ConfigDraft fresh_draft() {
  ConfigDraft draft;
  draft.out.node.ensemble.tick = milliseconds(3000);
  draft.out.node.ensemble.decide_when_unanimous = true;
  draft.out.node.ensemble.purge_interval.reset();
  return draft;
}

// ---- one line
// --------------------------------------------------------------------------------------------------------

// Upstream takes any key with the prefix of its system properties, too.
std::string_view without_prefix(std::string_view key) {
  constexpr std::string_view kPrefix = "zookeeper.";
  return key.starts_with(kPrefix) ? key.substr(kPrefix.size()) : key;
}

std::string unknown_key(std::string_view key) {
  std::vector<std::string_view> known;
  for (const AbsentKey& absent : absent_keys()) known.push_back(absent.name);
  for (const ConfigKey& honoured : config_keys()) known.push_back(honoured.name);
  const std::string_view nearest = nearest_of(key, known);
  return fmt::format("{} is not a key of zoo.cfg{}; it is ignored", key,
                     nearest.empty() ? "" : fmt::format(" (did you mean {}?)", nearest));
}

Outcome take_server(ConfigDraft& draft, std::string_view number, const std::string& value) {
  const auto sid = whole_number(number);
  if (!sid || *sid < 0 || *sid > 255) return std::unexpected("server.N with N from 0 to 255");
  auto spec = read_server_line(value);
  if (!spec) return std::unexpected(spec.error());
  if (!draft.out.node.ensemble.servers.emplace(Sid{*sid}, *spec).second)
    return std::unexpected(fmt::format("one line for server {}", *sid));
  return {};
}

Outcome take(ConfigDraft& draft, const Setting& setting, ReadConfig& read) {
  const std::string_view key = without_prefix(setting.property.key);
  const std::string& value = setting.property.value;
  read.said_in[std::string(key)] = setting.source;
  if (key.starts_with("server.")) return take_server(draft, key.substr(7), value);
  if (const ConfigKey* honoured = find_config_key(key)) return honoured->take(draft, value);
  const std::string warning = is_absent_key(key) ? absent_key_warning(key, value) : unknown_key(setting.property.key);
  if (!warning.empty()) read.warnings.push_back({setting.property.line, warning, setting.source});
  return {};
}

// ---- all together
// ----------------------------------------------------------------------------------------------------

std::unexpected<ConfigError> missing(std::string what) { return std::unexpected(ConfigError{0, std::move(what), {}}); }

Address client_address(const ConfigDraft& draft, const Address& of_line) {
  return of_line.port != 0 ? of_line : draft.client;
}

std::string_view without_end_of_line(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  return text;
}

// Which of the servers this one is: the file beside the data says it; ZOO_MY_ID says it to a directory that is new.
std::expected<Sid, ConfigError> self_of(const ConfigDraft& draft, const ConfigSources& sources, ReadConfig& read) {
  const auto variable = sources.environment.find("ZOO_MY_ID");
  const bool told = variable != sources.environment.end() && !variable->second.empty();
  if (!sources.myid && !told)
    return missing("an ensemble needs the file myid in dataDir, with this server's N (or the variable ZOO_MY_ID)");
  const std::string_view text = without_end_of_line(sources.myid ? *sources.myid : variable->second);
  const auto number = whole_number(text);
  if (!number) return missing(fmt::format("myid is \"{}\", not a number", text));
  if (sources.myid && told && without_end_of_line(variable->second) != text)
    return missing(fmt::format("ZOO_MY_ID is {}, and myid in {} is {}: that directory is another server's",
                               variable->second, draft.out.node.data_dir, text));
  if (!draft.out.node.ensemble.servers.contains(Sid{*number}))
    return missing(fmt::format("myid is {}, and there is no line server.{}", *number, *number));
  if (!sources.myid) read.myid_to_write = std::string(text);
  return Sid{*number};
}

std::expected<void, ConfigError> finish_ensemble(ConfigDraft& draft, const ConfigSources& sources, ReadConfig& read) {
  zab::Config& ensemble = draft.out.node.ensemble;
  if (!draft.init_limit) return missing("an ensemble needs initLimit (in ticks)");
  if (!draft.sync_limit) return missing("an ensemble needs syncLimit (in ticks)");
  ensemble.init_limit = *draft.init_limit;
  ensemble.sync_limit = *draft.sync_limit;
  const auto self = self_of(draft, sources, read);
  if (!self) return std::unexpected(self.error());
  ensemble.self = *self;
  if (ensemble.extended_types && *self == Sid{255})
    return missing("extendedTypesEnabled needs a server id of 254 or less");
  ensemble.membership = membership_text(ensemble.servers, 0);
  zab::ServerSpec& spec = ensemble.servers.at(*self);
  spec.client = client_address(draft, spec.client);
  if (draft.observer && spec.participant)
    return missing(fmt::format("peerType is observer, and server.{} is a participant", *self));
  return {};
}

void finish_standalone(ConfigDraft& draft) {
  zab::Config& ensemble = draft.out.node.ensemble;
  zab::ServerSpec spec;
  if (!ensemble.servers.empty()) spec = ensemble.servers.begin()->second;
  spec.client = client_address(draft, spec.client);
  spec.participant = true;
  ensemble.init_limit = draft.init_limit.value_or(ensemble.init_limit);
  ensemble.sync_limit = draft.sync_limit.value_or(ensemble.sync_limit);
  ensemble.servers = {{ensemble.self, spec}};
}

std::expected<void, ConfigError> check_whole(const ServerConfig& config) {
  const NodeConfig& node = config.node;
  if (node.ensemble.servers.at(node.ensemble.self).client.port == 0) return missing("clientPort is not said");
  if (session_timeout_ms_least(node) > session_timeout_ms_most(node))
    return missing(fmt::format("minSessionTimeout ({}) is larger than maxSessionTimeout ({})",
                               session_timeout_ms_least(node), session_timeout_ms_most(node)));
  return {};
}

// What is allowed, and should be known to whoever allowed it.
void warn_of_risks(const ServerConfig& config, ReadConfig& read) {
  if (!config.sync_log)
    read.warnings.push_back({0, "forceSync is off: what was acknowledged is lost when the power fails", {}});
  if (config.node.ensemble.disk_reserve_bytes <= config.disk.preallocate_bytes)
    read.warnings.push_back(
        {0, "vivarium.diskReserveMB is not more than preAllocSize: a full disk may end the server", {}});
}

}  // namespace

std::expected<ReadConfig, ConfigError> read_config(const ConfigSources& sources) {
  ConfigDraft draft = fresh_draft();
  ReadConfig read;
  for (const Setting& setting : settings_of(sources)) {
    const Property& property = setting.property;
    // Upstream's rule: one of the two would be rewritten without the other.
    if (sources.dynamic_file && sources.file && setting.source == sources.file->name &&
        property.key.starts_with("server."))
      return std::unexpected(ConfigError{
          property.line, fmt::format("{} belongs into the dynamicConfigFile", property.key), setting.source});
    if (auto taken = take(draft, setting, read); !taken) {
      return std::unexpected(ConfigError{property.line,
                                         fmt::format("{}={}: expected {}", property.key, property.value, taken.error()),
                                         setting.source});
    }
  }
  if (draft.out.node.data_dir.empty()) return missing("dataDir is not said");
  if (draft.out.node.log_dir.empty()) draft.out.node.log_dir = draft.out.node.data_dir;
  if (draft.out.node.ensemble.servers.size() > 1) {
    if (auto finished = finish_ensemble(draft, sources, read); !finished) return std::unexpected(finished.error());
  } else {
    finish_standalone(draft);
  }
  if (auto checked = check_whole(draft.out); !checked) return std::unexpected(checked.error());
  for (std::string& sentence : unknown_variables(sources.environment))
    read.warnings.push_back({0, std::move(sentence), {}});
  warn_of_risks(draft.out, read);
  read.config = std::move(draft.out);
  return read;
}

std::expected<ReadConfig, ConfigError> read_zoo_cfg(std::string_view text, const std::optional<std::string>& myid) {
  ConfigSources sources;
  sources.file = ConfigText{"zoo.cfg", std::string(text)};
  sources.myid = myid;
  return read_config(sources);
}

std::optional<std::string> setting_of(const ConfigSources& sources, std::string_view key) {
  std::optional<std::string> found;
  for (Setting& setting : settings_of(sources)) {
    if (without_prefix(setting.property.key) == key) found = std::move(setting.property.value);
  }
  return found;
}

// ---- printing
// --------------------------------------------------------------------------------------------------------

namespace {

struct PrintedLine {
  std::string key, value;
};

std::vector<PrintedLine> lines_of(const ServerConfig& config) {
  std::vector<PrintedLine> lines;
  for (const ConfigKey& key : config_keys()) {
    if (auto value = key.print(config)) lines.push_back({std::string(key.name), std::move(*value)});
  }
  if (config.standalone()) return lines;
  for (const auto& [sid, spec] : config.node.ensemble.servers)
    lines.push_back({fmt::format("server.{}", sid), server_line(spec)});
  return lines;
}

}  // namespace

std::string to_zoo_cfg(const ServerConfig& config) {
  std::string out;
  for (const PrintedLine& line : lines_of(config)) out += fmt::format("{}={}\n", line.key, line.value);
  return out;
}

std::string to_explained_zoo_cfg(const ReadConfig& read) {
  std::vector<std::pair<std::string, std::string>> groups;  // source -> lines, in the order of their first line
  std::string defaults;
  for (const PrintedLine& line : lines_of(read.config)) {
    std::string text = fmt::format("{}={}\n", line.key, line.value);
    const auto said = read.said_in.find(line.key);
    if (said == read.said_in.end()) {
      defaults += text;
      continue;
    }
    auto group = std::ranges::find(groups, said->second, &std::pair<std::string, std::string>::first);
    if (group == groups.end()) group = groups.insert(group, {said->second, {}});
    group->second += text;
  }
  std::string out;
  for (const auto& [source, lines] : groups) out += fmt::format("# from {}\n{}", source, lines);
  return out + "# defaults\n" + defaults;
}

}  // namespace vivarium::node

#include "sim/scenario_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "core/base/hash.h"
#include "sim/mistake.h"
#include "sim/scenario_names.h"
#include "sim/scenario_schema.h"
#include "sim/schema_walker.h"

namespace vivarium::sim {

namespace {

using Json = nlohmann::json;

// ---- values that the schema has approved
// ----------------------------------------------------------------------------------------

Duration duration_of(const Json& value) { return Duration{*parse_duration_ns(value.get_ref<const std::string&>())}; }

void take(const Json& from, const char* key, Duration& to) {
  if (from.contains(key)) to = duration_of(from[key]);
}
void take(const Json& from, const char* key, std::optional<Duration>& to) {
  if (from.contains(key)) to = duration_of(from[key]);
}
void take(const Json& from, const char* key, int64_t& to) {
  if (from.contains(key)) to = from[key].get<int64_t>();
}
void take(const Json& from, const char* key, int32_t& to) {
  if (from.contains(key)) to = from[key].get<int32_t>();
}
void take(const Json& from, const char* key, bool& to) {
  if (from.contains(key)) to = from[key].get<bool>();
}
void take(const Json& from, const char* key, std::string& to) {
  if (from.contains(key)) to = from[key].get<std::string>();
}
void take_ppb(const Json& from, const char* key, uint64_t& to) {
  if (from.contains(key)) to = *parse_percent_ppb(from[key]);
}
void take_percent(const Json& from, const char* key, int64_t& to) {
  if (from.contains(key)) to = static_cast<int64_t>(*parse_percent_ppb(from[key]) / 10'000'000);
}

std::vector<Sid> sids_of(const Json& list) {
  std::vector<Sid> sids;
  for (const Json& id : list) sids.push_back(Sid{id.get<int64_t>()});
  return sids;
}

Target target_of(const Json& value) {
  if (value.is_string()) return {*role_named(value.get<std::string>()), {}};
  return {Role::kListed, value.is_array() ? sids_of(value) : std::vector<Sid>{Sid{value.get<int64_t>()}}};
}

void read_config(const Json& json, zab::Config& config) {
  config.tick = milliseconds(500);
  take(json, "tick", config.tick);
  take(json, "initLimit", config.init_limit);
  take(json, "syncLimit", config.sync_limit);
  take(json, "finalizeWait", config.finalize_wait);
  take(json, "decideWhenUnanimous", config.decide_when_unanimous);
  take(json, "connectTimeout", config.connect_timeout);
  take(json, "window", config.window);
  take(json, "logSyncBytes", config.log_sync_bytes_max);
  take(json, "groupCommit", config.group_commit_max);
  take(json, "snapCount", config.snap_count);
  take(json, "snapRetain", config.snap_retain);
  take(json, "forceSnap", config.force_snap);
  take(json, "initialCounter", config.initial_counter);
}

void read_network(const Json& json, NetworkOptions& network) {
  take(json, "latency", network.link.latency.base);
  take(json, "jitter", network.link.latency.spread);
  take(json, "bandwidth", network.link.bytes_per_second);
  take(json, "retransmitTimeout", network.retransmit_timeout);
  take_ppb(json, "loss", network.link.loss_ppb);
  take_ppb(json, "split", network.split_ppb);
  take_ppb(json, "coalesce", network.coalesce_ppb);
}

void read_disk(const Json& json, Scenario& scenario) {
  DiskTimes& disk = scenario.disk;
  int64_t jitter = 50;
  take_percent(json, "jitter", jitter);
  const auto time = [&](const char* key, Distribution& to) {
    take(json, key, to.base);
    to.spread = to.base * jitter / 100;
  };
  time("sync", disk.append);
  time("smallFile", disk.small_file);
  time("snapshot", disk.snapshot);
  take(json, "capacity", scenario.disk_capacity_bytes);
}

void read_supervisor(const Json& json, SupervisorOptions& supervisor) {
  Duration low = milliseconds(500), high = milliseconds(1500);
  take(json, "restarts", supervisor.restarts);
  take(json, "delayMin", low);
  take(json, "delayMax", high);
  supervisor.delay = uniform(low, high);
}

ActorSpec read_actor(const Json& json) {
  ActorSpec actor;
  actor.kind = *actor_named(json["actor"].get<std::string>());
  take(json, "count", actor.count);
  take(json, "keys", actor.keys);
  take(json, "think", actor.think);
  take(json, "outstanding", actor.outstanding);
  take_percent(json, "reads", actor.read_percent);
  take_percent(json, "syncs", actor.sync_percent);
  take(json, "bytes", actor.data_bytes);
  take(json, "operations", actor.operations);
  if (json.contains("servers")) actor.servers = sids_of(json["servers"]);
  Duration timeout = milliseconds(actor.session_timeout_ms);
  take(json, "sessionTimeout", timeout);
  actor.session_timeout_ms = static_cast<int32_t>(timeout.ms());
  take(json, "reconnectEvery", actor.reconnect_every);
  take(json, "recursiveWatch", actor.recursive_watch);
  take(json, "containers", actor.containers);
  return actor;
}

FaultSpec read_fault(const Json& json) {
  FaultSpec fault;
  const Json& what = json["what"];
  if (what.is_string())
    fault.kinds.push_back(*fault_named(what.get<std::string>()));
  else
    for (const Json& word : what) fault.kinds.push_back(*fault_named(word.get<std::string>()));
  if (json.contains("who")) fault.target = target_of(json["who"]);
  take(json, "at", fault.at);
  take(json, "every", fault.every);
  if (json.contains("when")) fault.when = *moment_named(json["when"].get<std::string>());
  take_ppb(json, "chance", fault.chance_ppb);
  take(json, "times", fault.times);
  take(json, "from", fault.from);
  take(json, "until", fault.until);
  take(json, "lasts", fault.lasts);
  take(json, "forever", fault.forever);
  if (json.contains("groups")) {
    for (const Json& group : json["groups"]) fault.groups.push_back(sids_of(group));
  }
  if (json.contains("to")) fault.to = target_of(json["to"]);
  take(json, "percent", fault.percent);
  take(json, "step", fault.step);
  if (json.contains("drift")) fault.drift_ppb = *parse_drift_ppb(json["drift"].get_ref<const std::string&>());
  take(json, "path", fault.path);
  return fault;
}

// ---- what a schema cannot say
// -------------------------------------------------------------------------------------------------------

class Sense {
 public:
  Sense(const Json& json, std::vector<Mistake>& mistakes) : json_(json), mistakes_(mistakes) {
    servers_ = json.contains("servers") ? json["servers"].get<int64_t>() : Scenario{}.servers;
  }

  void check() {
    if (json_.contains("supervisor")) {
      const Json& supervisor = json_["supervisor"];
      Duration low = milliseconds(500), high = milliseconds(1500);
      take(supervisor, "delayMin", low);
      take(supervisor, "delayMax", high);
      if (low > high)
        add(supervisor.contains("delayMin") ? "/supervisor/delayMin" : "/supervisor/delayMax",
            "delayMin is above delayMax");
    }
    if (json_.contains("network")) check_loss(json_["network"]);
    for_each("/clients", [&](const Json& client, const std::string& at) {
      if (client.contains("servers")) servers_exist(client["servers"], at + "/servers");
      only_for(client, "outstanding", "actor", {"setter"}, at);
    });
    for_each("/faults", [&](const Json& fault, const std::string& at) { check_fault(fault, at); });
  }

 private:
  template <class F>
  void for_each(const std::string& pointer, F check) {
    const Json::json_pointer place(pointer);
    if (!json_.contains(place)) return;
    for (size_t i = 0; i < json_[place].size(); ++i) check(json_[place][i], pointer_to(pointer, i));
  }

  void add(const std::string& pointer, std::string what) { mistakes_.push_back({pointer, false, std::move(what)}); }

  void server_exists(const Json& id, const std::string& at) {
    if (id.get<int64_t>() <= servers_) return;
    add(at, servers_ == 1
                ? fmt::format("there is no server {}, only server 1", id.get<int64_t>())
                : fmt::format("there is no server {}; the scenario has servers 1 to {}", id.get<int64_t>(), servers_));
  }

  void servers_exist(const Json& ids, const std::string& at) {
    for (size_t i = 0; i < ids.size(); ++i) server_exists(ids[i], pointer_to(at, i));
  }

  void target_exists(const Json& fault, const char* key, const std::string& at) {
    if (!fault.contains(key)) return;
    if (fault[key].is_array())
      servers_exist(fault[key], at + "/" + key);
    else if (fault[key].is_number())
      server_exists(fault[key], at + "/" + key);
  }

  static bool is_one_of(const Json& what, std::initializer_list<const char*> kinds) {
    return std::ranges::any_of(kinds, [&](const char* kind) {
      return what.is_string() ? what == kind : std::ranges::find(what, Json(kind)) != what.end();
    });
  }

  // A field that does nothing is a misunderstanding. `kind_key`: what says of which kind `one` is.
  void only_for(const Json& one, const char* key, const char* kind_key, std::initializer_list<const char*> kinds,
                const std::string& at) {
    if (!one.contains(key) || is_one_of(one[kind_key], kinds)) return;
    std::string known;
    for (const char* kind : kinds) known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", kind);
    mistakes_.push_back({at + "/" + key, true, fmt::format("\"{}\" means something only with {}", key, known)});
  }

  void check_loss(const Json& network) {
    uint64_t loss_ppb = 0;
    take_ppb(network, "loss", loss_ppb);
    if (loss_ppb > 500'000'000)
      add("/network/loss",
          "a network that loses more than half: what loses everything is a fault (partition, cut-link)");
  }

  void check_fault(const Json& fault, const std::string& at) {
    const char* timing = nullptr;
    for (const char* key : {"at", "every", "when"}) {
      if (!fault.contains(key)) continue;
      if (timing)
        add(at + "/" + key, fmt::format("\"{}\" beside \"{}\": a fault has one of at, every and when", key, timing));
      timing = key;
    }
    if (fault.contains("from") && fault.contains("until") &&
        duration_of(fault["from"]) >= duration_of(fault["until"])) {
      add(at + "/until", "until is not after from");
    }
    target_exists(fault, "who", at);
    target_exists(fault, "to", at);
    if (fault.contains("groups")) check_groups(fault["groups"], at + "/groups");
    if (fault.contains("groups") && fault.contains("who"))
      add(at + "/who", "\"who\" beside \"groups\": groups already say who");
    only_for(fault, "groups", "what", {"partition"}, at);
    only_for(fault, "to", "what", {"cut-link", "slow-link", "reset"}, at);
    only_for(fault, "percent", "what", {"slow-link", "slow-disk"}, at);
    only_for(fault, "step", "what", {"clock-step"}, at);
    only_for(fault, "drift", "what", {"clock-drift"}, at);
    only_for(fault, "path", "what", {"disk-error"}, at);
  }

  void check_groups(const Json& groups, const std::string& at) {
    std::set<int64_t> seen;
    for (size_t g = 0; g < groups.size(); ++g) {
      const std::string group = pointer_to(at, g);
      servers_exist(groups[g], group);
      for (size_t i = 0; i < groups[g].size(); ++i) {
        const int64_t id = groups[g][i].get<int64_t>();
        if (!seen.insert(id).second)
          add(pointer_to(group, i),
              fmt::format("server {} is named twice; in a partition each server stands in one group", id));
      }
    }
  }

  const Json& json_;
  std::vector<Mistake>& mistakes_;
  int64_t servers_;
};

// ---- the file
// ---------------------------------------------------------------------------------------------------------------------------

std::string stem(const std::string& file) {
  const size_t slash = file.find_last_of('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  if (name.ends_with(".json")) name.resize(name.size() - 5);
  return name;
}

// nlohmann's sentence without its number and its own idea of the place.
std::string plain(std::string what) {
  if (const size_t at = what.find("syntax error"); at != std::string::npos) return what.substr(at);
  if (const size_t at = what.find("] "); at != std::string::npos) return what.substr(at + 2);
  return what;
}

std::optional<InputError> refuse_text(const std::string& file, std::string_view text) {
  if (static_cast<int64_t>(text.size()) > kMaxScenarioBytes) {
    return InputError{
        file, {}, fmt::format("the file is larger than {} MiB; a scenario is a page of JSON", kMaxScenarioBytes >> 20)};
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return InputError{file, {}, "the file is empty; the smallest scenario is {}"};
  const auto odd = std::ranges::find_if(
      text, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\r' && c != '\t'; });
  if (odd != text.end()) {
    const auto offset = static_cast<size_t>(odd - text.begin());
    return InputError{
        file, position_at(text, offset),
        fmt::format("byte 0x{:02x} does not belong in a text; is this a binary file? Expected JSON", *odd)};
  }
  return std::nullopt;
}

Scenario build(const Json& json, const std::string& file, std::string_view text) {
  static const Json kNothing = Json::object();
  const auto part = [&](const char* key) -> const Json& { return json.contains(key) ? json[key] : kNothing; };
  Scenario scenario;
  scenario.name = stem(file);
  scenario.hash = hash_bytes(text);
  take(json, "why", scenario.why);
  if (json.contains("mistake")) scenario.mistake = *mistake_named(json["mistake"].get<std::string>());
  take(json, "duration", scenario.duration);
  take(json, "settle", scenario.settle);
  take(json, "servers", scenario.servers);
  read_config(part("config"), scenario.config);
  read_network(part("network"), scenario.network);
  read_disk(part("disk"), scenario);
  read_supervisor(part("supervisor"), scenario.supervisor);
  take(json, "clockOffset", scenario.clock_offset_max);
  for (const Json& actor : part("clients")) scenario.actors.push_back(read_actor(actor));
  for (const Json& fault : part("faults")) scenario.faults.push_back(read_fault(fault));
  return scenario;
}

}  // namespace

std::string InputError::to_string() const {
  return fmt::format("{}:{}:{}: {}", file, position.line, position.column, what);
}

std::expected<Scenario, std::vector<InputError>> read_scenario(const std::string& file, std::string_view text) {
  if (auto refused = refuse_text(file, text)) return std::unexpected(std::vector{*std::move(refused)});
  Json json;
  try {
    json = Json::parse(text, nullptr, true, true);
  } catch (const Json::parse_error& error) {
    const size_t offset = error.byte == 0 ? 0 : error.byte - 1;
    return std::unexpected(std::vector{InputError{file, position_at(text, offset), plain(error.what())}});
  } catch (const Json::exception& error) {
    return std::unexpected(std::vector{InputError{file, {}, plain(error.what())}});
  }
  const JsonPositions positions(text);
  if (positions.too_deep()) {
    return std::unexpected(std::vector{
        InputError{file, position_at(text, *positions.too_deep()), "brackets are nested too deep for a scenario"}});
  }
  std::vector<InputError> errors;
  for (const auto& twice : positions.twice()) {
    errors.push_back(
        {file, position_at(text, twice.offset), fmt::format("{} is given twice", name_of_pointer(twice.pointer))});
  }
  std::vector<Mistake> mistakes = walk_schema(scenario_schema(), json, positions);
  if (mistakes.empty()) Sense(json, mistakes).check();
  for (Mistake& mistake : mistakes) {
    errors.push_back({file, mistake.at_key ? positions.key(mistake.pointer) : positions.value(mistake.pointer),
                      std::move(mistake.what)});
  }
  if (errors.empty()) return build(json, file, text);
  std::ranges::stable_sort(errors, {}, &InputError::position);
  return std::unexpected(std::move(errors));
}

}  // namespace vivarium::sim

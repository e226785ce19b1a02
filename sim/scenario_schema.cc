#include "sim/scenario_schema.h"

#include <vector>

#include "sim/mistake.h"
#include "sim/moments.h"
#include "sim/scenario_names.h"

namespace vivarium::sim {

namespace {

using Schema = nlohmann::ordered_json;

// ---- kinds of values. "format" tells our reader how to say what is wrong; other readers go by the pattern.

Schema text() { return {{"type", "string"}}; }
Schema yes_no() { return {{"type", "boolean"}}; }
Schema integer(int64_t low, int64_t high) { return {{"type", "integer"}, {"minimum", low}, {"maximum", high}}; }
Schema word(const char* pattern, const char* format) {
  return {{"type", "string"}, {"pattern", pattern}, {"format", format}};
}
Schema duration() { return word("^[0-9]{1,9}(ns|us|ms|s|m|h)$", "duration"); }
Schema positive_duration() { return word("^0*[1-9][0-9]{0,8}(ns|us|ms|s|m|h)$", "duration above zero"); }
Schema signed_duration() { return word("^-?[0-9]{1,9}(ns|us|ms|s|m|h)$", "duration, or a negative one"); }
Schema drift() { return word("^(random|-?[0-9]{1,6}ppm)$", "drift"); }
Schema list_of(Schema items, size_t least = 1) {
  return {{"type", "array"}, {"items", std::move(items)}, {"minItems", least}};
}
Schema any_of(std::vector<Schema> kinds) { return {{"anyOf", std::move(kinds)}}; }
Schema percent() {
  return any_of({integer(0, 100), word("^([0-9]{1,2}(\\.[0-9]{1,7})?|100(\\.0{1,7})?)%$", "percentage")});
}
Schema whole_percent() { return any_of({integer(0, 100), word("^([0-9]{1,2}|100)%$", "whole percentage")}); }
Schema id() { return integer(1, kMaxServers); }
Schema ids() { return list_of(id()); }

template <class Words>
Schema one_of(const Words& words) {
  Schema schema = text();
  for (const char* w : words) schema["enum"].push_back(w);
  return schema;
}

Schema moments() {
  std::vector<const char*> names;
  for (const MomentRow& row : moment_rows()) names.push_back(row.name);
  return one_of(names);
}

std::string moments_explained() {
  std::string out = "Strikes whenever this happens (one at a time; chance and times thin it out):";
  for (const MomentRow& row : moment_rows()) out += std::string(" ") + row.name + ": " + row.meaning + ";";
  out.back() = '.';
  return out;
}

Schema mistakes() {
  std::vector<const char*> names;
  for (const MistakeRow& row : mistake_rows()) names.push_back(row.name);
  return one_of(names);
}

std::string mistakes_explained() {
  std::string out = "The servers are made to make this mistake, to see what the checks see:";
  for (const MistakeRow& row : mistake_rows()) out += std::string(" ") + row.name + ": " + row.meaning + ";";
  out.back() = '.';
  return out;
}

Schema target() { return any_of({one_of(role_words()), id(), ids()}); }

struct Field {
  const char* name;
  Schema values;
  Schema usual;  // the default; null: none
  std::string meaning;
  Schema example;
};

Schema object_of(const char* meaning, std::vector<Field> fields, std::vector<const char*> required = {}) {
  Schema properties = Schema::object();
  for (Field& field : fields) {
    Schema schema = std::move(field.values);
    const bool described = schema.contains("description");
    if (!described) schema["description"] = field.meaning;
    if (!field.usual.is_null()) schema["default"] = field.usual;
    if (!field.example.is_null()) schema["examples"] = Schema::array({field.example});
    properties[field.name] = std::move(schema);
  }
  Schema schema = {{"type", "object"}, {"description", meaning}, {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = required;
  schema["properties"] = std::move(properties);
  return schema;
}

// ---- the fields
// -------------------------------------------------------------------------------------------------------------------------

Schema config() {
  return object_of(
      "What zoo.cfg would say; the same for every server.",
      {
          {"tick", positive_duration(), "500ms",
           "tickTime. Shorter than a real server's 2s, so that elections are quick.", "2s"},
          {"initLimit", integer(1, 1000), 10, "Ticks until a new leader must be established.", 20},
          {"syncLimit", integer(1, 1000), 5,
           "Ticks of silence after which a learner, or a leader without its quorum, is given up.", 2},
          {"finalizeWait", duration(), "200ms", "How long a server with a quorum of votes waits for a better one.",
           "50ms"},
          {"decideWhenUnanimous", yes_no(), false,
           "Do not wait once every voter agrees that is not known to be down, as vivariumd does by default.", true},
          {"connectTimeout", positive_duration(), "5s", "cnxTimeout: of election connections.", "1s"},
          {"window", integer(1, 1000000), 500, "commitLogCount: committed transactions kept in memory for DIFF.", 5},
          {"logSyncBytes", integer(0, int64_t{1} << 40), 16 << 20,
           "A DIFF from the log on disk may send so much, more means SNAP; 0: never from disk.", 0},
          {"groupCommit", integer(1, 1000000), nullptr,
           "At most so many transactions share one sync of the log; 1: each has its own. Without it: no limit.", 1},
          {"snapCount", integer(2, 1000000000), 100000, "A snapshot about every so many transactions.", 50},
          {"snapRetain", integer(1, 1000), 3, "Snapshots that a purge keeps.", 3},
          {"forceSnap", yes_no(), false, "Every learner is sent a snapshot.", true},
          {"initialCounter", integer(0, 4294967294), 0,
           "Where the first epoch's transaction counter starts, to reach its overflow.", 4294967000},
      });
}

Schema network() {
  return object_of(
      "All links, both ways.",
      {
          {"latency", duration(), "150us", "At least so long, one way.", "1ms"},
          {"jitter", duration(), "50us", "On average so much longer, exponentially distributed.", "300us"},
          {"bandwidth", integer(0, int64_t{1} << 40), 0, "Bytes a second; 0: no limit.", 10000000},
          {"retransmitTimeout", positive_duration(), "15s",
           "Bytes unacknowledged for so long end the connection, at the sender's side.", "5s"},
          {"loss", percent(), "0%",
           "How many segments are lost, at most 50%; they are sent again 200ms and a round trip later, then "
           "after twice as long, and what follows them waits.",
           "1%"},
          {"split", percent(), "1%", "How often a read ends at an arbitrary byte.", 50},
          {"coalesce", percent(), "5%", "How often a read waits for the next segment.", "20%"},
      });
}

Schema disk() {
  return object_of(
      "Every server's disk.",
      {
          {"sync", duration(), "120us", "At least so long for an append to the log with its sync.", "5ms"},
          {"smallFile", duration(), "400us", "At least so long for an epoch file, a truncation, a purge.", "2ms"},
          {"snapshot", duration(), "2ms", "At least so long for a snapshot; large trees take longer.", "100ms"},
          {"jitter", whole_percent(), "50%", "On average so much longer.", 10},
          {"capacity", integer(1 << 20, int64_t{1} << 50), nullptr, "Bytes. Without it: no limit.", 67108864},
      });
}

Schema supervisor() {
  return object_of("Who starts servers that stopped by themselves. What a fault stopped, the fault's end starts.",
                   {
                       {"restarts", yes_no(), true, "Whether there is one.", false},
                       {"delayMin", duration(), "500ms", "It takes at least so long,", "0s"},
                       {"delayMax", duration(), "1500ms", "and at most so long.", "5s"},
                   });
}

Schema clients() {
  return object_of(
      "So many clients that do the same.",
      {
          {"actor", one_of(actor_words()), nullptr,
           "register: reads and writes; cas: compare-and-set, too; versioned: setData of the version that was read; "
           "counter: the recipe; unique-names: "
           "sequential creates; lock: the recipe; watcher: reads when a watch says so; setter: setData, pipelined; "
           "with think 0s without a pause; tree: creates (ephemeral ones, too), deletes, writes, lists and watches the "
           "same few nodes, and all of it in a multi.",
           "lock"},
          {"count", integer(1, kMaxClients), 1, "How many, each with a session.", 3},
          {"keys", integer(1, 1000000), 1, "Znodes (tree: parents of four) that all clients of this actor share.", 4},
          {"think", duration(), "20ms", "Mean pause between operations.", "5ms"},
          {"outstanding", integer(1, 1000), 1, "setter: requests in flight.", 32},
          {"reads", whole_percent(), 50, "register, cas, versioned, tree: how many of the operations only read.",
           "90%"},
          {"syncs", whole_percent(), 0, "How many of the reads sync before.", 100},
          {"bytes", integer(0, 1000000), 100, "setter: of each value.", 1000},
          {"operations", integer(0, 1000000000), nullptr, "Each client stops after so many. Without it: at the end.",
           100},
          {"servers", ids(), nullptr, "They connect to these only. Without it: to all.", Schema::array({1, 2})},
          {"sessionTimeout", positive_duration(), "6s", "As asked for; the servers bound it by 2 and 20 ticks.", "2s"},
          {"reconnectEvery", positive_duration(), nullptr,
           "Each leaves its server and takes its session to another, so often on average.", "3s"},
          {"recursiveWatch", yes_no(), false, "tree: each keeps a persistent recursive watch on the whole tree.", true},
          {"containers", yes_no(), false, "tree: some of the nodes that it creates are containers.", true},
      },
      {"actor"});
}

Schema fault() {
  const Schema kinds = one_of(fault_words());
  return object_of(
      "Something that goes wrong. Without at, every and when: once, at a random moment.",
      {
          {"what", any_of({kinds, list_of(kinds)}), nullptr,
           "What happens; of a list, one at random each time. Processes: kill, power-loss (what was not synced may be "
           "lost), pause, wipe (an empty disk; one "
           "server at a time). Network between servers: partition, one-way-in (hears nobody), one-way-out, bridge "
           "(sees both halves, which do not see "
           "each other), ring (each sees its neighbours). With clients, too: cut-link, slow-link, reset, refuse. "
           "Disks: slow-disk, disk-error, disk-full. Clocks: "
           "clock-step, clock-drift.",
           Schema::array({"kill", "power-loss"})},
          {"who", target(), "any",
           "Whom: a role, looked up when it strikes, a server id, or a list of ids. With a leader's or follower's "
           "moment in when, that role is that very server, and "
           "so is any.",
           "leader"},
          {"at", duration(), nullptr, "Once, then.", "5s"},
          {"every", positive_duration(), nullptr, "Again and again, so often on average, at random.", "2s"},
          {"when", moments(), nullptr, moments_explained(), "proposed-unacked"},
          {"chance", percent(), "100%", "How often it happens when it could.", "5%"},
          {"times", integer(0, 1000000000), nullptr, "At most so often. Without it: no limit.", 1},
          {"from", duration(), "0s", "Not before.", "2s"},
          {"until", duration(), nullptr, "Not from then on. Without it: to the end of duration.", "15s"},
          {"lasts", positive_duration(), "1s",
           "Until it is healed, the process started again; with every: about so long.", "500ms"},
          {"forever", yes_no(), false, "Not healed before the end of duration.", true},
          {"groups", list_of(ids(), 2), nullptr, "partition: who stays together. Without it: who against the rest.",
           Schema::array({{1, 2}, {3, 4, 5}})},
          {"to", target(), nullptr,
           "cut-link, slow-link, reset: the other end. Without it: everybody, clients included.", "follower"},
          {"percent", integer(1, 1000000), 1000, "slow-link, slow-disk: of the usual time.", 5000},
          {"step", signed_duration(), "30s", "clock-step: how far the wall clock jumps, and back in the end.", "-90s"},
          {"drift", drift(), "random", "clock-drift: how much too fast a clock runs; random: up to 500ppm either way.",
           "200ppm"},
          {"path", text(), nullptr, "disk-error: only files whose path contains this. Without it: all.", "log."},
      },
      {"what"});
}

Schema whole_schema() {
  Schema schema = object_of(
      "A cluster of ZooKeeper-compatible servers in virtual time, its clients, and what goes wrong. Every field may be "
      "left out. Times are text: \"150ms\" "
      "(ns, us, ms, s, m, h).",
      {
          {"$schema", text(), nullptr, "For editors.", "scenario.schema.json"},
          {"why", text(), nullptr, "What this scenario teaches.",
           "A leader dies, and nothing that was acknowledged is lost."},
          {"mistake", mistakes(), nullptr, mistakes_explained(), "acknowledge-before-sync"},
          {"duration", positive_duration(), "20s", "Of faults and load, simulated.", "60s"},
          {"settle", positive_duration(), "60s",
           "Once all is healed: within this time a leader serves, the servers agree on one digest, and a write "
           "succeeds; otherwise there is no progress.",
           "30s"},
          {"servers", integer(1, kMaxServers), 3, "How many, with ids from 1.", 5},
          {"config", config(), nullptr, "", nullptr},
          {"network", network(), nullptr, "", nullptr},
          {"disk", disk(), nullptr, "", nullptr},
          {"supervisor", supervisor(), nullptr, "", nullptr},
          {"clockOffset", duration(), "0s", "Each server's wall clock is wrong by up to so much.", "10m"},
          {"clients", list_of(clients(), 0), nullptr, "Who uses the servers.",
           Schema::array({{{"actor", "register"}, {"count", 3}}})},
          {"faults", list_of(fault(), 0), nullptr, "What goes wrong.",
           Schema::array({{{"what", "kill"}, {"who", "leader"}, {"at", "5s"}}})},
      });
  Schema out = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "Vivarium scenario"}};
  out.update(schema);
  return out;
}

}  // namespace

const Schema& scenario_schema() {
  static const Schema schema = whole_schema();
  return schema;
}

std::string scenario_schema_text() { return scenario_schema().dump(2) + "\n"; }

}  // namespace vivarium::sim

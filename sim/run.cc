#include "sim/run.h"

#include <algorithm>

#include "core/node/node.h"
#include "sim/actors.h"
#include "sim/fault_injector.h"
#include "sim/invariants.h"

namespace vivarium::sim {

const char* outcome_name(Outcome outcome) {
  static constexpr std::array<const char*, 5> kOutcomeNames = {"pass", "violation", "undecided", "no-progress",
                                                               "nothing-ran"};
  return kOutcomeNames[static_cast<size_t>(outcome)];
}

int exit_code(Outcome outcome) { return static_cast<int>(outcome); }

uint64_t RunResult::operation_count() const {
  uint64_t out = 0;
  for (const auto& [word, counts] : operations) out += counts.ok + counts.failed + counts.unknown;
  return out;
}

// What failed without where and when: numbers are struck out, so that two seeds with one cause look alike.
std::string RunResult::fingerprint() const {
  if (outcome == Outcome::kNoProgress) return "no-progress";
  if (violations.empty()) return outcome_name(outcome);
  std::string out = violations.front().check + ": ", word;
  const auto end_word = [&] {
    const bool number = std::any_of(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    out += number ? "#" : word;
    word.clear();
  };
  for (char c : violations.front().what) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric)
      word += c;
    else
      end_word(), out += c;
  }
  end_word();
  return out;
}

WorldConfig world_config(const Scenario& scenario, uint64_t seed) {
  WorldConfig out;
  out.seed = seed;
  out.network = scenario.network;
  out.disk = scenario.disk;
  out.supervisor = scenario.supervisor;
  std::map<Sid, zab::ServerSpec> specs;
  for (int64_t i = 1; i <= scenario.servers; ++i) {
    const std::string host = fmt::format("s{}", i);
    specs[Sid{i}] = {{host, 2888}, {host, 3888}, {host, 2181}, true};
  }
  for (const auto& [sid, spec] : specs) {
    ServerSetup setup;
    setup.host = spec.client.host;
    setup.config.ensemble = scenario.config;
    setup.config.ensemble.self = sid;
    setup.config.ensemble.servers = specs;
    out.servers.push_back(std::move(setup));
  }
  return out;
}

namespace {

constexpr uint32_t kProbeTag = 3;

// Peace: one more client, which must be able to write, and reads the counters for the last time.
class Probe {
 public:
  void start(World& world) {
    client::ClientConfig config;
    for (ProcessId p = 0; p < world.servers(); ++p)
      config.servers.push_back(world.server(p).setup().config.ensemble.servers.at(world.server(p).sid()).client);
    config.session_timeout_ms = 6000;
    client_ = world.add_client(config, world.add_host("probe"));
    try_write(world);
  }
  void after_step(World& world) {
    const Happening& last = world.last();
    if (last.record.kind == RecordKind::kScheduled && last.record.a == kProbeTag) {
      if (world.client(client_).ended()) world.reopen_session(client_);
      return try_write(world);
    }
    if (last.process != world.process_of_client(client_)) return;
    for (const client::ClientEvent& event : last.events) {
      const client::Completion* answer = client::answer_to(token_, event);
      if (!answer) continue;
      if (answer->outcome == client::Outcome::kOk)
        written_ = answer->zxid;
      else
        world.schedule(world.now() + milliseconds(100), kProbeTag);
    }
  }
  std::optional<Zxid> written() const { return written_; }

 private:
  void try_write(World& world) {
    token_ = world.submit(client_, client::Create{fmt::format("/peace-{}", ++attempts_), Bytes("peace")});
  }
  ClientId client_ = 0;
  client::Token token_;
  int attempts_ = 0;
  std::optional<Zxid> written_;
};

// All servers run, serve under one leader, and hold the same state.
bool converged(const World& world) {
  const tree::State* first = nullptr;
  Sid leader{-1};
  for (ProcessId p = 0; p < world.servers(); ++p) {
    const node::Node* node = world.node(p);
    if (!node || !node->serving()) return false;
    if (!first) {
      first = &node->state();
      leader = node->peer().leader();
      continue;
    }
    if (node->peer().leader() != leader || node->state().zxid != first->zxid ||
        node->state().tree_digest != first->tree_digest)
      return false;
  }
  return first != nullptr;
}

const char* phase_of(const zab::Peer& peer) {
  static constexpr std::array<const char*, 6> kLeading = {"waits for FOLLOWERINFO of a quorum",
                                                          "writes its acceptedEpoch",
                                                          "waits for ACKEPOCH of a quorum",
                                                          "writes its currentEpoch",
                                                          "waits for a quorum to acknowledge NEWLEADER",
                                                          "broadcasts"};
  static constexpr std::array<const char*, 11> kFollowing = {"dials its leader",
                                                             "waits for LEADERINFO",
                                                             "writes its acceptedEpoch",
                                                             "waits for DIFF, TRUNC or SNAP",
                                                             "receives a snapshot",
                                                             "waits for its disk to cut",
                                                             "is being synchronized",
                                                             "waits for its disk to log",
                                                             "writes its currentEpoch",
                                                             "waits for UPTODATE",
                                                             "follows"};
  if (const auto* leading = peer.leading()) return kLeading[static_cast<size_t>(leading->phase())];
  if (const auto* following = peer.following()) return kFollowing[static_cast<size_t>(following->phase())];
  return "is looking for a leader";
}

// Who waits for whom, after everything has been healed: the faults leave them every chance then.
std::string why_stuck(const World& world, const Probe& probe) {
  std::string out = "all faults were healed and every server was started, so they had every chance:";
  for (ProcessId p = 0; p < world.servers(); ++p) {
    const Sid sid = world.server(p).sid();
    const node::Node* node = world.node(p);
    if (!node) {
      out += fmt::format(" server {} does not run ({});", sid, world.server(p).failure());
      continue;
    }
    const zab::Peer& peer = node->peer();
    out += fmt::format(" server {} {}", sid, phase_of(peer));
    if (peer.following()) out += fmt::format(" (server {})", peer.leader());
    if (peer.looking()) out += fmt::format(" (round {}, votes for {})", peer.ballot().round, peer.ballot().vote.leader);
    out += fmt::format(", epoch {}, logged {}, committed {};", peer.epoch(), peer.logged(), node->state().zxid);
  }
  out += probe.written() ? " a write succeeded." : " no write succeeded.";
  return out;
}

void cover(RunResult& result, const World& world) {
  for (const NetworkOutput& output : world.last().outputs) {
    const auto* note = std::get_if<Note>(&output);
    if (note && note->kind == NoteKind::kSyncChosen)
      ++result.coverage[fmt::format("sync:{}", zab::sync_row_name(static_cast<zab::SyncRow>(note->a)))];
  }
}

// What a client's server has; nullptr where it has none.
const tree::State* state_at_server_of(const World& world, ClientId id) {
  const client::Client& client = world.client(id);
  const ProcessId at = world.network().peer_of(world.process_of_client(id), client.conn());
  if (client.phase() != client::Phase::kConnected || at == kNoProcess || !world.node(at)) return nullptr;
  // The server may have restarted, or be ending the session, while the client has not heard of it yet.
  const node::Clients& known = world.node(at)->clients();
  const auto conn = known.of_session(client.session());
  return conn && known.find(*conn)->phase == node::Phase::kOpen ? &world.node(at)->state() : nullptr;
}

// Every watch is still armed for a reason: its node is as it was. Those that stay have told of all that there is.
void judge_watches(const World& world, Actors& actors) {
  for (const Actors::ArmedWatch& armed : actors.armed_watches()) {
    const tree::State* state = state_at_server_of(world, armed.client);
    if (!state) continue;
    const tree::Znode* znode = state->find(armed.watch.path);
    const std::optional<wire::Stat> stat = znode ? std::optional(state->stat_of(*znode)) : std::nullopt;
    actors.judge_at_end(world, armed, stat ? &*stat : nullptr);
  }
  for (const Actors::ArmedRecursiveWatch& armed : actors.armed_recursive_watches()) {
    const tree::State* state = state_at_server_of(world, armed.client);
    if (!state) continue;
    std::map<std::string, Zxid> there;
    for (const auto& [path, node] : state->nodes) {
      if (path.view() == armed.root || path.view().starts_with(armed.root + "/")) there[path.str()] = node->stat.mzxid;
    }
    actors.judge_at_end(world, armed, there);
  }
}

// What the checker shows, with the clients as the trace names them.
Violation contradiction(const std::string& model, const checker::Verdict& verdict, const World& world) {
  Violation out;
  out.check = model;
  out.what = "the history contradicts the model";
  if (!verdict.window) return out;
  out.why = verdict.window->why;
  if (!out.why.empty()) out.what = out.why.front();
  for (const checker::WindowOperation& op : verdict.window->operations) {
    out.at = Time{op.call_time};
    out.window.push_back({world.process_of_client(Actors::client_of_process(op.process)), op.call_time, op.return_time,
                          op.what, op.outcome});
  }
  return out;
}

void judge_histories(RunResult& result, const Recorder& recorder, const World& world, const RunOptions& options) {
  for (auto& [model, history] : recorder.histories()) {
    checker::Options judge;
    judge.model = model;
    judge.time_limit_ms = options.check_time_limit_ms;
    if (model == checker::ModelKind::CasRegister || model == checker::ModelKind::Counter) judge.initial = "0";
    const std::string name(checker::name_of(model));
    const checker::Verdict verdict = checker::check(history, judge);
    result.checked.push_back(fmt::format("{} ({} operations)", name, history.operations.size()));
    if (verdict.answer == checker::Answer::Undecided) result.undecided = fmt::format("{}: {}", name, verdict.undecided);
    if (verdict.answer == checker::Answer::Violated) {
      if (verdict.window) {
        for (const std::string& sentence : verdict.window->why) result.window_text += sentence + "\n";
        for (const checker::WindowOperation& op : verdict.window->operations) {
          result.window_text += fmt::format("  {:>6} ms  process {:<5} {:<28} {}\n", op.call_time / 1'000'000,
                                            op.process, op.what, op.outcome);
        }
      }
      result.violations.push_back(contradiction(name, verdict, world));
    }
    result.histories.emplace_back(name, std::move(history));
  }
}

}  // namespace

RunResult run(const Scenario& scenario, const RunOptions& options, World* world_out) {
  World world(world_config(scenario, options.seed));
  if (options.trace) world.trace_on();
  Actors actors(scenario, world);
  FaultInjector faults(scenario, world);
  Invariants invariants(world);
  RunResult result;
  result.seed = options.seed;

  Probe probe;
  bool peace = false;
  const auto step = [&] {
    if (!world.step()) return false;
    if (options.invariants) invariants.after_step(world);
    cover(result, world);
    actors.after_step(world);
    faults.after_step(world);
    if (peace) probe.after_step(world);
    if (options.invariants) invariants.after_faults(world);
    if (options.onlooker) options.onlooker->after_step(world, faults.struck());
    return true;
  };
  const auto broken = [&] { return !invariants.violations().empty() || !actors.violations().empty(); };

  const Time end{scenario.duration.ns};
  while (!broken() && world.next_at() <= end && step()) {
  }
  bool calm = false;
  if (!broken()) {
    actors.stop();
    faults.stop();
    world.heal_everything();
    probe.start(world);
    if (options.invariants) invariants.after_faults(world);
    peace = true;
    const Time limit = world.now() + scenario.settle;
    while (!broken() && !calm && world.next_at() <= limit && step())
      calm = probe.written() && actors.idle() && converged(world);
    // What is still on its way to the clients arrives.
    const Time quiet = world.now() + milliseconds(500);
    while (calm && !broken() && world.next_at() <= quiet && step()) {
    }
    if (calm) {
      if (options.invariants) invariants.at_end(world);
      judge_watches(world, actors);
    }
  }

  result.violations.insert(result.violations.begin(), invariants.violations().begin(), invariants.violations().end());
  result.violations.insert(result.violations.end(), actors.violations().begin(), actors.violations().end());
  result.trace_hash = world.trace_hash();
  result.events = world.counters().events;
  result.messages = world.counters().messages;
  result.split_reads = world.network_counters().split_reads;
  result.elections = world.counters().notes[static_cast<size_t>(NoteKind::kEstablished)];
  result.committed = invariants.committed();
  result.watch_events = actors.watch_events();
  result.simulated = world.now();
  for (const auto& [word, counts] : actors.counts()) result.operations[word] = {counts[0], counts[1], counts[2]};
  result.faults = faults.struck();
  for (const auto& [what, count] : faults.coverage()) result.coverage[what] += count;
  if (options.invariants)
    result.checked.push_back(fmt::format("{} invariants after each of {} events", kChecks, result.events));
  if (options.check_history) judge_histories(result, actors.recorder(), world, options);

  if (!result.violations.empty()) {
    result.outcome = Outcome::kViolation;
  } else if (!calm) {
    result.outcome = Outcome::kNoProgress;
    result.stuck = why_stuck(world, probe);
  } else if (!result.undecided.empty()) {
    result.outcome = Outcome::kUndecided;
  } else if (result.operation_count() == 0 && !scenario.actors.empty()) {
    result.outcome = Outcome::kNothingRan;
  }
  if (world_out) *world_out = world;
  return result;
}

}  // namespace vivarium::sim

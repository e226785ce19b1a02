#include "sim/actors.h"

#include <algorithm>
#include <charconv>

namespace vivarium::sim {

using checker::Function;
using checker::ModelKind;
using wire::ErrorCode;
using wire::OpCode;

namespace {

constexpr const char* kRegisters = "/r";
constexpr const char* kCas = "/c";
constexpr const char* kCounters = "/n";
constexpr const char* kNames = "/u";
constexpr const char* kLocks = "/l";
constexpr const char* kLoad = "/s";
constexpr int64_t kSlots = 1024;  // process number = actor * kSlots + slot

const char* root_of(ActorKind kind) {
  switch (kind) {
    case ActorKind::kCas:
    case ActorKind::kVersioned: return kCas;
    case ActorKind::kCounter: return kCounters;
    case ActorKind::kUniqueNames: return kNames;
    case ActorKind::kLock: return kLocks;
    case ActorKind::kSetter: return kLoad;
    case ActorKind::kTree: return kTrees;
    case ActorKind::kRegister:
    case ActorKind::kWatcher: break;
  }
  return kRegisters;
}

Bytes padded_text_of(int64_t value, int64_t bytes = 0) {
  std::string text = fmt::format("{}", value);
  if (static_cast<int64_t>(text.size()) < bytes) text.resize(static_cast<size_t>(bytes), ' ');
  return Bytes(text);
}

std::optional<int64_t> value_of(const Bytes& data) {
  int64_t value = 0;
  const std::string_view text = data.view();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

void describe(checker::Detail& detail, const wire::Stat& stat) {
  detail.czxid = stat.czxid.value;
  detail.mzxid = stat.mzxid.value;
  detail.pzxid = stat.pzxid.value;
  detail.cversion = stat.cversion;
  detail.children = stat.num_children;
  detail.owner = stat.ephemeral_owner;
}

std::string list_of(const std::vector<Bytes>& names) {
  std::string out;
  for (const Bytes& name : names) out += fmt::format("{}\"{}\"", out.empty() ? "" : ",", name.view());
  return "[" + out + "]";
}

// A multi's results, as the model `zookeeper` reads them.
std::string results_of(const std::vector<wire::MultiResult>& results) {
  std::string out;
  for (const wire::MultiResult& result : results) {
    if (!out.empty()) out += ",";
    if (result.type == OpCode::kCreate || result.type == OpCode::kCreate2)
      out += fmt::format(R"({{"path":"{}"}})", result.path.view());
    else if (result.type == OpCode::kSetData)
      out += fmt::format(R"({{"version":{}}})", result.stat.version);
    else
      out += "{}";
  }
  return "[" + out + "]";
}

// What a good answer says.
void describe(RecordedOperation& operation, const client::Completion& completion) {
  switch (completion.op) {
    case OpCode::kGetData: operation.result = value_of(completion.data); break;
    case OpCode::kCreate:
    case OpCode::kCreateContainer: operation.name = completion.path; return;
    case OpCode::kMulti: operation.result_json = results_of(completion.results); return;
    case OpCode::kGetChildren2: operation.result_json = list_of(completion.children); break;
    case OpCode::kSetData:
    case OpCode::kExists: break;
    default: return;
  }
  operation.version = completion.stat.version;
  describe(operation.detail, completion.stat);
}

const char* event_name(wire::WatchEventType type) {
  switch (type) {
    case wire::WatchEventType::kNodeCreated: return "NodeCreated";
    case wire::WatchEventType::kNodeDeleted: return "NodeDeleted";
    case wire::WatchEventType::kNodeDataChanged: return "NodeDataChanged";
    case wire::WatchEventType::kNodeChildrenChanged: return "NodeChildrenChanged";
    default: return "other";
  }
}

checker::Outcome outcome_of(const client::Completion& completion) {
  if (completion.outcome == client::Outcome::kOk) return checker::Outcome::Ok;
  return completion.outcome == client::Outcome::kUnknown ? checker::Outcome::Unknown : checker::Outcome::Fail;
}

}  // namespace

// ---- life
// ------------------------------------------------------------------------------------------------------------------------

Actors::Actors(const Scenario& scenario, World& world) : specs_(scenario.actors) {
  for (size_t s = 0; s < specs_.size(); ++s) {
    for (int64_t i = 0; i < specs_[s].count; ++i) {
      client::ClientConfig config;
      config.session_timeout_ms = specs_[s].session_timeout_ms;
      for (ProcessId p = 0; p < world.servers(); ++p) {
        const Sid sid = world.server(p).sid();
        const auto& wanted = specs_[s].servers;
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), sid) != wanted.end()) {
          config.servers.push_back(world.server(p).setup().config.ensemble.servers.at(sid).client);
        }
      }
      Actor actor;
      actor.spec = s;
      actor.index = static_cast<uint32_t>(actors_.size());
      actor.client = world.add_client(config, world.add_host(fmt::format("client{}", actor.index + 1)));
      actor.lock.path = kLocks + fmt::format("/{}", i % specs_[s].keys);
      actor.lock.owner = fmt::format("a{}", actor.index);
      actor.watches = WatchLedger(actor.index);
      actor.recursive = RecursiveWatchLedger(actor.index, kTrees);
      actors_.push_back(actor);
      wake(actors_.back(), world, milliseconds(1));
    }
  }
}

void Actors::wake(Actor& actor, World& world, Duration after) {
  if (actor.waking) return;
  actor.waking = true;
  world.schedule(world.now() + after, kActorTag, actor.index);
}

void Actors::after_step(World& world) {
  const Happening& last = world.last();
  findings_.at(world.now(), last.record.seq, last.process);
  if (last.record.kind == RecordKind::kScheduled) {
    if (last.record.a != kActorTag) return;
    Actor& actor = actors_[static_cast<size_t>(last.record.b)];
    actor.waking = false;
    if (!stopped_) act(actor, world);
    return;
  }
  // Others may have clients too, behind ours.
  if (last.events.empty() || world.client_of(last.process) >= actors_.size()) return;
  Actor& actor = actors_[world.client_of(last.process)];
  for (const client::ClientEvent& event : last.events) on_event(actor, world, event);
}

bool Actors::idle() const {
  return std::all_of(actors_.begin(), actors_.end(), [](const Actor& a) { return a.in_flight.empty(); });
}

ClientId Actors::client_of_process(int64_t process) { return static_cast<ClientId>(process / kSlots); }

void Actors::count(const std::string& word, checker::Outcome outcome) {
  auto& counts = counts_[word];
  ++counts[outcome == checker::Outcome::Ok ? 0 : (outcome == checker::Outcome::Unknown ? 2 : 1)];
}

// ---- acting
// ------------------------------------------------------------------------------------------------------------------------

void Actors::act(Actor& actor, World& world) {
  const ActorSpec& s = spec(actor);
  const client::Client& client = world.client(actor.client);
  const Duration think = world.choices().draw(stream(actor), Question::kThinkTime, exponential({}, s.think));
  if (client.ended()) {
    world.reopen_session(actor.client);
    return wake(actor, world, milliseconds(10));
  }
  if (!client.connected() || actor.done >= s.operations) return wake(actor, world, milliseconds(50) + think);
  if (!set_up(actor, world) || !keeps_watch(actor, world)) return;
  if (s.reconnect_every.ns > 0 &&
      world.choices().below(
          stream(actor), Question::kOther,
          static_cast<uint64_t>(std::max<int64_t>(1, s.reconnect_every.ns / std::max<int64_t>(1, s.think.ns)))) == 0) {
    const ProcessId at = world.network().peer_of(world.process_of_client(actor.client), client.conn());
    if (at != kNoProcess)
      world.reset_connections(world.host_of(world.process_of_client(actor.client)), world.host_of(at));
  }
  if (may_ask(actor)) {
    switch (s.kind) {
      case ActorKind::kRegister: act_register(actor, world); break;
      case ActorKind::kCas:
      case ActorKind::kVersioned: act_cas(actor, world); break;
      case ActorKind::kCounter: act_counter(actor, world); break;
      case ActorKind::kUniqueNames: act_names(actor, world); break;
      case ActorKind::kLock: act_lock(actor, world); break;
      case ActorKind::kWatcher: act_watcher(actor, world); break;
      case ActorKind::kSetter: act_setter(actor, world); break;
      case ActorKind::kTree: act_tree(actor, world); break;
    }
  }
  if (s.kind != ActorKind::kSetter) wake(actor, world, think);
}

bool Actors::may_ask(const Actor& actor) const {
  const auto in_flight = static_cast<int64_t>(actor.in_flight.size());
  return in_flight < spec(actor).outstanding && in_flight < spec(actor).operations - actor.done;
}

// The nodes that the actor needs, one after the other; whoever comes first makes them.
bool Actors::set_up(Actor& actor, World& world) {
  const ActorSpec& s = spec(actor);
  const std::string root = root_of(s.kind);
  const bool leaves = s.kind != ActorKind::kUniqueNames;
  const size_t nodes = 1 + (leaves ? static_cast<size_t>(s.keys) : 0);
  if (actor.setup >= nodes) return true;
  if (!actor.in_flight.empty()) return false;
  const std::string path = actor.setup == 0 ? root : fmt::format("{}/{}", root, actor.setup - 1);
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = Function::Create;
  operation.key = path;
  operation.value = 0;
  InFlight flight;
  flight.word = "create";
  flight.setup = true;
  flight.path = path;
  flight.records.push_back(record(actor, world, operation));
  submit(actor, world, client::Create{path, padded_text_of(0)}, std::move(flight));
  return false;
}

std::string Actors::key_of(Actor& actor, World& world, const char* prefix) {
  return fmt::format("{}/{}", prefix,
                     world.choices().below(stream(actor), Question::kKey, static_cast<uint64_t>(spec(actor).keys)));
}

size_t Actors::record(Actor& actor, World& world, RecordedOperation operation, int64_t slot) {
  operation.process = actor.index * kSlots + slot;
  operation.session = world.client(actor.client).session().value;
  return recorder_.call(std::move(operation), world.now());
}

void Actors::submit(Actor& actor, World& world, const client::Request& request, InFlight flight) {
  flight.token = world.submit(actor.client, request);
  actor.in_flight.push_back(std::move(flight));
}

uint64_t Actors::draw(Actor& actor, World& world, uint64_t below) {
  return world.choices().below(stream(actor), Question::kOperation, below);
}

bool Actors::wants_sync(Actor& actor, World& world) {
  const int64_t percent = spec(actor).sync_percent;
  return percent > 0 && static_cast<int64_t>(world.choices().below(stream(actor), Question::kOther, 100)) < percent;
}

void Actors::sync(Actor& actor, World& world, const std::string& path) {
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = Function::Sync;
  operation.key = path;
  InFlight flight;
  flight.word = "sync";
  flight.path = path;
  flight.records.push_back(record(actor, world, operation));
  submit(actor, world, client::Sync{path}, std::move(flight));
}

void Actors::read(Actor& actor, World& world, const std::string& path, bool watch, const char* word) {
  if (wants_sync(actor, world)) return sync(actor, world, path);
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = Function::GetData;
  operation.key = path;
  operation.detail.watch = watch;
  InFlight flight;
  flight.word = word;
  flight.path = path;
  if (watch) flight.watch = WatchLedger::Kind::kData;
  flight.records.push_back(record(actor, world, operation));
  submit(actor, world, client::GetData{path, watch}, std::move(flight));
}

void Actors::write(Actor& actor, World& world, const std::string& path, int32_t version, const char* word,
                   std::optional<RecordedOperation> also) {
  InFlight flight;
  flight.word = word;
  flight.path = path;
  flight.value = also && also->model == ModelKind::Counter ? actor.seen[path].first + 1 : next_value_++;
  int64_t slot = 0;
  while (std::any_of(actor.in_flight.begin(), actor.in_flight.end(), [&](const InFlight& f) { return f.slot == slot; }))
    ++slot;
  flight.slot = slot;
  RecordedOperation operation;
  operation.model = ModelKind::Zookeeper;
  operation.f = Function::SetData;
  operation.key = path;
  operation.value = flight.value;
  operation.asked_version = version;
  flight.records.push_back(record(actor, world, operation, slot));
  if (also) {
    if (also->model == ModelKind::CasRegister) also->second = flight.value;
    flight.records.push_back(record(actor, world, *also, slot));
  }
  const Bytes data = padded_text_of(flight.value, spec(actor).kind == ActorKind::kSetter ? spec(actor).data_bytes : 0);
  submit(actor, world, client::SetData{path, data, version}, std::move(flight));
}

void Actors::act_register(Actor& actor, World& world) {
  const std::string path = key_of(actor, world, kRegisters);
  const bool reads =
      static_cast<int64_t>(world.choices().below(stream(actor), Question::kOperation, 100)) < spec(actor).read_percent;
  if (reads)
    read(actor, world, path, false, "read");
  else
    write(actor, world, path, -1, "write", std::nullopt);
}

// Values are written once, so that a version that differs from the one seen means a value that differs too: BadVersion
// testifies.
void Actors::act_cas(Actor& actor, World& world) {
  const std::string path = key_of(actor, world, kCas);
  const auto seen = actor.seen.find(path);
  const bool reads =
      static_cast<int64_t>(world.choices().below(stream(actor), Question::kOperation, 100)) < spec(actor).read_percent;
  if (reads || seen == actor.seen.end()) return read(actor, world, path, false, "read");
  RecordedOperation cas;
  cas.model = ModelKind::CasRegister;
  cas.f = Function::Cas;
  cas.key = path;
  cas.value = seen->second.first;
  write(actor, world, path, seen->second.second, "cas", cas);
}

void Actors::act_counter(Actor& actor, World& world) {
  const std::string path = key_of(actor, world, kCounters);
  const auto seen = actor.seen.find(path);
  if (seen == actor.seen.end()) return read(actor, world, path, false, "read");
  RecordedOperation add;
  add.model = ModelKind::Counter;
  add.f = Function::AddAndGet;
  add.key = path;
  add.value = 1;
  const int32_t version = seen->second.second;
  write(actor, world, path, version, "increment", add);
  actor.seen.erase(path);
}

void Actors::act_names(Actor& actor, World& world) {
  RecordedOperation operation;
  operation.model = ModelKind::UniqueNames;
  operation.f = Function::Create;
  operation.key = kNames;
  InFlight flight;
  flight.word = "unique-name";
  flight.path = kNames;
  flight.records.push_back(record(actor, world, operation));
  submit(actor, world,
         client::Create{fmt::format("{}/n-", kNames), padded_text_of(actor.index),
                        wire::CreateMode::kPersistentSequential},
         std::move(flight));
}

void Actors::act_watcher(Actor& actor, World& world) {
  const std::string path = key_of(actor, world, kRegisters);
  // Writing what one watches: the event stands before the reply.
  const bool watched = actor.watches.watches(WatchLedger::Kind::kData, path);
  const bool writes = watched && draw(actor, world, 4) == 0;
  if (writes)
    write(actor, world, path, -1, "watched-write", std::nullopt);
  else
    read(actor, world, path, !watched, "watch-read");
}

void Actors::act_setter(Actor& actor, World& world) {
  while (may_ask(actor)) write(actor, world, key_of(actor, world, kLoad), -1, "set", std::nullopt);
}

// ---- answers
// -----------------------------------------------------------------------------------------------------------------------

void Actors::on_event(Actor& actor, World& world, const client::ClientEvent& event) {
  note_session(actor, world, event);
  if (spec(actor).kind == ActorKind::kLock) on_lock_event(actor, world, event);
  if (const auto* completion = std::get_if<client::Completion>(&event)) return on_completion(actor, world, *completion);
  if (const auto* watch = std::get_if<client::WatchEvent>(&event)) {
    ++watch_events_;
    return note_event(actor, *watch);
  }
  const auto& session = std::get<client::SessionEvent>(event);
  if (session.change == client::SessionChange::kConnected) {
    if (!session.resumed) {
      actor.watches.session_over();
      actor.recursive.session_over();
    }
    wake(actor, world, milliseconds(1));
  } else if (client::ends_session(event)) {
    actor.watches.session_over();
    actor.recursive.session_over();
    wake(actor, world, milliseconds(10));
  } else {
    actor.recursive.disconnected();
  }
}

// What a client is told beside answers, for the history. A recipe's operations are not in it, so its events are not.
void Actors::note_session(Actor& actor, World& world, const client::ClientEvent& event) {
  if (spec(actor).kind == ActorKind::kLock) return;
  RecordedEvent out;
  out.process = actor.index * kSlots;
  out.session = world.client(actor.client).session().value;
  if (const auto* watch = std::get_if<client::WatchEvent>(&event)) {
    if (spec(actor).recursive_watch && !actor.watches.wants(*watch)) return;  // the history knows one-shot watches
    out.f = Function::Watch;
    out.key = watch->path;
    out.what = event_name(watch->type);
    if (watch->zxid.value > 0) out.zxid = watch->zxid.value;
    return recorder_.event(std::move(out), world.now());
  }
  const auto* session = std::get_if<client::SessionEvent>(&event);
  if (!session || session->change == client::SessionChange::kConnected) return;
  out.f = Function::Session;
  out.session = session->session.value;
  out.key = "/";
  out.what = client::ends_session(event) ? "expired" : "disconnected";
  recorder_.event(std::move(out), world.now());
}

void Actors::on_completion(Actor& actor, World& world, const client::Completion& completion) {
  const auto found = std::find_if(actor.in_flight.begin(), actor.in_flight.end(),
                                  [&](const InFlight& f) { return f.token == completion.token; });
  if (found == actor.in_flight.end()) return;
  const InFlight flight = std::move(*found);
  actor.in_flight.erase(found);
  const checker::Outcome outcome = outcome_of(completion);
  const bool ok = outcome == checker::Outcome::Ok;
  const bool bad_version = completion.error == ErrorCode::kBadVersion;
  for (size_t index : flight.records) {
    RecordedOperation& operation = recorder_.at(index);
    if (completion.zxid.value > 0) operation.zxid = completion.zxid.value;
    if (!ok) operation.error = wire::error_name(completion.error);
    if (ok) describe(operation, completion);
    if (ok && operation.model == ModelKind::Counter) operation.result = flight.value;
    if (operation.model == ModelKind::CasRegister) {
      operation.zxid = checker::kNoZxid;
      operation.version = checker::kNoVersion;
    }
    recorder_.finish(index,
                     bad_version && operation.model == ModelKind::CasRegister ? checker::Outcome::Mismatch : outcome,
                     world.now());
  }
  if (completion.op == OpCode::kAddWatch) {
    if (ok) actor.recursive.armed(completion.zxid);
    return wake(actor, world, milliseconds(1));
  }
  note_reply(actor, flight, completion);
  if (spec(actor).recursive_watch) note_recursive(actor, flight, completion);
  const bool made = completion.op == OpCode::kCreate && (ok || completion.error == ErrorCode::kNodeExists);
  if (flight.setup) {
    if (made) ++actor.setup;
    wake(actor, world, milliseconds(1));
  } else {
    count(flight.word, outcome);
    ++actor.done;
  }
  if (ok && completion.op == OpCode::kGetData) {
    if (const auto value = value_of(completion.data)) actor.seen[flight.path] = {*value, completion.stat.version};
  } else if (ok && completion.op == OpCode::kSetData && spec(actor).kind != ActorKind::kSetter) {
    actor.seen[flight.path] = {flight.value, completion.stat.version};
  } else if (bad_version || outcome == checker::Outcome::Unknown) {
    actor.seen.erase(flight.path);
  }
  // A setter that does not think goes on at once; not before its nodes are there.
  const ActorSpec& s = spec(actor);
  if (s.kind != ActorKind::kSetter || flight.setup || stopped_) return;
  if (s.think.ns > 0)
    return wake(actor, world, world.choices().draw(stream(actor), Question::kThinkTime, exponential({}, s.think)));
  if (world.client(actor.client).connected()) act_setter(actor, world);
}

// ---- locks
// ---------------------------------------------------------------------------------------------------------------------------

void Actors::act_lock(Actor& actor, World& world) {
  if (actor.lock.resting()) {
    RecordedOperation operation;
    operation.model = ModelKind::Lock;
    operation.f = Function::Acquire;
    operation.key = actor.lock.path;
    actor.hold = record(actor, world, operation);
    world.acquire(actor.client, actor.lock);
  } else if (actor.lock.phase == client::Lock::Phase::kHeld) {
    finish_lock(actor, world, false);
  }
}

void Actors::on_lock_event(Actor& actor, World& world, const client::ClientEvent& event) {
  const auto before = actor.lock.phase;
  world.step_lock(actor.client, actor.lock, event);
  using Phase = client::Lock::Phase;
  if (before != Phase::kHeld && actor.lock.phase == Phase::kHeld && actor.hold) {
    RecordedOperation& acquire = recorder_.at(*actor.hold);
    acquire.name.clear();
    recorder_.finish(*actor.hold, checker::Outcome::Ok, world.now());
    actor.hold.reset();
    count("acquire", checker::Outcome::Ok);
    ++actor.done;
  }
  // A holder that is cut off must not count on the lock any more: its session may expire before it hears of it.
  const auto* session = std::get_if<client::SessionEvent>(&event);
  const bool lost = session && session->change != client::SessionChange::kConnected;
  if (lost && before == Phase::kHeld) finish_lock(actor, world, true);
  if (before != Phase::kLost && actor.lock.phase == Phase::kLost && actor.hold) {
    recorder_.finish(*actor.hold, checker::Outcome::Unknown, world.now());
    actor.hold.reset();
  }
  if (actor.lock.resting() && actor.hold) {
    recorder_.finish(*actor.hold,
                     actor.lock.phase == Phase::kReleased ? checker::Outcome::Ok : checker::Outcome::Unknown,
                     world.now());
    if (actor.lock.phase == Phase::kReleased) count("release", checker::Outcome::Ok);
    actor.hold.reset();
  }
}

void Actors::finish_lock(Actor& actor, World& world, bool) {
  RecordedOperation operation;
  operation.model = ModelKind::Lock;
  operation.f = Function::Release;
  operation.key = actor.lock.path;
  actor.hold = record(actor, world, operation);
  if (actor.lock.phase == client::Lock::Phase::kHeld) world.release(actor.client, actor.lock);
}

}  // namespace vivarium::sim

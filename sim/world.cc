// Events become inputs, outputs become events. Faults are in world_faults.cc.
#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "sim/client_words.h"

namespace vivarium::sim {

namespace {
// A machine that asks for a time that has already come is not run again before this much has passed.
constexpr Duration kTickGap = microseconds(1);
constexpr Duration kSteadyApart =
    seconds(1000);  // between the steady clocks of two machines: they must not be compared

int64_t number(uint64_t v) { return static_cast<int64_t>(v); }
}  // namespace

World::World(WorldConfig config) : World(config, Choices(config.seed)) {}

World::World(WorldConfig config, const std::vector<Answer>& answers)
    : World(config, Choices::replay(config.seed, answers)) {}

World::World(WorldConfig config, Choices choices)
    : config_(std::move(config)), network_(Network(config_->network)), trace_hash_(hash_bytes("vivarium")) {
  Core& core = core_.mut();
  core.choices = std::move(choices);
  core.choices.record(config_->record_answers);
  Network& network = network_.mut();
  for (const ServerSetup& setup : config_->servers) {
    const ProcessId p = network.add_process(network.add_host(setup.host));
    ServerProcess server(setup);
    server.clock() = NodeClock(Time{}, Time{} + kSteadyApart * (p + 1), config_->wall_start_ms * 1'000'000);
    servers_.emplace_back(std::move(server));
    schedule_boot(p, core.choices.draw({Subsystem::kProcess, p}, Question::kRestartDelay, config_->first_boot), 0);
  }
}

// ---- records
// -----------------------------------------------------------------------------------------------------------------

Record World::record_of(RecordKind kind, ProcessId p, uint64_t cause) const {
  Record record;
  record.kind = kind;
  record.node = p;
  record.t = now_;
  record.cause = cause;
  return record;
}

uint64_t World::emit(Record& record, Bytes text) {
  record.seq = ++seq_;
  trace_hash_ = hash_record(trace_hash_, record);
  if (trace_.on()) trace_.add(record, std::move(text));
  return record.seq;
}

void World::tell_of(uint64_t seq, std::string words) {
  if (!words.empty()) trace_.tell(seq, std::move(words));
}

uint64_t World::emit_beside(Record record, Bytes text) {
  emit(record, std::move(text));
  scratch_.between.push_back(record);
  return record.seq;
}

Schedule World::make_schedule(uint64_t cause) {
  Core& core = core_.mut();
  return {core.queue, core.choices, now_, step_, cause};
}

// ---- time
// ----------------------------------------------------------------------------------------------------------------------

bool World::step() {
  scratch_.happening = {};
  scratch_.between.clear();
  for (;;) {
    EventQueue<Event>& queue = core_.mut().queue;
    if (queue.empty()) return false;
    const auto due = queue.pop();
    now_ = due.at;
    ++step_;
    if (dispatch(due.what)) break;
  }
  ++counters_.events;
  return true;
}

uint64_t World::run_until(Time t) {
  uint64_t steps = 0;
  while (next_at() <= t && step()) ++steps;
  now_ = std::max(now_, t);
  return steps;
}

void World::schedule(Time at, uint32_t tag, uint64_t a, uint64_t b) {
  Event event{DueKind::kScheduled};
  event.slot = tag;
  event.serial = a;
  event.cause = b;
  core_.mut().queue.push(std::max(at, now_), event);
}

bool World::dispatch(const Event& event) {
  switch (event.kind) {
    case DueKind::kTimer: return on_timer(event);
    case DueKind::kDiskDone: return on_disk_done(event);
    case DueKind::kSpace: return on_space(event);
    case DueKind::kBoot: return on_boot(event);
    case DueKind::kBindFailed: return on_bind_failed(event);
    case DueKind::kScheduled: {
      Record& record = scratch_.happening.record = record_of(RecordKind::kScheduled, kNoProcess, 0);
      record.a = event.slot;
      record.b = number(event.serial);
      record.c = number(event.cause);
      emit(record);
      return true;
    }
    default: break;
  }
  Schedule schedule = make_schedule(event.cause);
  return network_.mut().handle(schedule, event, scratch_.delivery) && deliver(scratch_.delivery);
}

bool World::deliver(Delivery& delivery) {
  Record& record = scratch_.happening.record = record_of(RecordKind::kReceived, delivery.process, delivery.cause);
  record.stream = delivery.stream;
  record.a = number(delivery.conn.value);
  zab::PeerInput& input = scratch_.input;
  switch (delivery.kind) {
    case Delivery::Kind::kReceived:
      record.label = delivery.label;
      record.b = number(delivery.bytes.size());
      record.c = number(delivery.offset);
      record.d = delivery.zxid.value;
      record.bytes_hash = hash_bytes(delivery.bytes.view());
      input.emplace<Received>(delivery.conn, std::move(delivery.bytes));
      break;
    case Delivery::Kind::kAccepted:
      record.kind = RecordKind::kAccepted;
      record.b = static_cast<int64_t>(delivery.listener);
      record.c = delivery.peer_process;
      input.emplace<Accepted>(delivery.conn, delivery.listener, std::move(delivery.peer), std::string());
      break;
    case Delivery::Kind::kConnected:
      record.kind = RecordKind::kConnected;
      input.emplace<Connected>(delivery.conn);
      break;
    case Delivery::Kind::kSent:
      record.kind = RecordKind::kSent;
      input.emplace<Sent>(delivery.conn);
      break;
    case Delivery::Kind::kClosed:
      record.kind = RecordKind::kClosed;
      record.b = static_cast<int64_t>(delivery.reason);
      input.emplace<Closed>(delivery.conn, delivery.reason);
      break;
  }
  if (is_server(delivery.process))
    step_server(delivery.process);
  else
    step_client(delivery.process);
  return true;
}

// ---- servers
// --------------------------------------------------------------------------------------------------------------------

// Gives scratch_.input to the server. Its record stands in scratch_.happening.
void World::step_server(ProcessId p, Duration not_again_for) {
  Happening& happening = scratch_.happening;
  happening.process = p;
  happening.input = &scratch_.input;
  const uint64_t seq = emit(happening.record);
  ServerProcess& server = mut_server(p);
  log::NodeOutbox& out = scratch_.server_out;
  out.clear();
  server.step(now_, scratch_.input, out);
  happening.outputs = out.network;
  happening.disk = out.disk;
  Schedule schedule = make_schedule(seq);
  const Stop* stop = perform(p, out.network, schedule);
  for (const log::DiskOperation& operation : out.disk) {
    Record record = record_of(RecordKind::kDisk, p, seq);
    record.a = static_cast<int64_t>(operation.queue);
    record.b = number(operation.seq);
    record.c = number(operation.operation.index());
    emit(record);
    server.queue(operation.queue).add(operation);
  }
  if (stop) return server_exited(p, stop->exit_code, stop->reason, seq_);
  for (const log::DiskOperation& operation : out.disk) start_disk(p, server, operation.queue, seq);
  arm_timer(p, server, now_ + not_again_for);
}

void World::start_disk(ProcessId p, ServerProcess& server, log::Queue which, uint64_t cause) {
  DiskQueue& queue = server.queue(which);
  if (queue.busy() || !queue.start()) return;
  Core& core = core_.mut();
  const Duration usual = disk_duration(core.choices, {Subsystem::kDisk, p}, config_->disk, queue.running().operation);
  Event event{DueKind::kDiskDone};
  event.process = p;
  event.detail = static_cast<uint8_t>(which);
  event.serial = ++queue.serial;
  event.cause = cause;
  core.queue.push(now_ + usual * server.disk_percent / 100, event);
}

bool World::on_disk_done(const Event& event) {
  const ProcessId p = event.process;
  const auto which = static_cast<log::Queue>(event.detail);
  if (servers_[p]->queue(which).serial != event.serial || !servers_[p]->queue(which).busy()) return false;
  if (paused(p)) {
    network_.mut().wait(p, event);
    return false;
  }
  ServerProcess& server = mut_server(p);
  const log::DiskOperation& operation = server.queue(which).running();
  Record record = record_of(RecordKind::kDurable, p, event.cause);
  record.a = static_cast<int64_t>(which);
  record.b = number(operation.seq);
  auto answer = server.execute(which);
  if (!answer) {
    record.kind = RecordKind::kDiskFailed;
    record.c = static_cast<int64_t>(answer.error().error);
    const std::string why =
        fmt::format("{}: {} ({})", answer.error().file, answer.error().what, fs_error_name(answer.error().error));
    scratch_.happening.record = record;
    scratch_.happening.process = p;
    emit(scratch_.happening.record, trace_.on() ? Bytes(why) : Bytes());
    constexpr int kUnexpectedError = 1;  // upstream's exit code
    server_exited(p, kUnexpectedError, why, seq_);
    return true;
  }
  if (const auto* reloaded = std::get_if<log::Reloaded>(&*answer)) {
    record.kind = RecordKind::kReloaded;
    record.a = number(reloaded->seq);
    record.b = reloaded->recovered.state.zxid.value;
  } else if (const auto* read = std::get_if<log::LogRead>(&*answer)) {
    record.kind = RecordKind::kLogRead;
    record.a = number(read->query);
    record.b = number(read->records.size());
    record.c = read->complete;
  }
  scratch_.input = std::move(*answer);
  scratch_.happening.record = record;
  start_disk(p, server, which, event.cause);
  step_server(p);
  if (server.disk_limited() && server.running()) tell_space(p);
  return true;
}

void World::tell_space(ProcessId p) {
  Event event{DueKind::kSpace};
  event.process = p;
  event.serial = static_cast<uint64_t>(servers_[p]->incarnation());
  event.cause = seq_;
  core_.mut().queue.push(now_, event);
}

bool World::on_space(const Event& event) {
  const ServerProcess& server = *servers_[event.process];
  if (!server.running() || server.incarnation() != number(event.serial)) return false;
  if (paused(event.process)) {
    network_.mut().wait(event.process, event);
    return false;
  }
  scratch_.input = log::Space{server.disk_left()};
  scratch_.happening.record = record_of(RecordKind::kSpace, event.process, event.cause);
  scratch_.happening.record.a = server.disk_left();
  step_server(event.process);
  return true;
}

bool World::on_bind_failed(const Event& event) {
  if (!is_server(event.process)) return false;
  const ServerProcess& server = *servers_[event.process];
  if (!server.running() || server.incarnation() != number(event.serial)) return false;
  scratch_.input = BindFailed{static_cast<Listener>(event.detail), "the port is taken"};
  scratch_.happening.record = record_of(RecordKind::kBindFailed, event.process, event.cause);
  scratch_.happening.record.a = event.detail;
  step_server(event.process);
  return true;
}

void World::server_exited(ProcessId p, int exit_code, const std::string& why, uint64_t cause) {
  Schedule schedule = make_schedule(cause);
  network_.mut().process_died(schedule, p);
  mut_server(p).die(why, schedule.choices, {Subsystem::kPowerLoss, p});
  ++counters_.exits;
  Record record = record_of(RecordKind::kExited, p, cause);
  record.a = exit_code;
  emit_beside(record, trace_.on() ? Bytes(why) : Bytes());
  if (config_->supervisor.restarts) schedule_boot(p, restart_delay(p), seq_);
}

Duration World::restart_delay(ProcessId p) {
  return choices().draw({Subsystem::kProcess, p}, Question::kRestartDelay, config_->supervisor.delay);
}

void World::schedule_boot(ProcessId p, Duration after, uint64_t cause) {
  Event event{DueKind::kBoot};
  event.process = p;
  event.serial = ++mut_server(p).boot_serial;
  event.cause = cause;
  core_.mut().queue.push(now_ + after, event);
}

bool World::on_boot(const Event& event) {
  const ServerProcess& server = *servers_[event.process];
  if (server.boot_serial != event.serial || server.life() != Life::kDead)
    return false;  // a fault has decided otherwise since
  auto [record, text] = boot(event.process, event.cause);
  scratch_.happening.record = record;
  scratch_.happening.process = event.process;
  emit(scratch_.happening.record, text);
  return true;
}

std::pair<Record, Bytes> World::boot(ProcessId p, uint64_t cause) {
  ServerProcess& server = mut_server(p);
  const uint64_t seed = core_.mut().choices.seed_for({Subsystem::kProcess, p}, Question::kNodeSeed);
  auto started = server.start(config_->machine, seed);
  Record record = record_of(RecordKind::kStarted, p, cause);
  record.a = server.incarnation();
  if (!started) {
    ++counters_.refused_recoveries;
    record.kind = RecordKind::kRecoveryRefused;
    record.b = started.error().offset;
    record.c = server.disk_faults();
    if (server.disk_faults() && config_->supervisor.restarts) schedule_boot(p, restart_delay(p), seq_ + 1);
    return {record, Bytes(server.failure())};
  }
  ++counters_.starts;
  record.b = started->zxid.value;
  record.c = started->accepted.value;
  record.d = started->current.value;
  arm_timer(p, server, now_);
  if (server.disk_limited()) tell_space(p);
  return {record, Bytes()};
}

// ---- clients
// ---------------------------------------------------------------------------------------------------------------------

ClientId World::add_client(client::ClientConfig config, HostId host) {
  const ProcessId p = network_.mut().add_process(host);
  config.seed = choices().seed_for({Subsystem::kClient, p}, Question::kNodeSeed);
  const NodeClock clock(now_, Time{} + kSteadyApart * (p + 1), config_->wall_start_ms * 1'000'000 + now_.ns);
  clients_.emplace_back(ClientProcess(std::move(config), clock));
  arm_timer(p, mut_client(p), now_);
  return client_of(p);
}

void World::step_client(ProcessId p, Duration not_again_for) {
  Happening& happening = scratch_.happening;
  happening.process = p;
  const uint64_t seq = emit(happening.record);
  ClientProcess& process = mut_client(p);
  scratch_.client_out.clear();
  scratch_.client_events.clear();
  const Now now = process.clock.now(now_);
  const auto step = [&](auto input) {
    process.client.step(now, std::move(input), scratch_.client_out, scratch_.client_events);
  };
  zab::PeerInput& input = scratch_.input;
  if (auto* received = std::get_if<Received>(&input))
    step(std::move(*received));
  else if (const auto* connected = std::get_if<Connected>(&input))
    step(*connected);
  else if (const auto* closed = std::get_if<Closed>(&input))
    step(*closed);
  else if (std::holds_alternative<Tick>(input))
    step(Tick{});
  happening.outputs = scratch_.client_out.network;
  happening.events = scratch_.client_events;
  if (trace_.on()) tell_of(seq, words_of(scratch_.client_events));
  Schedule schedule = make_schedule(seq);
  perform(p, scratch_.client_out.network, schedule);
  arm_timer(p, process, now_ + not_again_for);
}

// What an actor makes its client do, between steps.
template <class F>
void World::drive_client(ClientId c, RecordKind kind, F drive, std::string words) {
  const ProcessId p = process_of_client(c);
  Record record = record_of(kind, p, scratch_.happening.record.seq);
  ClientProcess& process = mut_client(p);
  CHECK(process.running, "client {} has been killed", c);
  scratch_.submit_out.clear();
  drive(process.client, process.clock.now(now_), record);
  const uint64_t seq = emit_beside(record);
  if (trace_.on()) tell_of(seq, std::move(words));
  Schedule schedule = make_schedule(seq);
  perform(p, scratch_.submit_out.network, schedule);
  arm_timer(p, process, now_);
}

client::Token World::submit(ClientId c, const client::Request& request) {
  client::Token token;
  drive_client(
      c, RecordKind::kSubmit,
      [&](client::Client& client, Now now, Record& record) {
        token = client.submit(now, request, scratch_.submit_out);
        record.a = number(token.value);
        record.b = number(request.index());
      },
      trace_.on() ? words_of(request) : std::string());
  return token;
}

void World::acquire(ClientId c, client::Lock& lock) {
  drive_client(c, RecordKind::kSubmit,
               [&](client::Client& client, Now now, Record&) { lock.acquire(now, client, scratch_.submit_out); });
}

void World::release(ClientId c, client::Lock& lock) {
  drive_client(c, RecordKind::kSubmit,
               [&](client::Client& client, Now now, Record&) { lock.release(now, client, scratch_.submit_out); });
}

bool World::step_lock(ClientId c, client::Lock& lock, const client::ClientEvent& event) {
  bool own = false;
  drive_client(c, RecordKind::kSubmit, [&](client::Client& client, Now now, Record&) {
    own = lock.step(event, now, client, scratch_.submit_out);
  });
  return own;
}

void World::end_session(ClientId c) {
  drive_client(c, RecordKind::kEndSession, [&](client::Client& client, Now now, Record& record) {
    record.a = client.session().value;
    client.close(now, scratch_.submit_out);
  });
}

void World::reopen_session(ClientId c) {
  drive_client(c, RecordKind::kEndSession, [&](client::Client& client, Now, Record& record) {
    record.a = client.session().value;
    record.b = 1;
    client.reopen();
  });
}

// ---- outputs and timers
// ------------------------------------------------------------------------------------------------------------

const Stop* World::perform(ProcessId p, std::span<const NetworkOutput> outputs, Schedule& schedule) {
  const Stop* stop = nullptr;
  for (const NetworkOutput& output : outputs) {
    perform(p, output, schedule);
    if (const auto* asked = std::get_if<Stop>(&output)) stop = asked;
  }
  return stop;
}

void World::perform(ProcessId p, const NetworkOutput& output, Schedule& schedule) {
  Record record = record_of(RecordKind::kNote, p, schedule.cause);
  Network& network = network_.mut();
  if (const auto* send = std::get_if<Send>(&output)) {
    const auto placed = network.send(schedule, p, *send, seq_ + 1);
    ++counters_.messages;
    record.kind = RecordKind::kSend;
    record.label = send->label;
    record.stream = placed.stream;
    record.a = number(send->conn.value);
    record.b = number(send->bytes.size());
    record.c = number(placed.offset);
    record.d = send->zxid.value;
  } else if (const auto* note = std::get_if<Note>(&output)) {
    ++counters_.notes[static_cast<size_t>(note->kind)];
    record.a = static_cast<int64_t>(note->kind);
    record.b = note->a;
    record.c = note->b;
    record.d = note->c;
    if (trace_.on()) return static_cast<void>(emit(record, trace_.text_of(*note, is_server(p) ? node(p) : nullptr)));
  } else if (const auto* close = std::get_if<Close>(&output)) {
    network.close(schedule, p, close->conn);
    record.kind = RecordKind::kClose;
    record.a = number(close->conn.value);
  } else if (const auto* connect = std::get_if<Connect>(&output)) {
    network.dial(schedule, p, connect->conn, connect->address, connect->timeout);
    record.kind = RecordKind::kDial;
    record.a = number(connect->conn.value);
    record.b = connect->address.port;
    record.c = network.links().find(connect->address.host);
  } else if (const auto* reading = std::get_if<Reading>(&output)) {
    network.set_reading(schedule, p, reading->conn, reading->on);
    record.kind = RecordKind::kReading;
    record.a = number(reading->conn.value);
    record.b = reading->on;
  } else if (const auto* listen = std::get_if<Listen>(&output)) {
    record.kind = RecordKind::kListen;
    record.a = static_cast<int64_t>(listen->listener);
    record.b = listen->address.port;
    if (!network.listen(p, listen->listener, listen->address)) {
      Event event{DueKind::kBindFailed};
      event.process = p;
      event.detail = static_cast<uint8_t>(listen->listener);
      event.serial = static_cast<uint64_t>(servers_[p]->incarnation());
      event.cause = seq_ + 1;
      schedule.at(now_, event);
    }
  } else if (const auto* unlisten = std::get_if<Unlisten>(&output)) {
    network.unlisten(p, unlisten->listener);
    record.kind = RecordKind::kUnlisten;
    record.a = static_cast<int64_t>(unlisten->listener);
  } else if (const auto* stop = std::get_if<Stop>(&output)) {
    record.kind = RecordKind::kStop;
    record.a = stop->exit_code;
    emit(record, trace_.on() ? Bytes(stop->reason) : Bytes());
    return;
  }
  emit(record);
}

// A timer that is due later than the one in the queue needs no new one: the earlier one finds the deadline moved and
// goes on.
template <class P>
void World::arm_timer_of(ProcessId p, P& process, Time not_before) {
  const Time due = std::max(process.deadline(), not_before);
  if (due >= process.timer_at) return;
  process.timer_at = due;
  Event event{DueKind::kTimer};
  event.process = p;
  event.serial = ++process.timer_serial;
  event.cause = seq_;
  core_.mut().queue.push(due, event);
}

template <class P, class F>
bool World::fire_timer(ProcessId p, const Event& event, P& process, F step_it) {
  if (event.serial != process.timer_serial || process.timer_at == Time::never()) return false;
  if (paused(p)) {
    network_.mut().wait(p, event);
    return false;
  }
  process.timer_at = Time::never();
  if (process.deadline() > now_) {
    arm_timer(p, process, now_);
    return false;
  }
  scratch_.input = Tick{};
  scratch_.happening.record = record_of(RecordKind::kTick, p, event.cause);
  step_it(p);
  return true;
}

void World::arm_timer(ProcessId p, ServerProcess& server, Time not_before) { arm_timer_of(p, server, not_before); }
void World::arm_timer(ProcessId p, ClientProcess& client, Time not_before) { arm_timer_of(p, client, not_before); }

bool World::on_timer(const Event& event) {
  const ProcessId p = event.process;
  if (is_server(p))
    return fire_timer(p, event, mut_server(p), [this](ProcessId process) { step_server(process, kTickGap); });
  return fire_timer(p, event, mut_client(p), [this](ProcessId process) { step_client(process, kTickGap); });
}

// ---- views
// ----------------------------------------------------------------------------------------------------------------------------

const node::Node* World::node(ProcessId p) const {
  const Machine* machine = servers_[p]->machine();
  return machine ? machine->node() : nullptr;
}

ProcessId World::process_of(Sid sid) const {
  for (size_t p = 0; p < servers_.size(); ++p) {
    if (servers_[p]->sid() == sid) return static_cast<ProcessId>(p);
  }
  return kNoProcess;
}

uint64_t World::state_hash() const {
  uint64_t hash = 0;
  for (const auto& server : servers_) {
    const Machine* machine = server->machine();
    hash = hash_mix(
        hash, machine ? machine->state_hash(server->clock().now(now_).steady) : static_cast<uint64_t>(server->life()));
  }
  for (const auto& process : clients_)
    hash = hash_mix(hash, process->client.state_hash(process->clock.now(now_).steady));
  return hash;
}

TraceHeader World::trace_header() const {
  TraceHeader header;
  header.seed = core_->choices.seed();
  for (ProcessId p = 0; p < servers_.size() + clients_.size(); ++p) {
    const HostId host = host_of(p);
    header.nodes.push_back({p, host, network_->links().name(host), is_server(p) ? servers_[p]->sid().value : 0});
  }
  return header;
}

}  // namespace vivarium::sim

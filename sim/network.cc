// What processes ask of the network and what happens to them; what is due is in network_events.cc.
#include "sim/network.h"

#include <algorithm>

namespace vivarium::sim {

Network::Network(NetworkOptions options) : options_(options), links_(Links(options.link)) {}

HostId Network::add_host(std::string name) { return links_.mut().add_host(std::move(name)); }

ProcessId Network::add_process(HostId host) {
  CHECK(host < links_->hosts() && processes_.size() < kNoProcess);
  processes_.push_back({});
  processes_.back().host = host;
  return static_cast<ProcessId>(processes_.size() - 1);
}

// ---- tables
// ---------------------------------------------------------------------------------------------------------------

const Network::TableEntry* Network::find(ProcessId process, ConnId conn) const {
  const auto& table = processes_[process].table;
  const auto it = std::lower_bound(table.begin(), table.end(), conn,
                                   [](const TableEntry& entry, ConnId id) { return entry.conn < id; });
  return it != table.end() && it->conn == conn ? &*it : nullptr;
}

void Network::enter(ProcessId process, ConnId conn, uint32_t slot, uint8_t end) {
  auto& table = processes_[process].table;
  const auto it = std::lower_bound(table.begin(), table.end(), conn,
                                   [](const TableEntry& entry, ConnId id) { return entry.conn < id; });
  CHECK(it == table.end() || it->conn != conn, "process {} uses connection id {} twice", process, conn);
  table.insert(it, {conn, slot, end});
}

void Network::leave(const End& end) {
  auto& table = processes_[end.process].table;
  const TableEntry* entry = find(end.process, end.id);
  if (entry) table.erase(table.begin() + (entry - table.data()));
}

uint32_t Network::new_connection() {
  uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<uint32_t>(connections_.size());
    connections_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  open(slot).serial = next_serial_++;
  return slot;
}

void Network::free_if_over(uint32_t slot) {
  const Connection& connection = *connections_[slot];
  const End& listener = connection.ends[1];
  if (connection.ends[0].state != EndState::kGone) return;
  if (listener.state != EndState::kGone && !(listener.state == EndState::kNone && connection.pipes[0].parts.empty()))
    return;
  connections_[slot] = Cow<Connection>();
  free_.push_back(slot);
}

const Network::Port* Network::port_at(HostId host, uint16_t port) const {
  for (const Port& bound : ports_) {
    if (bound.host == host && bound.port == port) return &bound;
  }
  return nullptr;
}

// ---- small steps
// ------------------------------------------------------------------------------------------------------------

Duration Network::latency(Schedule& schedule, HostId from, HostId to, Subsystem subsystem, Question question) const {
  return schedule.choices.draw({subsystem, from}, question, link(from, to).latency);
}

Duration Network::handshake_latency(Schedule& schedule, HostId from, HostId to) const {
  return latency(schedule, from, to, Subsystem::kDial, Question::kDialLatency) +
         resending(schedule, from, to, options_.resend_syn_after);
}

bool Network::lost(Schedule& schedule, HostId from, HostId to) const {
  return schedule.choices.chance({Subsystem::kLoss, from}, Question::kLost, link(from, to).loss_ppb);
}

// How long it takes until the segment leaves that is not lost. A sender that has given up is a cut's business, not
// that of a few losses in a row.
Duration Network::resending(Schedule& schedule, HostId from, HostId to, Duration first) const {
  Duration waited{}, pause = first + link(from, to).latency.base * 2;
  while (waited + pause < options_.retransmit_timeout && lost(schedule, from, to)) {
    waited = waited + pause;
    pause = pause * 2;
  }
  return waited;
}

Event Network::due(DueKind kind, uint32_t slot, int direction, uint64_t cause) const {
  Event event{kind};
  event.direction = static_cast<uint8_t>(direction);
  event.slot = slot;
  event.serial = connections_[slot]->serial;
  event.cause = cause;
  return event;
}

void Network::arm(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  Pipe& pipe = connection.pipes[direction];
  if (pipe.armed || pipe.parts.empty() || pipe.stalled || pipe.waits_for_reader) return;
  pipe.armed = true;
  schedule.at(pipe.parts[0].arrival, due(DueKind::kArrival, slot, direction, pipe.parts[0].cause));
}

void Network::stall(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  connection.pipes[direction].stalled = true;
  watch_acknowledgements(schedule, slot, connection, direction);
}

void Network::watch_acknowledgements(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  Pipe& pipe = connection.pipes[direction];
  pipe.unacknowledged_since = earlier(pipe.unacknowledged_since, schedule.now);
  if (pipe.timeout_armed) return;
  pipe.timeout_armed = true;
  schedule.at(pipe.unacknowledged_since + options_.retransmit_timeout,
              due(DueKind::kRetransmitTimeout, slot, direction, schedule.cause));
}

// What stalled leaves again at the sender's next retransmission, whose back-off has grown with the time that the cut
// took.
void Network::release(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  Pipe& pipe = connection.pipes[direction];
  const HostId from = connection.ends[direction].host, to = connection.ends[1 - direction].host;
  pipe.stalled = false;
  const Duration waited = schedule.now - pipe.unacknowledged_since;
  const int64_t delay_max = std::min(waited, options_.retransmit_max).ns;
  const Duration delay{schedule.choices.between({Subsystem::kStream, from}, Question::kRetransmitDelay, 0, delay_max)};
  const Time arrival =
      schedule.now + delay + latency(schedule, from, to, Subsystem::kLatency, Question::kSegmentLatency);
  for (size_t i = 0; i < pipe.parts.size(); ++i) {
    if (pipe.parts[i].arrival > pipe.passed) pipe.parts[i].arrival = std::max(pipe.parts[i].arrival, arrival);
  }
  pipe.last_arrival = std::max(pipe.last_arrival, arrival);
  arm(schedule, slot, connection, direction);
}

Time Network::next_arrival(Schedule& schedule, const Connection& connection, int direction, size_t bytes,
                           Again again) const {
  const Pipe& pipe = connection.pipes[direction];
  const HostId from = connection.ends[direction].host, to = connection.ends[1 - direction].host;
  const int64_t rate = link(from, to).bytes_per_second;
  Time leaves = schedule.now;
  if (rate > 0)
    leaves = std::max(leaves, pipe.line_free) + nanoseconds(static_cast<int64_t>(bytes) * 1'000'000'000 / rate);
  if (pipe.segment_of_step == schedule.step) return rate > 0 ? std::max(pipe.last_arrival, leaves) : pipe.last_arrival;
  if (again == Again::kUntilItArrives) leaves = leaves + resending(schedule, from, to, options_.resend_after);
  return std::max(pipe.last_arrival,
                  leaves + latency(schedule, from, to, Subsystem::kLatency, Question::kSegmentLatency));
}

void Network::send_mark(Schedule& schedule, uint32_t slot, Connection& connection, int direction, Part::Kind kind) {
  Pipe& pipe = connection.pipes[direction];
  pipe.last_arrival = next_arrival(schedule, connection, direction, 0);
  pipe.segment_of_step = schedule.step;
  pipe.parts.push({Bytes(), pipe.last_arrival, schedule.cause, Zxid(), Label::kNone, kind});
  arm(schedule, slot, connection, direction);
}

// From the kernel of ends[direction] to the other end, behind what it has sent; once, and lost for ever if it is lost.
void Network::send_reset(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  if (lost(schedule, connection.ends[direction].host, connection.ends[1 - direction].host)) return;
  Pipe& pipe = connection.pipes[direction];
  pipe.last_arrival = next_arrival(schedule, connection, direction, 0, Again::kNever);
  schedule.at(pipe.last_arrival, due(DueKind::kReset, slot, direction, schedule.cause));
}

// ---- what a process asks for
// ------------------------------------------------------------------------------------------------

bool Network::listen(ProcessId process, Listener listener, const Address& address) {
  const HostId host = host_of(process);
  if (const Port* port = port_at(host, address.port)) return port->process == process && port->listener == listener;
  ports_.push_back({host, address.port, process, listener});
  return true;
}

void Network::unlisten(ProcessId process, Listener listener) {
  std::erase_if(ports_, [&](const Port& port) { return port.process == process && port.listener == listener; });
}

void Network::dial(Schedule& schedule, ProcessId process, ConnId conn, const Address& address, Duration timeout) {
  const uint32_t slot = new_connection();
  Connection& connection = open(slot);
  const HostId from = host_of(process), to = links_->find(address.host);
  connection.ends[0] = {process, from, conn, EndState::kDialing};
  connection.ends[1].host = to;
  connection.target = address;
  enter(process, conn, slot, 0);
  ++counters_.dials;
  Event failure = due(DueKind::kDialFailed, slot, 0, schedule.cause);
  if (to == kNoHost) {
    failure.detail = static_cast<uint8_t>(CloseReason::kUnreachable);
    schedule.after(milliseconds(1), failure);
    return;
  }
  failure.detail = static_cast<uint8_t>(CloseReason::kTimeout);
  schedule.after(timeout, failure);
  schedule.after(handshake_latency(schedule, from, to), due(DueKind::kSyn, slot, 0, schedule.cause));
}

Network::Placed Network::send(Schedule& schedule, ProcessId process, const Send& send, uint64_t seq) {
  const TableEntry* entry = find(process, send.conn);
  CHECK(entry, "process {} sends on connection {}, which it does not have", process, send.conn);
  Connection& connection = open(entry->slot);
  const int direction = entry->end;
  CHECK(connection.ends[direction].state == EndState::kOpen, "process {} sends on connection {} before it stands",
        process, send.conn);
  Pipe& pipe = connection.pipes[direction];
  pipe.last_arrival = next_arrival(schedule, connection, direction, send.bytes.size());
  if (const int64_t rate = link(connection.ends[direction].host, connection.ends[1 - direction].host).bytes_per_second;
      rate > 0) {
    pipe.line_free = std::max(schedule.now, pipe.line_free) +
                     nanoseconds(static_cast<int64_t>(send.bytes.size()) * 1'000'000'000 / rate);
  }
  if (pipe.segment_of_step != schedule.step) ++counters_.segments;
  pipe.segment_of_step = schedule.step;
  const Placed placed{2 * connection.serial + static_cast<uint64_t>(direction), pipe.sent};
  if (!send.bytes.empty()) {
    pipe.sent += send.bytes.size();
    pipe.parts.push({send.bytes, pipe.last_arrival, seq, send.zxid, send.label});
    arm(schedule, entry->slot, connection, direction);
  }
  if (send.notify_sent) {
    pipe.notify.push_back(pipe.sent);
    notify_sent(schedule, entry->slot, pipe, direction);
  }
  return placed;
}

void Network::notify_sent(Schedule& schedule, uint32_t slot, Pipe& pipe, int direction) {
  while (!pipe.notify.empty() && pipe.notify.front() <= pipe.read + static_cast<uint64_t>(options_.buffer_bytes)) {
    pipe.notify.erase(pipe.notify.begin());
    schedule.at(schedule.now, due(DueKind::kSent, slot, direction, schedule.cause));
  }
}

void Network::set_reading(Schedule& schedule, ProcessId process, ConnId conn, bool on) {
  const TableEntry* entry = find(process, conn);
  CHECK(entry, "process {} reads connection {}, which it does not have", process, conn);
  Connection& connection = open(entry->slot);
  connection.ends[entry->end].reading = on;
  Pipe& incoming = connection.pipes[1 - entry->end];
  if (!on || !incoming.waits_for_reader) return;
  incoming.waits_for_reader = false;
  arm(schedule, entry->slot, connection, 1 - entry->end);
}

void Network::close(Schedule& schedule, ProcessId process, ConnId conn) {
  const TableEntry* found = find(process, conn);
  CHECK(found, "process {} closes connection {}, which it does not have", process, conn);
  const TableEntry entry = *found;
  Connection& connection = open(entry.slot);
  End& end = connection.ends[entry.end];
  const bool was_open = end.state == EndState::kOpen;
  end.state = EndState::kGone;
  leave(end);
  if (was_open) send_mark(schedule, entry.slot, connection, entry.end, Part::Kind::kFin);
  if (connection.pipes[1 - entry.end].readable()) {  // nobody will read it
    connection.pipes[1 - entry.end].waits_for_reader = false;
    arm(schedule, entry.slot, connection, 1 - entry.end);
  }
  free_if_over(entry.slot);
}

// ---- what happens to processes
// -----------------------------------------------------------------------------------------------

void Network::close_ports(ProcessId process) {
  std::erase_if(ports_, [&](const Port& port) { return port.process == process; });
}

// The kernel closes what the process had: FIN, or RST where bytes lie unread.
void Network::process_died(Schedule& schedule, ProcessId process) {
  close_ports(process);
  Process& dead = processes_[process];
  dead.paused = false;
  dead.waiting.clear();
  const std::vector<TableEntry> table = std::move(dead.table);
  dead.table.clear();
  for (const TableEntry& entry : table) {
    Connection& connection = open(entry.slot);
    End& end = connection.ends[entry.end];
    Pipe& incoming = connection.pipes[1 - entry.end];
    const bool was_open = end.state == EndState::kOpen;
    end.state = EndState::kGone;
    incoming.waits_for_reader = false;
    if (was_open && incoming.readable())
      send_reset(schedule, entry.slot, connection, entry.end);
    else if (was_open)
      send_mark(schedule, entry.slot, connection, entry.end, Part::Kind::kFin);
    while (incoming.readable()) incoming.parts.pop();
    arm(schedule, entry.slot, connection, 1 - entry.end);
    free_if_over(entry.slot);
  }
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {  // handshakes that it had not accepted
    const Connection& connection = *connections_[slot];
    if (connection.serial == 0 || connection.ends[1].process != process || connection.ends[1].state != EndState::kNone)
      continue;
    Connection& pending = open(slot);
    pending.ends[1].state = EndState::kGone;
    pending.pipes[0].waits_for_reader = false;
    arm(schedule, slot, pending, 0);
    free_if_over(slot);
  }
}

void Network::lose_power(Schedule& schedule, Connection& connection, int end) {
  End& side = connection.ends[end];
  if (side.state != EndState::kGone && side.state != EndState::kNone) leave(side);
  if (side.state != EndState::kNone || side.process != kNoProcess) side.state = EndState::kGone;
  Pipe& outgoing = connection.pipes[end];
  size_t passed = 0;
  while (passed < outgoing.parts.size() && outgoing.parts[passed].arrival <= outgoing.passed) ++passed;
  const size_t on_the_wire = outgoing.parts.size() - passed;
  uint64_t lost = on_the_wire;
  if (on_the_wire > 0 && !outgoing.stalled) {  // the tail of what it sent may still lie in the network card
    lost = schedule.choices.below({Subsystem::kPowerLoss, side.host}, Question::kLostAtPowerLoss, on_the_wire + 1);
  }
  outgoing.parts.drop_last(lost);
  outgoing.notify.clear();
  outgoing.stalled = false;
  outgoing.unacknowledged_since = Time::never();
  Pipe& incoming = connection.pipes[1 - end];
  while (incoming.readable()) incoming.parts.pop();
  incoming.waits_for_reader = false;
}

void Network::power_lost(Schedule& schedule, HostId host) {
  links_.mut().set_up(host, false);
  for (ProcessId process = 0; process < processes_.size(); ++process) {
    if (processes_[process].host != host) continue;
    close_ports(process);
    processes_[process].paused = false;
    processes_[process].waiting.clear();
  }
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {
    const Connection& connection = *connections_[slot];
    if (connection.serial == 0) continue;
    for (int end = 0; end < 2; ++end) {
      if (connection.ends[end].host != host) continue;
      Connection& own = open(slot);
      lose_power(schedule, own, end);
      arm(schedule, slot, own, 1 - end);
    }
    free_if_over(slot);
  }
}

void Network::power_back(Schedule& schedule, HostId host) {
  links_.mut().set_up(host, true);
  for (HostId from = 0; from < links_->hosts(); ++from) resume_stalled(schedule, from, host);
}

void Network::pause(ProcessId process) { processes_[process].paused = true; }

void Network::resume(Schedule& schedule, ProcessId process) {
  Process& woken = processes_[process];
  if (!woken.paused) return;
  woken.paused = false;
  for (Event& event : woken.waiting) {
    event.through = true;
    schedule.at(schedule.now, event);
  }
  woken.waiting.clear();
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {
    const Connection& connection = *connections_[slot];
    for (int end = 0; end < 2; ++end) {
      if (connection.serial == 0 || connection.ends[end].process != process ||
          !connection.pipes[1 - end].waits_for_reader)
        continue;
      Connection& own = open(slot);
      own.pipes[1 - end].waits_for_reader = false;
      arm(schedule, slot, own, 1 - end);
    }
  }
}

// ---- faults of the network
// -----------------------------------------------------------------------------------------------------

void Network::heal(Schedule& schedule, HostId from, HostId to) {
  if (links_->cut(from, to) && links_.mut().remove_cut(from, to)) resume_stalled(schedule, from, to);
}

void Network::resume_stalled(Schedule& schedule, HostId from, HostId to) {
  if (!links_->passes(from, to)) return;
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot]->serial == 0) continue;
    const HostId dialer = connections_[slot]->ends[0].host, listener = connections_[slot]->ends[1].host;
    if (!(dialer == from && listener == to) && !(dialer == to && listener == from)) continue;
    Connection& connection = open(slot);
    if (connection.syn_stalled) {
      connection.syn_stalled = false;
      const Duration delay{schedule.choices.between({Subsystem::kDial, dialer}, Question::kRetransmitDelay, 0,
                                                    options_.retransmit_max.ns)};
      schedule.after(delay, due(DueKind::kSyn, slot, 0, schedule.cause));
    }
    for (int direction = 0; direction < 2; ++direction) {
      Pipe& pipe = connection.pipes[direction];
      const bool with_us = connection.ends[direction].host == from;
      if (with_us && pipe.stalled)
        release(schedule, slot, connection, direction);
      else if (!with_us && !pipe.stalled)
        pipe.unacknowledged_since = Time::never();  // the acknowledgements come through again
    }
  }
}

int Network::reset_connections(Schedule& schedule, HostId a, HostId b) {
  int count = 0;
  for (uint32_t slot = 0; slot < connections_.size(); ++slot) {
    if (connections_[slot]->serial == 0) continue;
    const HostId dialer = connections_[slot]->ends[0].host, listener = connections_[slot]->ends[1].host;
    if (!(dialer == a && listener == b) && !(dialer == b && listener == a)) continue;
    if (!lives(connections_[slot]->ends[0]) && !lives(connections_[slot]->ends[1])) continue;
    ++count;
    for (int direction = 0; direction < 2; ++direction) {
      Event event = due(DueKind::kReset, slot, direction, schedule.cause);
      event.through = true;
      schedule.at(schedule.now, event);
    }
  }
  return count;
}

// ---- for observers
// ---------------------------------------------------------------------------------------------------------------

std::vector<Network::OpenConnection> Network::open_connections(ProcessId process) const {
  std::vector<OpenConnection> out;
  for (const TableEntry& entry : processes_[process].table) {
    const Connection& connection = *connections_[entry.slot];
    const End& other = connection.ends[1 - entry.end];
    if (connection.ends[entry.end].state != EndState::kOpen) continue;
    out.push_back({process, entry.conn, other.process, other.id, 2 * connection.serial + entry.end});
  }
  return out;
}

ProcessId Network::peer_of(ProcessId process, ConnId conn) const {
  const TableEntry* entry = find(process, conn);
  return entry ? connections_[entry->slot]->ends[1 - entry->end].process : kNoProcess;
}

bool Network::idle() const {
  for (const auto& connection : connections_) {
    if (connection->serial != 0 && (!connection->pipes[0].parts.empty() || !connection->pipes[1].parts.empty()))
      return false;
  }
  return true;
}

}  // namespace vivarium::sim

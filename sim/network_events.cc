// The network's due events: handshakes, arrivals, resets and timeouts.
#include "sim/network.h"

namespace vivarium::sim {

// The process that would be told; what the kernels do between themselves has none.
ProcessId Network::receiver(const Event& event) const {
  const Connection& connection = *connections_[event.slot];
  switch (event.kind) {
    case DueKind::kSynAnswer:
    case DueKind::kDialFailed: return connection.ends[0].process;
    case DueKind::kSent:
    case DueKind::kRetransmitTimeout: return connection.ends[event.direction].process;
    default: return kNoProcess;  // arrivals wait in their pipe
  }
}

bool Network::handle(Schedule& schedule, const Event& event, Delivery& out) {
  if (connections_[event.slot]->serial != event.serial) return false;
  const ProcessId process = receiver(event);
  if (process != kNoProcess && processes_[process].paused) {
    processes_[process].waiting.push_back(event);
    return false;
  }
  switch (event.kind) {
    case DueKind::kSyn: return on_syn(schedule, event);
    case DueKind::kSynAnswer: return on_syn_answer(schedule, event, out);
    case DueKind::kDialFailed: return on_dial_failed(schedule, event, out);
    case DueKind::kArrival: return on_arrival(schedule, event, out);
    case DueKind::kReset: return on_reset(schedule, event);
    case DueKind::kRetransmitTimeout: return on_retransmit_timeout(schedule, event, out);
    case DueKind::kSent: return on_sent(event, out);
    default: break;
  }
  CHECK(false, "event kind {} is none of the network's", static_cast<int>(event.kind));
  return false;
}

// ---- handshakes
// -------------------------------------------------------------------------------------------------------------

bool Network::on_syn(Schedule& schedule, const Event& event) {
  Connection& connection = open(event.slot);
  if (connection.ends[0].state != EndState::kDialing) return false;
  const HostId from = connection.ends[0].host, to = connection.ends[1].host;
  if (!links_->passes(from, to) || links_->cut(to, from)) {  // or the answer would be lost: the same to the dialer
    connection.syn_stalled = true;
    return false;
  }
  const Port* port = links_->refusing(to) ? nullptr : port_at(to, connection.target.port);
  Event answer = due(port ? DueKind::kSynAnswer : DueKind::kDialFailed, event.slot, 0, event.cause);
  answer.detail = static_cast<uint8_t>(CloseReason::kRefused);
  if (port)
    connection.ends[1].process = port->process;
  else
    ++counters_.refused;
  schedule.after(handshake_latency(schedule, to, from), answer);
  return false;
}

bool Network::on_syn_answer(Schedule& schedule, const Event& event, Delivery& out) {
  Connection& connection = open(event.slot);
  End& dialer = connection.ends[0];
  if (dialer.state != EndState::kDialing) return false;
  if (!event.through && links_->cut(connection.ends[1].host, dialer.host)) {
    connection.syn_stalled = true;
    return false;
  }
  dialer.state = EndState::kOpen;
  send_mark(schedule, event.slot, connection, 0, Part::Kind::kOpen);
  out.kind = Delivery::Kind::kConnected;
  out.process = dialer.process;
  out.conn = dialer.id;
  out.stream = 2 * connection.serial;
  out.cause = event.cause;
  return true;
}

bool Network::on_dial_failed(Schedule&, const Event& event, Delivery& out) {
  Connection& connection = open(event.slot);
  if (connection.ends[0].state != EndState::kDialing) return false;
  return close_end(event.slot, connection, 0, static_cast<CloseReason>(event.detail), event.cause, out);
}

// ---- arrivals
// ---------------------------------------------------------------------------------------------------------------

bool Network::on_arrival(Schedule& schedule, const Event& event, Delivery& out) {
  Connection& connection = open(event.slot);
  const int direction = event.direction;
  Pipe& pipe = connection.pipes[direction];
  const End& from = connection.ends[direction];
  const End& to = connection.ends[1 - direction];
  pipe.armed = false;
  if (pipe.parts.empty()) return false;
  if (pipe.parts[0].arrival > schedule.now) {  // delayed since, by a release
    arm(schedule, event.slot, connection, direction);
    return false;
  }
  if (pipe.passed < schedule.now) {
    if (links_->passes(from.host, to.host)) {
      pipe.passed = schedule.now;
      pipe.unacknowledged_since = Time::never();
      if (links_->cut(to.host, from.host)) watch_acknowledgements(schedule, event.slot, connection, direction);
    } else if (pipe.parts[0].arrival > pipe.passed) {
      stall(schedule, event.slot, connection, direction);
      return false;
    }
  }
  if (to.state == EndState::kGone) {
    discard_at_gone_end(schedule, event.slot, connection, direction);
    return false;
  }
  const Part::Kind kind = pipe.parts[0].kind;
  if (processes_[to.process].paused || (!to.reading && kind != Part::Kind::kReset)) {
    pipe.waits_for_reader = true;
    return false;
  }
  if (kind == Part::Kind::kOpen) return on_open(schedule, event.slot, connection, out);
  if (kind != Part::Kind::kData) return on_end_mark(schedule, event.slot, connection, direction, out);
  return on_data(schedule, event.slot, connection, direction, out);
}

// The other process closed or died: its kernel answers with RST, but for a FIN, which needs no answer.
void Network::discard_at_gone_end(Schedule& schedule, uint32_t slot, Connection& connection, int direction) {
  Pipe& pipe = connection.pipes[direction];
  bool answer = false;
  for (; pipe.readable(); pipe.parts.pop())
    answer |= pipe.parts[0].kind == Part::Kind::kData || pipe.parts[0].kind == Part::Kind::kOpen;
  if (answer && lives(connection.ends[direction])) send_reset(schedule, slot, connection, 1 - direction);
  arm(schedule, slot, connection, direction);
  free_if_over(slot);
}

bool Network::on_open(Schedule& schedule, uint32_t slot, Connection& connection, Delivery& out) {
  Pipe& pipe = connection.pipes[0];
  End& listener = connection.ends[1];
  out.cause = pipe.parts[0].cause;
  const Port* port = port_at(listener.host, connection.target.port);
  if (!port || port->process != listener.process) {  // it has stopped listening since the SYN
    listener.state = EndState::kGone;
    discard_at_gone_end(schedule, slot, connection, 0);
    return false;
  }
  pipe.parts.pop();
  Process& process = processes_[listener.process];
  listener.id = ConnId{process.next_accepted};
  process.next_accepted += 2;
  listener.state = EndState::kOpen;
  enter(listener.process, listener.id, slot, 1);
  next_port_ = next_port_ == UINT16_MAX ? uint16_t{40'000} : static_cast<uint16_t>(next_port_ + 1);
  out.kind = Delivery::Kind::kAccepted;
  out.process = listener.process;
  out.conn = listener.id;
  out.stream = 2 * connection.serial + 1;
  out.listener = port->listener;
  out.peer = {links_->name(connection.ends[0].host), next_port_};
  out.peer_process = connection.ends[0].process;
  arm(schedule, slot, connection, 0);
  return true;
}

bool Network::on_end_mark(Schedule&, uint32_t slot, Connection& connection, int direction, Delivery& out) {
  Pipe& pipe = connection.pipes[direction];
  const CloseReason reason = pipe.parts[0].kind == Part::Kind::kReset ? CloseReason::kReset : CloseReason::kByPeer;
  const uint64_t cause = pipe.parts[0].cause;
  pipe.parts.clear();
  return close_end(slot, connection, 1 - direction, reason, cause, out);
}

bool Network::on_data(Schedule& schedule, uint32_t slot, Connection& connection, int direction, Delivery& out) {
  Pipe& pipe = connection.pipes[direction];
  const End& to = connection.ends[1 - direction];
  const StreamId stream{Subsystem::kStream, to.host};
  size_t available = 0, arrived = 0;
  while (arrived < pipe.parts.size() && pipe.parts[arrived].arrival <= pipe.passed &&
         pipe.parts[arrived].kind == Part::Kind::kData) {
    available += pipe.parts[arrived++].bytes.size();
  }
  const Time next = arrived < pipe.parts.size() ? pipe.parts[arrived].arrival : Time::never();
  if (next > schedule.now && next <= schedule.now + options_.coalesce_gap_max &&
      schedule.choices.chance(stream, Question::kCoalesce, options_.coalesce_ppb)) {
    pipe.armed = true;
    schedule.at(next, due(DueKind::kArrival, slot, direction, pipe.parts[0].cause));
    return false;
  }
  size_t size = std::min(available, static_cast<size_t>(options_.read_bytes_max));
  Duration gap{};
  if (size > 1 && schedule.choices.chance(stream, Question::kSplit, options_.split_ppb)) {
    size = 1 + schedule.choices.below(stream, Question::kSplitAt, size - 1);
    gap = Duration{schedule.choices.between(stream, Question::kSplitGap, 0, options_.split_gap_max.ns)};
  }
  out.kind = Delivery::Kind::kReceived;
  out.process = to.process;
  out.conn = to.id;
  out.stream = 2 * connection.serial + static_cast<uint64_t>(direction);
  out.offset = pipe.read;
  out.cause = pipe.parts[0].cause;
  out.label = pipe.parts[0].label;
  out.zxid = pipe.parts[0].zxid;
  ++counters_.reads;
  counters_.split_reads += pipe.parts[0].begun;
  counters_.bytes += size;
  out.bytes = take(pipe, size);
  pipe.read += size;
  if (!pipe.notify.empty()) notify_sent(schedule, slot, pipe, direction);
  if (gap.ns > 0) {
    pipe.armed = true;
    schedule.after(gap, due(DueKind::kArrival, slot, direction, pipe.parts[0].cause));
  } else {
    arm(schedule, slot, connection, direction);
  }
  return true;
}

// The first `size` bytes, as they are when they are of one Send.
Bytes Network::take(Pipe& pipe, size_t size) const {
  Part& first = pipe.parts[0];
  if (first.bytes.size() == size) {
    Bytes out = std::move(first.bytes);
    pipe.parts.pop();
    return out;
  }
  if (first.bytes.size() > size) {
    Bytes out = first.bytes.slice(0, size);
    first.bytes = first.bytes.from(size);
    first.begun = true;
    return out;
  }
  BytesBuilder out(size);
  while (size > 0) {
    Part& part = pipe.parts[0];
    const size_t n = std::min(size, part.bytes.size());
    out.append(part.bytes.data(), n);
    size -= n;
    if (n == part.bytes.size()) {
      pipe.parts.pop();
    } else {
      part.bytes = part.bytes.from(n);
      part.begun = true;
    }
  }
  return out.take();
}

// ---- ends
// -------------------------------------------------------------------------------------------------------------------

bool Network::on_reset(Schedule& schedule, const Event& event) {
  Connection& connection = open(event.slot);
  const End& from = connection.ends[event.direction];
  const End& to = connection.ends[1 - event.direction];
  Pipe& pipe = connection.pipes[event.direction];
  if (!event.through && !links_->passes(from.host, to.host)) return false;  // lost, and nobody sends it again
  if (to.state == EndState::kNone) {  // before its Accepted: it is spared the news
    connection.ends[1 - event.direction].state = EndState::kGone;
    pipe.parts.clear();
    free_if_over(event.slot);
    return false;
  }
  if (!lives(to)) return false;
  ++counters_.resets;
  // What its kernel already holds can still be read; a process that does not read hears of the error alone.
  size_t passed = 0;
  while (passed < pipe.parts.size() && pipe.parts[passed].arrival <= pipe.passed) ++passed;
  pipe.parts.drop_last(to.reading ? pipe.parts.size() - passed : pipe.parts.size());
  pipe.stalled = false;
  pipe.waits_for_reader = false;
  pipe.passed = schedule.now;
  pipe.parts.push({Bytes(), schedule.now, event.cause, Zxid(), Label::kNone, Part::Kind::kReset});
  connection.pipes[1 - event.direction].notify.clear();
  pipe.armed = true;
  schedule.at(schedule.now,
              due(DueKind::kArrival, event.slot, event.direction, event.cause));  // before what may be armed for later
  return false;
}

// The sender gives up. Nothing tells the other side.
bool Network::on_retransmit_timeout(Schedule& schedule, const Event& event, Delivery& out) {
  Connection& connection = open(event.slot);
  Pipe& pipe = connection.pipes[event.direction];
  pipe.timeout_armed = false;
  if (pipe.unacknowledged_since == Time::never()) return false;
  if (schedule.now < pipe.unacknowledged_since + options_.retransmit_timeout) {
    watch_acknowledgements(schedule, event.slot, connection, event.direction);
    return false;
  }
  ++counters_.timeouts;
  size_t passed = 0;
  while (passed < pipe.parts.size() && pipe.parts[passed].arrival <= pipe.passed) ++passed;
  pipe.parts.drop_last(pipe.parts.size() - passed);
  pipe.stalled = false;
  pipe.unacknowledged_since = Time::never();
  if (!lives(connection.ends[event.direction])) {
    free_if_over(event.slot);
    return false;
  }
  return close_end(event.slot, connection, event.direction, CloseReason::kTimeout, event.cause, out);
}

bool Network::on_sent(const Event& event, Delivery& out) {
  const Connection& connection = *connections_[event.slot];
  const End& end = connection.ends[event.direction];
  if (end.state != EndState::kOpen) return false;
  out.kind = Delivery::Kind::kSent;
  out.process = end.process;
  out.conn = end.id;
  out.stream = 2 * connection.serial + event.direction;
  out.cause = event.cause;
  return true;
}

bool Network::close_end(uint32_t slot, Connection& connection, int end, CloseReason reason, uint64_t cause,
                        Delivery& out) {
  End& side = connection.ends[end];
  out.kind = Delivery::Kind::kClosed;
  out.process = side.process;
  out.conn = side.id;
  out.stream = 2 * connection.serial + static_cast<uint64_t>(end);
  out.cause = cause;
  out.reason = reason;
  side.state = EndState::kGone;
  leave(side);
  free_if_over(slot);
  return true;
}

}  // namespace vivarium::sim

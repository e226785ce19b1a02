#include "core/posix/tracer.h"

#include "core/base/overloaded.h"

namespace vivarium::posix {

namespace {

using node::TraceKind;
using node::TraceRecord;

int64_t number(uint64_t value) { return static_cast<int64_t>(value); }
int64_t number(ConnId conn) { return static_cast<int64_t>(conn.value); }
template <class Enum>
int64_t number_of(Enum value) {
  return static_cast<int64_t>(value);
}

void about(TraceRecord& record, TraceKind kind, int64_t a) {
  record.kind = kind;
  record.a = a;
}

node::TraceHeader header_of(const zab::Config& ensemble, Now now) {
  node::TraceHeader header;
  for (const auto& [sid, spec] : ensemble.servers) {
    const auto id = static_cast<node::TraceNode>(sid.value);
    header.nodes.push_back({id, id, fmt::format("server.{}", sid), sid.value});
  }
  header.live = node::TraceHeader::Live{static_cast<node::TraceNode>(ensemble.self.value), now.wall_ms * 1'000'000};
  return header;
}

}  // namespace

std::unique_ptr<Tracer> Tracer::open(const std::string& path, TraceLimits limits, const zab::Config& ensemble,
                                     Now now) {
  auto file = TraceFile::open(path, header_of(ensemble, now), limits);
  if (!file) return nullptr;
  return std::unique_ptr<Tracer>(new Tracer(std::move(file), ensemble, now));
}

Tracer::Tracer(std::unique_ptr<TraceFile> file, const zab::Config& ensemble, Now now)
    : file_(std::move(file)),
      self_(static_cast<node::TraceNode>(ensemble.self.value)),
      start_(now.steady),
      now_(now.steady) {
  for (const auto& [sid, spec] : ensemble.servers) {
    servers_[spec.election] = sid;
    servers_[spec.quorum] = sid;
  }
}

Tracer::~Tracer() { end_turn(); }

TraceRecord Tracer::record(TraceKind kind, uint64_t cause) const {
  TraceRecord record;
  record.kind = kind;
  record.node = self_;
  record.t = Time{} + (now_ - start_);
  record.cause = cause;
  return record;
}

uint64_t Tracer::add(TraceRecord record, std::optional<std::string> text) {
  record.seq = ++seq_;
  items_.push_back({record, std::move(text)});
  return seq_;
}

void Tracer::end_turn() { file_->push(items_); }

void Tracer::started(const node::Node& node, Now now) {
  now_ = now.steady;
  TraceRecord r = record(TraceKind::kStarted, 0);
  r.b = node.peer().logged().value;
  r.c = node.peer().history().accepted_epoch().value;
  r.d = node.peer().history().current_epoch().value;
  add(r);
}

void Tracer::ended(int exit_code, Now now) {
  now_ = now.steady;
  TraceRecord r = record(TraceKind::kExited, 0);
  r.a = exit_code;
  add(r);
}

// A stream's number is the same at both ends; its name stands where it begins.
void Tracer::open_stream(ConnId conn, const Sockets& sockets, std::optional<std::string>& text) {
  const auto ends = sockets.ends_of(conn);
  if (!ends) return;
  Stream& stream = streams_[conn];
  stream.in = node::stream_number(ends->remote, ends->local);
  stream.out = node::stream_number(ends->local, ends->remote);
  text = node::stream_name(ends->local, ends->remote);
}

int64_t Tracer::server_at(const Address& address) const {
  const auto server = servers_.find(address);
  return server == servers_.end() ? node::kNotSaid : server->second.value;
}

void Tracer::input(const zab::PeerInput& input, const Sockets& sockets, Now now) {
  now_ = now.steady;
  TraceRecord r = record(TraceKind::kTick, 0);
  std::optional<std::string> text;
  std::visit(Overloaded{
                 [&](const Accepted& x) {
                   about(r, TraceKind::kAccepted, number(x.conn));
                   r.b = number_of(x.listener);
                   r.c = node::kNotSaid;
                   open_stream(x.conn, sockets, text);
                   if (x.listener == Listener::kClient) streams_[x.conn].words = std::make_unique<ConnectionWords>();
                 },
                 [&](const Connected& x) {
                   about(r, TraceKind::kConnected, number(x.conn));
                   open_stream(x.conn, sockets, text);
                 },
                 [&](const Received& x) {
                   about(r, TraceKind::kReceived, number(x.conn));
                   Stream& stream = streams_[x.conn];
                   r.stream = stream.in;
                   r.b = number(x.bytes.size());
                   r.c = stream.received;
                   r.d = node::kNotSaid;
                   r.bytes_hash = hash_bytes(x.bytes.view());
                   stream.received += r.b;
                   if (stream.words) text = stream.words->received(x.bytes);
                 },
                 [&](const Sent& x) { about(r, TraceKind::kSent, number(x.conn)); },
                 [&](const Closed& x) {
                   about(r, TraceKind::kClosed, number(x.conn));
                   r.b = number_of(x.reason);
                   streams_.erase(x.conn);
                 },
                 [&](const BindFailed& x) {
                   about(r, TraceKind::kBindFailed, number_of(x.listener));
                   text = x.reason;
                 },
                 [&](const log::Durable& x) {
                   about(r, TraceKind::kDurable, number_of(x.queue));
                   r.b = number(x.seq);
                 },
                 [&](const log::Reloaded& x) {
                   about(r, TraceKind::kReloaded, number(x.seq));
                   r.b = x.recovered.state.zxid.value;
                 },
                 [&](const log::LogRead& x) {
                   about(r, TraceKind::kLogRead, number(x.query));
                   r.b = number(x.records.size());
                   r.c = x.complete ? 1 : 0;
                 },
                 [&](const log::Space& x) { about(r, TraceKind::kSpace, x.left); },
                 [&](const MachineFigures&) {},  // decides nothing
                 [&](const Tick&) {},
             },
             input);
  if (std::holds_alternative<MachineFigures>(input)) return;
  cause_ = add(r, std::move(text));
}

// Of a note that is about a transaction: what that does.
std::optional<std::string> Tracer::text_of(const Note& note, const node::Node& node) {
  if (note.why != nullptr) return note.why;
  if (note.kind != NoteKind::kProposed && note.kind != NoteKind::kCommitted) return {};
  const zab::ProposalRef* proposal = node.peer().history().find(Zxid{note.a});
  return proposal ? transactions_.tell(**proposal) : std::nullopt;
}

void Tracer::output(const NetworkOutput& output, const node::Node& node) {
  TraceRecord r = record(TraceKind::kNote, cause_);
  std::optional<std::string> text;
  std::visit(Overloaded{
                 [&](const Send& x) {
                   about(r, TraceKind::kSend, number(x.conn));
                   Stream& stream = streams_[x.conn];
                   r.label = x.label;
                   r.stream = stream.out;
                   r.b = number(x.bytes.size());
                   r.c = stream.sent;
                   r.d = x.zxid.value;
                   r.bytes_hash = hash_bytes(x.bytes.view());
                   stream.sent += r.b;
                   if (stream.words) text = stream.words->sent(x.bytes);
                 },
                 [&](const Note& x) {
                   about(r, TraceKind::kNote, number_of(x.kind));
                   r.b = x.a;
                   r.c = x.b;
                   r.d = x.c;
                   text = text_of(x, node);
                 },
                 [&](const Close& x) {
                   about(r, TraceKind::kClose, number(x.conn));
                   streams_.erase(x.conn);
                 },
                 [&](const Connect& x) {
                   about(r, TraceKind::kDial, number(x.conn));
                   r.b = x.address.port;
                   r.c = server_at(x.address);
                 },
                 [&](const Reading& x) {
                   about(r, TraceKind::kReading, number(x.conn));
                   r.b = x.on ? 1 : 0;
                 },
                 [&](const Listen& x) {
                   about(r, TraceKind::kListen, number_of(x.listener));
                   r.b = x.address.port;
                 },
                 [&](const Unlisten& x) { about(r, TraceKind::kUnlisten, number_of(x.listener)); },
                 [&](const Stop& x) {
                   about(r, TraceKind::kStop, x.exit_code);
                   text = x.reason;
                 },
             },
             output);
  add(r, std::move(text));
}

void Tracer::output(const log::DiskOperation& operation) {
  TraceRecord r = record(TraceKind::kDisk, cause_);
  r.a = number_of(operation.queue);
  r.b = number(operation.seq);
  r.c = number(operation.operation.index());
  r.d = node::kNotSaid;
  if (const auto* append = std::get_if<log::AppendRecords>(&operation.operation); append && !append->records.empty())
    r.d = append->records.back().zxid.value;
  add(r);
}

}  // namespace vivarium::posix

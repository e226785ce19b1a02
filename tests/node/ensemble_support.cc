#include "tests/node/ensemble.h"

namespace vivarium::node {

Ensemble::Ensemble(int64_t servers, const Tweak& tweak) {
  NodeConfig config;
  for (int64_t i = 1; i <= servers; ++i) {
    const std::string host = fmt::format("10.0.0.{}", i);
    config.ensemble.servers[Sid{i}] = {{host, 2888}, {host, 3888}, {host, 2181}, true};
  }
  tweak(config);
  for (int64_t i = 1; i <= servers; ++i) {
    config.ensemble.self = Sid{i};
    config.seed = static_cast<uint64_t>(i);
    log::Recovered recovered;
    recovered.state = recovered.snapshot_state = tree::State::fresh();
    hosts_[i].node = std::make_unique<Node>(config, recovered);
    under_way_.emplace_back(i, Tick{});
  }
  settle();
  CHECK(advance_until([&] { return all_serve(); }, seconds(60)), "no leader within a minute");
}

int64_t Ensemble::leader() const {
  for (const auto& [server, host] : hosts_) {
    if (host.node && host.node->serving() && host.node->peer().role() == zab::Role::kLeading) return server;
  }
  return 0;
}

bool Ensemble::all_serve() const {
  for (const auto& [server, host] : hosts_) {
    if (host.node && !host.node->serving()) return false;
  }
  return true;
}

void Ensemble::settle() {
  while (!under_way_.empty()) {
    const auto [server, input] = std::move(under_way_.front());
    under_way_.pop_front();
    step(server, input);
  }
}

Time Ensemble::next_deadline() const {
  Time next = Time::never();
  for (const auto& [server, host] : hosts_) {
    if (host.node) next = earlier(next, host.node->deadline());
  }
  return next;
}

bool Ensemble::advance_until(const std::function<bool()>& condition, Duration limit) {
  const Time end = now_ + limit;
  for (settle(); !condition(); settle()) {
    const Time next = next_deadline();
    if (next > end) {
      now_ = end;
      return false;
    }
    if (next > now_) now_ = next;
    for (const auto& [server, host] : hosts_) {
      if (host.node && host.node->deadline() <= now_) under_way_.emplace_back(server, Tick{});
    }
  }
  return true;
}

void Ensemble::advance(Duration time) {
  (void)advance_until([] { return false; }, time);
}

void Ensemble::step(int64_t server, const NodeInput& input) {
  Host& host = hosts_.at(server);
  if (!host.node) return;
  log::NodeOutbox out;
  host.node->step(now(), input, out);
  for (const NetworkOutput& output : out.network) perform(server, output);
  for (const log::DiskOperation& operation : out.disk) perform(server, operation);
}

void Ensemble::perform(int64_t server, const log::DiskOperation& operation) {
  Host& host = hosts_.at(server);
  const log::Durable durable{operation.queue, operation.seq};
  if (host.disk_held)
    host.held.push_back(durable);
  else
    under_way_.emplace_back(server, durable);
}

void Ensemble::release_disk(int64_t server) {
  Host& host = hosts_.at(server);
  host.disk_held = false;
  for (const log::Durable& durable : host.held) under_way_.emplace_back(server, durable);
  host.held.clear();
  settle();
}

void Ensemble::perform(int64_t server, const NetworkOutput& output) {
  Host& host = hosts_.at(server);
  if (const auto* listen = std::get_if<Listen>(&output)) {
    host.doors[listen->listener] = listen->address;
    host.listens.push_back(*listen);
  } else if (const auto* unlisten = std::get_if<Unlisten>(&output)) {
    host.doors.erase(unlisten->listener);
  } else if (const auto* dialled = std::get_if<Connect>(&output)) {
    connect(server, *dialled);
  } else if (const auto* send = std::get_if<Send>(&output)) {
    const End end{server, send->conn};
    if (const auto wire = wires_.find(end); wire != wires_.end()) {
      wire->second->received.append(send->bytes);
      ++wire->second->sends;
      host.client_sends.push_back(*send);
    } else if (const auto link = links_.find(end); link != links_.end()) {
      under_way_.emplace_back(link->second.server, Received{link->second.conn, send->bytes});
      traffic_[link->second] += send->bytes.view();
    }
    if (send->notify_sent) under_way_.emplace_back(server, Sent{send->conn});
  } else if (const auto* reading = std::get_if<Reading>(&output)) {
    if (const auto wire = wires_.find({server, reading->conn}); wire != wires_.end())
      wire->second->reading = reading->on;
  } else if (const auto* closing = std::get_if<Close>(&output)) {
    close({server, closing->conn});
  } else if (const auto* stop = std::get_if<Stop>(&output)) {
    host.stop = *stop;
  } else if (const auto* note = std::get_if<Note>(&output)) {
    host.notes.push_back(*note);
  }
}

void Ensemble::connect(int64_t server, const Connect& dialled) {
  for (auto& [other, host] : hosts_) {
    for (const auto& [listener, address] : host.doors) {
      if (!host.node || address != dialled.address) continue;
      const End here{server, dialled.conn}, there{other, ConnId{host.next_conn}};
      host.next_conn += 2;
      links_[here] = there;
      links_[there] = here;
      dialled_[here] = dialled_[there] = listener;
      under_way_.emplace_back(other, Accepted{there.conn, listener, {fmt::format("10.0.0.{}", server), 40000}, ""});
      under_way_.emplace_back(server, Connected{dialled.conn});
      return;
    }
  }
  under_way_.emplace_back(server, Closed{dialled.conn, CloseReason::kRefused});
}

void Ensemble::close(const End& end) {
  if (const auto wire = wires_.find(end); wire != wires_.end()) {
    wire->second->closed = true;
    return;
  }
  const auto link = links_.find(end);
  if (link == links_.end()) return;
  const End other = link->second;
  links_.erase(end);
  if (links_.erase(other)) under_way_.emplace_back(other.server, Closed{other.conn, CloseReason::kByPeer});
}

// Connections that were accepted have even numbers.
std::vector<std::string> Ensemble::heard(Listener listener, bool at_the_door) const {
  std::vector<std::string> out;
  for (const auto& [end, bytes] : traffic_) {
    if (dialled_.at(end) == listener && (end.conn.value % 2 == 0) == at_the_door) out.push_back(bytes);
  }
  return out;
}

void Ensemble::kill(int64_t server) {
  hosts_.at(server).node.reset();
  hosts_.at(server).doors.clear();
  std::vector<End> ends;
  for (const auto& [end, other] : links_) {
    if (end.server == server) ends.push_back(end);
  }
  for (const End& end : ends) close(end);
  for (const auto& [end, wire] : wires_) {
    if (end.server == server) wire->closed = true;
  }
}

void Ensemble::give(int64_t server, NodeInput input) {
  under_way_.emplace_back(server, std::move(input));
  settle();
}

Wire& Ensemble::dial(int64_t server, const std::string& from) {
  Host& host = hosts_.at(server);
  const End end{server, ConnId{host.next_conn}};
  host.next_conn += 2;
  auto& wire = wires_[end];
  wire = std::make_unique<Wire>();
  wire->server = server;
  wire->conn = end.conn;
  give(server, Accepted{end.conn, Listener::kClient, {from, 50000}, ""});
  return *wire;
}

void Ensemble::send(Wire& wire, const Bytes& bytes) { give(wire.server, Received{wire.conn, bytes}); }

void Ensemble::hang_up(Wire& wire) {
  wire.closed = true;
  give(wire.server, Closed{wire.conn, CloseReason::kByPeer});
}

std::optional<Bytes> Ensemble::take_frame(Wire& wire) {
  if (wire.received.size() < 4) return std::nullopt;
  const auto size = static_cast<size_t>(load_i32(wire.received.data()));
  CHECK(wire.received.size() >= 4 + size, "half a frame");
  Bytes payload = wire.received.slice(4, size);
  wire.received = wire.received.from(4 + size);
  return payload;
}

Reply Ensemble::take_reply(Wire& wire) {
  const auto frame = take_frame(wire);
  CHECK(frame, "no reply");
  wire::JuteReader reader(*frame);
  Reply reply;
  reader.add(reply.header);
  CHECK(reader.ok());
  reply.body = reader.rest();
  return reply;
}

Session Session::open(Ensemble& ensemble, int64_t server, int32_t timeout_ms, const Session* old) {
  Session session{ensemble, &ensemble.dial(server), {}, {}};
  wire::ConnectRequest request;
  request.timeout_ms = timeout_ms;
  request.password = old ? old->password : Bytes(std::string(16, '\0'));
  if (old) request.session = old->id;
  ensemble.send(*session.wire, connect_frame(request));
  const auto frame = Ensemble::take_frame(*session.wire);
  CHECK(frame, "no answer to the connect request");
  const auto response = connect_response(*frame);
  session.id = response.session;
  session.password = response.password;
  session.timeout_ms = response.timeout_ms;
  return session;
}

int32_t Session::post_raw(wire::OpCode type, const Bytes& body) {
  BytesBuilder frame;
  frame.i32(static_cast<int32_t>(8 + body.size()));
  frame.i32(++xid);
  frame.i32(static_cast<int32_t>(type));
  frame.append(body);
  ensemble.send(*wire, frame.take());
  return xid;
}

Reply Session::call_raw(wire::OpCode type, const Bytes& body) {
  post_raw(type, body);
  return reply();
}

Reply Session::create(const std::string& path, const std::string& data, int32_t flags, wire::AclList acl) {
  return call(wire::OpCode::kCreate, wire::CreateRequest{Bytes(path), Bytes(data), std::move(acl), flags});
}

Bytes connect_frame(const wire::ConnectRequest& request) { return wire::frame(wire::encode_connect_request(request)); }

wire::ConnectResponse connect_response(const Bytes& frame) {
  const auto response = wire::decode_connect_response(frame);
  CHECK(response);
  return *response;
}

}  // namespace vivarium::node

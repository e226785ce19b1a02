#include <algorithm>

#include "tests/client/tiny_ensemble.h"

namespace vivarium::client {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;

TinyEnsemble::TinyEnsemble(size_t clients, uint64_t seed) {
  for (size_t i = 0; i < clients; ++i) {
    ClientConfig config;
    config.servers = {{"a", 1}, {"b", 1}};
    config.seed = seed + i;
    hosts.emplace_back(config);
  }
}

void TinyEnsemble::act(Host& host, Outbox& out) {
  for (NetworkOutput& output : out.network) {
    if (const auto* connect = std::get_if<Connect>(&output)) {
      host.dialing = *connect;
      host.conn = connect->conn;
      host.greeted = false;
      host.from_client = wire::FrameDecoder();
      host.to_client.clear();
      host.data_watches.clear();
      host.child_watches.clear();
    } else if (const auto* send = std::get_if<Send>(&output)) {
      CHECK(send->conn == host.conn);
      if (send->label == Label::kClientRequest) host.sent.push_back(OpCode{load_i32(send->bytes.data() + 8)});
      host.from_client.feed(send->bytes);
    } else if (std::holds_alternative<Close>(output)) {
      host.conn = ConnId{};
      host.dialing.reset();
    }
  }
  out.clear();
}

void TinyEnsemble::step(Host& host, const ClientInput& input) {
  Outbox out;
  host.client.step(now, input, out, host.events);
  act(host, out);
}

void TinyEnsemble::tick(Host& host) {
  if (now.steady < host.client.deadline() && host.client.phase() == Phase::kWaiting)
    now.steady = host.client.deadline();
  step(host, Tick{});
}

bool TinyEnsemble::accept(Host& host) {
  if (!host.dialing) return false;
  host.dialing.reset();
  step(host, Connected{host.conn});
  return true;
}

bool TinyEnsemble::process(Host& host) {
  if (host.conn == ConnId{}) return false;
  const std::optional<Bytes> frame = host.from_client.next();
  if (!frame) return false;
  if (!host.greeted) {
    greet(host, *frame);
    return true;
  }
  wire::JuteReader reader(*frame);
  const auto header = reader.get<wire::RequestHeader>();
  answer(host, header, reader);
  return true;
}

bool TinyEnsemble::deliver(Host& host) {
  if (host.conn == ConnId{} || host.to_client.empty()) return false;
  const Bytes bytes = host.to_client.front();
  host.to_client.pop_front();
  step(host, Received{host.conn, bytes});
  return true;
}

bool TinyEnsemble::cut(Host& host) {
  if (host.conn == ConnId{}) return false;
  host.dialing.reset();
  const ConnId conn = std::exchange(host.conn, ConnId{});
  step(host, Closed{conn, CloseReason::kReset});
  return true;
}

void TinyEnsemble::expire(SessionId session) {
  if (sessions.erase(session) == 0) return;
  std::vector<std::string> gone;
  for (const auto& [path, node] : tree)
    if (node.owner == session) gone.push_back(path);
  zxid = zxid.next();
  for (const std::string& path : gone) remove(path, -1);
  for (Host& host : hosts) {
    if (host.greeted && host.client.session() == session) cut(host);  // a server hangs up on a session that has ended
  }
}

void TinyEnsemble::greet(Host& host, const Bytes& frame) {
  const auto request = wire::decode_connect_request(frame);
  CHECK(request.has_value() && request->last_zxid_seen <= zxid);
  wire::ConnectResponse response;
  response.password = Bytes(std::string(16, '\0'));
  if (request->session == SessionId{} || sessions.contains(request->session)) {
    response.session = request->session == SessionId{} ? SessionId{next_session_++} : request->session;
    response.timeout_ms = request->timeout_ms;
    sessions.insert(response.session);
  }
  host.greeted = true;
  host.to_client.push_back(wire::frame(wire::encode_connect_response(response)));
}

void TinyEnsemble::answer(Host& host, const wire::RequestHeader& header, wire::JuteReader& body) {
  const auto refuse = [&](ErrorCode error) {
    host.to_client.push_back(wire::reply_frame(wire::ReplyHeader{header.xid, zxid, error}));
  };
  const auto reply = [&](const auto& record) {
    host.to_client.push_back(wire::reply_frame(wire::ReplyHeader{header.xid, zxid, ErrorCode::kOk}, record));
  };
  if (is_write(header.type)) zxid = zxid.next();
  if (!live(host)) return refuse(ErrorCode::kSessionExpired);
  switch (header.type) {
    case OpCode::kPing: return refuse(ErrorCode::kOk);
    case OpCode::kSync: return reply(wire::PathResponse{body.get<Bytes>()});
    case OpCode::kCreate: {
      Bytes path;
      const ErrorCode error = create(host, body.get<wire::CreateRequest>(), path);
      return error == ErrorCode::kOk ? reply(wire::PathResponse{path}) : refuse(error);
    }
    case OpCode::kDelete: {
      const auto request = body.get<wire::DeleteRequest>();
      return refuse(remove(request.path.str(), request.version));
    }
    case OpCode::kSetData: {
      const auto request = body.get<wire::SetDataRequest>();
      const auto node = tree.find(request.path.str());
      if (node == tree.end()) return refuse(ErrorCode::kNoNode);
      if (request.version != -1 && request.version != node->second.version) return refuse(ErrorCode::kBadVersion);
      node->second.data = request.data.str();
      ++node->second.version;
      fire(WatchEventType::kNodeDataChanged, node->first, &Host::data_watches);
      wire::Stat stat;
      stat.version = node->second.version;
      return reply(wire::StatResponse{stat});
    }
    case OpCode::kGetData: {
      const auto request = body.get<wire::PathWatchRequest>();
      const auto node = tree.find(request.path.str());
      if (node == tree.end()) return refuse(ErrorCode::kNoNode);
      if (request.watch) host.data_watches.insert(node->first);
      wire::Stat stat;
      stat.version = node->second.version;
      return reply(wire::GetDataResponse{Bytes(node->second.data), stat});
    }
    case OpCode::kGetChildren: {
      const auto request = body.get<wire::PathWatchRequest>();
      if (!tree.contains(request.path.str())) return refuse(ErrorCode::kNoNode);
      if (request.watch) host.child_watches.insert(request.path.str());
      return reply(wire::GetChildrenResponse{children(request.path.str())});
    }
    case OpCode::kSetWatches: {
      // Of the data watches that recipes arm, only deletions matter; the test's own reads check the rest.
      for (const Bytes& path : body.get<wire::SetWatchesRequest>().data) {
        host.data_watches.insert(path.str());
        if (!tree.contains(path.str())) fire(WatchEventType::kNodeDeleted, path.str(), &Host::data_watches);
      }
      return refuse(ErrorCode::kOk);
    }
    default: CHECK(false, "{}", wire::op_name(header.type));
  }
}

ErrorCode TinyEnsemble::create(Host& host, wire::CreateRequest request, Bytes& path) {
  std::string full = request.path.str();
  const auto above = tree.find(parent(full));
  if (above == tree.end()) return ErrorCode::kNoNode;
  if ((request.flags & 2) != 0) full += fmt::format("{:010}", above->second.children_ever);
  if (tree.contains(full)) return ErrorCode::kNodeExists;
  ++above->second.children_ever;
  tree[full] = Node{request.data.str(), 0, 0, (request.flags & 1) != 0 ? host.client.session() : SessionId{}};
  fire(WatchEventType::kNodeCreated, full, &Host::data_watches);
  fire(WatchEventType::kNodeChildrenChanged, parent(full), &Host::child_watches);
  path = Bytes(full);
  return ErrorCode::kOk;
}

ErrorCode TinyEnsemble::remove(const std::string& path, int32_t version) {
  const auto node = tree.find(path);
  if (node == tree.end()) return ErrorCode::kNoNode;
  if (version != -1 && version != node->second.version) return ErrorCode::kBadVersion;
  tree.erase(node);
  fire(WatchEventType::kNodeDeleted, path, &Host::data_watches);
  fire(WatchEventType::kNodeChildrenChanged, parent(path), &Host::child_watches);
  return ErrorCode::kOk;
}

void TinyEnsemble::fire(WatchEventType type, const std::string& path, std::set<std::string> Host::*table) {
  for (Host& host : hosts) {
    if ((host.*table).erase(path) == 0) continue;
    host.to_client.push_back(
        wire::reply_frame(wire::ReplyHeader{wire::kXidWatchEvent, zxid, ErrorCode::kOk},
                          wire::WatcherEvent{type, wire::KeeperState::kSyncConnected, Bytes(path)}));
  }
}

std::vector<Bytes> TinyEnsemble::children(const std::string& path) const {
  std::vector<Bytes> out;
  for (const auto& [child, node] : tree)
    if (child.size() > path.size() + 1 && parent(child) == path) out.push_back(Bytes(child.substr(path.size() + 1)));
  return out;
}

}  // namespace vivarium::client

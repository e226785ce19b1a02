#include "core/node/clients.h"

#include <algorithm>

namespace vivarium::node {

void Clients::accept(ConnId conn, const Address& peer, Time connect_deadline, int64_t wall_ms) {
  CHECK(!connections_.contains(conn), "connection {} was accepted twice", conn);
  ClientConnection client;
  client.peer = peer;
  client.connect_deadline = connect_deadline;
  client.figures.established_wall_ms = wall_ms;
  client.identities.push_back({Bytes("ip"), Bytes(peer.host)});
  connections_.set(conn, Cow<ClientConnection>(std::move(client)));
  awaited_.insert({connect_deadline, conn});
}

const ClientConnection* Clients::find(ConnId conn) const {
  const Cow<ClientConnection>* client = connections_.find(conn);
  return client ? &**client : nullptr;
}

ClientConnection* Clients::change(ConnId conn) {
  Cow<ClientConnection>* client = connections_.mutate(conn);
  return client ? &client->mut() : nullptr;
}

void Clients::bind(ConnId conn, SessionId session) {
  ClientConnection* client = change(conn);
  CHECK(client && client->phase == Phase::kNew && !by_session_.contains(session), "connection {}, session {}", conn,
        session);
  awaited_.erase(std::pair{client->connect_deadline, conn});
  client->connect_deadline = Time::never();
  client->session = session;
  by_session_.set(session, conn);
}

std::optional<ConnId> Clients::of_session(SessionId session) const {
  const ConnId* conn = by_session_.find(session);
  return conn ? std::optional(*conn) : std::nullopt;
}

void Clients::erase(ConnId conn) {
  const ClientConnection* client = find(conn);
  CHECK(client, "connection {}", conn);
  awaited_.erase(std::pair{client->connect_deadline, conn});
  for (const PendingRequest& request : client->queue) {
    if (request.dispatched) orphans_.upsert(client->session).push_back(request.xid);
  }
  if (of_session(client->session) == conn) by_session_.erase(client->session);
  connections_.erase(conn);
}

bool Clients::take_orphan(SessionId session, int32_t cxid) {
  if (orphans_.empty() || !orphans_.contains(session)) return false;
  std::vector<int32_t>& cxids = *orphans_.mutate(session);
  const auto at = std::ranges::find(cxids, cxid);
  if (at == cxids.end()) return false;
  cxids.erase(at);
  if (cxids.empty()) orphans_.erase(session);
  return true;
}

// As upstream resets them: since when the connection stands is no count.
void Clients::reset_figures() {
  std::vector<ConnId> all;
  for (const auto& [conn, client] : connections_) all.push_back(conn);
  for (const ConnId conn : all) {
    ConnectionFigures& figures = change(conn)->figures;
    const int64_t established_wall_ms = figures.established_wall_ms;
    figures = {};
    figures.established_wall_ms = established_wall_ms;
  }
}

void Clients::clear() { *this = Clients(); }

Time Clients::deadline() const { return awaited_.empty() ? Time::never() : awaited_.begin()->first; }

std::optional<ConnId> Clients::overdue(Time now) const {
  return deadline() <= now ? std::optional(awaited_.begin()->second) : std::nullopt;
}

}  // namespace vivarium::node

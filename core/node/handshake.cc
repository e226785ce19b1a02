// How a connection gets its session (facts 1.2, 1.6). Until the session is confirmed nothing more is read from the
// connection.
#include <algorithm>

#include "core/base/mutant.h"
#include "core/node/node.h"

namespace vivarium::node {

namespace {
constexpr size_t kPasswordBytes = 16;
}  // namespace

// The first frame. Not serving, or behind what the client has seen already: closed without an answer, so that the
// client tries another server. The epoch counts as seen: a leader of upstream's answers reads with epoch << 32 before
// its first transaction.
void Node::greet(Turn& turn, ConnId conn, const Bytes& frame) {
  const auto request = wire::decode_connect_request(frame);
  const Zxid horizon = std::max(served().zxid, Zxid(epoch_, 0));
  if (!request || !peer_serves() || !serves_clients()) return drop(turn, conn);
  if (request->last_zxid_seen > horizon && !mutant(Mutant::kServesBehind)) return drop(turn, conn);

  ClientConnection& client = *clients_.change(conn);
  client.timeout_ms = negotiated(request->timeout_ms);
  client.has_read_only = request->has_read_only;
  if (request->session == SessionId{}) return refuses_writes() ? drop(turn, conn) : create_session(turn, conn, client);
  resume_session(turn, conn, request->session, request->password);
}

void Node::create_session(Turn& turn, ConnId conn, ClientConnection& client) {
  tree::Request request;
  request.session = session_ids_.take(self());
  request.type = wire::OpCode::kCreateSession;
  request.body = wire::encode(client.timeout_ms);
  request.identities = client.identities;
  clients_.bind(conn, request.session);
  client.phase = Phase::kCreating;
  client.reading = false;
  turn.out.add(Reading{conn, false});
  submit(turn, request);
}

// The password is judged before the older connection is closed: a stranger does not cut the owner off (upstream lets
// him).
void Node::resume_session(Turn& turn, ConnId conn, SessionId session, const Bytes& password) {
  if (password != wire::session_password(session)) return refuse(turn, conn, *clients_.find(conn));
  if (const auto older = clients_.of_session(session)) drop(turn, *older);
  clients_.bind(conn, session);
  ClientConnection& client = *clients_.change(conn);
  if (leading()) {
    const bool valid = sessions_.touch(session, client.timeout_ms, turn.now.steady);
    if (valid) move_session(turn, session, self());
    return finish_handshake(turn, conn, valid);
  }
  client.phase = Phase::kRevalidating;
  client.reading = false;
  turn.out.add(Reading{conn, false});
  peer_.revalidate(turn.now, session, client.timeout_ms, turn.out, events_);
}

void Node::finish_handshake(Turn& turn, ConnId conn, bool valid) {
  ClientConnection& client = *clients_.change(conn);
  if (!valid) return refuse(turn, conn, client);
  confirm(turn, conn, client);
  read_frames(turn, conn);
}

void Node::confirm(Turn& turn, ConnId conn, ClientConnection& client) {
  wire::ConnectResponse response;
  response.timeout_ms = client.timeout_ms;
  response.session = client.session;
  response.password = wire::session_password(client.session);
  response.has_read_only = client.has_read_only;
  replies_.raw(conn, Label::kConnectResponse, wire::frame(wire::encode_connect_response(response)));
  ++traffic_.sent;
  ++client.figures.traffic.sent;
  client.phase = Phase::kOpen;
  if (!client.reading) turn.out.add(Reading{conn, true});
  client.reading = true;
}

// The session is unknown or has expired, or the password is wrong: the client is told so once and for all.
void Node::refuse(Turn& turn, ConnId conn, const ClientConnection& client) {
  wire::ConnectResponse response;
  response.password = Bytes(std::string(kPasswordBytes, '\0'));
  response.has_read_only = client.has_read_only;
  replies_.raw(conn, Label::kConnectResponse, wire::frame(wire::encode_connect_response(response)));
  drop(turn, conn);
}

int32_t Node::negotiated(int32_t timeout_ms) const {
  const int64_t most = std::min<int64_t>(timeout_ms, session_timeout_ms_most(*config_));
  return static_cast<int32_t>(std::max(session_timeout_ms_least(*config_), most));
}

}  // namespace vivarium::node

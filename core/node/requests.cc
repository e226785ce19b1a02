// What a client asks. Writes and syncs leave for the ensemble as they come, pipelined; each answer, and each read's
// moment, waits for its turn in the connection's queue, so that a read behind a write sees it (CommitProcessor's rule,
// facts 2.8).
#include <algorithm>

#include "core/node/authentication.h"
#include "core/node/node.h"
#include "core/tree/read.h"

namespace vivarium::node {

using wire::ErrorCode;
using wire::OpCode;

namespace {

enum class Route : uint8_t { kWrite, kSync, kHere, kAuth, kAbsent, kUnknown };

Route route_of(OpCode type) {
  switch (type) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kDelete:
    case OpCode::kSetData:
    case OpCode::kSetAcl:
    case OpCode::kMulti:
    case OpCode::kReconfig:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
    case OpCode::kDeleteContainer:
    case OpCode::kCloseSession: return Route::kWrite;
    case OpCode::kSync: return Route::kSync;
    case OpCode::kExists:
    case OpCode::kGetData:
    case OpCode::kGetAcl:
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
    case OpCode::kGetEphemerals:
    case OpCode::kGetAllChildrenNumber:
    case OpCode::kMultiRead:
    case OpCode::kWhoAmI:
    case OpCode::kPing:
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2:
    case OpCode::kAddWatch:
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches: return Route::kHere;
    case OpCode::kAuth: return Route::kAuth;
    case OpCode::kCheck:  // stands in a multi only: alone it corrupted databases (2623)
    case OpCode::kSasl: return Route::kAbsent;
    default: return Route::kUnknown;
  }
}

}  // namespace

void Node::read_frames(Turn& turn, ConnId conn) {
  while (ClientConnection* client = clients_.change(conn)) {
    if (client->phase != Phase::kNew && client->phase != Phase::kOpen) return;
    const std::optional<Bytes> frame = client->decoder.next();
    if (client->decoder.failed()) return drop(turn, conn);
    if (!frame) return regulate_reading(turn, conn, *client);
    ++traffic_.received;
    ++client->figures.traffic.received;
    if (client->phase == Phase::kNew)
      greet(turn, conn, *frame);
    else
      take_request(turn, conn, *frame);
  }
}

void Node::take_request(Turn& turn, ConnId conn, const Bytes& frame) {
  constexpr size_t kHeaderBytes = 8;
  if (frame.size() < kHeaderBytes) return drop(turn, conn);
  ClientConnection& client = *clients_.change(conn);
  if (leading())
    sessions_.touch(client.session, client.timeout_ms, turn.now.steady);
  else if (peer_serves())
    peer_.touch(client.session, client.timeout_ms);

  PendingRequest request;
  request.xid = load_i32(frame.data());
  request.type = static_cast<OpCode>(load_i32(frame.data() + 4));
  request.arrived = turn.now.steady;
  const Bytes body = frame.from(kHeaderBytes);
  switch (route_of(request.type)) {
    case Route::kWrite:
      if (request.type == OpCode::kCloseSession) {
        client.phase = Phase::kLeaving;
      } else if (refuses_writes()) {
        request.refused = ErrorCode::kThrottledOp;
        break;
      }
      request.dispatched = true;
      submit(turn, {client.session, request.xid, request.type, body, client.identities});
      break;
    case Route::kSync:
      request.dispatched = wire::decode<wire::PathRequest>(body).has_value();
      if (!request.dispatched) request.refused = ErrorCode::kMarshallingError;
      request.body = body;
      if (request.dispatched && peer_serves()) peer_.sync(turn.now, client.session, request.xid, turn.out, events_);
      break;
    case Route::kHere: request.body = body; break;
    case Route::kAuth: {
      // Counts from its arrival on, as upstream's; its answer keeps the order.
      const auto auth = wire::decode<wire::AuthRequest>(body);
      request.refused =
          auth ? authenticate(*auth, config_->super_digest, client.identities) : ErrorCode::kMarshallingError;
      if (request.refused == ErrorCode::kAuthFailed) client.phase = Phase::kLeaving;
      break;
    }
    case Route::kUnknown: client.phase = Phase::kLeaving; [[fallthrough]];  // upstream's closes, the session lives on
    case Route::kAbsent: request.refused = ErrorCode::kUnimplemented; break;
  }
  client.queue.push(std::move(request));
  answer_waiting(turn, conn);
}

// When the peer has stopped serving within this step, what was asked is lost with the connection: an event behind will
// close it.
void Node::submit(Turn& turn, const tree::Request& request) {
  if (!peer_serves()) return;
  if (leading())
    propose(turn, self(), request);
  else
    peer_.forward(turn.now, request, turn.out, events_);
}

// The owner of the session is judged for every write, also for a multi (2886), and for our own clients like a
// learner's. The last request of a session is not judged: expiry asks for it too, without owning.
//
// While our disk is short of space, the reserve carries the ends of sessions, and the refusals of what learners
// forward: they are answered by a transaction or not at all. Our own clients are refused without one (take_request,
// greet). The code says that nothing was done, and to come back later. A learner's new session is not answered.
void Node::propose(Turn& turn, Sid learner, const tree::Request& request) {
  ErrorCode refused = refuses_writes() ? ErrorCode::kThrottledOp : ErrorCode::kOk;
  if (request.type == OpCode::kCreateSession) {
    if (refuses_writes()) return;
    if (const auto txn = wire::decode<wire::CreateSessionTxn>(request.body))
      sessions_.open(request.session, txn->timeout_ms, learner, turn.now.steady);
  } else if (request.type == OpCode::kCloseSession) {
    sessions_.close(request.session);
    refused = ErrorCode::kOk;
  } else if (!sessions_.admits(request.session, learner)) {
    refused = ErrorCode::kSessionMoved;
  }
  peer_.propose(turn.now, request, refused, turn.out, events_);
}

void Node::answer_waiting(Turn& turn, ConnId conn) {
  while (ClientConnection* client = clients_.change(conn)) {
    if (client->queue.empty() && client->phase == Phase::kLeaving) return drop(turn, conn);
    if (client->queue.empty() || client->queue.front().dispatched) return regulate_reading(turn, conn, *client);
    const PendingRequest request = client->queue.pop();
    answer(conn, *client, request, turn.now.steady);
  }
}

void Node::answer(ConnId conn, ClientConnection& client, const PendingRequest& request, Time now) {
  traffic_.answered_after(now - request.arrived);
  client.figures.answered(request.type, request.xid, request.arrived, now);
  if (request.refused != ErrorCode::kOk)
    return replies_.reply(conn, header_for(client, request.xid, served().zxid, request.refused));
  switch (request.type) {
    case OpCode::kPing:
    case OpCode::kAuth: return replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kOk));
    case OpCode::kSync:
      return replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kOk),
                            *wire::decode<wire::PathRequest>(request.body));
    case OpCode::kSetWatches:
    case OpCode::kSetWatches2: return answer_set_watches(conn, client, request);
    case OpCode::kAddWatch: return answer_add_watch(conn, client, request);
    case OpCode::kCheckWatches:
    case OpCode::kRemoveWatches: return answer_watch_question(conn, client, request);
    default: return answer_read(conn, client, request);
  }
}

void Node::answer_read(ConnId conn, ClientConnection& client, const PendingRequest& request) {
  const auto body = tree::read(served(), client.session, request.type, request.body, client.identities);
  const ErrorCode err = body ? ErrorCode::kOk : body.error();
  if (err == ErrorCode::kOk || err == ErrorCode::kNoNode) watch_what_was_read(conn, request, err == ErrorCode::kOk);
  const wire::ReplyHeader header = header_for(client, request.xid, served().zxid, err);
  if (body)
    replies_.reply_encoded(conn, header, *body);
  else
    replies_.reply(conn, header);
}

wire::ReplyHeader Node::header_for(ClientConnection& client, int32_t xid, Zxid zxid, ErrorCode err) {
  CHECK(zxid >= client.last_zxid_replied, "session {}: {} after {}", client.session, zxid, client.last_zxid_replied);
  client.last_zxid_replied = zxid;
  ++traffic_.sent;
  ++client.figures.traffic.sent;
  return {xid, zxid, err};
}

// Back-pressure: a client that pipelines more than we hold for it is not read from until half of that is answered.
void Node::regulate_reading(Turn& turn, ConnId conn, ClientConnection& client) {
  if (client.phase != Phase::kOpen) return;
  const size_t count = client.queue.size(), bytes = client.queue.bytes();
  const auto most_requests = static_cast<size_t>(config_->pending_requests_max),
             most_bytes = static_cast<size_t>(config_->pending_bytes_max);
  const bool full = count > most_requests || bytes > most_bytes;
  const bool drained = count <= most_requests / 2 && bytes <= most_bytes / 2;
  if (client.reading ? !full : !drained) return;
  client.reading = !client.reading;
  turn.out.add(Reading{conn, client.reading});
}

void Node::drop(Turn& turn, ConnId conn) {
  replies_.flush(turn.out);
  forget(conn);
  turn.out.add(Close{conn});
}

void Node::forget(ConnId conn) {
  watches_.remove_connection(conn);
  clients_.erase(conn);
}

}  // namespace vivarium::node

// What the ensemble answers. One transaction at a time: first its watch events go out, then its own reply, then the
// reads that waited behind it; so nobody reads new data before the event about it, on any connection (facts 1.5).
#include "core/base/mutant.h"
#include "core/node/node.h"

namespace vivarium::node {

using wire::ErrorCode;
using wire::OpCode;

void Node::deliver(Turn& turn, const zab::ProposalRef& proposal_ref) {
  const zab::Proposal& proposal = *proposal_ref;
  const wire::TxnHeader& header = proposal.header;
  // Serving began from a state that held it already; nobody was connected then.
  if (!serving_ || header.zxid <= served().zxid) return;
  if (leading()) proposal_sizes_.add(static_cast<int64_t>(proposal.payload.size()));
  delivered_ = proposal_ref;
  if (!mutant(Mutant::kWatchAfterReply)) tell_watchers(proposal);
  if (!clients_.take_orphan(header.session, header.cxid)) {
    if (const auto conn = clients_.of_session(header.session)) complete(turn, *conn, proposal);
  }
  if (mutant(Mutant::kWatchAfterReply)) tell_watchers(proposal);
  if (header.type == OpCode::kCreateSession && leading())
    turn.out.note(NoteKind::kSessionCreated, header.session.value);
  if (header.type == OpCode::kCloseSession) end_session(turn, header.session);
}

void Node::tell_watchers(const zab::Proposal& proposal) {
  for (const tree::Watches::Fired& fired : watches_.fire(proposal.effects)) {
    const ClientConnection* client = clients_.find(fired.event.conn);
    CHECK(client, "a watch of connection {}, which is gone", fired.event.conn);
    // Who may read the node that the watch is on may be told (CVE-2024-23944).
    if (!tree::permitted(fired.acl, wire::kPermRead, client->identities)) continue;
    if (mutant(Mutant::kWatchLost) && proposal.header.zxid.counter() % 8 == 7) continue;
    if (mutant(Mutant::kWatchTwice))
      replies_.event(fired.event.conn, proposal.header.zxid,
                     {fired.event.type, wire::KeeperState::kSyncConnected, fired.event.path});
    ++traffic_.sent;
    replies_.event(fired.event.conn, proposal.header.zxid,
                   {fired.event.type, wire::KeeperState::kSyncConnected, fired.event.path});
  }
}

// The session's connection here may wait for this transaction: for the creation of the session, or for the write at the
// head of its queue. Other transactions of the session are of an earlier connection, at this server or another, or an
// expiry.
void Node::complete(Turn& turn, ConnId conn, const zab::Proposal& proposal) {
  const wire::TxnHeader& header = proposal.header;
  ClientConnection& client = *clients_.change(conn);
  if (client.phase == Phase::kCreating) return finish_handshake(turn, conn, header.type == OpCode::kCreateSession);
  if (client.queue.empty()) return;
  const PendingRequest& head = client.queue.front();
  const bool same_kind =
      head.type != OpCode::kSync && (head.type == OpCode::kCloseSession || header.type != OpCode::kCloseSession);
  if (!head.dispatched || head.xid != header.cxid || !same_kind) return;

  const PendingRequest request = client.queue.pop();
  traffic_.answered_after(turn.now.steady - request.arrived);
  client.figures.answered(request.type, request.xid, request.arrived, turn.now.steady);
  answer_write(conn, client, request, proposal);
  if (header.type == OpCode::kError && proposal.effects.error == ErrorCode::kSessionMoved) return drop(turn, conn);
  answer_waiting(turn, conn);
}

// A failed multi has no error of its own: its results say what failed.
void Node::answer_write(ConnId conn, ClientConnection& client, const PendingRequest& request,
                        const zab::Proposal& proposal) {
  const tree::Effects& effects = proposal.effects;
  const wire::ReplyHeader header = header_for(client, request.xid, proposal.header.zxid, effects.error);
  if (effects.error != ErrorCode::kOk) return replies_.reply(conn, header);
  switch (request.type) {
    case OpCode::kCreate: return replies_.reply(conn, header, wire::PathResponse{effects.created_path});
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
    case OpCode::kCreate2:
      return replies_.reply(conn, header, wire::Create2Response{effects.created_path, effects.stat});
    case OpCode::kSetData:
      if (mutant(Mutant::kReplyTwice)) replies_.reply(conn, header, wire::StatResponse{effects.stat});
      [[fallthrough]];
    case OpCode::kSetAcl: return replies_.reply(conn, header, wire::StatResponse{effects.stat});
    case OpCode::kMulti: return replies_.reply_encoded(conn, header, wire::encode_multi_response(effects.multi));
    default: return replies_.reply(conn, header);
  }
}

// Closed by its client, who has the reply by now, or expired.
void Node::end_session(Turn& turn, SessionId session) {
  if (leading()) turn.out.note(NoteKind::kSessionClosed, session.value);
  if (const auto conn = clients_.of_session(session)) drop(turn, *conn);
}

// The leader may answer a sync before it has proposed the write that the client sent before it: the reply waits for its
// turn.
void Node::complete_sync(Turn& turn, const zab::SyncAnswered& answered) {
  if (clients_.take_orphan(answered.session, answered.cxid)) return;
  const auto conn = clients_.of_session(answered.session);
  if (!conn) return;
  for (PendingRequest& request : clients_.change(*conn)->queue) {
    if (request.type != OpCode::kSync || request.xid != answered.cxid || !request.dispatched) continue;
    request.dispatched = false;
    return answer_waiting(turn, *conn);
  }
}

void Node::revalidate(Turn& turn, const zab::RevalidateReceived& asked) {
  const bool valid = sessions_.touch(asked.session, asked.timeout_ms, turn.now.steady);
  if (valid) move_session(turn, asked.session, asked.learner);
  peer_.answer_revalidate(turn.now, asked.learner, asked.session, valid, turn.out, events_);
}

// From now on the server that the session came from may not write for it (710: every way in sets the owner).
void Node::move_session(Turn& turn, SessionId session, Sid server) {
  if (const auto before = sessions_.move(session, server))
    turn.out.note(NoteKind::kSessionMoved, session.value, before->value, server.value);
}

}  // namespace vivarium::node

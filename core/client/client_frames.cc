// What servers say to a client, frame by frame.
#include "core/client/client.h"
#include "core/client/reply.h"

namespace vivarium::client {

using wire::ErrorCode;
using wire::OpCode;

void Client::on_frame(Now now, const Bytes& frame, Outbox& out, std::vector<ClientEvent>& events) {
  if (phase_ == Phase::kHandshaking) return on_connect_response(now, frame, out, events);
  servers_.succeeded();  // only now: a server that greets and hangs up is a failed attempt
  wire::JuteReader reader(frame);
  const auto header = reader.get<wire::ReplyHeader>();
  if (!reader.ok()) return lose(now, Loss::kBadBytes, true, out, events);
  switch (header.xid) {
    case wire::kXidPing: return;
    case wire::kXidWatchEvent: return on_watch_event(now, header, reader, out, events);
    case wire::kXidAuth: return on_auth_reply(now, header, out, events);
    default: return on_reply(now, header, reader, out, events);
  }
}

void Client::on_connect_response(Now now, const Bytes& frame, Outbox& out, std::vector<ClientEvent>& events) {
  const auto response = wire::decode_connect_response(frame);
  if (!response) return lose(now, Loss::kBadBytes, true, out, events);
  if (response->timeout_ms <= 0)
    return become_ended(Phase::kExpired, ErrorCode::kSessionExpired, Loss::kNone, out, events);
  // A session is resumed under its own name, or it has expired.
  if (response->session == SessionId{} || (session_ != SessionId{} && response->session != session_))
    return lose(now, Loss::kBadBytes, true, out, events);
  become_connected(now, *response, out, events);
}

// Does not move last_zxid_seen: of one transaction's events some may still be on their way, and setWatches asks for
// those of later transactions only.
void Client::on_watch_event(Now now, const wire::ReplyHeader& header, wire::JuteReader& body, Outbox& out,
                            std::vector<ClientEvent>& events) {
  const auto event = body.get<wire::WatcherEvent>();
  if (!body.ok()) return lose(now, Loss::kBadBytes, true, out, events);
  watches_.fired(event.type, event.path);
  events.emplace_back(WatchEvent{event.type, event.state, chroot_.to_client(event.path), header.zxid});
}

void Client::on_auth_reply(Now now, const wire::ReplyHeader& header, Outbox& out, std::vector<ClientEvent>& events) {
  if (credentials_answered_ == credentials_.size()) return lose(now, Loss::kXidMismatch, true, out, events);
  const size_t index = credentials_answered_++;
  const Token token = std::exchange(credentials_[index].token, Token{});
  if (token != Token{}) {
    Completion completion;
    completion.token = token;
    completion.op = OpCode::kAuth;
    completion.outcome = header.err == ErrorCode::kOk ? Outcome::kOk : Outcome::kError;
    completion.error = header.err;
    events.emplace_back(std::move(completion));
  }
  if (header.err == ErrorCode::kOk) return;
  credentials_.erase(credentials_.begin() + static_cast<std::ptrdiff_t>(index));  // reopen() must not fail by it again
  become_ended(Phase::kAuthFailed, ErrorCode::kAuthFailed, Loss::kNone, out, events);
}

// A read's watch, and what addWatch and removeWatches asked for, as the answer has it.
void Client::note_watches(const Pending& pending, const wire::ReplyHeader& header, std::vector<ClientEvent>& events) {
  if (pending.watch.is_null()) return;
  const bool ok = header.err == ErrorCode::kOk;
  if (pending.op == OpCode::kAddWatch) {
    if (ok) watches_.add(static_cast<wire::AddWatchMode>(pending.watch_kind), pending.watch);
  } else if (pending.op == OpCode::kRemoveWatches) {
    if (!ok) return;
    for (wire::WatchEventType type : watches_.remove(static_cast<wire::WatcherType>(pending.watch_kind), pending.watch))
      events.emplace_back(
          WatchEvent{type, wire::KeeperState::kSyncConnected, chroot_.to_client(pending.watch), header.zxid});
  } else {
    watches_.arm(pending.op, header.err, pending.watch);
  }
}

void Client::on_reply(Now now, const wire::ReplyHeader& header, wire::JuteReader& body, Outbox& out,
                      std::vector<ClientEvent>& events) {
  if (pending_.empty() || pending_.front().xid != header.xid) return lose(now, Loss::kXidMismatch, true, out, events);
  // Refusals that never became part of history carry no zxid.
  if (header.zxid.value > 0) {
    if (header.zxid < last_zxid_seen_) return lose(now, Loss::kZxidWentBack, true, out, events);
    last_zxid_seen_ = header.zxid;
  }
  const Pending& pending = pending_.front();
  if (pending.op == OpCode::kCloseSession) {
    pending_.pop_front();
    return become_ended(Phase::kClosed, ErrorCode::kConnectionLoss, Loss::kNone, out, events);
  }
  Completion completion;
  if (!decode_reply(pending.op, header, body, chroot_, completion))
    return lose(now, Loss::kBadBytes, true, out, events);
  note_watches(pending, header, events);
  completion.token = pending.token;
  if (pending.token != Token{}) events.emplace_back(std::move(completion));  // else our own setWatches
  pending_.pop_front();
}

}  // namespace vivarium::client

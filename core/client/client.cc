#include "core/client/client.h"

#include <algorithm>

namespace vivarium::client {

using wire::ErrorCode;
using wire::OpCode;

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kWaiting: return "waiting";
    case Phase::kDialing: return "dialing";
    case Phase::kHandshaking: return "handshaking";
    case Phase::kConnected: return "connected";
    case Phase::kClosing: return "closing";
    case Phase::kClosed: return "closed";
    case Phase::kExpired: return "expired";
    case Phase::kAuthFailed: return "auth failed";
  }
  return "unknown";
}

Client::Client(ClientConfig config)
    : config_(std::move(config)),
      chroot_(config_.chroot),
      rng_(config_.seed),
      servers_(config_.servers, config_.backoff_min, config_.backoff_max),
      timeout_ms_(config_.session_timeout_ms),
      next_conn_(config_.first_conn),
      next_xid_(config_.first_xid) {
  CHECK(config_.session_timeout_ms > 0, "{}", config_.session_timeout_ms);
  CHECK(config_.first_conn.value % 2 == 1, "{}", config_.first_conn);
  CHECK(config_.first_xid > 0, "{}", config_.first_xid);
  if (config_.shuffle) servers_.shuffle(rng_);
}

uint64_t Client::state_hash(Time now) const { return hash_of(*this, now); }

// ---- asking

Token Client::submit(Now now, const Request& request, Outbox& out) {
  const Token token{next_token_++};
  const AddAuth* auth = std::get_if<AddAuth>(&request);
  EncodedRequest encoded = encode_request(request, auth ? wire::kXidAuth : next_xid_, chroot_);
  if (ended() || phase_ == Phase::kClosing) {
    refuse(token, encoded.op, phase_ == Phase::kAuthFailed ? ErrorCode::kAuthFailed : ErrorCode::kSessionExpired);
    return token;
  }
  // A server would drop the connection, and with it everything else that is outstanding.
  if (encoded.frame.size() - 4 > static_cast<size_t>(wire::kMaxFrameBytes)) {
    refuse(token, encoded.op, ErrorCode::kMarshallingError);
    return token;
  }
  if (auth) {
    if (connected()) send(now, encoded.frame, out);
    credentials_.push_back({std::move(encoded.frame), token});
    return token;
  }
  Pending& pending = pending_.emplace_back(
      Pending{token, take_xid(), encoded.op, Bytes(), std::move(encoded.watch), encoded.watch_kind});
  if (connected())
    send(now, std::move(encoded.frame), out);
  else
    pending.frame = std::move(encoded.frame);
  return token;
}

void Client::refuse(Token token, OpCode op, ErrorCode error) {
  Completion completion;
  completion.token = token;
  completion.op = op;
  completion.outcome = Outcome::kError;
  completion.error = error;
  early_.emplace_back(std::move(completion));
}

int32_t Client::take_xid() {
  const int32_t xid = next_xid_;
  next_xid_ = xid == INT32_MAX ? 1 : xid + 1;  // the negative ones have meanings of their own
  return xid;
}

void Client::send(Now now, Bytes frame, Outbox& out) {
  last_sent_ = now.steady;
  out.add(Send{conn_, std::move(frame), Label::kClientRequest, Zxid{}, false});
}

void Client::close(Now now, Outbox& out) {
  if (ended() || phase_ == Phase::kClosing) return;
  if (!connected()) return become_ended(Phase::kClosed, ErrorCode::kConnectionLoss, Loss::kUnreachable, out, early_);
  const int32_t xid = take_xid();
  pending_.push_back(Pending{Token{}, xid, OpCode::kCloseSession, Bytes(), Bytes(), 0});
  send(now, wire::frame(wire::encode(wire::RequestHeader{xid, OpCode::kCloseSession})), out);
  phase_ = Phase::kClosing;
}

void Client::reopen() {
  CHECK(ended(), "{}", phase_name(phase_));
  phase_ = Phase::kWaiting;
  attempt_ = Time{};
  session_ = SessionId{};
  password_ = Bytes();
  timeout_ms_ = config_.session_timeout_ms;
  last_zxid_seen_ = Zxid{};
}

// ---- time

Time Client::deadline() const {
  if (!early_.empty()) return Time{};
  switch (phase_) {
    case Phase::kWaiting:
    case Phase::kDialing:
    case Phase::kHandshaking: return attempt_;
    case Phase::kConnected: return earlier(last_heard_ + read_timeout(), last_sent_ + ping_interval());
    case Phase::kClosing: return last_heard_ + read_timeout();
    case Phase::kClosed:
    case Phase::kExpired:
    case Phase::kAuthFailed: break;
  }
  return Time::never();
}

Duration Client::connect_timeout() const {
  return std::max(milliseconds(timeout_ms_) / static_cast<int64_t>(servers_.size()), milliseconds(1));
}

Duration Client::ping_interval() const { return std::min(read_timeout() / 2, config_.ping_interval_max); }

// ---- inputs

void Client::step(Now now, const ClientInput& input, Outbox& out, std::vector<ClientEvent>& events) {
  for (ClientEvent& event : early_) events.push_back(std::move(event));
  early_.clear();
  std::visit([&](const auto& one) { on(now, one, out, events); }, input);
}

void Client::on(Now now, const Tick&, Outbox& out, std::vector<ClientEvent>& events) {
  switch (phase_) {
    case Phase::kWaiting:
      if (attempt_ <= now.steady) dial(now, out);
      break;
    case Phase::kDialing:
    case Phase::kHandshaking:
      if (attempt_ <= now.steady) lose(now, Loss::kTimeout, true, out, events);
      break;
    case Phase::kConnected:
    case Phase::kClosing:
      if (last_heard_ + read_timeout() <= now.steady)
        lose(now, Loss::kTimeout, true, out, events);
      else if (phase_ == Phase::kConnected && last_sent_ + ping_interval() <= now.steady)
        send(now, wire::frame(wire::encode(wire::RequestHeader{wire::kXidPing, OpCode::kPing})), out);
      break;
    case Phase::kClosed:
    case Phase::kExpired:
    case Phase::kAuthFailed: break;
  }
}

void Client::dial(Now now, Outbox& out) {
  server_ = servers_.next();
  conn_ = next_conn_;
  next_conn_.value += 2;
  phase_ = Phase::kDialing;
  attempt_ = now.steady + connect_timeout();
  out.add(Connect{conn_, server_, connect_timeout()});
}

void Client::on(Now now, const Connected& input, Outbox& out, std::vector<ClientEvent>&) {
  if (input.conn != conn_ || phase_ != Phase::kDialing) return;
  phase_ = Phase::kHandshaking;
  attempt_ = now.steady + connect_timeout();
  decoder_ = wire::FrameDecoder(config_.reply_bytes_max);
  wire::ConnectRequest request;
  request.last_zxid_seen = last_zxid_seen_;
  request.timeout_ms = config_.session_timeout_ms;
  request.session = session_;
  request.password = password_.is_null() ? Bytes(std::string_view("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16)) : password_;
  out.add(
      Send{conn_, wire::frame(wire::encode_connect_request(request)), Label::kConnectRequest, last_zxid_seen_, false});
}

void Client::on(Now now, const Closed& input, Outbox& out, std::vector<ClientEvent>& events) {
  if (input.conn != conn_) return;
  Loss loss = Loss::kByPeer;
  switch (input.reason) {
    case CloseReason::kByPeer: loss = Loss::kByPeer; break;
    case CloseReason::kReset: loss = Loss::kReset; break;
    case CloseReason::kTimeout: loss = Loss::kTimeout; break;
    case CloseReason::kRefused:
    case CloseReason::kUnreachable: loss = Loss::kUnreachable; break;
  }
  lose(now, loss, false, out, events);
}

void Client::on(Now now, const Received& input, Outbox& out, std::vector<ClientEvent>& events) {
  if (input.conn != conn_ || !session_lives_on_wire()) return;
  if (connected()) last_heard_ = now.steady;
  decoder_.feed(input.bytes);
  // A frame may end the connection; what stands behind it is then forgotten with it.
  while (const std::optional<Bytes> frame = decoder_.next()) on_frame(now, *frame, out, events);
  if (decoder_.failed()) lose(now, Loss::kBadBytes, true, out, events);
}

// ---- transitions

void Client::become_connected(Now now, const wire::ConnectResponse& response, Outbox& out,
                              std::vector<ClientEvent>& events) {
  const bool resumed = session_ == response.session;
  phase_ = Phase::kConnected;
  attempt_ = Time::never();
  session_ = response.session;
  password_ = response.password.compact();
  timeout_ms_ = response.timeout_ms;
  last_heard_ = now.steady;
  last_sent_ = now.steady;
  out.note(NoteKind::kConnected, session_.value, timeout_ms_, resumed);
  events.emplace_back(SessionEvent{SessionChange::kConnected, session_, timeout_ms_, resumed, Loss::kNone});
  // Who we are, then what we watch, then what was asked: a watch armed after a queued read would tell of changes too
  // late.
  for (const Credential& credential : credentials_) send(now, credential.frame, out);
  send_armed_watches(now, out);
  for (Pending& pending : pending_) {
    if (!pending.frame.is_null()) send(now, std::exchange(pending.frame, Bytes()), out);
  }
}

void Client::send_armed_watches(Now now, Outbox& out) {
  // Their replies come before those of everything queued.
  std::deque<Pending> batches;
  for (const wire::SetWatches2Request& batch : watches_.batches(last_zxid_seen_)) {
    const bool lasting = !batch.persistent.empty() || !batch.persistent_recursive.empty();
    const OpCode op = lasting ? OpCode::kSetWatches2 : OpCode::kSetWatches;  // servers before 3.6 know the latter only
    const wire::RequestHeader header{wire::kXidSetWatches, op};
    const wire::SetWatchesRequest one_shot{batch.relative_zxid, batch.data, batch.exist, batch.child};
    batches.push_back(Pending{Token{}, header.xid, op, Bytes(), Bytes(), 0});
    send(now, lasting ? wire::request_frame(header, batch) : wire::request_frame(header, one_shot), out);
  }
  pending_.insert(pending_.begin(), batches.begin(), batches.end());
}

// Clients that will behave alike from here on shall hash alike.
void Client::forget_connection() {
  conn_ = ConnId{};
  decoder_ = wire::FrameDecoder();
  credentials_answered_ = 0;
  attempt_ = last_sent_ = last_heard_ = Time::never();
}

void Client::become_waiting(Now now) {
  phase_ = Phase::kWaiting;
  forget_connection();
  attempt_ = now.steady + servers_.failed(rng_);
}

void Client::lose(Now now, Loss loss, bool close, Outbox& out, std::vector<ClientEvent>& events) {
  if (phase_ == Phase::kClosing) {
    if (!close) conn_ = ConnId{};
    return become_ended(Phase::kClosed, ErrorCode::kConnectionLoss, loss, out, events);
  }
  if (close) out.add(Close{conn_});
  if (phase_ == Phase::kConnected) {
    out.note(NoteKind::kDisconnected, session_.value, static_cast<int64_t>(loss));
    complete_all(ErrorCode::kConnectionLoss, true, events);
    events.emplace_back(SessionEvent{SessionChange::kDisconnected, session_, timeout_ms_, false, loss});
  }
  become_waiting(now);
}

void Client::become_ended(Phase phase, ErrorCode error, Loss loss, Outbox& out, std::vector<ClientEvent>& events) {
  if (conn_ != ConnId{}) out.add(Close{conn_});
  forget_connection();
  complete_all(error, connected(), events);
  for (Credential& credential : credentials_) {
    const Token token = std::exchange(credential.token, Token{});
    if (token == Token{}) continue;
    Completion completion;
    completion.token = token;
    completion.op = OpCode::kAuth;
    completion.outcome = Outcome::kError;
    completion.error = error;
    events.emplace_back(std::move(completion));
  }
  watches_.clear();
  phase_ = phase;
  SessionChange change = SessionChange::kClosed;
  if (phase == Phase::kExpired) {
    change = SessionChange::kExpired;
    out.note(NoteKind::kExpired, session_.value);
  } else if (phase == Phase::kAuthFailed) {
    change = SessionChange::kAuthFailed;
  }
  events.emplace_back(SessionEvent{change, session_, timeout_ms_, false, loss});
}

void Client::complete_all(ErrorCode error, bool sent, std::vector<ClientEvent>& events) {
  for (const Pending& pending : pending_) {
    if (pending.token == Token{}) continue;
    Completion completion;
    completion.token = pending.token;
    completion.op = pending.op;
    completion.outcome = sent && is_write(pending.op) ? Outcome::kUnknown : Outcome::kError;
    completion.error = error;
    events.emplace_back(std::move(completion));
  }
  pending_.clear();
}

}  // namespace vivarium::client

// Client: one ZooKeeper session as a value, of the same step shape as a server. No threads, no callbacks, no clock.
//
//   Client client(config);
//   Token t = client.submit(now, GetData{"/a", true}, out);   // any number outstanding; answered in order
//   client.step(now, Received{conn, bytes}, out, events);     // the only other way in; appends to out and events
//   Time when = client.deadline();                            // when it wants the next Tick; a fresh one, at once
//   Client fork = client;  client.state_hash(now);
//
// What it promises, whatever servers and network do:
// - every token gets exactly one Completion, unless the session neither ends nor ever finds a server;
// - requests take effect in the order of submit(); replies and watch events are reported in the order of their arrival;
// - last_zxid_seen() never goes back, and no server that is behind it is listened to;
// - a write whose fate is not known is reported as kUnknown and never sent again.
// While there is no connection, requests wait for the next one; they fail only when the session ends.
#pragma once

#include <deque>
#include <variant>
#include <vector>

#include "core/base/rng.h"
#include "core/base/step.h"
#include "core/client/event.h"
#include "core/client/request.h"
#include "core/client/server_list.h"
#include "core/client/watch_table.h"
#include "core/wire/frames.h"

namespace vivarium::client {

struct ClientConfig {
  std::vector<Address> servers;
  std::string chroot;
  int32_t session_timeout_ms = 10'000;  // asked for; the server's answer rules from then on
  uint64_t seed = 1;
  bool shuffle = true;                       // try the servers in an order of our own, so that clients spread over them
  Duration backoff_min = milliseconds(100);  // after the first full round of failed attempts; doubles up to
  Duration backoff_max = seconds(5);
  Duration ping_interval_max = seconds(10);
  int32_t reply_bytes_max = 4 << 20;  // a longer reply costs the connection
  ConnId first_conn{1};               // odd; where one process has several clients, they must not share ids
  int32_t first_xid = 1;
  VIV_VISIT(VIV_FIELD(servers), VIV_FIELD(chroot), VIV_FIELD(session_timeout_ms), VIV_FIELD(seed), VIV_FIELD(shuffle),
            VIV_FIELD(backoff_min), VIV_FIELD(backoff_max), VIV_FIELD(ping_interval_max), VIV_FIELD(reply_bytes_max),
            VIV_FIELD(first_conn), VIV_FIELD(first_xid))
};

// The network half of NodeInput, as far as a client has one.
using ClientInput = std::variant<Connected, Received, Closed, Tick>;

enum class Phase : uint8_t {
  kWaiting,      // until the next attempt
  kDialing,      // until Connected
  kHandshaking,  // until the ConnectResponse
  kConnected,
  kClosing,  // until the reply to closeSession
  // ended:
  kClosed,
  kExpired,
  kAuthFailed,
};
const char* phase_name(Phase phase);

class Client {
 public:
  explicit Client(ClientConfig config);

  // Never refuses: what cannot be done is a Completion of the next step.
  Token submit(Now now, const Request& request, Outbox& out);
  void step(Now now, const ClientInput& input, Outbox& out, std::vector<ClientEvent>& events);
  // Ends the session in order: after everything submitted. Without a connection it ends here alone, and expires at the
  // servers.
  void close(Now now, Outbox& out);
  // A new session after this one has ended; tokens and connection ids go on, credentials are kept.
  void reopen();
  Time deadline() const;
  uint64_t state_hash(Time now) const;

  Phase phase() const { return phase_; }
  bool connected() const { return phase_ == Phase::kConnected || phase_ == Phase::kClosing; }
  bool ended() const { return phase_ >= Phase::kClosed; }
  SessionId session() const { return session_; }  // 0 before the first handshake
  int32_t timeout_ms() const { return timeout_ms_; }
  Zxid last_zxid_seen() const { return last_zxid_seen_; }
  const Address& server() const { return server_; }       // of the latest attempt
  ConnId conn() const { return conn_; }                   // of the present attempt or connection; 0: none
  size_t outstanding() const { return pending_.size(); }  // waiting to be sent, or for an answer
  const WatchTable& watches() const { return watches_; }
  const ServerList& servers() const { return servers_; }

  template <class Self, class V>
  static void visit(Self& self, V& v);

 private:
  // A request that is not answered. Invariant: while connected all of them have been sent, else none has.
  struct Pending {
    Token token;  // 0: our own (setWatches, closeSession)
    int32_t xid = 0;
    wire::OpCode op{};
    Bytes frame;             // null once sent
    Bytes watch;             // server path to arm, or to free of watches, when answered; null: none
    int32_t watch_kind = 0;  // as in EncodedRequest
    VIV_VISIT(VIV_FIELD(token), VIV_FIELD(xid), VIV_FIELD(op), VIV_FIELD(frame), VIV_FIELD(watch),
              VIV_FIELD(watch_kind))
  };
  struct Credential {
    Bytes frame;
    Token token;  // 0 once answered
    VIV_VISIT(VIV_FIELD(frame), VIV_FIELD(token))
  };

  void on(Now now, const Connected& input, Outbox& out, std::vector<ClientEvent>& events);
  void on(Now now, const Received& input, Outbox& out, std::vector<ClientEvent>& events);
  void on(Now now, const Closed& input, Outbox& out, std::vector<ClientEvent>& events);
  void on(Now now, const Tick& input, Outbox& out, std::vector<ClientEvent>& events);

  void on_frame(Now now, const Bytes& frame, Outbox& out, std::vector<ClientEvent>& events);
  void on_connect_response(Now now, const Bytes& frame, Outbox& out, std::vector<ClientEvent>& events);
  void on_watch_event(Now now, const wire::ReplyHeader& header, wire::JuteReader& body, Outbox& out,
                      std::vector<ClientEvent>& events);
  void on_auth_reply(Now now, const wire::ReplyHeader& header, Outbox& out, std::vector<ClientEvent>& events);
  void note_watches(const Pending& pending, const wire::ReplyHeader& header, std::vector<ClientEvent>& events);
  void on_reply(Now now, const wire::ReplyHeader& header, wire::JuteReader& body, Outbox& out,
                std::vector<ClientEvent>& events);

  void dial(Now now, Outbox& out);
  void become_connected(Now now, const wire::ConnectResponse& response, Outbox& out, std::vector<ClientEvent>& events);
  void become_waiting(Now now);
  void forget_connection();
  void become_ended(Phase phase, wire::ErrorCode error, Loss loss, Outbox& out, std::vector<ClientEvent>& events);
  // The connection, or the attempt at one, is lost; `close` when it is for us to say so to the host.
  void lose(Now now, Loss loss, bool close, Outbox& out, std::vector<ClientEvent>& events);
  void complete_all(wire::ErrorCode error, bool sent, std::vector<ClientEvent>& events);
  void send_armed_watches(Now now, Outbox& out);
  void send(Now now, Bytes frame, Outbox& out);
  void refuse(Token token, wire::OpCode op, wire::ErrorCode error);
  int32_t take_xid();

  bool session_lives_on_wire() const { return connected() || phase_ == Phase::kHandshaking; }
  Duration connect_timeout() const;
  Duration read_timeout() const { return milliseconds(timeout_ms_) * 2 / 3; }
  Duration ping_interval() const;

  ClientConfig config_;
  Chroot chroot_;
  Rng rng_;
  ServerList servers_;

  Phase phase_ = Phase::kWaiting;
  SessionId session_;
  Bytes password_;
  int32_t timeout_ms_;
  Zxid last_zxid_seen_;
  WatchTable watches_;
  std::deque<Pending> pending_;
  std::vector<Credential> credentials_;
  std::vector<ClientEvent> early_;  // of submit() and close(), for the next step

  Address server_;
  ConnId conn_;
  wire::FrameDecoder decoder_;
  size_t credentials_answered_ = 0;  // on this connection; their replies come in their order, but pass others
  Time attempt_;                     // waiting: when to try; dialing, handshaking: when to give up; else never
  Time last_sent_ = Time::never();   // while connected, else never
  Time last_heard_ = Time::never();

  uint64_t next_token_ = 1;
  ConnId next_conn_;
  int32_t next_xid_;
};

template <class Self, class V>
void Client::visit(Self& self, V& v) {
  v("config", self.config_);
  v("servers", self.servers_);
  v("phase", self.phase_);
  v("session", self.session_);
  v("password", self.password_);
  v("timeout_ms", self.timeout_ms_);
  v("last_zxid_seen", self.last_zxid_seen_);
  v("watches", self.watches_);
  v("pending", self.pending_);
  v("credentials", self.credentials_);
  v("early", self.early_);
  v("server", self.server_);
  v("conn", self.conn_);
  v("decoder", self.decoder_);
  v("credentials_answered", self.credentials_answered_);
  v("attempt", self.attempt_);
  v("last_sent", self.last_sent_);
  v("last_heard", self.last_heard_);
  v.unhashed("chroot", self.chroot_);  // config's
  v.unhashed("rng", self.rng_);
  v.unhashed("next_token", self.next_token_);
  v.unhashed("next_conn", self.next_conn_);
  v.unhashed("next_xid", self.next_xid_);
}

}  // namespace vivarium::client

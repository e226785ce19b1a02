// The client connections of one server: who is connected, in which session, and what they still wait for.
#pragma once

#include <optional>
#include <vector>

#include "core/base/cow.h"
#include "core/base/persistent_map.h"
#include "core/base/step.h"
#include "core/node/request_queue.h"
#include "core/node/traffic.h"
#include "core/wire/frames.h"

namespace vivarium::node {

enum class Phase : uint8_t {
  kNew,           // has not sent its ConnectRequest
  kCreating,      // the creation of its session is on its way through the quorum
  kRevalidating,  // the leader was asked whether its session lives
  kOpen,          // its session is confirmed
  kLeaving,       // what it sends further is ignored; it is closed when its queue has been answered
};

struct ClientConnection {
  Address peer;
  Phase phase = Phase::kNew;
  Time connect_deadline = Time::never();  // for its ConnectRequest
  wire::FrameDecoder decoder{};
  SessionId session;                    // from its ConnectRequest on
  int32_t timeout_ms = 0;               // as negotiated
  bool has_read_only = true;            // the flag was in its ConnectRequest, so it is in our response
  bool reading = true;                  // as last told to the host
  std::vector<wire::AclId> identities;  // ip:<peer> first
  RequestQueue queue;
  ConnectionFigures figures{};
  Zxid last_zxid_replied;  // the zxid of the last reply header, as its client now knows it
  VIV_VISIT(VIV_FIELD(peer), VIV_FIELD(phase), VIV_FIELD(connect_deadline), VIV_FIELD(decoder), VIV_FIELD(session),
            VIV_FIELD(timeout_ms), VIV_FIELD(has_read_only), VIV_FIELD(reading), VIV_FIELD(identities),
            VIV_FIELD(queue), v.unhashed("figures", self.figures), VIV_FIELD(last_zxid_replied))
};

class Clients {
 public:
  using Table = PersistentMap<ConnId, Cow<ClientConnection>>;

  void accept(ConnId conn, const Address& peer, Time connect_deadline, int64_t wall_ms = 0);
  const ClientConnection* find(ConnId conn) const;
  // To be changed in place; valid until a connection is accepted or erased.
  ClientConnection* change(ConnId conn);
  // The connection is this session's now. Its ConnectRequest has come, so nothing is due any more.
  void bind(ConnId conn, SessionId session);
  std::optional<ConnId> of_session(SessionId session) const;
  // What the connection still waits for becomes orphaned: its answers will come and are nobody's.
  void erase(ConnId conn);
  // Whether the next answer to (session, cxid) belongs to a connection that is gone, so that a successor which reuses
  // the number (clients may count anew on every connection) does not take it for its own. Counts as having come.
  bool take_orphan(SessionId session, int32_t cxid);
  void reset_figures();
  void clear();

  Time deadline() const;  // of the ConnectRequest that is due first
  std::optional<ConnId> overdue(Time now) const;
  const Table& all() const { return connections_; }
  size_t size() const { return connections_.size(); }

  VIV_VISIT(v("connections", self.connections_), v("by_session", self.by_session_), v("awaited", self.awaited_),
            v("orphans", self.orphans_))

 private:
  Table connections_;
  PersistentMap<SessionId, ConnId> by_session_;
  PersistentSet<std::pair<Time, ConnId>> awaited_;  // ConnectRequests
  PersistentMap<SessionId, std::vector<int32_t>>
      orphans_;  // cxids of dispatched requests, in the order of their answers
};

}  // namespace vivarium::node

// Node: a whole server as a value: sessions, client connections and their order, watches, around one zab::Peer.
//
//   Node node(config, recovered);        // everything it will ever know came in by value
//   node.step(now, input, outbox);       // the only way in; appends to outbox, never calls out
//   Time t = node.deadline();            // when it wants the next Tick; a fresh node wants one at once
//   Node fork = node;  node.state_hash(now);
#pragma once

#include <optional>
#include <vector>

#include "core/node/admin_words.h"
#include "core/node/clients.h"
#include "core/node/config.h"
#include "core/node/reaper.h"
#include "core/node/replies.h"
#include "core/node/sessions.h"
#include "core/tree/watches.h"
#include "core/zab/peer.h"

namespace vivarium::node {

using NodeInput = zab::PeerInput;

class Node {
 public:
  Node(NodeConfig config, log::Recovered recovered);

  void step(Now now, const NodeInput& input, log::NodeOutbox& out);
  Time deadline() const;
  uint64_t state_hash(Time now) const { return hash_of(*this, now); }

  // ---- views: for hosts and for the simulator's invariants ----
  const NodeConfig& config() const { return *config_; }
  const zab::Peer& peer() const { return peer_; }
  const tree::State& state() const { return peer_.committed(); }
  bool serving() const { return serving_; }
  bool short_of_space() const { return short_of_space_; }  // a leader refuses writes meanwhile
  const Clients& clients() const { return clients_; }  // connection -> session, identities, queue, last zxid replied
  const tree::Watches& watches() const { return watches_; }
  const SessionTracker& sessions() const { return sessions_; }  // empty but at a serving leader
  ServerFigures figures() const;
  std::string answer_admin_word(std::string_view word, Now now) const;

  VIV_VISIT(v("config", self.config_), v("peer", self.peer_), v("started", self.started_), v("serving", self.serving_),
            v("short_of_space", self.short_of_space_), v("role", self.role_), v("epoch", self.epoch_),
            v("clients", self.clients_), v("watches", self.watches_), v("sessions", self.sessions_),
            v("reaper", self.reaper_), v("session_ids", self.session_ids_),
            v.unhashed("first_served", self.first_served_), v.unhashed("delivered", self.delivered_),
            v.unhashed("started_at", self.started_at_), v.unhashed("traffic", self.traffic_),
            v.unhashed("log_syncs", self.log_syncs_), v.unhashed("proposal_sizes", self.proposal_sizes_),
            v.unhashed("machine", self.machine_))

 private:
  struct Turn {
    Now now;
    log::NodeOutbox& out;
  };

  // node.cc: inputs, roles, time
  void take_input(Turn& turn, const NodeInput& input);
  bool is_ours(ConnId conn) const { return clients_.find(conn) != nullptr; }
  void take_bytes(Turn& turn, ConnId conn, const Bytes& bytes);
  void handle_events(Turn& turn);
  void change_role(Turn& turn, const zab::RoleChanged& change);
  void start_serving(Turn& turn);
  void stop_serving(Turn& turn);
  void forgive_own_sleep(Now now);
  void expire(Turn& turn);
  void reap(Turn& turn);
  bool leading() const { return role_ == zab::Role::kLeading; }
  bool alone() const { return config_->ensemble.servers.size() == 1; }
  bool serves_clients() const { return config_->leader_serves || !leading() || alone(); }  // leaderServes
  std::string take_admin_word(std::string_view word, Now now);
  // Whether the peer still is where the events handled so far say it is; when not, an event behind them ends our
  // serving.
  bool peer_serves() const { return serving_ && peer_.serving() && peer_.role() == role_; }
  const tree::State& served() const { return delivered_ ? (*delivered_)->after : first_served_; }
  Sid self() const { return config_->ensemble.self; }

  // handshake.cc
  void greet(Turn& turn, ConnId conn, const Bytes& frame);
  void create_session(Turn& turn, ConnId conn, ClientConnection& client);
  void resume_session(Turn& turn, ConnId conn, SessionId session, const Bytes& password);
  void confirm(Turn& turn, ConnId conn, ClientConnection& client);
  void refuse(Turn& turn, ConnId conn, const ClientConnection& client);
  void finish_handshake(Turn& turn, ConnId conn, bool valid);
  int32_t negotiated(int32_t timeout_ms) const;

  // requests.cc: what clients ask
  void read_frames(Turn& turn, ConnId conn);
  void take_request(Turn& turn, ConnId conn, const Bytes& frame);
  bool refuses_writes() const { return short_of_space_ && leading(); }
  void submit(Turn& turn, const tree::Request& request);
  void propose(Turn& turn, Sid learner, const tree::Request& request);
  void answer_waiting(Turn& turn, ConnId conn);
  void answer(ConnId conn, ClientConnection& client, const PendingRequest& request, Time now);
  void answer_read(ConnId conn, ClientConnection& client, const PendingRequest& request);
  wire::ReplyHeader header_for(ClientConnection& client, int32_t xid, Zxid zxid, wire::ErrorCode err);
  void regulate_reading(Turn& turn, ConnId conn, ClientConnection& client);
  void drop(Turn& turn, ConnId conn);
  void forget(ConnId conn);

  // watch_requests.cc
  void watch_what_was_read(ConnId conn, const PendingRequest& request, bool found);
  void answer_set_watches(ConnId conn, ClientConnection& client, const PendingRequest& request);
  void answer_add_watch(ConnId conn, ClientConnection& client, const PendingRequest& request);
  void answer_watch_question(ConnId conn, ClientConnection& client, const PendingRequest& request);

  // deliveries.cc: what the ensemble answers
  void deliver(Turn& turn, const zab::ProposalRef& proposal_ref);
  void tell_watchers(const zab::Proposal& proposal);
  void complete(Turn& turn, ConnId conn, const zab::Proposal& proposal);
  void answer_write(ConnId conn, ClientConnection& client, const PendingRequest& request,
                    const zab::Proposal& proposal);
  void end_session(Turn& turn, SessionId session);
  void complete_sync(Turn& turn, const zab::SyncAnswered& answered);
  void revalidate(Turn& turn, const zab::RevalidateReceived& asked);
  void move_session(Turn& turn, SessionId session, Sid server);

  Cow<NodeConfig> config_;
  zab::Peer peer_;
  bool started_ = false;
  // As of the events handled so far; the peer may be ahead of them within a step.
  bool serving_ = false;
  bool short_of_space_ = false;
  zab::Role role_ = zab::Role::kLooking;
  Epoch epoch_;
  // Reads come from the last transaction delivered so far: what follows is not read before its watch events are out.
  // Between steps this is what the peer calls committed.
  tree::State first_served_;
  std::optional<zab::ProposalRef> delivered_;  // none yet: first_served_
  Clients clients_;
  tree::Watches watches_;
  SessionTracker sessions_;
  Reaper reaper_;  // idle but at a serving leader
  SessionIds session_ids_;
  Time started_at_;
  Traffic traffic_;
  int64_t log_syncs_ = 0;
  ProposalSizes proposal_sizes_;
  MachineFigures machine_;
  // Empty between steps, kept for their capacity.
  std::vector<zab::PeerEvent> events_;
  Replies replies_;
};

}  // namespace vivarium::node

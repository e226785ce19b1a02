#include "core/node/node.h"

#include <algorithm>

#include "core/base/overloaded.h"

namespace vivarium::node {

Node::Node(NodeConfig config, log::Recovered recovered)
    : config_(std::move(config)),
      peer_(config_->ensemble, std::move(recovered), Rng(config_->seed).stream("peer")),
      sessions_(config_->ensemble.tick),
      reaper_(config_->reaper) {
  CHECK(config_->ensemble.servers.contains(self()), "server {} is not among those of its ensemble", self());
  CHECK(config_->ensemble.tick.ns > 0);
}

void Node::step(Now now, const NodeInput& input, log::NodeOutbox& out) {
  Turn turn{now, out};
  if (!started_) {
    started_ = true;
    started_at_ = now.steady;
    const Address& door = config_->ensemble.servers.at(self()).client;
    if (door.port != 0) out.add(Listen{Listener::kClient, door});
  }
  forgive_own_sleep(now);
  take_input(turn, input);
  handle_events(turn);
  expire(turn);
  reap(turn);
  handle_events(turn);
  replies_.flush(out);
  CHECK(!serving_ || served().zxid == peer_.committed().zxid, "served {}, committed {}", served().zxid,
        peer_.committed().zxid);
}

Time Node::deadline() const {
  if (!started_) return Time{};
  return earlier(earlier(peer_.deadline(), reaper_.deadline()), earlier(clients_.deadline(), sessions_.deadline()));
}

// The client door and its connections are ours, everything else is the peer's.
void Node::take_input(Turn& turn, const NodeInput& input) {
  const auto to_peer = [&] { peer_.step(turn.now, input, turn.out, events_); };
  std::visit(Overloaded{
                 [&](const Accepted& accepted) {
                   if (accepted.listener != Listener::kClient) return to_peer();
                   clients_.accept(accepted.conn, accepted.peer, turn.now.steady + config_->connect_request_timeout,
                                   turn.now.wall_ms);
                   clients_.change(accepted.conn)->decoder = wire::FrameDecoder(config_->frame_bytes_max);
                 },
                 [&](const Received& received) {
                   if (is_ours(received.conn)) return take_bytes(turn, received.conn, received.bytes);
                   if (peer_.owns(received.conn)) to_peer();
                 },
                 [&](const Closed& closed) {
                   if (is_ours(closed.conn)) return forget(closed.conn);
                   if (peer_.owns(closed.conn)) to_peer();
                 },
                 [&](const Sent& sent) {
                   if (peer_.owns(sent.conn)) to_peer();
                 },
                 [&](const log::Durable& durable) {
                   log_syncs_ += durable.queue == log::Queue::kLog ? 1 : 0;
                   to_peer();
                 },
                 [&](const log::Space& space) {
                   short_of_space_ = space.left < config_->ensemble.disk_reserve_bytes;
                   to_peer();
                 },
                 [&](const MachineFigures& machine) { machine_ = machine; },
                 [&](const BindFailed& failed) {
                   if (failed.listener != Listener::kClient) return to_peer();
                   turn.out.add(Stop{1, "cannot listen for clients: " + failed.reason});
                 },
                 [&](const auto&) { to_peer(); },
             },
             input);
}

void Node::take_bytes(Turn& turn, ConnId conn, const Bytes& bytes) {
  ClientConnection& client = *clients_.change(conn);
  if (client.phase == Phase::kLeaving) return;
  client.decoder.feed(bytes);
  if (client.phase == Phase::kNew) {
    if (const auto word = admin_word(client.decoder.peek().view())) {
      replies_.raw(conn, Label::kNone, Bytes(take_admin_word(*word, turn.now)));
      return drop(turn, conn);
    }
  }
  read_frames(turn, conn);
}

// Handling an event may add events behind it.
void Node::handle_events(Turn& turn) {
  for (size_t i = 0; i < events_.size(); ++i) {
    const zab::PeerEvent event = std::move(events_[i]);
    std::visit(
        Overloaded{
            [&](const zab::RoleChanged& change) { change_role(turn, change); },
            [&](const zab::Delivered& delivered) { deliver(turn, delivered.proposal); },
            [&](const zab::RequestReceived& received) {
              if (peer_serves() && leading()) propose(turn, received.learner, received.request);
            },
            [&](const zab::RevalidateReceived& asked) {
              if (peer_serves() && leading()) revalidate(turn, asked);
            },
            [&](const zab::RevalidateAnswered& answered) {
              const auto conn = clients_.of_session(answered.session);
              if (conn && clients_.find(*conn)->phase == Phase::kRevalidating)
                finish_handshake(turn, *conn, answered.valid);
            },
            [&](const zab::Touched& touched) { sessions_.touch(touched.session, touched.timeout_ms, turn.now.steady); },
            [&](const zab::SyncAnswered& answered) { complete_sync(turn, answered); },
            [&](const zab::LearnerLost&) {},  // its clients come back elsewhere, or their sessions expire
        },
        event);
  }
  events_.clear();
}

void Node::change_role(Turn& turn, const zab::RoleChanged& change) {
  const bool same_reign = change.serving && change.role == role_ && change.epoch == epoch_;
  if (serving_ && !same_reign) stop_serving(turn);
  role_ = change.role;
  epoch_ = change.epoch;
  if (change.serving && !serving_) start_serving(turn);
}

void Node::start_serving(Turn& turn) {
  serving_ = true;
  first_served_ = peer_.committed();
  delivered_.reset();
  session_ids_.start(served().zxid);
  if (leading()) sessions_.start(served().sessions, turn.now.steady);
}

// Sessions live on, in State; all that hangs on connections ends.
void Node::stop_serving(Turn& turn) {
  replies_.flush(turn.out);
  for (const auto& [conn, client] : clients_.all()) turn.out.add(Close{conn});
  clients_.clear();
  watches_ = {};
  sessions_.stop();
  reaper_.stop();
  first_served_ = {};
  delivered_.reset();
  proposal_sizes_ = {};
  serving_ = false;
}

// A leader that is stopped for a while (a pause of the machine, a stalled disk) hears nobody meanwhile, and what was
// sent to it lies behind this input. Upstream expires them all at once; here the time that it overslept the wake-up it
// asked for does not count.
void Node::forgive_own_sleep(Now now) {
  if (!serving_ || !leading() || sessions_.deadline() > now.steady) return;
  const Duration overslept = now.steady - deadline();
  if (overslept > config_->ensemble.tick) sessions_.postpone(overslept);
}

void Node::expire(Turn& turn) {
  while (const auto conn = clients_.overdue(turn.now.steady)) drop(turn, *conn);
  if (!serving_ || !leading()) return;
  while (const auto session = sessions_.take_expired(turn.now.steady)) {
    turn.out.note(NoteKind::kSessionExpired, session->value);
    tree::Request request;
    request.session = *session;
    request.type = wire::OpCode::kCloseSession;
    peer_.propose(turn.now, request, wire::ErrorCode::kOk, turn.out, events_);
  }
}

// In nobody's session. Not from the reserve of a disk that is short of space.
void Node::reap(Turn& turn) {
  if (!serving_ || !leading() || refuses_writes()) return reaper_.stop();
  reaper_.look(served(), turn.now);
  while (const auto path = reaper_.take_due(turn.now.steady)) {
    tree::Request request;
    request.type = wire::OpCode::kDeleteContainer;
    request.body = wire::encode(wire::PathRequest{*path});
    peer_.propose(turn.now, request, wire::ErrorCode::kOk, turn.out, events_);
  }
}

ServerFigures Node::figures() const {
  ServerFigures figures;
  figures.serving = serving_ && serves_clients();
  figures.role = role_;
  figures.standalone = alone();
  figures.zxid = peer_.committed().zxid;
  figures.connections = clients_.size();
  for (const auto& [conn, client] : clients_.all()) figures.outstanding += client->queue.size();
  figures.nodes = peer_.committed().nodes.size() + 1;  // upstream's map has the root under two names
  figures.short_of_space = short_of_space_;
  figures.started = started_at_;
  figures.log_syncs = log_syncs_;
  figures.traffic = traffic_;
  figures.proposal_sizes = proposal_sizes_;
  figures.machine = machine_;
  if (const zab::Leading* leading_role = peer_.leading()) {
    for (const auto& [conn, link] : leading_role->links()) {
      ++figures.learners;
      if (link.synced()) ++figures.synced_followers;
    }
  }
  return figures;
}

std::string Node::take_admin_word(std::string_view word, Now now) {
  std::string answer = answer_admin_word(word, now);
  switch (effect_of_admin_word(word, config_->admin_words, serving_ && serves_clients())) {
    case AdminEffect::kNone: break;
    case AdminEffect::kResetServer:
      traffic_ = {};
      proposal_sizes_ = {};
      break;
    case AdminEffect::kResetConnections: clients_.reset_figures(); break;
  }
  return answer;
}

std::string Node::answer_admin_word(std::string_view word, Now now) const {
  const ServerFigures now_figures = figures();
  return node::answer_admin_word(word, config_->admin_words,
                                 {*config_, now_figures, peer_.committed(), clients_, watches_, sessions_, now});
}

}  // namespace vivarium::node

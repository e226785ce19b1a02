#include "core/zab/peer.h"

#include "core/base/backoff.h"

namespace vivarium::zab {

const char* role_name(Role role) {
  static constexpr const char* kNames[] = {"looking", "following", "leading", "observing"};
  return kNames[static_cast<size_t>(role)];
}

namespace {
constexpr Duration kRebindDelay = seconds(1);
// A leader that stands and hangs up on us (a box between, a snapshot that we cannot read) is elected again at once, by
// the votes of those who follow it, hundreds of times a second. So after the second attempt in vain comes a rest, which
// doubles with each.
constexpr Duration kRestFirst = milliseconds(10), kRestMax = seconds(1);
constexpr int kCannotListen = 1, kCannotListenForElection = 14;  // upstream's exit codes
}  // namespace

Peer::Peer(Config config, log::Recovered recovered, Rng rng)
    : config_(std::move(config)), quorum_(config_), history_(std::move(recovered), config_, rng.stream("history")) {}

bool Peer::serving() const {
  if (const auto* leading = std::get_if<Leading>(&role_)) return leading->established();
  if (const auto* following = std::get_if<Following>(&role_)) return following->serving();
  return false;
}

Sid Peer::leader() const {
  if (const auto* following = std::get_if<Following>(&role_)) return following->leader();
  return role() == Role::kLeading ? config_.self : Sid{-1};
}

bool Peer::owns(ConnId conn) const {
  if (links_.owns(conn)) return true;
  if (const auto* leading = std::get_if<Leading>(&role_)) return leading->owns(conn);
  if (const auto* following = std::get_if<Following>(&role_)) return following->owns(conn);
  return false;
}

Time Peer::deadline() const {
  if (!started_) return Time{0};
  return earlier(earlier(links_.deadline(), earlier(rebind_, rest_)),
                 std::visit([](const auto& role) { return role.deadline(); }, role_));
}

void Peer::step(Now now, const PeerInput& input, log::NodeOutbox& out, std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  if (!started_) start(turn);
  history_.forget_states();
  std::visit([&](const auto& x) { on(x, turn); }, input);
  advance(turn);
}

void Peer::start(Turn& turn) {
  started_ = true;
  history_.start(turn);
  listen_for_election(turn);
  turn.out.note(NoteKind::kLooking, history_.logged().zxid.value);
}

void Peer::listen_for_election(Turn& turn) {
  rebind_ = Time::never();
  if (config_.servers.size() > 1)
    turn.out.add(Listen{Listener::kElection, config_.door(config_.servers.at(config_.self).election)});
}

// ---- inputs
// ----------------------------------------------------------------------------------------------------------------------

void Peer::on(const Accepted& input, Turn& turn) {
  if (input.listener == Listener::kElection) return links_.on_accepted(input.conn, turn);
  if (auto* leading = std::get_if<Leading>(&role_)) return leading->on_accepted(input.conn, turn);
  turn.out.add(Close{input.conn});  // the door is closed while nobody leads here; this one slipped in
}

void Peer::on(const Connected& input, Turn& turn) {
  if (links_.owns(input.conn)) return links_.on_connected(input.conn, turn);
  auto* following = std::get_if<Following>(&role_);
  if (following && following->owns(input.conn)) following->on_connected(history_, turn);
}

void Peer::on(const Received& input, Turn& turn) {
  if (links_.owns(input.conn)) {
    for (const auto& arrival : links_.on_received(input.conn, input.bytes, turn)) on_notification(arrival, turn);
    return;
  }
  if (auto* leading = std::get_if<Leading>(&role_); leading && leading->owns(input.conn)) {
    leading->on_received(input.conn, input.bytes, history_, quorum_, turn);
  } else if (auto* following = std::get_if<Following>(&role_); following && following->owns(input.conn)) {
    following->on_received(input.bytes, history_, turn);
  }
}

void Peer::on(const Sent& input, Turn& turn) {
  if (links_.owns(input.conn)) return links_.on_sent(input.conn, turn);
  if (auto* leading = std::get_if<Leading>(&role_); leading && leading->owns(input.conn))
    leading->on_sent(input.conn, history_, turn);
}

void Peer::on(const Closed& input, Turn& turn) {
  if (links_.owns(input.conn)) return links_.on_closed(input.conn, input.reason, turn);
  if (auto* leading = std::get_if<Leading>(&role_); leading && leading->owns(input.conn)) {
    leading->on_closed(input.conn, turn);
  } else if (auto* following = std::get_if<Following>(&role_); following && following->owns(input.conn)) {
    following->on_closed(turn);
  }
}

void Peer::on(const BindFailed& input, Turn& turn) {
  if (input.listener != Listener::kElection)
    return turn.out.add(Stop{kCannotListen, fmt::format("cannot listen for learners: {}", input.reason)});
  if (++bind_failures_ == config_.bind_attempts)
    return turn.out.add(Stop{kCannotListenForElection, fmt::format("cannot listen for elections: {}", input.reason)});
  rebind_ = turn.in(kRebindDelay);
}
void Peer::on(const Tick&, Turn& turn) {
  links_.on_tick(turn);
  if (turn.due(rebind_)) listen_for_election(turn);
}
void Peer::on(const log::Durable& input, Turn& turn) { history_.on_durable(input, turn); }
void Peer::on(const log::Reloaded& input, Turn& turn) { history_.on_reloaded(input, turn); }
void Peer::on(const log::LogRead& input, Turn& turn) {
  if (auto* leading = std::get_if<Leading>(&role_)) leading->on_log_read(input, history_, turn);
}
// What a leader does not take for want of space is the node's to say. Who follows is told what to write by another, so
// it leaves while its log can still be closed in order; it looks again when there is space.
void Peer::on(const log::Space& input, Turn& turn) {
  short_of_space_ = input.left < config_.disk_reserve_bytes / 2;
  if (short_of_space_ && role() == Role::kFollowing) become_looking("its disk is short of space", turn);
}

void Peer::on_notification(const ElectionLinks::Arrival& arrival, Turn& turn) {
  if (auto* looking = std::get_if<Looking>(&role_)) {
    return looking->on_notification(arrival.from, arrival.notification, ballot_, history_, links_, quorum_, turn);
  }
  if (arrival.notification.state != wire::ServerState::kLooking) return;
  const auto state = role() == Role::kLeading ? wire::ServerState::kLeading : wire::ServerState::kFollowing;
  links_.send(arrival.from, notification_of(ballot_.vote, state), turn);
}

// ---- transitions
// -----------------------------------------------------------------------------------------------------------------

void Peer::advance(Turn& turn) {
  // A transition may make the next one due at once (an ensemble of one); it ends since every role waits for something.
  for (;;) {
    const size_t before = role_.index();
    if (auto* looking = std::get_if<Looking>(&role_)) {
      if (!looking->started() && !may_look(turn)) return;
      looking->advance(ballot_, history_, links_, quorum_, turn);
      if (looking->elected()) {
        const Sid leader = looking->elected()->leader;
        ballot_.vote = *looking->elected();
        ballot_.vote.round = ballot_.round;
        turn.out.note(NoteKind::kElected, leader.value, ballot_.vote.zxid.value, ballot_.round);
        if (leader == config_.self && !history_.may_vote())
          become_looking("elected by votes for what this server had before it lost its disk", turn);
        else if (leader == config_.self)
          become_leading(turn);
        else
          become_following(leader, turn);
      }
    } else if (auto* following = std::get_if<Following>(&role_)) {
      following->advance(history_, turn);
      if (following->fatal()) turn.out.add(Stop{13, following->failure()});
      if (following->failure())
        become_looking(following->failure(), turn);
      else if (following->serving())
        serve();
    } else if (auto* leading = std::get_if<Leading>(&role_)) {
      leading->advance(history_, quorum_, turn);
      if (leading->failure())
        become_looking(leading->failure(), turn);
      else if (leading->established())
        serve();
    }
    if (role_.index() == before) return;
  }
}

bool Peer::may_look(Turn& turn) {
  if (turn.due(rest_)) rest_ = Time::never();
  return rest_ == Time::never() && !(short_of_space_ && config_.servers.size() > 1);
}

void Peer::serve() {
  vain_attempts_ = 0;
  // Joiners compare our vote with others' by the epoch that is established now (1732, 1805, 1818).
  ballot_.vote.peer_epoch = history_.current_epoch();
}

void Peer::become_looking(const char* why, Turn& turn) {
  const bool was_serving = serving();
  if (auto* leading = std::get_if<Leading>(&role_)) leading->end(turn);
  if (auto* following = std::get_if<Following>(&role_)) {
    following->end(turn);
    if (!was_serving && ++vain_attempts_ > 1) rest_ = turn.in(doubled(kRestFirst, vain_attempts_ - 2, kRestMax));
  }
  history_.hold_window(std::nullopt);
  role_ = Looking();
  turn.out.add(
      Note{NoteKind::kSteppedDown, history_.current_epoch().value, history_.logged().zxid.value, was_serving, why});
  turn.out.note(NoteKind::kLooking, history_.logged().zxid.value);
  turn.events.push_back(RoleChanged{Role::kLooking, false, history_.current_epoch(), Sid{-1}});
}

void Peer::become_leading(Turn& turn) {
  role_ = Leading();
  std::get<Leading>(role_).begin(history_, turn);
  turn.out.note(NoteKind::kLeading, history_.current_epoch().value, history_.logged().zxid.value);
}

void Peer::become_following(Sid leader, Turn& turn) {
  role_ = Following();
  std::get<Following>(role_).begin(leader, turn);
  turn.out.note(NoteKind::kFollowing, leader.value, history_.logged().zxid.value);
}

// ---- what the node asks
// ----------------------------------------------------------------------------------------------------------

void Peer::propose(Now now, const tree::Request& request, wire::ErrorCode refused, log::NodeOutbox& out,
                   std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  auto* leading = std::get_if<Leading>(&role_);
  if (!leading || !leading->established()) return;
  leading->propose(request, refused, history_, turn);
  if (leading->failure()) advance(turn);
}

void Peer::forward(Now now, const tree::Request& request, log::NodeOutbox& out, std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  if (auto* following = std::get_if<Following>(&role_)) following->forward(request, turn);
}

void Peer::sync(Now now, SessionId session, int32_t cxid, log::NodeOutbox& out, std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  if (auto* leading = std::get_if<Leading>(&role_))
    leading->sync(session, cxid, turn);
  else if (auto* following = std::get_if<Following>(&role_))
    following->sync(session, cxid, turn);
}

void Peer::revalidate(Now now, SessionId session, int32_t timeout_ms, log::NodeOutbox& out,
                      std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  if (auto* following = std::get_if<Following>(&role_)) following->revalidate(session, timeout_ms, turn);
}

void Peer::answer_revalidate(Now now, Sid learner, SessionId session, bool valid, log::NodeOutbox& out,
                             std::vector<PeerEvent>& events) {
  Turn turn = this->turn(now, out, events);
  if (auto* leading = std::get_if<Leading>(&role_)) leading->answer_revalidate(learner, session, valid, turn);
}

void Peer::touch(SessionId session, int32_t timeout_ms) {
  if (auto* following = std::get_if<Following>(&role_)) following->touch(session, timeout_ms);
}

}  // namespace vivarium::zab

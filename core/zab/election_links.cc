#include "core/zab/election_links.h"

namespace vivarium::zab {

namespace {
constexpr int32_t kRedialsMost = 5;
constexpr Duration kLasting = milliseconds(1000);
constexpr Duration kRedialDelayFirst = milliseconds(5);
}  // namespace

void ElectionLinks::send(Sid to, const wire::Notification& notification, Turn& turn) {
  Link& link = links_[to];
  link.waiting = wire::encode_notification(notification);
  if (link.ready)
    pump(link, turn);
  else
    connect(to, turn);
}

void ElectionLinks::connect(Sid to, Turn& turn) {
  const auto spec = turn.config.servers.find(to);
  if (spec == turn.config.servers.end()) return;
  Link& link = links_[to];
  if (link.redial_after && !turn.due(*link.redial_after)) return;
  if (link.redial_after && !link.ready) drop(link, turn);  // it neither hung up nor called back
  if (link.conn) return;
  link.redial_after.reset();
  link.redial_at = Time::never();
  link.conn = turn.conns.take();
  sid_of_[*link.conn] = to;
  turn.out.add(Connect{*link.conn, spec->second.election, turn.config.connect_timeout});
}

bool ElectionLinks::refused(Sid sid) const {
  const auto link = links_.find(sid);
  return link != links_.end() && link->second.met && link->second.refused;
}

void ElectionLinks::on_accepted(ConnId conn, Turn& turn) {
  incoming_[conn] = Incoming{wire::ElectionDecoder(true), turn.in(turn.config.connect_timeout)};
}

// We dialed. The header says who we are; a larger server knows by it to dial back, and this connection has done its
// work.
void ElectionLinks::on_connected(ConnId conn, Turn& turn) {
  const Sid to = sid_of_.at(conn);
  links_[to].refused = false;
  const Address& own = turn.config.servers.at(turn.config.self).election;
  turn.send(conn, wire::encode_election_header({turn.config.self, fmt::format("{}:{}", own.host, own.port)}),
            Label::kElectionHeader);
  if (to > turn.config.self) {
    Link& link = links_[to];  // it hangs up; if instead the connection is reset, nobody was there to read
    link.redial_after = turn.in(turn.config.notification_interval_min * 2);
    return;
  }
  establish(to, conn, wire::ElectionDecoder(false), turn);
}

std::vector<ElectionLinks::Arrival> ElectionLinks::on_received(ConnId conn, const Bytes& bytes, Turn& turn) {
  if (const auto known = sid_of_.find(conn); known != sid_of_.end()) {
    const Sid from = known->second;
    links_[from].decoder.feed(bytes);
    return read(from, turn);
  }
  const auto incoming = incoming_.find(conn);
  if (incoming == incoming_.end()) return {};
  incoming->second.decoder.feed(bytes);
  if (const auto header = incoming->second.decoder.next_header()) return on_header(conn, *header, turn);
  if (incoming->second.decoder.failed()) {
    incoming_.erase(conn);
    turn.out.add(Close{conn});
  }
  return {};
}

// The larger server id wins: a smaller one's call is answered by hanging up and calling it.
std::vector<ElectionLinks::Arrival> ElectionLinks::on_header(ConnId conn, const wire::ElectionHeader& header,
                                                             Turn& turn) {
  wire::ElectionDecoder decoder = std::move(incoming_.at(conn).decoder);
  incoming_.erase(conn);
  const bool known = turn.config.servers.contains(header.sid);
  if (!known || header.sid <= turn.config.self) {
    turn.out.add(Close{conn});
    if (known && header.sid < turn.config.self) {
      drop(links_[header.sid], turn);
      connect(header.sid, turn);
    }
    return {};
  }
  drop(links_[header.sid], turn);
  establish(header.sid, conn, std::move(decoder), turn);
  return read(header.sid, turn);
}

std::vector<ElectionLinks::Arrival> ElectionLinks::read(Sid from, Turn& turn) {
  std::vector<Arrival> arrivals;
  Link& link = links_[from];
  while (auto body = link.decoder.next_body()) {
    // A malformed notification is one message lost, not a connection (3769).
    if (auto notification = wire::decode_notification(*body)) arrivals.push_back({from, std::move(*notification)});
  }
  if (link.decoder.failed()) drop(link, turn);
  return arrivals;
}

void ElectionLinks::establish(Sid sid, ConnId conn, wire::ElectionDecoder decoder, Turn& turn) {
  Link& link = links_[sid];
  link.conn = conn;
  sid_of_[conn] = sid;
  link.ready = link.met = true;
  link.refused = false;
  link.ready_since = turn.now.steady;
  link.redial_at = Time::never();
  link.redial_after.reset();
  link.decoder = std::move(decoder);
  // The last one may have been lost with the old connection.
  if (link.waiting.is_null()) link.waiting = link.last;
  pump(link, turn);
}

void ElectionLinks::drop(Link& link, Turn& turn) {
  if (link.conn) {
    turn.out.add(Close{*link.conn});
    sid_of_.erase(*link.conn);
  }
  link.conn.reset();
  link.ready = link.sending = false;
  link.decoder = wire::ElectionDecoder(false);
}

void ElectionLinks::pump(Link& link, Turn& turn) {
  if (!link.ready || link.sending || link.waiting.is_null()) return;
  link.last = std::exchange(link.waiting, Bytes());
  link.sending = true;
  turn.out.add(Send{*link.conn, link.last, Label::kNotification, {}, true});
}

void ElectionLinks::on_sent(ConnId conn, Turn& turn) {
  const auto known = sid_of_.find(conn);
  if (known == sid_of_.end()) return;
  Link& link = links_[known->second];
  link.sending = false;
  pump(link, turn);
}

// A link that is lost is dialled again before anybody has something to say: our last notification may have gone with
// it, and whoever is down is known to be. A process that is being killed is still called for a moment: its kernel takes
// the connection, then resets it. A larger server that replaces a link calls back meanwhile, so nobody is dialled at
// once.
void ElectionLinks::redial_soon(Link& link, Turn& turn) {
  if (link.ready && turn.now.steady - link.ready_since > kLasting) link.redials = 0;
  if (link.redials >= kRedialsMost) return;
  link.redial_after.reset();
  link.redial_at = turn.in(kRedialDelayFirst * (int64_t{1} << link.redials++));
}

void ElectionLinks::on_closed(ConnId conn, CloseReason reason, Turn& turn) {
  incoming_.erase(conn);
  const auto known = sid_of_.find(conn);
  if (known == sid_of_.end()) return;
  Link& link = links_[known->second];
  link.refused = reason == CloseReason::kRefused;
  if (link.ready || reason == CloseReason::kReset) redial_soon(link, turn);
  link.conn.reset();
  link.ready = link.sending = false;
  link.decoder = wire::ElectionDecoder(false);
  sid_of_.erase(known);
}

void ElectionLinks::on_tick(Turn& turn) {
  for (auto& [sid, link] : links_) {
    if (turn.due(link.redial_at)) connect(sid, turn);
    if (turn.due(link.redial_at)) link.redial_at = Time::never();  // it is there again
  }
  for (auto it = incoming_.begin(); it != incoming_.end();) {
    if (!turn.due(it->second.deadline)) {
      ++it;
      continue;
    }
    turn.out.add(Close{it->first});
    it = incoming_.erase(it);
  }
}

Time ElectionLinks::deadline() const {
  Time out = Time::never();
  for (const auto& [sid, link] : links_) out = earlier(out, link.redial_at);
  for (const auto& [conn, incoming] : incoming_) out = earlier(out, incoming.deadline);
  return out;
}

}  // namespace vivarium::zab

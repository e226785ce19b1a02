#include "tests/zab/peer_net.h"

#include <algorithm>

namespace vivarium::zab::testing {

namespace {
std::string host_name(Sid sid) { return fmt::format("s{}", sid.value); }
Sid sid_of(const std::string& host) { return Sid{std::stoll(host.substr(1))}; }

tree::Request session_request(int64_t session) {
  BytesBuilder timeout;
  timeout.i32(10000);
  return {SessionId{session}, 0, wire::OpCode::kCreateSession, timeout.take(), {}};
}
}  // namespace

// What log::recover gives: the snapshot, and the records after it.
static log::Recovered recover(const PeerNet::Disk& disk) {
  log::Recovered out{disk.snapshot, disk.snapshot, {}, disk.accepted, disk.current, disk.formatted, disk.snapshots};
  for (const auto& record : disk.records) {
    if (record.zxid <= disk.snapshot.zxid) continue;
    tree::apply(out.state, *wire::decode_txn(record.payload));
    out.records.push_back(record);
  }
  return out;
}

std::vector<log::Record> records_of(const std::vector<Zxid>& zxids) {
  tree::State state = tree::State::fresh();
  std::vector<log::Record> records;
  for (Zxid zxid : zxids) {
    auto prepared = tree::prepare(state, session_request(zxid.value), zxid, 1, {});
    records.push_back({zxid, wire::encode_txn(prepared.txn)});
  }
  return records;
}

PeerNet::PeerNet(int servers, NetOptions options, std::function<void(Config&)> adjust)
    : options_(options), rng_(options.seed) {
  std::map<Sid, ServerSpec> specs;
  for (int i = 1; i <= servers; ++i) {
    const std::string name = host_name(Sid{i});
    specs[Sid{i}] = {{name, 2888}, {name, 3888}, {name, 2181}, true};
  }
  for (int i = 1; i <= servers; ++i) {
    Host& host = hosts_[Sid{i}];
    host.config.self = Sid{i};
    host.config.servers = specs;
    host.config.tick = milliseconds(200);
    host.config.connect_timeout = milliseconds(500);
    if (adjust) adjust(host.config);
  }
}

void PeerNet::at(Time t, std::function<void()> f) { queue_.emplace(std::pair(t, ++sequence_), std::move(f)); }
Duration PeerNet::between(Duration low, Duration high) { return {rng_.between(low.ns, high.ns)}; }

void PeerNet::start(Sid sid) {
  Host& host = hosts_.at(sid);
  CHECK(!host.peer);
  const log::Recovered recovered = recover(host.disk);
  host.peer.emplace(host.config, recovered, Rng(options_.seed).stream(host_name(sid)));
  ++host.life;
  host.woken = Time::never();
  host.disk_free.fill(now_);
  input(sid, Tick{});
}

void PeerNet::start_all() {
  for (auto& [sid, host] : hosts_) start(sid);
}

void PeerNet::kill(Sid sid) {
  Host& host = hosts_.at(sid);
  if (!host.peer) return;
  host.peer.reset();
  ++host.life;
  host.listening.clear();
  const auto conns = host.peers_of;
  for (const auto& [conn, other] : conns) close(sid, conn);
  host.last_arrival.clear();
}

void PeerNet::wipe(Sid sid) {
  CHECK(!alive(sid));
  disk(sid) = Disk{};
  disk(sid).formatted = false;
  disk(sid).snapshots = 0;
}

void PeerNet::cut(Sid a, Sid b) {
  cuts_.insert({a, b});
  cuts_.insert({b, a});
}

void PeerNet::heal() {
  cuts_.clear();
  // In order: a stream stays a stream.
  for (auto& stalled : std::exchange(stalled_, {})) at(arrival(stalled.from, stalled.conn), stalled.deliver);
}

void PeerNet::input(Sid sid, PeerInput in) {
  Host& host = hosts_.at(sid);
  if (!host.peer) return;
  log::NodeOutbox out;
  std::vector<PeerEvent> events;
  host.peer->step({now_, 1'000'000 + now_.ns / 1'000'000}, in, out, events);
  for (const auto& event : events) {
    if (const auto* delivered = std::get_if<Delivered>(&event)) {
      const auto& proposal = *delivered->proposal;
      const auto [known, fresh] = delivered_.emplace(proposal.header.zxid, proposal.payload);
      if (!fresh && known->second != proposal.payload)
        violations_.push_back(fmt::format("two transactions at {}", proposal.header.zxid));
    }
  }
  perform(sid, out);
  inspect(sid);
}

void PeerNet::perform(Sid sid, log::NodeOutbox& out) {
  for (auto& output : out.network) {
    if (const auto* listen = std::get_if<Listen>(&output))
      hosts_.at(sid).listening.insert(listen->listener);
    else if (const auto* unlisten = std::get_if<Unlisten>(&output))
      hosts_.at(sid).listening.erase(unlisten->listener);
    else if (const auto* c = std::get_if<Connect>(&output))
      connect(sid, *c);
    else if (const auto* s = std::get_if<Send>(&output))
      send(sid, *s);
    else if (const auto* c2 = std::get_if<Close>(&output))
      close(sid, c2->conn);
    else if (const auto* stop = std::get_if<Stop>(&output))
      violations_.push_back(fmt::format("server {} stops: {}", sid, stop->reason));
    else if (const auto* note = std::get_if<Note>(&output); note && note->kind == NoteKind::kSyncChosen)
      sync_rows_.push_back(static_cast<SyncRow>(note->a));
  }
  for (auto& operation : out.disk) disk_operation(sid, std::move(operation));
  Host& host = hosts_.at(sid);
  const Time deadline = host.peer->deadline();
  if (deadline == Time::never() || deadline == host.woken) return;
  host.woken = deadline;
  at(std::max(deadline, now_), [this, sid, deadline, life = host.life] {
    Host& h = hosts_.at(sid);
    if (h.life != life || h.woken != deadline) return;
    h.woken = Time::never();
    input(sid, Tick{});
  });
}

Time PeerNet::arrival(Sid from, ConnId conn) {
  Time& last = hosts_.at(from).last_arrival[conn];
  last = std::max(Time{last.ns + 1}, now_ + between(options_.latency_min, options_.latency_max));
  return last;
}

void PeerNet::connect(Sid from, const Connect& c) {
  const Sid to = sid_of(c.address.host);
  const Listener listener = c.address.port == 2888 ? Listener::kQuorum : Listener::kElection;
  const uint64_t life = hosts_.at(from).life;
  const auto refuse = [this, from, life, conn = c.conn](CloseReason why) {
    if (hosts_.at(from).life == life) input(from, Closed{conn, why});
  };
  if (cuts_.contains({from, to})) {
    at(now_ + c.timeout, [refuse] { refuse(CloseReason::kTimeout); });
    return;
  }
  at(now_ + between(options_.latency_min, options_.latency_max),
     [this, from, to, listener, life, refuse, conn = c.conn] {
       Host& server = hosts_.at(to);
       if (hosts_.at(from).life != life) return;
       if (listener == Listener::kQuorum && hangs_up_ == std::pair(to, from)) {
         ++hung_up_;
         input(from, Connected{conn});
         return refuse(CloseReason::kByPeer);
       }
       if (!server.peer || !server.listening.contains(listener)) return refuse(CloseReason::kRefused);
       const ConnId accepted{server.next_accepted};
       server.next_accepted += 2;
       server.peers_of[accepted] = {from, conn};
       hosts_.at(from).peers_of[conn] = {to, accepted};
       input(to, Accepted{accepted, listener, {host_name(from), 0}, {}});
       at(now_ + between(options_.latency_min, options_.latency_max), [this, from, life, conn] {
         if (hosts_.at(from).life == life && hosts_.at(from).peers_of.contains(conn)) input(from, Connected{conn});
       });
     });
}

void PeerNet::send(Sid from, const Send& s) {
  Host& host = hosts_.at(from);
  const auto stream = host.peers_of.find(s.conn);
  if (stream == host.peers_of.end()) return;
  const auto [to, conn] = stream->second;
  if (s.notify_sent) {
    at(now_, [this, from, life = host.life, c = s.conn] {
      if (hosts_.at(from).life == life) input(from, Sent{c});
    });
  }
  auto deliver = [this, to, life = hosts_.at(to).life, conn, bytes = s.bytes] {
    if (hosts_.at(to).life == life && hosts_.at(to).peers_of.contains(conn)) input(to, Received{conn, bytes});
  };
  if (cuts_.contains({from, to}))
    stalled_.push_back({from, s.conn, deliver});
  else
    at(arrival(from, s.conn), deliver);
}

void PeerNet::close(Sid from, ConnId conn) {
  Host& host = hosts_.at(from);
  const auto stream = host.peers_of.find(conn);
  if (stream == host.peers_of.end()) return;
  const auto [to, other] = stream->second;
  auto deliver = [this, to, life = hosts_.at(to).life, other] {
    Host& h = hosts_.at(to);
    if (h.life == life && h.peers_of.erase(other)) input(to, Closed{other, CloseReason::kByPeer});
  };
  if (cuts_.contains({from, to}))
    stalled_.push_back({from, conn, deliver});
  else
    at(arrival(from, conn), deliver);
  host.peers_of.erase(conn);
}

void PeerNet::disk_operation(Sid sid, log::DiskOperation operation) {
  Host& host = hosts_.at(sid);
  Time& free = host.disk_free[static_cast<size_t>(operation.queue)];
  free = std::max(free, now_) + between(options_.disk_min, options_.disk_max);
  at(free, [this, sid, life = host.life, operation] {
    Host& h = hosts_.at(sid);
    if (h.life != life) return;
    if (auto answer = execute(h, operation)) input(sid, *answer);
    input(sid, log::Durable{operation.queue, operation.seq});
  });
}

std::optional<PeerInput> PeerNet::execute(Host& host, const log::DiskOperation& operation) {
  Disk& disk = host.disk;
  const auto cut = [&](Zxid keep) { std::erase_if(disk.records, [&](const log::Record& r) { return r.zxid > keep; }); };
  if (const auto* append = std::get_if<log::AppendRecords>(&operation.operation)) {
    disk.records.insert(disk.records.end(), append->records.begin(), append->records.end());
  } else if (const auto* truncate = std::get_if<log::TruncateLog>(&operation.operation)) {
    cut(truncate->keep);
  } else if (const auto* snapshot = std::get_if<log::WriteSnapshot>(&operation.operation)) {
    disk.snapshot = snapshot->state;
    disk.snapshots++;
    disk.formatted = true;
  } else if (const auto* discard = std::get_if<log::DiscardSnapshotsAbove>(&operation.operation)) {
    // This disk keeps one snapshot: below it nothing can be rebuilt.
    if (disk.snapshot.zxid > discard->zxid)
      disk = Disk{tree::State::fresh(), {}, disk.accepted, disk.current, false, 0};
  } else if (const auto* epoch = std::get_if<log::WriteEpoch>(&operation.operation)) {
    Epoch& file = epoch->file == log::EpochFile::kAccepted ? disk.accepted : disk.current;
    if (epoch->epoch < file)
      violations_.push_back(
          fmt::format("server {}: epoch file goes back from {} to {}", host.config.self, file, epoch->epoch));
    file = epoch->epoch;
  } else if (const auto* reload = std::get_if<log::Reload>(&operation.operation)) {
    Disk upto = disk;
    if (upto.snapshot.zxid > reload->keep) upto.snapshot = tree::State::fresh();
    std::erase_if(upto.records, [&](const log::Record& r) { return r.zxid > reload->keep; });
    return log::Reloaded{operation.seq, recover(upto)};
  } else if (const auto* read = std::get_if<log::ReadLog>(&operation.operation)) {
    log::LogRead answer{read->query, disk.records, !disk.records.empty() && disk.records.front().zxid <= read->from};
    return answer;
  }
  return std::nullopt;
}

void PeerNet::inspect(Sid sid) {
  Host& host = hosts_.at(sid);
  if (!host.peer) return;
  const Peer& peer = *host.peer;
  if (const Leading* leading = peer.leading(); leading && leading->established()) {
    const auto [known, fresh] = leaders_.emplace(leading->epoch(), sid);
    if (!fresh && known->second != sid)
      violations_.push_back(fmt::format("epoch {} has leaders {} and {}", leading->epoch(), known->second, sid));
  }
  if (!peer.serving()) return;
  const tree::State& state = peer.committed();
  const auto [known, fresh] = digests_.emplace(state.zxid, static_cast<int64_t>(hash_of(state.sessions)));
  if (!fresh && known->second != static_cast<int64_t>(hash_of(state.sessions)))
    violations_.push_back(
        fmt::format("server {} differs at {}: t={} sessions {}", sid, state.zxid, now_.ns, print(state.sessions)));
}

void PeerNet::run_for(Duration d) {
  const Time end = now_ + d;
  run_until([] { return false; }, d);
  now_ = end;
}

bool PeerNet::run_until(const std::function<bool()>& f, Duration limit) {
  const Time end = now_ + limit;
  while (!f()) {
    if (queue_.empty() || queue_.begin()->first.first > end) {
      now_ = end;
      return false;
    }
    auto event = queue_.extract(queue_.begin());
    now_ = event.key().first;
    event.mapped()();
  }
  return true;
}

std::optional<Sid> PeerNet::serving_leader() const {
  for (const auto& [sid, host] : hosts_) {
    if (host.peer && host.peer->role() == Role::kLeading && host.peer->serving()) return sid;
  }
  return std::nullopt;
}

bool PeerNet::all_serve_one_leader() const {
  const auto leader = serving_leader();
  if (!leader) return false;
  const tree::State& state = hosts_.at(*leader).peer->committed();
  return std::all_of(hosts_.begin(), hosts_.end(), [&](const auto& item) {
    const auto& peer = item.second.peer;
    return !peer ||
           (peer->serving() && peer->leader() == *leader && peer->committed() == state && peer->logged() == state.zxid);
  });
}

bool PeerNet::propose(int64_t session) {
  const auto leader = serving_leader();
  if (!leader) return false;
  log::NodeOutbox out;
  std::vector<PeerEvent> events;
  peer(*leader).propose({now_, 1'000'000 + now_.ns / 1'000'000}, session_request(session), wire::ErrorCode::kOk, out,
                        events);
  perform(*leader, out);
  return true;
}

std::string PeerNet::describe() const {
  std::string out = fmt::format("t={}ms\n", now_.ns / 1'000'000);
  for (const auto& [sid, host] : hosts_) {
    if (!host.peer) {
      out += fmt::format("  {} down\n", sid);
      continue;
    }
    const Peer& p = *host.peer;
    out += fmt::format("  {} {} serving={} leader={} epoch={} accepted={} logged={} committed={} round={} vote={}\n",
                       sid, role_name(p.role()), p.serving(), p.leader(), p.epoch(), p.history().accepted_epoch(),
                       p.logged(), p.committed().zxid, p.ballot().round, print(p.ballot().vote));
    if (p.leading()) out += fmt::format("     phase {}\n", static_cast<int>(p.leading()->phase()));
    if (p.following()) out += fmt::format("     phase {}\n", static_cast<int>(p.following()->phase()));
  }
  return out;
}

}  // namespace vivarium::zab::testing

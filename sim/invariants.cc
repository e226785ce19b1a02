#include "sim/invariants.h"

#include <algorithm>

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

struct CheckText {
  const char* name;
  const char* says;
};
constexpr std::array<CheckText, kChecks> kTexts = {{
    {"leadership", "at most one established leader per epoch"},
    {"integrity", "what is delivered was proposed"},
    {"agreement", "one transaction per zxid, for ever and everywhere"},
    {"prefix-consistency", "delivered histories are prefixes of one another"},
    {"total-order", "transactions are delivered in the order of their zxids"},
    {"local-primary-order", "an epoch's transactions are delivered in the order in which its leader proposed them"},
    {"global-primary-order", "an earlier epoch's transactions are delivered before a later one's"},
    {"primary-integrity", "a leader has all that was ever committed before it proposes"},
    {"durability", "committed means on a quorum's disks"},
    {"epoch-files", "epoch files never go back"},
    {"digest", "equal state at equal zxid"},
    {"ephemerals", "only live sessions own ephemerals"},
    {"session-order", "replies come in the order of the requests"},
    {"zxid-seen", "a client's lastZxidSeen never goes back"},
    {"watch-order", "a watch event comes before the data that it announces"},
    {"watch-once", "an armed watch fires once, and no other does"},
    {"recovery", "a server recovers from its own disk"},
    {"no-stop", "no server stops by itself, but for an injected disk fault"},
}};

// Proposals are remembered a good while after others have been committed, then forgotten: what is committed is known by
// itself.
constexpr size_t kProposalsKept = 10'000;
constexpr uint64_t kUnknownPayload = 0;  // of a transaction that came inside a snapshot

uint64_t payload_hash(const zab::Proposal& proposal) { return hash_bytes(proposal.payload.view()); }

}  // namespace

const char* check_name(Check check) { return kTexts[static_cast<size_t>(check)].name; }
const char* check_says(Check check) { return kTexts[static_cast<size_t>(check)].says; }

Invariants::Invariants(const World& world) : servers_(world.servers()) {}

// One report of a kind is enough: what follows from it would only hide it.
void Invariants::report(Check check, const World& world, std::string what) {
  if (!reported_.insert(check).second) return;
  violations_.push_back({check_name(check), world.now(), std::move(what), {world.last().record.seq}});
}

void Invariants::after_step(const World& world) {
  const Happening& last = world.last();
  look_at_records(world, last.record);
  if (last.process == kNoProcess) return;
  if (world.is_server(last.process))
    look_at_server(world, last.process);
  else
    look_at_client(world);
}

void Invariants::after_faults(const World& world) {
  // A wipe begins with a power loss, and both are over by now: what was known of the disk is saved before either is
  // looked at.
  for (const Record& record : world.between()) {
    if (record.kind == RecordKind::kWiped) servers_[record.node].wiped = servers_[record.node].disk;
  }
  for (const Record& record : world.between()) look_at_records(world, record);
}

void Invariants::look_at_records(const World& world, const Record& record) {
  if (record.node == kNoProcess || !world.is_server(record.node)) return;
  Server& server = servers_[record.node];
  const Sid sid = world.server(record.node).sid();
  // A disk that fails or is full ends the process, by design; it damages nothing.
  const bool excused = server.excused || world.server(record.node).disk_limited();
  switch (record.kind) {
    case RecordKind::kPowerLost:
    case RecordKind::kKilled:
    case RecordKind::kStarted:
    case RecordKind::kExited: server.disk.rebuild(world.disk(record.node)); break;
    case RecordKind::kWiped:
      server.disk.rebuild(world.disk(record.node));
      server.accepted = server.current = Epoch{};
      break;
    case RecordKind::kDiskFault: server.excused = true; break;
    case RecordKind::kDiskFaultsCleared: server.excused = false; break;
    case RecordKind::kRecoveryRefused:
      if (!excused)
        report(Check::kRecovery, world,
               fmt::format("server {} refuses to start: {}", sid, world.server(record.node).failure()));
      break;
    default: break;
  }
  if (record.kind == RecordKind::kExited && !excused) {
    report(Check::kDigestStop, world, fmt::format("server {} stopped: {}", sid, world.server(record.node).failure()));
  }
}

void Invariants::look_at_server(const World& world, ProcessId p) {
  look_at_disk(world, p);
  const node::Node* node = world.node(p);
  Server& server = servers_[p];
  if (!node) {
    server.established = false;
    return;
  }
  if (server.incarnation != world.server(p).incarnation()) {
    server.incarnation = world.server(p).incarnation();
    server.committed = Zxid{-1};
    server.established = false;
  }
  look_at_proposals(world, p);
  if (node->state().zxid != server.committed) look_at_commits(world, p);
  look_at_leadership(world, p);
}

// ---- proposals, leaders
// ----------------------------------------------------------------------------------------------------------

void Invariants::look_at_proposals(const World& world, ProcessId p) {
  for (const NetworkOutput& output : world.last().outputs) {
    const auto* note = std::get_if<Note>(&output);
    if (!note || note->kind != NoteKind::kProposed) continue;
    const Zxid zxid{note->a};
    const zab::ProposalRef* proposal = world.node(p)->peer().history().find(zxid);
    if (!proposal) continue;
    const uint64_t hash = payload_hash(**proposal);
    const auto [known, fresh] = proposed_.emplace(zxid, hash);
    if (!fresh && known->second != hash)
      report(Check::kAgreement, world,
             fmt::format("server {} proposes another transaction at {}", world.server(p).sid(), zxid));
    if (const Committed* committed = find(zxid); committed && committed->payload_hash != hash) {
      report(
          Check::kAgreement, world,
          fmt::format("server {} proposes at {}, where another transaction is committed", world.server(p).sid(), zxid));
    }
  }
}

void Invariants::look_at_leadership(const World& world, ProcessId p) {
  const zab::Leading* leading = world.node(p)->peer().leading();
  Server& server = servers_[p];
  const bool established = leading && leading->established();
  if (established && !server.established) {
    const Sid sid = world.server(p).sid();
    const auto [known, fresh] = leaders_.emplace(leading->epoch(), p);
    if (!fresh && known->second != p) {
      report(Check::kLeadership, world,
             fmt::format("servers {} and {} both lead epoch {}", world.server(known->second).sid(), sid,
                         leading->epoch()));
    }
    // All of earlier epochs. A later epoch may have begun already: then this leader will find no quorum any more.
    const Zxid has = world.node(p)->state().zxid;
    const size_t earlier = place_near_end(committed_, Zxid(leading->epoch(), 0));
    if (earlier > 0 && has < committed_[earlier - 1].zxid) {
      report(Check::kPrimaryIntegrity, world,
             fmt::format("server {} leads epoch {} with history up to {}, but {} is committed", sid, leading->epoch(),
                         has, committed_[earlier - 1].zxid));
    }
    // What it brought inside a snapshot is committed now, and nobody has delivered it one by one.
    if (has.value > 0 && (committed_.empty() || committed_.back().zxid < has)) {
      holes_.push_back({committed_.empty() ? Zxid{} : committed_.back().zxid, has});
      committed_.push_back({has, kUnknownPayload, world.node(p)->state().tree_digest});
    }
  }
  server.established = established;
}

// ---- commits
// -----------------------------------------------------------------------------------------------------------------------

const Invariants::Committed* Invariants::find(Zxid zxid) const {
  const size_t at = place_near_end(committed_, zxid);
  return at < committed_.size() && committed_[at].zxid == zxid ? &committed_[at] : nullptr;
}

void Invariants::look_at_commits(const World& world, ProcessId p) {
  const node::Node& node = *world.node(p);
  const zab::History& history = node.peer().history();
  Server& server = servers_[p];
  const Sid sid = world.server(p).sid();
  const Zxid now = node.state().zxid, before = server.committed;
  server.committed = now;
  if (now < before) {
    // A server that cannot rebuild the point that its leader cuts it to begins again from nothing, without a vote; it
    // serves nobody then.
    if (node.serving()) report(Check::kPrefix, world, fmt::format("server {} took {} back to {}", sid, before, now));
    return;
  }
  for (auto entry = history.window().upper_bound(before); entry != history.window().end() && (*entry).first <= now;
       ++entry) {
    commit_one(world, p, *(*entry).second);
  }
  // Where a snapshot brought it, what it has must be what everybody has.
  const Committed* known = find(now);
  if (known && known->tree_digest != node.state().tree_digest) {
    report(Check::kDigest, world,
           fmt::format("server {} at {} has digest {:x}, others have {:x}", sid, now,
                       static_cast<uint64_t>(node.state().tree_digest), static_cast<uint64_t>(known->tree_digest)));
  }
  if (!known && now.value > 0 && node.serving())
    report(Check::kIntegrity, world, fmt::format("server {} serves {}, which nobody has proposed", sid, now));
}

void Invariants::commit_one(const World& world, ProcessId p, const zab::Proposal& proposal) {
  const Zxid zxid = proposal.header.zxid;
  const Sid sid = world.server(p).sid();
  const uint64_t hash = payload_hash(proposal);
  if (committed_.empty() || zxid > committed_.back().zxid) {
    const auto proposal_known = proposed_.find(zxid);
    if (proposal_known == proposed_.end())
      report(Check::kIntegrity, world, fmt::format("server {} delivers {}, which was never proposed", sid, zxid));
    else if (proposal_known->second != hash)
      report(Check::kIntegrity, world, fmt::format("server {} delivers at {} what was not proposed there", sid, zxid));
    if (!committed_.empty()) {
      const Zxid last = committed_.back().zxid;
      if (zxid.epoch() == last.epoch() && zxid != last.next())
        report(Check::kLocalPrimaryOrder, world, fmt::format("server {} delivers {} after {}", sid, zxid, last));
      if (zxid.epoch() > last.epoch() && proposed_.contains(last.next()) && leaders_.contains(zxid.epoch()) &&
          find(last.next())) {
        report(Check::kGlobalPrimaryOrder, world,
               fmt::format("server {} delivers {} before {}", sid, zxid, last.next()));
      }
    }
    committed_.push_back({zxid, hash, proposal.after.tree_digest});
    while (proposed_.size() > kProposalsKept) proposed_.erase(proposed_.begin());
    judge_durability(world, p, zxid);
    for (const auto& [session, paths] : proposal.after.ephemerals) {
      if (!proposal.after.sessions.contains(session))
        report(Check::kEphemerals, world,
               fmt::format("at {} session {:x} owns {} nodes and does not live", zxid,
                           static_cast<uint64_t>(session.value), paths.size()));
    }
    return;
  }
  const size_t place = place_near_end(committed_, zxid);
  Committed* known = place < committed_.size() && committed_[place].zxid == zxid ? &committed_[place] : nullptr;
  if (known && known->payload_hash == kUnknownPayload) known->payload_hash = hash;
  const bool in_a_hole = std::any_of(holes_.begin(), holes_.end(),
                                     [&](const auto& hole) { return zxid > hole.first && zxid < hole.second; });
  if (!known && in_a_hole) {
    const auto proposal_known = proposed_.find(zxid);
    if (proposal_known == proposed_.end() || proposal_known->second != hash)
      return report(Check::kIntegrity, world,
                    fmt::format("server {} delivers at {} what was not proposed there", sid, zxid));
    committed_.insert(committed_.begin() + static_cast<std::ptrdiff_t>(place),
                      {zxid, hash, proposal.after.tree_digest});
    return;
  }
  if (!known)
    return report(Check::kPrefix, world,
                  fmt::format("server {} delivers {}, which the others went past without", sid, zxid));
  if (known->payload_hash != hash)
    report(Check::kAgreement, world, fmt::format("server {} delivers another transaction at {}", sid, zxid));
  if (known->tree_digest != proposal.after.tree_digest)
    report(Check::kDigest, world, fmt::format("server {} has another tree at {}", sid, zxid));
}

// The first to commit must have had a quorum's disks behind it, dead servers' disks included.
void Invariants::judge_durability(const World& world, ProcessId p, Zxid zxid) {
  const uint64_t hash = committed_.back().payload_hash;
  std::string holders;
  size_t holding = 0;
  for (ProcessId q = 0; q < servers_.size(); ++q) {
    // A disk that was lost had it; that the fault took more than the ensemble can bear is not the ensemble's fault.
    if (!servers_[q].disk.holds(zxid, hash) && !servers_[q].wiped.holds(zxid, hash)) continue;
    ++holding;
    holders += fmt::format(" {}", world.server(q).sid());
  }
  if (holding * 2 <= servers_.size()) {
    report(Check::kDurability, world,
           fmt::format("server {} commits {}, which is on {} of {} disks (of servers{})", world.server(p).sid(), zxid,
                       holding, servers_.size(), holders));
  }
}

// ---- disks
// ---------------------------------------------------------------------------------------------------------------------------

void Invariants::look_at_disk(const World& world, ProcessId p) {
  const Happening& last = world.last();
  if (last.record.kind != RecordKind::kDurable) return;
  Server& server = servers_[p];
  const SimFileSystem& disk = world.disk(p);
  const auto queue = static_cast<log::Queue>(last.record.a);
  if (queue == log::Queue::kLog) {
    server.disk.read_on(disk);
  } else if (queue == log::Queue::kSnapshot) {
    server.disk.rebuild(disk);
  } else {
    const auto look = [&](const char* name, Epoch& known) {
      const Epoch now = DiskIndex::epoch_in(disk, name).value_or(Epoch{});
      if (now < known)
        report(Check::kEpochFiles, world,
               fmt::format("server {}: {} goes back from {} to {}", world.server(p).sid(), name, known, now));
      known = now;
    };
    look("acceptedEpoch", server.accepted);
    look("currentEpoch", server.current);
  }
}

// ---- clients
// -------------------------------------------------------------------------------------------------------------------------

void Invariants::look_at_client(const World& world) {
  const Happening& last = world.last();
  const ClientId c = world.client_of(last.process);
  if (clients_.size() <= c) clients_.resize(c + 1);
  ClientView& view = clients_[c];
  const client::Client& client = world.client(c);
  for (const client::ClientEvent& event : last.events) {
    if (const auto* completion = std::get_if<client::Completion>(&event)) {
      if (completion->token.value <= view.last_token)
        report(Check::kSessionOrder, world,
               fmt::format("client {}: request {} is answered after {}", c, completion->token.value, view.last_token));
      view.last_token = completion->token.value;
      if (completion->zxid.value > 0) {
        if (completion->zxid < view.last_zxid_seen)
          report(Check::kZxidSeen, world,
                 fmt::format("client {} is answered from {} after it has seen {}", c, completion->zxid,
                             view.last_zxid_seen));
        view.last_zxid_seen = std::max(view.last_zxid_seen, completion->zxid);
      }
    } else if (const auto* session = std::get_if<client::SessionEvent>(&event)) {
      if (client::SessionChange::kConnected != session->change &&
          session->change != client::SessionChange::kDisconnected)
        view = ClientView{{}, {}, view.last_token, {}, {}};
    }
  }
  if (client.session() == view.session && client.last_zxid_seen() < view.last_zxid_seen) {
    report(Check::kZxidSeen, world,
           fmt::format("client {} goes back from {} to {}", c, view.last_zxid_seen, client.last_zxid_seen()));
  }
  view.session = client.session();
}

void Invariants::at_end(const World& world) {
  for (ProcessId p = 0; p < world.servers(); ++p) {
    const node::Node* node = world.node(p);
    if (!node) continue;
    for (const auto& [session, paths] : node->state().ephemerals) {
      if (!node->state().sessions.contains(session))
        report(Check::kEphemerals, world,
               fmt::format("server {}: session {:x} is gone, {} of its nodes are not", world.server(p).sid(),
                           static_cast<uint64_t>(session.value), paths.size()));
    }
  }
}

}  // namespace vivarium::sim

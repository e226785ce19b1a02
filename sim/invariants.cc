#include "sim/invariants.h"

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

uint64_t payload_hash(const zab::Proposal& proposal) { return hash_bytes(proposal.payload.view()); }

std::vector<Sid> sids_of(const World& world) {
  std::vector<Sid> out;
  for (ProcessId p = 0; p < world.servers(); ++p) out.push_back(world.server(p).sid());
  return out;
}

}  // namespace

Invariants::Invariants(const World& world) : servers_(world.servers()), ledger_(sids_of(world)) {}

void Invariants::after_step(const World& world) {
  const Happening& last = world.last();
  findings_.at(world.now(), last.record.seq, last.process);
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
  for (const Record& record : world.between()) {
    findings_.at(world.now(), record.seq, record.node);
    look_at_records(world, record);
  }
}

void Invariants::look_at_records(const World& world, const Record& record) {
  if (record.node == kNoProcess || !world.is_server(record.node)) return;
  Server& server = servers_[record.node];
  const ServerProcess& process = world.server(record.node);
  // A disk that fails or is full ends the process, by design; it damages nothing.
  const bool excused = server.excused || process.disk_limited();
  switch (record.kind) {
    case RecordKind::kPowerLost:
    case RecordKind::kKilled:
    case RecordKind::kStarted:
    case RecordKind::kExited: server.disk.rebuild(world.disk(record.node)); break;
    case RecordKind::kWiped:
      server.disk.rebuild(world.disk(record.node));
      ledger_.wiped(record.node);
      break;
    case RecordKind::kDiskFault: server.excused = true; break;
    case RecordKind::kDiskFaultsCleared: server.excused = false; break;
    case RecordKind::kRecoveryRefused:
      if (!excused) {
        findings_.report(Check::kRecovery,
                         fmt::format("server {} refuses to start: {}", process.sid(), process.failure()),
                         {findings_.side("refuses its own disk: " + process.failure())});
      }
      break;
    default: break;
  }
  if (record.kind == RecordKind::kExited && !excused) {
    findings_.report(Check::kNoStop, fmt::format("server {} stopped: {}", process.sid(), process.failure()),
                     {findings_.side("stopped: " + process.failure())});
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
    ledger_.started(p);
  }
  look_at_notes(world, p);
  look_at_burden(world, p);
  if (node->state().zxid != server.committed) look_at_commits(world, p);
  look_at_leadership(world, p);
}

void Invariants::look_at_notes(const World& world, ProcessId p) {
  for (const NetworkOutput& output : world.last().outputs) {
    const auto* note = std::get_if<Note>(&output);
    if (!note) continue;
    const Zxid zxid{note->a};
    if (note->kind == NoteKind::kCommitted) ledger_.announced(p, zxid, findings_);
    if (note->kind != NoteKind::kProposed) continue;
    const zab::ProposalRef* proposal = world.node(p)->peer().history().find(zxid);
    if (proposal) ledger_.proposed(p, zxid, payload_hash(**proposal), findings_);
  }
}

// The snapshot that a leader comes with may be ahead of all that was ever delivered: a leader that fell before it was
// established gave it away.
void Invariants::look_at_burden(const World& world, ProcessId p) {
  const node::Node& node = *world.node(p);
  const zab::Leading* leading = node.peer().leading();
  if (!leading || !leading->established() || servers_[p].established) return;
  const zab::History& history = node.peer().history();
  ledger_.brought(history.base(), history.base_digest());
}

void Invariants::look_at_leadership(const World& world, ProcessId p) {
  const node::Node& node = *world.node(p);
  const zab::Leading* leading = node.peer().leading();
  const bool established = leading && leading->established();
  if (established && !servers_[p].established)
    ledger_.established(p, leading->epoch(), node.state().zxid, node.state().tree_digest, findings_);
  servers_[p].established = established;
}

void Invariants::look_at_commits(const World& world, ProcessId p) {
  const node::Node& node = *world.node(p);
  const zab::History& history = node.peer().history();
  const Zxid now = node.state().zxid;
  const Zxid before = std::exchange(servers_[p].committed, now);
  if (now > before) {
    if (before < history.base()) ledger_.jumped(p, history.base());
    const auto& window = history.window();
    for (auto entry = window.upper_bound(before); entry != window.end() && (*entry).first <= now; ++entry) {
      const zab::Proposal& proposal = *(*entry).second;
      const Zxid zxid = proposal.header.zxid;
      const uint64_t hash = payload_hash(proposal);
      if (!ledger_.delivered(p, {zxid, hash, proposal.tree_digest}, findings_)) continue;
      judge_durability(p, zxid, hash);
      if (const auto session = dead_owner(proposal.after)) {
        findings_.report(
            Check::kEphemerals,
            fmt::format("at {} session {:x} owns nodes and does not live", zxid, static_cast<uint64_t>(session->value)),
            {findings_.side(fmt::format("at {}: session {:x} owns nodes, and is none of its sessions", zxid,
                                        static_cast<uint64_t>(session->value)))});
      }
    }
  }
  ledger_.stands_at(p, now, node.state().tree_digest, node.serving(), findings_);
}

// The first to commit must have had a quorum's disks behind it, dead servers' disks included.
void Invariants::judge_durability(ProcessId p, Zxid zxid, uint64_t payload_hash) {
  std::vector<size_t> holders;
  std::vector<Zxid> newest;
  for (size_t q = 0; q < servers_.size(); ++q) {
    // A disk that was lost had it; that the fault took more than the ensemble can bear is not the ensemble's fault.
    if (servers_[q].disk.holds(zxid, payload_hash) || servers_[q].wiped.holds(zxid, payload_hash)) holders.push_back(q);
    newest.push_back(servers_[q].disk.newest());
  }
  ledger_.durable_on(p, zxid, holders, newest, findings_);
}

void Invariants::look_at_disk(const World& world, ProcessId p) {
  const Happening& last = world.last();
  if (last.record.kind != RecordKind::kDurable) return;
  const SimFileSystem& disk = world.disk(p);
  const auto queue = static_cast<log::Queue>(last.record.a);
  if (queue == log::Queue::kLog) {
    servers_[p].disk.read_on(disk);
  } else if (queue == log::Queue::kSnapshot) {
    servers_[p].disk.rebuild(disk);
  } else {
    for (const char* name : {"acceptedEpoch", "currentEpoch"})
      ledger_.epoch_file(p, name, DiskIndex::epoch_in(disk, name).value_or(Epoch{}), findings_);
  }
}

void Invariants::look_at_client(const World& world) {
  const Happening& last = world.last();
  const ClientId c = world.client_of(last.process);
  while (clients_.size() <= c) clients_.emplace_back(static_cast<uint32_t>(clients_.size()));
  for (const client::ClientEvent& event : last.events) clients_[c].told(event, findings_);
  clients_[c].believes(world.client(c).session(), world.client(c).last_zxid_seen(), findings_);
}

void Invariants::at_end(const World& world) {
  for (ProcessId p = 0; p < world.servers(); ++p) {
    const node::Node* node = world.node(p);
    if (!node) continue;
    const std::string wrong = misowned_ephemeral(node->state());
    if (!wrong.empty()) {
      findings_.report(Check::kEphemerals, fmt::format("server {}: {}", world.server(p).sid(), wrong), {{p, 0, wrong}});
    }
  }
}

}  // namespace vivarium::sim

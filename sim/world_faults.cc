// The faults of a World. Each is a record, so that the trace says what was done and when.
#include <algorithm>

#include "sim/world.h"

namespace vivarium::sim {

uint64_t World::emit_fault(RecordKind kind, ProcessId p, int64_t a, int64_t b, int64_t c, int64_t d) {
  Record record = record_of(kind, p, scratch_.happening.record.seq);
  record.a = a;
  record.b = b;
  record.c = c;
  record.d = d;
  return emit_beside(record);
}

// ---- the network
// ---------------------------------------------------------------------------------------------------------------

void World::cut(HostId from, HostId to) {
  if (from == to) return;
  network_.mut().cut(from, to);
  emit_fault(RecordKind::kCut, kNoProcess, from, to);
}

void World::heal(HostId from, HostId to) {
  if (!network_->links().cut(from, to)) return;
  Schedule schedule = make_schedule(emit_fault(RecordKind::kHealed, kNoProcess, from, to));
  network_.mut().heal(schedule, from, to);
}

void World::cut_between(const std::vector<HostId>& left, const std::vector<HostId>& right) {
  for (const HostId a : left) {
    for (const HostId b : right) cut_both(a, b);
  }
}

void World::partition(const std::vector<std::vector<HostId>>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t j = i + 1; j < groups.size(); ++j) cut_between(groups[i], groups[j]);
  }
}

void World::isolate(HostId host) {
  for (HostId other = 0; other < network_->links().hosts(); ++other) cut_both(host, other);
}

void World::bridge(const std::vector<HostId>& left, HostId middle, const std::vector<HostId>& right) {
  const auto on = [&](const std::vector<HostId>& shore) { return std::ranges::find(shore, middle) != shore.end(); };
  CHECK(!on(left) && !on(right), "host {} is the bridge and on a shore", middle);
  cut_between(left, right);
}

void World::ring(const std::vector<HostId>& hosts) {
  const size_t n = hosts.size();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i + 2; j < n; ++j) {
      if (!(i == 0 && j == n - 1)) cut_both(hosts[i], hosts[j]);
    }
  }
}

void World::heal_all() {
  const size_t hosts = network_->links().hosts();
  for (HostId from = 0; from < hosts; ++from) {
    for (HostId to = 0; to < hosts; ++to) {
      while (network_->links().cut(from, to)) heal(from, to);
    }
  }
}

void World::set_link(HostId from, HostId to, const LinkOptions& options) {
  network_.mut().set_link(from, to, options);
  emit_fault(RecordKind::kLinkChanged, kNoProcess, from, to, options.latency.base.ns, options.bytes_per_second);
}

void World::slow_link(HostId from, HostId to, int64_t percent) {
  LinkOptions options = config_->network.link;
  options.latency.base = options.latency.base * percent / 100;
  options.latency.spread = options.latency.spread * percent / 100;
  set_link(from, to, options);
}

void World::restore_link(HostId from, HostId to) {
  if (!network_->links().special(from, to)) return;
  network_.mut().reset_link(from, to);
  emit_fault(RecordKind::kLinkRestored, kNoProcess, from, to);
}

int World::reset_connections(HostId a, HostId b) {
  Schedule schedule = make_schedule(seq_ + 1);
  const int count = network_.mut().reset_connections(schedule, a, b);
  emit_fault(RecordKind::kConnectionsReset, kNoProcess, a, b, count);
  return count;
}

void World::refuse_connections(HostId host, bool on) {
  network_.mut().set_refusing(host, on);
  emit_fault(RecordKind::kRefusing, kNoProcess, host, on);
}

// ---- processes
// --------------------------------------------------------------------------------------------------------------------

void World::kill(ProcessId p) {
  if (!is_server(p)) return kill_client(client_of(p));
  ServerProcess& server = mut_server(p);
  ++server.boot_serial;  // the supervisor was told
  if (!server.running()) return;
  Schedule schedule = make_schedule(emit_fault(RecordKind::kKilled, p));
  network_.mut().process_died(schedule, p);
  server.die("killed", schedule.choices, {Subsystem::kPowerLoss, p});
}

void World::power_loss(ProcessId p) {
  CHECK(is_server(p), "process {} is a client: kill it", p);
  ServerProcess& server = mut_server(p);
  ++server.boot_serial;
  if (server.life() == Life::kPowerless) return;
  Schedule schedule = make_schedule(emit_fault(RecordKind::kPowerLost, p));
  network_.mut().power_lost(schedule, host_of(p));
  const StreamId stream{Subsystem::kPowerLoss, p};
  if (server.running()) server.die("power lost", schedule.choices, stream);
  server.lose_power(schedule.choices.seed_for(stream, Question::kDiskSeed));
}

void World::restart(ProcessId p) {
  if (!is_server(p)) return restart_client(client_of(p));
  ServerProcess& server = mut_server(p);
  ++server.boot_serial;
  if (server.running()) return;
  if (server.life() == Life::kPowerless) {
    Schedule schedule = make_schedule(emit_fault(RecordKind::kPowerBack, p));
    network_.mut().power_back(schedule, host_of(p));
    server.power_back();
  }
  auto [record, text] = boot(p, scratch_.happening.record.seq);
  emit_beside(record, text);
}

void World::wipe(ProcessId p) {
  power_loss(p);
  mut_server(p).wipe();
  emit_fault(RecordKind::kWiped, p);
}

void World::pause(ProcessId p) {
  const bool runs = is_server(p) ? servers_[p]->running() : clients_[client_of(p)]->running;
  if (paused(p) || !runs) return;
  network_.mut().pause(p);
  emit_fault(RecordKind::kPaused, p);
}

void World::resume(ProcessId p) {
  if (!paused(p)) return;
  Schedule schedule = make_schedule(emit_fault(RecordKind::kResumed, p));
  network_.mut().resume(schedule, p);
}

void World::kill_client(ClientId c) {
  const ProcessId p = process_of_client(c);
  ClientProcess& process = mut_client(p);
  if (!process.running) return;
  process.running = false;
  ++process.timer_serial;
  process.timer_at = Time::never();
  Schedule schedule = make_schedule(emit_fault(RecordKind::kKilled, p));
  network_.mut().process_died(schedule, p);
}

void World::restart_client(ClientId c) {
  const ProcessId p = process_of_client(c);
  ClientProcess& process = mut_client(p);
  if (process.running) return;
  process.config.seed = choices().seed_for({Subsystem::kClient, p}, Question::kNodeSeed);
  process.client = client::Client(process.config);
  process.running = true;
  emit_fault(RecordKind::kStarted, p);
  arm_timer(p, process, now_);
}

// ---- disks and clocks
// -----------------------------------------------------------------------------------------------------------------

void World::slow_disk(ProcessId p, int64_t percent) {
  mut_server(p).disk_percent = percent;
  emit_fault(RecordKind::kDiskSlowed, p, percent);
}

void World::disk_fault(ProcessId p, const DiskFault& fault) {
  mut_server(p).add_disk_fault(fault);
  emit_fault(RecordKind::kDiskFault, p, static_cast<int64_t>(fault.call), static_cast<int64_t>(fault.error), fault.skip,
             fault.count);
}

void World::clear_disk_faults(ProcessId p) {
  if (!servers_[p]->disk_faults()) return;
  mut_server(p).clear_disk_faults();
  emit_fault(RecordKind::kDiskFaultsCleared, p);
}

void World::disk_capacity(ProcessId p, int64_t bytes) {
  mut_server(p).set_disk_capacity(bytes);
  emit_fault(RecordKind::kDiskCapacity, p, bytes);
  if (servers_[p]->running()) tell_space(p);
}

template <class F>
void World::change_clock(ProcessId p, F change) {
  if (is_server(p)) {
    ServerProcess& server = mut_server(p);
    change(server.clock());
    server.timer_at = Time::never();
    if (server.running()) arm_timer(p, server, now_);
  } else {
    ClientProcess& process = mut_client(p);
    change(process.clock);
    process.timer_at = Time::never();
    if (process.running) arm_timer(p, process, now_);
  }
}

void World::clock_drift(ProcessId p, int64_t ppb) {
  emit_fault(RecordKind::kClockDrift, p, ppb);
  change_clock(p, [&](NodeClock& clock) { clock.set_drift(now_, ppb); });
}

void World::clock_step(ProcessId p, Duration by) {
  emit_fault(RecordKind::kClockStep, p, by.ns);
  change_clock(p, [&](NodeClock& clock) { clock.step_wall(by); });
}

void World::heal_everything() {
  heal_all();
  const auto hosts = static_cast<HostId>(network_->links().hosts());
  for (HostId from = 0; from < hosts; ++from) {
    if (network_->links().refusing(from)) refuse_connections(from, false);
    for (HostId to = 0; to < hosts; ++to) restore_link(from, to);
  }
  for (ProcessId p = 0; p < servers_.size(); ++p) {
    resume(p);
    if (servers_[p]->disk_percent != 100) slow_disk(p, 100);
    clear_disk_faults(p);
    if (servers_[p]->disk_limited()) disk_capacity(p, SimFileSystem::kUnlimited);
    if (servers_[p]->clock().drift_ppb() != 0) clock_drift(p, 0);
    restart(p);
  }
  for (ClientId c = 0; c < clients_.size(); ++c) resume(process_of_client(c));
}

}  // namespace vivarium::sim

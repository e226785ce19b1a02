// A World is a value: servers, clients, network, disks and clocks of one simulated run, and all that is still to happen
// in it.
//
//   World world(config);                       // every server boots at time 0
//   ClientId c = world.add_client(client_config, world.add_host("c1"));
//   while (world.now() < end && world.step()) {
//     invariants.check(world, world.last());    // what just happened, and what the process answered
//     actors.act(world, world.last());          // may submit(), schedule() and do any fault
//   }
//   World fork = world;                        // copy-on-write: stepping one does not change the other
//
// One step is one event: one input to one process and its answer, or something outside asking to be woken. Everything
// that happens is a Record with an ascending seq and is covered by trace_hash(); outputs take the seqs after that of
// their input.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/cow.h"
#include "core/client/lock.h"
#include "sim/client_process.h"
#include "sim/network.h"
#include "sim/process.h"
#include "sim/trace.h"

namespace vivarium::sim {

using ClientId = uint32_t;  // from 0, in the order of add_client

struct SupervisorOptions {
  bool restarts =
      true;  // a server that stopped by itself (exit code, disk error) is started again; one that a fault killed is not
  Distribution delay = uniform(milliseconds(500), milliseconds(1500));
};

struct WorldConfig {
  uint64_t seed = 1;
  std::vector<ServerSetup> servers;
  NetworkOptions network;
  DiskTimes disk;
  SupervisorOptions supervisor;
  Distribution first_boot = uniform({}, milliseconds(100));  // when each server starts
  int64_t wall_start_ms = 1'700'000'000'000;
  MachineFactory machine = make_node;
  bool record_answers = false;  // so that choices().answers() can give the run again
};

// What the latest step was. Valid until the next one; empty in a fresh copy of a World.
struct Happening {
  Record record;
  ProcessId process = kNoProcess;               // who was told; kNoProcess for kScheduled
  const zab::PeerInput* input = nullptr;        // of a server
  std::span<const NetworkOutput> outputs;       // what it answered; the record of outputs[i] has seq record.seq + 1 + i
  std::span<const log::DiskOperation> disk;     // a server's disk operations; their records follow those of `outputs`
  std::span<const client::ClientEvent> events;  // of a client: completions, watch events, session changes
};

struct Counters {
  uint64_t events = 0;    // steps
  uint64_t messages = 0;  // Sends
  uint64_t exits = 0, starts = 0, refused_recoveries = 0;
  std::array<uint64_t, static_cast<size_t>(NoteKind::kExpired) + 1> notes{};
};

class World {
 public:
  explicit World(WorldConfig config);
  // Continues a saved run: the same configuration, the saved answers (choices.h).
  World(WorldConfig config, const std::vector<Answer>& answers);

  // ---- time
  bool step();                 // the next event; false when nothing is due any more
  uint64_t run_until(Time t);  // all events up to and at t, unobserved; how many
  Time now() const { return now_; }
  Time next_at() { return core_.mut().queue.next_at(); }
  const Happening& last() const { return scratch_.happening; }
  // What else happened since the last step began: faults, submissions, and a server that its answer made exit.
  std::span<const Record> between() const { return scratch_.between; }
  // Wakes the driver at `at` by a step of kind kScheduled {tag, a, b}: for actors' think times and for faults.
  void schedule(Time at, uint32_t tag, uint64_t a = 0, uint64_t b = 0);
  Choices& choices() { return core_.mut().choices; }

  // ---- what everything adds up to
  uint64_t trace_hash() const { return trace_hash_; }
  uint64_t seq() const { return seq_; }
  const Counters& counters() const { return counters_; }
  const NetworkCounters& network_counters() const { return network_->counters(); }
  uint64_t state_hash() const;  // of all machines and clients, relative to now
  void trace_on() { trace_.turn_on(); }
  const Trace& trace() const { return trace_; }
  TraceHeader trace_header() const;

  // ---- servers: processes 0 .. servers() - 1
  size_t servers() const { return servers_.size(); }
  const ServerProcess& server(ProcessId p) const { return *servers_[p]; }
  const node::Node* node(ProcessId p) const;  // nullptr when it does not run
  const SimFileSystem& disk(ProcessId p) const { return servers_[p]->files(); }
  ProcessId process_of(Sid sid) const;  // kNoProcess: no such server
  bool is_server(ProcessId p) const { return p < servers_.size(); }

  // ---- clients: processes behind the servers
  HostId add_host(std::string name) { return network_.mut().add_host(std::move(name)); }
  ClientId add_client(client::ClientConfig config, HostId host);  // seed: overwritten
  size_t clients() const { return clients_.size(); }
  ProcessId process_of_client(ClientId c) const { return static_cast<ProcessId>(servers_.size() + c); }
  ClientId client_of(ProcessId p) const { return static_cast<ClientId>(p - servers_.size()); }
  const client::Client& client(ClientId c) const { return clients_[c]->client; }
  client::Token submit(ClientId c, const client::Request& request);
  // A recipe's phases, driven between steps like submit().
  void acquire(ClientId c, client::Lock& lock);
  void release(ClientId c, client::Lock& lock);
  bool step_lock(ClientId c, client::Lock& lock, const client::ClientEvent& event);
  void end_session(ClientId c);     // Client::close
  void reopen_session(ClientId c);  // Client::reopen
  void kill_client(ClientId c);     // its session is left to expire
  void restart_client(ClientId c);  // with a new session

  // ---- the network
  const Network& network() const { return *network_; }
  HostId host_of(ProcessId p) const { return network_->host_of(p); }
  bool paused(ProcessId p) const { return network_->paused(p); }

  // ---- faults of the network. Cuts are counted: each heal takes one cut back.
  void cut(HostId from, HostId to);  // one way
  void heal(HostId from, HostId to);
  void cut_both(HostId a, HostId b) {
    cut(a, b);
    cut(b, a);
  }
  void heal_both(HostId a, HostId b) {
    heal(a, b);
    heal(b, a);
  }
  void partition(const std::vector<std::vector<HostId>>&
                     groups);  // nothing passes between hosts of different groups; others see all
  void isolate(HostId host);   // from every other host
  void bridge(const std::vector<HostId>& left, HostId middle,
              const std::vector<HostId>& right);  // only the middle sees both sides
  void ring(const std::vector<HostId>& hosts);    // each sees its two neighbours only: majorities overlap, none agrees
  void heal_all();                                // every cut, however often counted
  void set_link(HostId from, HostId to, const LinkOptions& options);
  void slow_link(HostId from, HostId to, int64_t percent);  // of the usual latency
  void restore_link(HostId from, HostId to);
  int reset_connections(HostId a, HostId b);
  void refuse_connections(HostId host, bool on);

  // ---- faults of processes; harmless where they do not apply (killing what is dead)
  void kill(ProcessId p);        // SIGKILL: the kernel closes its connections, its disk keeps what was written
  void power_loss(ProcessId p);  // its host goes silent; its disk keeps what was synced, and any part of the rest
  void restart(ProcessId p);     // now; also turns the power on again
  void wipe(ProcessId p);        // power loss, and an empty disk afterwards
  void pause(ProcessId p);       // SIGSTOP
  void resume(ProcessId p);

  // ---- faults of disks and clocks
  void slow_disk(ProcessId p, int64_t percent);
  void disk_fault(ProcessId p, const DiskFault& fault);
  void clear_disk_faults(ProcessId p);
  void disk_capacity(ProcessId p, int64_t bytes);  // SimFileSystem::kUnlimited: no limit
  void clock_drift(ProcessId p, int64_t ppb);
  void clock_step(ProcessId p, Duration by);  // the wall clock

  // Heals and restores everything: cuts, links, pauses, disks, drifts; what is dead is started. For the end of a run.
  void heal_everything();

 private:
  struct Core {
    EventQueue<Event> queue;
    Choices choices;
  };
  // Storage that a step needs and no copy does.
  struct Scratch {
    Scratch() = default;
    Scratch(const Scratch&) {}
    Scratch& operator=(const Scratch&) {
      happening = {};
      between.clear();
      return *this;
    }
    Happening happening;
    std::vector<Record> between;
    log::NodeOutbox server_out;
    Outbox client_out, submit_out;
    std::vector<client::ClientEvent> client_events;
    zab::PeerInput input;
    Delivery delivery;
  };

  World(WorldConfig config, Choices choices);

  // world.cc: events to inputs, outputs to the network
  bool dispatch(const Event& event);
  bool deliver(Delivery& delivery);
  bool on_timer(const Event& event);
  bool on_disk_done(const Event& event);
  bool on_bind_failed(const Event& event);
  bool on_space(const Event& event);
  void tell_space(ProcessId p);
  bool on_boot(const Event& event);
  template <class P, class F>
  bool fire_timer(ProcessId p, const Event& event, P& process, F step_it);
  void step_server(ProcessId p, Duration not_again_for = {});
  void step_client(ProcessId p, Duration not_again_for = {});
  template <class F>
  void drive_client(ClientId c, RecordKind kind, F drive, std::string words = {});
  const Stop* perform(ProcessId p, std::span<const NetworkOutput> outputs, Schedule& schedule);
  void perform(ProcessId p, const NetworkOutput& output, Schedule& schedule);
  void start_disk(ProcessId p, ServerProcess& server, log::Queue which, uint64_t cause);
  void arm_timer(ProcessId p, ServerProcess& server, Time not_before);
  void arm_timer(ProcessId p, ClientProcess& client, Time not_before);
  template <class P>
  void arm_timer_of(ProcessId p, P& process, Time not_before);
  std::pair<Record, Bytes> boot(ProcessId p, uint64_t cause);
  void server_exited(ProcessId p, int exit_code, const std::string& why, uint64_t cause);
  void schedule_boot(ProcessId p, Duration after, uint64_t cause);
  Duration restart_delay(ProcessId p);
  Schedule make_schedule(uint64_t cause);

  // records
  Record record_of(RecordKind kind, ProcessId p, uint64_t cause) const;
  uint64_t emit(Record& record, Bytes text = {});  // counts, hashes and keeps it; gives its seq
  void tell_of(uint64_t seq, std::string words);   // of a record that stands in the trace already
  uint64_t emit_beside(Record record, Bytes text = {});  // what is not the step's own event: see between()

  // world_faults.cc
  uint64_t emit_fault(RecordKind kind, ProcessId p, int64_t a = 0, int64_t b = 0, int64_t c = 0, int64_t d = 0);
  void cut_between(const std::vector<HostId>& left, const std::vector<HostId>& right);
  template <class F>
  void change_clock(ProcessId p, F change);

  ServerProcess& mut_server(ProcessId p) { return servers_[p].mut(); }
  ClientProcess& mut_client(ProcessId p) { return clients_[client_of(p)].mut(); }

  Cow<WorldConfig> config_;
  Cow<Core> core_;
  Cow<Network> network_;
  std::vector<Cow<ServerProcess>> servers_;
  std::vector<Cow<ClientProcess>> clients_;
  Time now_;
  uint64_t step_ = 0;
  uint64_t seq_ = 0;
  uint64_t trace_hash_;
  Counters counters_;
  Trace trace_;
  Scratch scratch_;
};

}  // namespace vivarium::sim

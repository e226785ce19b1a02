// FaultInjector: does to a World what a scenario's faults say. Beside the World, driven by it: show it every step.
//
// Each fault draws from a stream of its own, so that silencing one ("times": 0) leaves the others as they were.
#pragma once

#include <map>
#include <set>

#include "sim/moments.h"
#include "sim/scenario.h"

namespace vivarium::sim {

inline StreamId fault_stream(size_t index) { return {Subsystem::kFault, static_cast<uint32_t>(index)}; }
inline constexpr uint32_t kFaultTag = 1;  // of World::schedule; a: index of the fault, b: what is due

class FaultInjector {
 public:
  FaultInjector(const Scenario& scenario, World& world);  // sets clocks and disks up, schedules the first of each fault
  // After every step of the world. Returns the number of faults that struck in this call.
  int after_step(World& world);
  // No more faults from here on; what is under way is ended by World::heal_everything.
  void stop() { stopped_ = true; }

  const std::map<std::string, uint64_t>& struck() const { return struck_; }      // by fault name
  const std::map<std::string, uint64_t>& coverage() const { return coverage_; }  // "fault x phase of the struck server"

 private:
  using HostPair = std::pair<HostId, HostId>;
  // A fault under way: exactly what it did, so that its end takes exactly that back.
  struct Active {
    size_t spec = 0;
    FaultKind kind{};
    std::vector<ProcessId> victims;
    std::vector<HostPair> links;  // directed: cut or slowed
    bool over = false;
  };
  struct Progress {
    int64_t struck = 0;
    int64_t under_way = 0;
  };
  // Faults overlap: only the last one that holds a server (a link) down lets it go.
  struct Holds {
    int down = 0, paused = 0, refusing = 0, slow_disk = 0, full_disk = 0, faulty_disk = 0, drifting = 0;
  };

  bool strike(World& world, size_t index, const MomentSeen* seen);
  void end(World& world, Active& active);
  void schedule_next(World& world, size_t index);
  Duration time_until_over(World& world, size_t index);

  // who
  std::vector<ProcessId> victims_of(World& world, const Active& active, const FaultSpec& spec, const MomentSeen* seen);
  std::vector<ProcessId> choose(World& world, size_t index, const Target& target, FaultKind kind,
                                const MomentSeen* seen);
  std::vector<ProcessId> some(World& world, size_t index, std::vector<ProcessId> from, size_t count);
  bool applies(const World& world, ProcessId p, FaultKind kind) const;
  bool may_be_wiped(const World& world, ProcessId p) const;

  // what
  bool apply(World& world, Active& active, const FaultSpec& spec, const MomentSeen* seen);
  bool apply_to_servers(World& world, Active& active, const FaultSpec& spec);
  bool apply_to_links(World& world, Active& active, const FaultSpec& spec, const MomentSeen* seen);
  std::vector<HostPair> crossings(World& world, const Active& active, const FaultSpec& spec, const MomentSeen* seen);
  void break_disk(World& world, const Active& active, const FaultSpec& spec, ProcessId p);
  void release(World& world, const Active& active, ProcessId p);

  std::vector<FaultSpec> specs_;
  Duration duration_;
  int64_t disk_capacity_;
  uint32_t wanted_ = 0;  // moment_bits
  std::vector<Progress> progress_;
  std::vector<Active> active_;
  std::vector<Holds> holds_;            // by server
  std::map<HostPair, int> slow_links_;  // how many faults slow it
  std::optional<ProcessId> wiped_;      // has lost its history, and has not served since
  std::vector<MomentSeen> seen_;        // empty between steps
  std::map<std::string, uint64_t> struck_, coverage_;
  bool stopped_ = false;
};

// What a server is in the middle of: looking, discovery, synchronization, broadcast-leader, broadcast-follower, down.
const char* phase_name(const World& world, ProcessId p);
// The established leader of the latest epoch that runs; kNoProcess: none.
ProcessId leader_of(const World& world);

}  // namespace vivarium::sim

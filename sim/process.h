// ServerProcess: one server of a World: its machine (the Node), its disk and its clock, and whether it lives.
#pragma once

#include <array>
#include <expected>
#include <string>

#include "core/log/executor.h"
#include "sim/clock.h"
#include "sim/disk_queue.h"
#include "sim/file_system.h"
#include "sim/machine.h"

namespace vivarium::sim {

struct ServerSetup {
  std::string host;                            // its name in the network, as the addresses of the configuration say it
  node::NodeConfig config;                     // seed: overwritten, each incarnation has its own
  log::ExecutorOptions executor{1 << 16, {}};  // a simulated log file is preallocated in small pieces
};

enum class Life : uint8_t { kRunning, kDead, kPowerless };  // kDead: the host is up, its process is not

class ServerProcess {
 public:
  ServerProcess() = default;
  explicit ServerProcess(ServerSetup setup) : setup_(std::move(setup)) {}

  const ServerSetup& setup() const { return setup_; }
  Sid sid() const { return setup_.config.ensemble.self; }
  Life life() const { return life_; }
  bool running() const { return life_ == Life::kRunning; }
  int64_t incarnation() const { return incarnation_; }  // 0 before the first start
  const Machine* machine() const { return running() ? machine_.operator->() : nullptr; }
  const SimFileSystem& files() const { return *files_; }
  const NodeClock& clock() const { return clock_; }
  NodeClock& clock() { return clock_; }
  const std::string& failure() const { return failure_; }  // why it stopped or did not start; empty while it runs

  // Recovers from the disk and makes a new machine of what it finds. Running afterwards, or kDead with the error.
  struct Started {
    Zxid zxid;
    Epoch accepted, current;
  };
  std::expected<Started, log::RecoveryError> start(MachineFactory make, uint64_t seed);
  void step(Time t, const zab::PeerInput& input, log::NodeOutbox& out) { machine_->step(clock_.now(t), input, out); }
  Time deadline() const { return clock_.when(machine_->deadline()); }

  DiskQueue& queue(log::Queue which) { return queues_[static_cast<size_t>(which)]; }
  const DiskQueue& queue(log::Queue which) const { return queues_[static_cast<size_t>(which)]; }
  // Runs the operation that is due in this queue. What it gives back is the machine's next input.
  std::expected<zab::PeerInput, log::ExecutionError> execute(log::Queue which);

  // Its process is gone, its disk stays as the operating system has it. What was running on the disk got as far as some
  // call.
  void die(std::string why, Choices& choices, StreamId stream);
  // What the disk has not been told to keep is lost, in part or whole.
  void lose_power(uint64_t seed);
  void power_back() {
    if (life_ == Life::kPowerless) life_ = Life::kDead;
  }
  void wipe();
  void add_disk_fault(const DiskFault& fault);
  void clear_disk_faults();
  bool disk_faults() const { return disk_faults_; }  // may explain a recovery that was refused
  void set_disk_capacity(int64_t bytes);
  bool disk_limited() const { return disk_capacity_ != SimFileSystem::kUnlimited; }
  int64_t disk_left() const { return disk_capacity_ - files_->used(); }

  // The timer that is in the queue of events.
  uint64_t timer_serial = 0;
  Time timer_at = Time::never();
  uint64_t boot_serial = 0;
  int64_t disk_percent = 100;  // how long the disk takes, of what it usually does

 private:
  ServerSetup setup_;
  MachineBox machine_;
  log::Executor executor_;
  Cow<SimFileSystem> files_;  // of its own: most steps do not touch it
  bool disk_faults_ = false;
  int64_t disk_capacity_ = SimFileSystem::kUnlimited;
  std::array<DiskQueue, log::kQueues> queues_;
  NodeClock clock_;
  Life life_ = Life::kDead;
  int64_t incarnation_ = 0;
  bool fresh_ensemble_ =
      true;  // upstream's `initialize` file: an empty disk is a new ensemble's, not a lost one's (261)
  std::string failure_;
};

}  // namespace vivarium::sim

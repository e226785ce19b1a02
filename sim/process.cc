#include "sim/process.h"

namespace vivarium::sim {

std::expected<ServerProcess::Started, log::RecoveryError> ServerProcess::start(MachineFactory make, uint64_t seed) {
  ++incarnation_;
  log::ExecutorOptions options = setup_.executor;
  options.recovery.auto_create = options.recovery.auto_create && fresh_ensemble_;
  auto recovered = log::recover(files_.mut(), options.recovery);
  if (!recovered) {
    const log::RecoveryError& error = recovered.error();
    failure_ = fmt::format("{} at offset {}: {}", error.file, error.offset, error.what);
    return std::unexpected(error);
  }
  const Started started{recovered->state.zxid, recovered->accepted_epoch, recovered->current_epoch};
  node::NodeConfig config = setup_.config;
  config.seed = seed;
  machine_ = MachineBox(make(config, std::move(*recovered)));
  executor_ = log::Executor(options);
  life_ = Life::kRunning;
  failure_.clear();
  return started;
}

std::expected<zab::PeerInput, log::ExecutionError> ServerProcess::execute(log::Queue which) {
  DiskQueue& queue = queues_[static_cast<size_t>(which)];
  const log::DiskOperation& operation = queue.running();
  auto answer = executor_.execute(files_.mut(), operation);
  if (!answer) {
    queue.finish();  // it has got as far as it will: dying must not run it once more
    return std::unexpected(std::move(answer.error()));
  }
  zab::PeerInput input = log::Durable{operation.queue, operation.seq};
  if (auto* reloaded = std::get_if<log::Reloaded>(&*answer))
    input = std::move(*reloaded);
  else if (auto* read = std::get_if<log::LogRead>(&*answer))
    input = std::move(*read);
  queue.finish();
  return input;
}

void ServerProcess::die(std::string why, Choices& choices, StreamId stream) {
  SimFileSystem& files = files_.mut();
  for (DiskQueue& queue : queues_) {
    if (queue.busy()) {
      constexpr uint64_t kCallsMax = 8;
      files.set_call_budget(static_cast<int64_t>(choices.below(stream, Question::kDiskCallsDone, kCallsMax + 1)));
      static_cast<void>(executor_.execute(files, queue.running()));
      files.set_call_budget(std::nullopt);
    }
    queue.clear();
  }
  files.kill();
  machine_ = MachineBox();
  life_ = Life::kDead;
  failure_ = std::move(why);
  ++timer_serial;
  timer_at = Time::never();
}

void ServerProcess::lose_power(uint64_t seed) {
  Rng rng(seed);
  files_.mut().power_loss(rng);
  life_ = Life::kPowerless;
}

void ServerProcess::wipe() {
  files_.mut().wipe();
  fresh_ensemble_ = false;
}

void ServerProcess::add_disk_fault(const DiskFault& fault) {
  files_.mut().add_fault(fault);
  disk_faults_ = true;
}

void ServerProcess::clear_disk_faults() {
  files_.mut().clear_faults();
  disk_faults_ = false;
}

void ServerProcess::set_disk_capacity(int64_t bytes) {
  files_.mut().set_capacity(bytes);
  disk_capacity_ = bytes;
}

}  // namespace vivarium::sim

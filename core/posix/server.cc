#include "core/posix/server.h"

#include <malloc.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>

#include "core/posix/clock.h"
#include "core/posix/journal.h"
#include "core/posix/startup.h"
#include "core/posix/supervisor.h"

namespace vivarium::posix {

namespace asio = boost::asio;

namespace {

constexpr Duration kTurn = milliseconds(1);
constexpr int64_t kTurnBytes = 1 << 20;
constexpr auto kHousekeeping = std::chrono::seconds(1);
constexpr int kSnapshotNiceness = 10;  // encoding a million znodes must not take the core's processor

uint64_t seed_of_this_process() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

// Recovery only reads: told to end meanwhile, a process just ends. Until watch_signals() takes over.
void end_at_once_when_told() {
  struct sigaction action {};
  action.sa_handler = [](int) {
    constexpr std::string_view kLine = "ends, as it was told, before it has recovered\n";
    static_cast<void>(!::write(STDERR_FILENO, kLine.data(), kLine.size()));
    ::_exit(0);
  };
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

Server::Server(node::ServerConfig config, std::optional<std::string> myid_to_write)
    : config_(std::move(config)),
      myid_to_write_(std::move(myid_to_write)),
      files_(config_.node.data_dir, config_.node.log_dir),
      sockets_(
          io_,
          {config_.node.client_connections_max, config_.connections_max, config_.listen_backlog, config_.keep_alive},
          [this](const zab::PeerInput& input) { step(input); }) {
  config_.node.seed = seed_of_this_process();
  config_.node.environment = machine_environment();
}

Server::~Server() = default;

// ---- the beginning
// ---------------------------------------------------------------------------------------------------

bool Server::open_data_directory() {
  auto opened = directory_.claim(config_);
  if (opened && myid_to_write_) opened = DataDirectory::write_myid(config_.node.data_dir, *myid_to_write_);
  if (!opened) complain(opened.error());
  return opened.has_value();
}

bool Server::open_trace() {
  if (config_.trace_file.empty()) return true;
  TraceLimits limits;
  limits.file_bytes = config_.trace_bytes_max;
  tracer_ = Tracer::open(config_.trace_file, limits, config_.node.ensemble, now());
  if (!tracer_) complain(fmt::format("traceFile {} cannot be written: {}", config_.trace_file, std::strerror(errno)));
  return tracer_ != nullptr;
}

bool Server::start() {
  if (!open_data_directory() || !open_trace()) return false;
  log::ExecutorOptions& options = config_.disk;
  options.recovery.auto_create = options.recovery.auto_create || exists(config_.node.data_dir + "/initialize");
  end_at_once_when_told();
  const Time from = steady_now();
  auto recovered = log::recover(files_, options.recovery);
  if (!recovered) {
    const log::RecoveryError& error = recovered.error();
    complain(fmt::format("{} at offset {}: {}", error.file, error.offset, error.what));
    return false;
  }
  say(fmt::format("recovered {} znodes at zxid {} in {} ms", recovered->state.nodes.size(), recovered->state.zxid,
                  (steady_now() - from).ms()));
  node_.emplace(config_.node, std::move(*recovered));
  if (tracer_) tracer_->started(*node_, now());
  ::malloc_trim(0);  // what recovery has read and no longer holds
  constexpr DiskThread::Kind kKinds[log::kQueues] = {{"viv-log"}, {"viv-snapshot", kSnapshotNiceness}, {"viv-files"}};
  for (size_t i = 0; i < log::kQueues; ++i) {
    const auto queue = static_cast<log::Queue>(i);
    const auto deliver = [this, queue](DiskThread::Finished finished) {
      asio::post(io_, [this, queue, group = std::move(finished)]() mutable { take(queue, std::move(group)); });
    };
    PosixFileSystem files(config_.node.data_dir, config_.node.log_dir);
    if (queue == log::Queue::kLog && !config_.sync_log) files.trust_the_system();
    if (queue == log::Queue::kSnapshot) files.write_through();
    disk_[i] = std::make_unique<DiskThread>(kKinds[i], std::move(files), options, deliver);
  }
  return true;
}

void Server::watch_signals() {
  signals_.add(SIGTERM);
  signals_.add(SIGINT);
  signals_.async_wait([this](const boost::system::error_code& error, int) {
    if (error) return;
    tell(*node_, "ends, as it was told; sessions stay");
    tell_supervisor("STOPPING=1");
    end(0);
  });
}

// ---- turns
// -----------------------------------------------------------------------------------------------------------

int Server::run() {
  watch_signals();
  look_around();
  feed_watchdog();
  step(Tick{});
  end_turn();
  while (!exit_code_) {
    arm_deadline();
    io_.run_one();
    const Time end_of_turn = steady_now() + kTurn;
    while (!exit_code_ && sockets_.bytes_read() < kTurnBytes && steady_now() < end_of_turn && io_.poll_one() > 0) {
    }
    if (!exit_code_ && node_->deadline() <= steady_now()) step(Tick{});
    end_turn();
  }
  sockets_.stop_listening();
  for (auto& queue : disk_) queue.reset();  // what was pushed is finished
  io_.poll();                               // and its operations are dropped by this thread
  if (tracer_) tracer_->ended(*exit_code_, now());
  return *exit_code_;
}

void Server::step(const zab::PeerInput& input) {
  if (exit_code_) return;
  const auto* accepted = std::get_if<Accepted>(&input);
  if (accepted != nullptr && accepted->listener == Listener::kClient && steady_now() >= figures_due_) tell_figures();
  give(input);
}

// Whoever connects may be about to ask for them (mntr, dirs). Looking costs a fiftieth of the time at most.
void Server::tell_figures() {
  const Time from = steady_now();
  give(machine());
  const Time to = steady_now();
  figures_due_ = to + std::max(milliseconds(20), (to - from) * 50);
}

void Server::give(const zab::PeerInput& input) {
  const auto* failed = std::get_if<BindFailed>(&input);
  if (failed != nullptr && failed->listener == Listener::kElection) warn("cannot listen on " + failed->reason);
  const Now at = now();
  if (tracer_) tracer_->input(input, sockets_, at);
  node_->step(at, input, out_);
  if (tracer_) {
    for (const NetworkOutput& output : out_.network) tracer_->output(output, *node_);
    for (const log::DiskOperation& operation : out_.disk) tracer_->output(operation);
  }
  for (const NetworkOutput& output : out_.network) perform(output);
  for (log::DiskOperation& operation : out_.disk) for_disk_.push_back(std::move(operation));
  out_.clear();
}

void Server::perform(const NetworkOutput& output) {
  if (const auto* send = std::get_if<Send>(&output)) return sockets_.perform(*send);
  if (const auto* close = std::get_if<Close>(&output)) return sockets_.perform(*close);
  if (const auto* reading = std::get_if<Reading>(&output)) return sockets_.perform(*reading);
  if (const auto* connect = std::get_if<Connect>(&output)) return sockets_.perform(*connect);
  if (const auto* listen = std::get_if<Listen>(&output)) return sockets_.perform(*listen);
  if (const auto* unlisten = std::get_if<Unlisten>(&output)) return sockets_.perform(*unlisten);
  if (const auto* note = std::get_if<Note>(&output)) return tell(*node_, *note);
  const Stop& stop = std::get<Stop>(output);
  tell(*node_, stop);
  end(stop.exit_code);
}

// What was sent leaves before our own log is synced: the others' disks work meanwhile.
void Server::end_turn() {
  sockets_.flush();
  push_to_disk();
  if (tracer_) tracer_->end_turn();
  if (!serving_ && node_->serving()) {
    serving_ = true;
    tell_supervisor("READY=1");
  }
}

void Server::push_to_disk() {
  std::array<std::vector<log::DiskOperation>, log::kQueues> of_queue;
  for (log::DiskOperation& operation : for_disk_)
    of_queue[static_cast<size_t>(operation.queue)].push_back(std::move(operation));
  for_disk_.clear();
  for (size_t i = 0; i < log::kQueues; ++i) {
    if (!of_queue[i].empty()) disk_[i]->push(std::move(of_queue[i]));
  }
}

// ---- what the disk answers
// -------------------------------------------------------------------------------------------

void Server::take(log::Queue queue, DiskThread::Finished finished) {
  for (FinishedOperation& operation : finished) {
    if (queue == log::Queue::kLog && config_.fsync_warning_ms > 0 && operation.took.ms() > config_.fsync_warning_ms)
      warn(fmt::format("writing to the transaction log took {} ms", operation.took.ms()));
    take(operation);
  }
}

void Server::take(FinishedOperation& finished) {
  if (!finished.error.empty()) {
    complain(fmt::format("stops, since the disk has failed: {}", finished.error));
    return end(1);
  }
  if (auto* reloaded = std::get_if<log::Reloaded>(&finished.answer)) step(*reloaded);
  if (auto* read = std::get_if<log::LogRead>(&finished.answer)) step(*read);
  step(log::Durable{finished.operation.queue, finished.operation.seq});
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

// A later deadline than the one that is armed waits until that has come: most move with every message.
void Server::arm_deadline() {
  const Time wanted = node_->deadline();
  if (wanted >= armed_ && armed_ > steady_now()) return;
  armed_ = wanted;
  deadline_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(wanted.ns)));
  deadline_.async_wait([this](const boost::system::error_code& error) {
    if (!error) armed_ = Time::never();
  });
}

MachineFigures Server::machine() const {
  return {open_files(), open_files_max(), bytes_in(config_.node.data_dir + "/version-2"),
          bytes_in(config_.node.log_dir + "/version-2")};
}

void Server::look_around() {
  const bool was_short = node_->short_of_space();
  if (const auto left = files_.space_left()) step(log::Space{*left});
  if (node_->short_of_space() && !was_short) warn("the disk is short of space: a leader refuses writes meanwhile");
  if (!node_->short_of_space() && was_short) say("the disk has space again");
  housekeeping_.expires_after(kHousekeeping);
  housekeeping_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look_around();
  });
}

// Of this thread, which serves; twice as often as it must be.
void Server::feed_watchdog() {
  const auto patience = supervisor_patience();
  if (!patience) return;
  tell_supervisor("WATCHDOG=1");
  watchdog_.expires_after(std::chrono::nanoseconds(patience->ns / 2));
  watchdog_.async_wait([this](const boost::system::error_code& error) {
    if (!error) feed_watchdog();
  });
}

void Server::end(int exit_code) {
  if (!exit_code_) exit_code_ = exit_code;
}

}  // namespace vivarium::posix

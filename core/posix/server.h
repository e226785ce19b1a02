// Server: one Node on real sockets and real disks (core/README.md, the host loop). One thread owns the node; the disk's
// queues have a thread each, names are resolved by Asio's.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "core/node/node.h"
#include "core/node/zoo_cfg.h"
#include "core/posix/asio.h"
#include "core/posix/data_directory.h"
#include "core/posix/disk_thread.h"
#include "core/posix/sockets.h"
#include "core/posix/tracer.h"

namespace vivarium::posix {

class Server {
 public:
  // `myid_to_write`: who we are, where the directory does not know yet.
  explicit Server(node::ServerConfig config, std::optional<std::string> myid_to_write = std::nullopt);
  ~Server();

  // Recovers what is on the disk. False: it cannot be trusted, and has been told to the journal.
  [[nodiscard]] bool start();
  // Serves until it is told to end; gives the process's exit code.
  int run();

 private:
  void step(const zab::PeerInput& input);
  void give(const zab::PeerInput& input);
  void tell_figures();
  void perform(const NetworkOutput& output);
  void end_turn();
  void push_to_disk();
  void take(log::Queue queue, DiskThread::Finished finished);
  void take(FinishedOperation& finished);
  void arm_deadline();
  void look_around();
  void feed_watchdog();
  MachineFigures machine() const;
  bool open_data_directory();
  bool open_trace();
  void watch_signals();
  void end(int exit_code);

  node::ServerConfig config_;
  std::optional<std::string> myid_to_write_;
  DataDirectory directory_;
  PosixFileSystem files_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_};
  boost::asio::steady_timer deadline_{io_}, housekeeping_{io_}, watchdog_{io_};
  Time armed_ = Time::never();
  Sockets sockets_;
  std::unique_ptr<Tracer> tracer_;  // none: no traceFile
  log::NodeOutbox out_;
  std::optional<node::Node> node_;
  std::vector<log::DiskOperation> for_disk_;  // of this turn
  std::optional<int> exit_code_;
  bool serving_ = false;
  Time figures_due_;                                            // of the machine
  std::array<std::unique_ptr<DiskThread>, log::kQueues> disk_;  // the last to be made, the first to end
};

}  // namespace vivarium::posix

// vivariumd as its users run it: a process with a configuration file, spoken to through its port.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/client/event.h"
#include "core/client/request.h"
#include "tests/posix/folder.h"

namespace vivarium::posix {

class Daemon {
 public:
  // `more`: lines of zoo.cfg behind dataDir, clientPort and clientPortAddress.
  Daemon(std::string data_dir, uint16_t port, std::string more = "");
  ~Daemon();  // SIGKILL if it still lives
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  void start(const std::vector<std::string>& arguments = {});  // before the configuration
  void set(const std::string& variable, const std::string& value);
  void signal(int number) const;
  // Waits for its end: the exit code, or 128 + the signal.
  int wait();
  bool serves() const;  // within ten seconds
  std::string journal() const;
  std::string output() const;  // on stdout
  uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }

 private:
  std::string data_dir_, config_, journal_, output_;
  std::vector<std::pair<std::string, std::string>> variables_;
  uint16_t port_;
  pid_t pid_ = -1;
};

// What comes back on a connection that says `bytes`, until the other side closes or `patience_ms` have passed.
std::string raw_answer(uint16_t port, const std::string& bytes, int patience_ms = 2000);

// One session of the real client over a real socket; each call waits for its answer.
class Session {
 public:
  explicit Session(std::vector<uint16_t> ports, int32_t timeout_ms = 10'000);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  client::Completion ask(const client::Request& request);
  // Again when a connection was lost under it.
  client::Completion ask_until_ok(const client::Request& request);
  std::vector<client::Completion> ask_all(const std::vector<client::Request>& requests);
  std::vector<client::WatchEvent> events();
  void close();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vivarium::posix

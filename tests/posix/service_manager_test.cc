// What vivariumd tells a service manager, read from a real notification socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <utility>

#include "core/posix/clock.h"
#include "tests/posix/daemon.h"
#include "tests/posix/free_port.h"

namespace vivarium::posix {
namespace {

using ::testing::Contains;
using ::testing::Not;

class ServiceManager {
 public:
  explicit ServiceManager(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~ServiceManager() { ::close(socket_); }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  // The next word, or "" after this long.
  std::string hear(Duration patience) const {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(patience.ms())) <= 0) return {};
    std::array<char, 4096> buffer{};
    const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<size_t>(std::max<ssize_t>(size, 0))};
  }
  std::vector<std::string> hear_all(Duration during) const {
    std::vector<std::string> words;
    const Time end = steady_now() + during;
    for (Time at = steady_now(); at < end; at = steady_now()) words.push_back(hear(end - at));
    std::erase(words, "");
    return words;
  }
  bool hears(const std::string& wanted, Duration patience = seconds(10)) const {
    const Time end = steady_now() + patience;
    for (Time at = steady_now(); at < end; at = steady_now()) {
      if (hear(end - at) == wanted) return true;
    }
    return false;
  }

 private:
  int socket_;
};

// The thread that serves stands still and all others run, as if a step never ended.
class Hang {
 public:
  explicit Hang(pid_t pid) : pid_(pid), hangs_(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0) {
    if (!hangs_) return;
    ::ptrace(PTRACE_INTERRUPT, pid_, nullptr, nullptr);
    ::waitpid(pid_, nullptr, __WALL);
  }
  ~Hang() { end(); }
  Hang(const Hang&) = delete;
  Hang& operator=(const Hang&) = delete;
  bool hangs() const { return hangs_; }
  void end() {
    if (std::exchange(hangs_, false)) ::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr);
  }

 private:
  pid_t pid_;
  bool hangs_;
};

constexpr Duration kWatchdog = seconds(1);

struct Service {
  explicit Service(const std::string& more = "") : daemon(folder.path("data"), free_port(), more) {
    std::filesystem::create_directories(folder.path("data"));
    std::ofstream(folder.path("data/myid")) << "1\n";
    daemon.set("NOTIFY_SOCKET", folder.path("notify"));
    daemon.set("WATCHDOG_USEC", std::to_string(kWatchdog.ns / 1000));
    daemon.start();
  }
  Folder folder;
  ServiceManager manager{folder.path("notify")};
  Daemon daemon;
};

TEST(ServiceManager, hears_when_it_is_ready_and_that_it_ends) {
  Service service;
  ASSERT_TRUE(service.manager.hears("READY=1")) << service.daemon.journal();
  EXPECT_THAT(raw_answer(service.daemon.port(), "srvr"), ::testing::HasSubstr("Mode: standalone"));
  EXPECT_THAT(service.manager.hear_all(kWatchdog), Not(Contains("READY=1"))) << "once is enough";
  service.daemon.signal(SIGTERM);
  EXPECT_TRUE(service.manager.hears("STOPPING=1"));
  EXPECT_EQ(service.daemon.wait(), 0);
}

TEST(ServiceManager, a_server_without_a_quorum_lives_and_is_not_ready) {
  std::string members;
  for (int id = 1; id <= 3; ++id) members += fmt::format("server.{}=127.0.0.1:{}:{}\n", id, free_port(), free_port());
  Service service(members + "initLimit=5\nsyncLimit=2\n");
  const auto words = service.manager.hear_all(kWatchdog * 2);
  EXPECT_THAT(words, Contains("WATCHDOG=1")) << service.daemon.journal();
  EXPECT_THAT(words, Not(Contains("READY=1")));
}

TEST(ServiceManager, the_watchdog_is_fed_twice_as_often_as_it_must_be) {
  Service service;
  ASSERT_TRUE(service.manager.hears("READY=1")) << service.daemon.journal();
  ASSERT_TRUE(service.manager.hears("WATCHDOG=1"));
  std::vector<Duration> apart;
  for (Time last = steady_now(); apart.size() < 5;) {
    ASSERT_EQ(service.manager.hear(seconds(10)), "WATCHDOG=1");
    const Time at = steady_now();
    apart.push_back(at - std::exchange(last, at));
  }
  std::sort(apart.begin(), apart.end());
  EXPECT_NEAR(static_cast<double>(apart[2].ms()), static_cast<double>(kWatchdog.ms()) / 2, 100);
}

TEST(ServiceManager, the_watchdog_starves_when_the_thread_that_serves_hangs) {
  Service service;
  ASSERT_TRUE(service.manager.hears("READY=1")) << service.daemon.journal();
  ASSERT_TRUE(service.manager.hears("WATCHDOG=1"));
  Hang hang(service.daemon.pid());
  if (!hang.hangs()) GTEST_SKIP() << "ptrace is not allowed here: " << std::strerror(errno);
  service.manager.hear_all(milliseconds(1));
  EXPECT_THAT(service.manager.hear_all(kWatchdog * 2), ::testing::IsEmpty());
  hang.end();
  EXPECT_TRUE(service.manager.hears("WATCHDOG=1"));
}

}  // namespace
}  // namespace vivarium::posix

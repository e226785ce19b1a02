#include "core/posix/supervisor.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/posix/folder.h"

namespace vivarium::posix {
namespace {

// A supervisor's end: what arrives, without waiting.
class Listener {
 public:
  explicit Listener(const std::string& name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    bound_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0;
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }
  ~Listener() {
    ::unsetenv("NOTIFY_SOCKET");
    ::close(socket_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool bound() const { return bound_; }
  std::string heard() const {
    char text[64];
    const auto size = ::recv(socket_, text, sizeof text, 0);
    return size < 0 ? "nothing" : std::string(text, static_cast<size_t>(size));
  }

 private:
  int socket_;
  bool bound_ = false;
};

TEST(Supervisor, is_told_at_a_path) {
  const Folder folder;
  const Listener listener(folder.path("notify"));
  ASSERT_TRUE(listener.bound());
  EXPECT_TRUE(tell_supervisor("READY=1"));
  EXPECT_EQ(listener.heard(), "READY=1");
  EXPECT_EQ(listener.heard(), "nothing") << "once";
}

TEST(Supervisor, is_told_under_an_abstract_name) {
  const Listener listener("@vivarium-test-" + std::to_string(::getpid()));
  ASSERT_TRUE(listener.bound());
  EXPECT_TRUE(tell_supervisor("WATCHDOG=1"));
  EXPECT_EQ(listener.heard(), "WATCHDOG=1");
}

TEST(Supervisor, need_not_be_there) {
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(tell_supervisor("READY=1"));
  for (const std::string& name :
       {std::string(), std::string("@"), std::string("notify"), std::string("/nowhere/notify"),
        "/" + std::string(sizeof(sockaddr_un::sun_path), 'x')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_FALSE(tell_supervisor("READY=1")) << name;
  }
  ::unsetenv("NOTIFY_SOCKET");
}

TEST(Supervisor, waits_so_long) {
  const auto patience = [](const char* us, const char* pid) {
    ::setenv("WATCHDOG_USEC", us, 1);
    if (pid) ::setenv("WATCHDOG_PID", pid, 1);
    const auto told = supervisor_patience();
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    return told;
  };
  EXPECT_EQ(patience("30000000", nullptr), seconds(30));
  EXPECT_EQ(patience("1500", std::to_string(::getpid()).c_str()), microseconds(1500));
  EXPECT_EQ(patience("1500", std::to_string(::getppid()).c_str()), std::nullopt) << "of another process";
  for (const char* nonsense : {"", "0", "-5", "soon", "5s", "99999999999999999999", "9223372036854775807"})
    EXPECT_EQ(patience(nonsense, nullptr), std::nullopt) << nonsense;
  EXPECT_EQ(supervisor_patience(), std::nullopt);
}

}  // namespace
}  // namespace vivarium::posix

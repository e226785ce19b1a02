#include "core/posix/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace vivarium::posix {

namespace {

struct SocketAddress {
  sockaddr_un bytes{};
  socklen_t size = 0;  // 0: no address that could be meant
};

SocketAddress address_of(std::string_view name) {
  SocketAddress address;
  address.bytes.sun_family = AF_UNIX;
  const bool meant = name.size() > 1 && (name[0] == '/' || name[0] == '@');
  if (!meant || name.size() >= sizeof address.bytes.sun_path) return address;
  std::memcpy(address.bytes.sun_path, name.data(), name.size());
  if (name[0] == '@') address.bytes.sun_path[0] = '\0';
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return address;
}

}  // namespace

bool tell_supervisor(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  const SocketAddress address = address_of(name ? name : "");
  if (address.size == 0) return false;
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const auto sent = ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                             reinterpret_cast<const sockaddr*>(&address.bytes), address.size);
  ::close(socket);
  return sent == static_cast<ssize_t>(state.size());
}

namespace {
std::optional<int64_t> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (!text) return std::nullopt;
  int64_t number = 0;
  const char* const end = text + std::strlen(text);
  const auto [read_to, error] = std::from_chars(text, end, number);
  return error == std::errc() && read_to == end ? std::optional(number) : std::nullopt;
}
}  // namespace

std::optional<Duration> supervisor_patience() {
  constexpr int64_t kMostUs = int64_t{1} << 50;
  const auto us = number_in("WATCHDOG_USEC");
  const bool of_another = std::getenv("WATCHDOG_PID") && number_in("WATCHDOG_PID") != ::getpid();
  if (!us || *us <= 0 || *us > kMostUs || of_another) return std::nullopt;
  return microseconds(*us);
}

}  // namespace vivarium::posix

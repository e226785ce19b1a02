// What a supervisor that started us (systemd, Type=notify) is told, by the protocol of sd_notify(3): one datagram to
// the socket that NOTIFY_SOCKET names, a path or, after '@', an abstract name. libsystemd would do it too, and bring
// six libraries and a tenth of an empty server's memory with it.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace vivarium::posix {

// "READY=1", "WATCHDOG=1", "STOPPING=1". False: there is no such socket, or it did not take the datagram; nobody needs
// to mind.
bool tell_supervisor(std::string_view state);

// How long it waits for a WATCHDOG=1 of this process before it holds it for dead; none: it does not.
std::optional<Duration> supervisor_patience();

}  // namespace vivarium::posix

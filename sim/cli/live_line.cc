#include "sim/cli/live_line.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "sim/cli/files.h"

namespace vivarium::cli {

namespace {

constexpr std::string_view kWipe = "\r\x1b[K";

// The line goes, and then the signal does what it would have done.
void wipe_and_end(int signal) {
  static_cast<void>(!::write(STDERR_FILENO, kWipe.data(), kWipe.size()));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void on_end_signals(void (*handler)(int)) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, handler);
}

bool is_dumb() {
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) == "dumb";
}

}  // namespace

LiveLine::LiveLine() : on_(::isatty(STDERR_FILENO) != 0 && !is_dumb()) {
  if (on_) on_end_signals(wipe_and_end);
}

LiveLine::~LiveLine() {
  clear();
  if (on_) on_end_signals(SIG_DFL);
}

bool LiveLine::due() {
  if (!on_ || Clock::now() - last_ < std::chrono::milliseconds(100)) return false;
  last_ = Clock::now();
  return true;
}

void LiveLine::show(const std::string& text) {
  if (!on_) return;
  shown_ = true;
  // In the last column some terminals go on to the next line.
  say(std::string(kWipe) + text.substr(0, terminal_columns() - 1));
}

void LiveLine::clear() {
  if (!on_ || !std::exchange(shown_, false)) return;
  say(std::string(kWipe));
}

size_t terminal_columns() {
  winsize size{};
  const bool told = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return told ? size.ws_col : 80;
}

bool colors_on_stderr() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDERR_FILENO) != 0 && (!no_color || !*no_color);
}

}  // namespace vivarium::cli

#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tests/cli/terminal.h"

namespace vivarium::cli {

Terminal::~Terminal() {
  if (pid_ > 0) {
    signal(SIGKILL);
    wait();
  }
  if (end_ >= 0) ::close(end_);
}

void Terminal::start(const std::vector<std::string>& arguments) {
  winsize size{};
  size.ws_col = static_cast<unsigned short>(columns_);
  size.ws_row = 24;
  pid_ = ::forkpty(&end_, nullptr, nullptr, &size);
  ASSERT_GE(pid_, 0);
  if (pid_ > 0) return;
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  for (const auto& [variable, value] : variables_) ::setenv(variable.c_str(), value.c_str(), 1);
  std::vector<const char*> words = {"vivarium"};
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  if (::chdir(VIVARIUM_SOURCE_DIR) == 0)
    ::execv(VIVARIUM_BINARY_DIR "/vivarium", const_cast<char* const*>(words.data()));
  ::_exit(127);
}

bool Terminal::read_some() {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(end_, buffer.data(), buffer.size());
  if (size <= 0) return false;
  bytes_.append(buffer.data(), static_cast<size_t>(size));
  return true;
}

bool Terminal::until(const std::function<bool(const std::string&)>& so) {
  while (!so(bytes_)) {
    if (!read_some()) return false;
  }
  return true;
}

void Terminal::signal(int number) const { ::kill(pid_, number); }

int Terminal::wait() {
  while (read_some()) {
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

namespace {

// Calls line(text) whenever a line is left: for the next one, or to be written again.
template <class Line>
void play(const std::string& bytes, Line line) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '\x1b') {  // CSI: colors, and "erase to the end of the line"
      const size_t end = bytes.find_first_of("mK", i);
      i = std::min(end, bytes.size() - 1);
    } else if (bytes[i] == '\r' && bytes.compare(i, 3, "\r\r\n") != 0 && bytes.compare(i, 2, "\r\n") != 0) {
      line(text, false);
      text.clear();
    } else if (bytes[i] == '\n') {
      line(text, true);
      text.clear();
    } else if (bytes[i] != '\r') {
      text += bytes[i];
    }
  }
  line(text, true);
}

}  // namespace

std::vector<std::string> Terminal::screen() const {
  std::vector<std::string> lines;
  play(bytes_, [&](const std::string& text, bool stays) {
    if (stays) lines.push_back(text);
  });
  return lines;
}

size_t Terminal::longest() const {
  size_t most = 0;
  play(bytes_, [&](const std::string& text, bool) { most = std::max(most, text.size()); });
  return most;
}

}  // namespace vivarium::cli

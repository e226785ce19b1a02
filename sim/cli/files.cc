#include "sim/cli/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "sim/cli/exit_codes.h"

namespace vivarium::cli {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, CloseFile>;

Failure io_failure(const std::string& path, const char* what) {
  return {kExitIo, fmt::format("{}: {}: {}\n", path, what, std::strerror(errno))};
}

// Never more than the limit and one byte: a file without end is as wrong as a large one.
std::expected<std::string, Failure> read_file(const std::string& path, int64_t limit) {
  FileHandle file(std::fopen(path.c_str(), "rb"));
  if (!file) return std::unexpected(io_failure(path, "cannot be opened"));
  struct stat info {};
  if (::fstat(::fileno(file.get()), &info) == 0) {
    if (S_ISDIR(info.st_mode))
      return std::unexpected(Failure{kExitIo, fmt::format("{}: is a directory; a scenario is a JSON file\n", path)});
    if (S_ISREG(info.st_mode) && info.st_size > limit) {
      return std::unexpected(
          Failure{kExitBadInput,
                  fmt::format("{}:1:1: the file has {} bytes, expected at most {} MiB; a scenario is a page of JSON\n",
                              path, with_commas(static_cast<uint64_t>(info.st_size)), limit >> 20)});
    }
  }
  std::string text;
  std::string buffer(64 << 10, '\0');
  while (static_cast<int64_t>(text.size()) <= limit) {
    const size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get());
    text.append(buffer, 0, got);
    if (got < buffer.size()) break;
  }
  if (std::ferror(file.get())) return std::unexpected(io_failure(path, "cannot be read"));
  return text;
}

}  // namespace

std::expected<sim::Scenario, Failure> load_scenario(const std::string& path) {
  const auto text = read_file(path, sim::kMaxScenarioBytes);
  if (!text) return std::unexpected(text.error());
  auto scenario = sim::read_scenario(path, *text);
  if (scenario) return *std::move(scenario);
  std::string message;
  constexpr size_t kShown = 20;
  const auto& errors = scenario.error();
  for (size_t i = 0; i < errors.size() && i < kShown; ++i) message += errors[i].to_string() + "\n";
  if (errors.size() > kShown) message += fmt::format("{}: and {} more errors\n", path, errors.size() - kShown);
  return std::unexpected(Failure{kExitBadInput, message});
}

std::expected<void, Failure> write_file(const std::string& path, const std::string& text) {
  FileHandle file(std::fopen(path.c_str(), "wb"));
  if (!file) return std::unexpected(io_failure(path, "cannot be written"));
  const bool written =
      std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0;
  if (!written) return std::unexpected(io_failure(path, "cannot be written"));
  return {};
}

void say(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }

bool colors_on_stdout() {
  const char* no_color = std::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) != 0 && (!no_color || !*no_color);
}

std::string with_commas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

int finish(const std::string& out, int exit_code) {
  if (std::fwrite(out.data(), 1, out.size(), stdout) == out.size() && std::fflush(stdout) == 0) return exit_code;
  say(fmt::format("vivarium: stdout cannot be written: {}\n", std::strerror(errno)));
  return kExitIo;
}

}  // namespace vivarium::cli

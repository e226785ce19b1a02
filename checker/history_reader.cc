#include "checker/history_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "checker/edn.h"
#include "checker/line_parser.h"

namespace vivarium::checker {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;  // what stays in the cache
constexpr size_t kBytesPerOperation = 160;         // two short lines
constexpr size_t kLineBytesMax = size_t{16} << 20;
constexpr size_t kEdnBytesMax = size_t{256} << 20;  // EDN is read as a whole

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

InputError bad_input(std::string message) { return {InputError::Kind::BadInput, std::move(message)}; }

InputError too_large(const std::string& name, size_t limit) {
  return {InputError::Kind::TooLarge,
          fmt::format("{}: the history alone needs more than the {} MB of the memory budget", name, limit >> 20)};
}

// Feeds whole lines out of a growing buffer; what is left of the last line moves to the front.
class LineFeeder {
 public:
  LineFeeder(LineParser& parser, const ReadOptions& options) : parser_(parser), options_(options) {}

  // All complete lines of `text`; returns how many bytes they took.
  std::expected<size_t, InputError> feed(std::string_view text) {
    size_t begin = 0;
    while (begin < text.size()) {
      const void* found = std::memchr(text.data() + begin, '\n', text.size() - begin);
      if (found == nullptr) break;
      const size_t end = static_cast<size_t>(static_cast<const char*>(found) - text.data());
      if (!parser_.feed(text.substr(begin, end - begin), ++line_number_))
        return std::unexpected(bad_input(parser_.error()));
      begin = end + 1;
    }
    if (parser_.builder().history().memory_bytes() > options_.memory_limit_bytes) {
      return std::unexpected(too_large(parser_.builder().history().source, options_.memory_limit_bytes));
    }
    return begin;
  }

  std::expected<void, InputError> last_line(std::string_view text) {
    std::string line(text);
    line += '\n';
    const size_t size = line.size();
    line.resize(size + LineParser::kSlack);
    if (auto fed = feed(std::string_view(line).substr(0, size)); !fed) return std::unexpected(fed.error());
    return {};
  }

 private:
  LineParser& parser_;
  const ReadOptions& options_;
  uint32_t line_number_ = 0;
};

InputError line_too_long(const std::string& name, uint32_t line) {
  return bad_input(fmt::format("{}:{}:1: a line of more than {} MB; expected one operation a line", name, line,
                               kLineBytesMax >> 20));
}

std::expected<std::string, InputError> read_rest(std::FILE* file, std::string begun, const std::string& name) {
  for (;;) {
    const size_t size = begun.size();
    begun.resize(size + kChunkBytes);
    const size_t got = std::fread(begun.data() + size, 1, kChunkBytes, file);
    begun.resize(size + got);
    if (got == 0) return begun;
    if (begun.size() > kEdnBytesMax) {
      return std::unexpected(bad_input(fmt::format(
          "{}:1:1: EDN of more than {} MB; expected JSON lines for big histories", name, kEdnBytesMax >> 20)));
    }
  }
}

// Room for what a file of this size usually holds, so that growing does not copy it. Untouched room costs nothing.
void reserve_for(std::FILE* file, History& history, size_t limit) {
  if (std::fseek(file, 0, SEEK_END) != 0) return;  // a pipe
  const long size = std::ftell(file);
  std::rewind(file);
  if (size <= 0) return;
  const size_t operations = std::min(static_cast<size_t>(size) / kBytesPerOperation, limit / (2 * sizeof(Operation)));
  history.operations.reserve(operations);
  history.records.reserve(operations);
}

}  // namespace

std::expected<History, InputError> parse_history(std::string_view text, const std::string& name,
                                                 const ReadOptions& options) {
  LineParser parser(name, options.model);
  if (looks_like_edn(text)) {
    if (!parse_edn(text, parser)) return std::unexpected(bad_input(parser.error()));
    return std::move(parser.builder()).take();
  }
  LineFeeder feeder(parser, options);
  if (auto all = feeder.last_line(text); !all) return std::unexpected(all.error());
  return std::move(parser.builder()).take();
}

std::expected<History, InputError> read_history(const std::string& path, const ReadOptions& options) {
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (!file) {
    return std::unexpected(
        InputError{InputError::Kind::Io, fmt::format("{}: {}; expected a history's file", path, std::strerror(errno))});
  }
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  LineParser parser(path, options.model);
  LineFeeder feeder(parser, options);
  reserve_for(file.get(), parser.builder().history(), options.memory_limit_bytes);
  std::string buffer(kChunkBytes, '\0');
  size_t held = 0;
  bool first = true;
  for (;;) {
    if (held + LineParser::kSlack >= buffer.size()) {
      if (held > kLineBytesMax) return std::unexpected(line_too_long(path, parser.builder().history().positions + 1));
      buffer.resize(buffer.size() * 2);
    }
    const size_t got = std::fread(buffer.data() + held, 1, buffer.size() - held - LineParser::kSlack, file.get());
    if (got == 0) break;
    held += got;
    const std::string_view text(buffer.data(), held);
    if (first && looks_like_edn(text)) {
      auto whole = read_rest(file.get(), std::string(text), path);
      if (!whole) return std::unexpected(whole.error());
      return parse_history(*whole, path, options);
    }
    first = false;
    const auto used = feeder.feed(text);
    if (!used) return std::unexpected(used.error());
    std::memmove(buffer.data(), buffer.data() + *used, held - *used);
    held -= *used;
  }
  if (std::ferror(file.get()) != 0) {
    return std::unexpected(InputError{InputError::Kind::Io, fmt::format("{}: {}", path, std::strerror(errno))});
  }
  if (auto last = feeder.last_line(std::string_view(buffer.data(), held)); !last) return std::unexpected(last.error());
  return std::move(parser.builder()).take();
}

}  // namespace vivarium::checker

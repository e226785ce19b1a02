// Bytes of a trace, from a file that may be compressed, may have been cut by a kill, and may be anything.
#include <fmt/format.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "viz/client_lanes.h"
#include "viz/merge.h"
#include "viz/trace.h"

namespace vivarium::viz {

namespace {

constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

std::unexpected<TraceError> unreadable(const std::string& path, const std::string& what) {
  return std::unexpected(TraceError{fmt::format("{}: {}", path, what), true});
}

// The part that can be decompressed: a file that was cut has no end.
std::expected<std::string, TraceError> decompressed(const std::string& path, const std::string& bytes) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(), ZSTD_freeDStream);
  std::string out, piece(ZSTD_DStreamOutSize(), '\0');
  for (ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};;) {
    ZSTD_outBuffer to{piece.data(), piece.size(), 0};
    const size_t left = ZSTD_decompressStream(stream.get(), &to, &in);
    if (ZSTD_isError(left)) {
      return std::unexpected(
          TraceError{fmt::format("{}:1: the file cannot be decompressed: {}", path, ZSTD_getErrorName(left))});
    }
    out.append(piece, 0, to.pos);
    if (in.pos == in.size && to.pos < to.size) return out;
  }
}

// What does not begin like a trace is not read to its end, which it may not have.
std::expected<std::string, TraceError> read_bytes(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return unreadable(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string bytes, piece(size_t{1} << 20, '\0');
  for (;;) {
    const size_t got = std::fread(piece.data(), 1, piece.size(), file.get());
    bytes.append(piece, 0, got);
    if (std::ferror(file.get())) return unreadable(path, fmt::format("cannot be read: {}", std::strerror(errno)));
    if (got < piece.size() || (!bytes.starts_with('{') && !bytes.starts_with(kZstdMagic))) return bytes;
  }
}

}  // namespace

std::expected<Trace, TraceError> read_trace(const std::string& path) {
  auto bytes = read_bytes(path);
  if (bytes && bytes->starts_with(kZstdMagic)) bytes = decompressed(path, *bytes);
  if (!bytes) return std::unexpected(bytes.error());
  return parse_trace(path, *bytes);
}

std::expected<Trace, TraceError> read_traces(const std::vector<std::string>& paths) {
  std::vector<NamedTrace> traces;
  for (const std::string& path : paths) {
    auto trace = read_trace(path);
    if (!trace) return std::unexpected(trace.error());
    if (paths.size() == 1) return trace->header.live ? with_client_lanes(*std::move(trace)) : std::move(trace);
    traces.push_back({path, *std::move(trace)});
  }
  auto merged = merge(std::move(traces));
  if (!merged) return merged;
  return with_client_lanes(*std::move(merged));
}

}  // namespace vivarium::viz

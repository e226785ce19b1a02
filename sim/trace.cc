#include "sim/trace.h"

#include <fmt/format.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/log/disk_operation.h"

namespace vivarium::sim {

namespace {

constexpr std::array kListeners = {"client", "election", "quorum"};
constexpr std::array kReasons = {"by-peer", "reset", "timeout", "refused", "unreachable"};
constexpr std::array kQueues = {"log", "snapshot", "file"};
constexpr std::array kOperations = {"append", "roll",        "truncate", "write-snapshot", "discard-snapshots",
                                    "purge",  "write-epoch", "reload",   "read-log"};
static_assert(kOperations.size() == std::variant_size_v<log::Operation>);

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

template <size_t N>
void add_name(std::string& out, const std::array<const char*, N>& names, int64_t value) {
  if (value >= 0 && static_cast<size_t>(value) < N)
    fmt::format_to(std::back_inserter(out), "\"{}\"", names[static_cast<size_t>(value)]);
  else
    fmt::format_to(std::back_inserter(out), "{}", value);
}

void add_field(std::string& out, const char* name, int64_t value) {
  if (!name) return;
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  const std::string_view field = name;
  if (field == "zxid")
    fmt::format_to(std::back_inserter(out), "\"0x{:x}\"", static_cast<uint64_t>(value));
  else if (field == "note")
    fmt::format_to(std::back_inserter(out), "\"{}\"", note_name(static_cast<NoteKind>(value)));
  else if (field == "listener")
    add_name(out, kListeners, value);
  else if (field == "reason")
    add_name(out, kReasons, value);
  else if (field == "queue")
    add_name(out, kQueues, value);
  else if (field == "what")
    add_name(out, kOperations, value);
  else
    fmt::format_to(std::back_inserter(out), "{}", value);
}

std::string format_item(const TraceItem& item) {
  const Record& r = item.record;
  std::string out = fmt::format("{{\"seq\":{},\"t\":{},\"node\":", r.seq, r.t.ns);
  if (r.node == kNoProcess)
    out += "null";
  else
    fmt::format_to(std::back_inserter(out), "{}", r.node);
  fmt::format_to(std::back_inserter(out), ",\"kind\":\"{}\"", record_name(r.kind));
  if (r.cause != 0) fmt::format_to(std::back_inserter(out), ",\"cause\":{}", r.cause);
  if (r.stream != 0) fmt::format_to(std::back_inserter(out), ",\"stream\":{}", r.stream);
  if (r.label != Label::kNone) fmt::format_to(std::back_inserter(out), ",\"label\":\"{}\"", label_name(r.label));
  const RecordFields fields = record_fields(r.kind);
  add_field(out, fields.a, r.a);
  add_field(out, fields.b, r.b);
  add_field(out, fields.c, r.c);
  add_field(out, fields.d, r.d);
  if (!item.text.is_null()) out += ",\"text\":" + json_text(item.text.view());
  return out + "}\n";
}

std::string format_header(const TraceHeader& header) {
  std::string out = fmt::format(
      "{{\"format\":\"vivarium-trace\",\"version\":1,\"seed\":{},\"scenario\":{},\"scenario_hash\":{},\"commit\":{},"
      "\"nodes\":[",
      header.seed, json_text(header.scenario), json_text(header.scenario_hash), json_text(header.commit));
  const char* comma = "";
  for (const TraceHeader::Node& node : header.nodes) {
    fmt::format_to(std::back_inserter(out), "{}{{\"id\":{},\"host\":{},\"name\":{}", comma, node.id, node.host,
                   json_text(node.host_name));
    if (node.sid != 0) fmt::format_to(std::back_inserter(out), ",\"sid\":{}", node.sid);
    out += "}";
    comma = ",";
  }
  return out + "]}\n";
}

std::string format_footer(uint64_t events, const std::array<uint64_t, kRecordKinds>& kinds, uint64_t trace_hash) {
  std::string out = fmt::format("{{\"end\":true,\"events\":{},\"kinds\":{{", events);
  const char* comma = "";
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    if (kinds[kind] == 0) continue;
    fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", comma, record_name(static_cast<RecordKind>(kind)),
                   kinds[kind]);
    comma = ",";
  }
  return out + fmt::format("}},\"trace_hash\":\"{:016x}\"}}\n", trace_hash);
}

template <class Sink>
void format_to_sink(const Trace& trace, const TraceHeader& header, uint64_t trace_hash, Sink&& sink) {
  std::array<uint64_t, kRecordKinds> kinds{};
  sink(format_header(header));
  trace.items().for_each([&](const TraceItem& item) {
    ++kinds[static_cast<size_t>(item.record.kind)];
    sink(format_item(item));
  });
  sink(format_footer(trace.items().size(), kinds, trace_hash));
}

// A file that is compressed on the way when its name asks for it.
class TraceFile {
 public:
  explicit TraceFile(const std::string& path)
      : file_(std::fopen(path.c_str(), "wb"), std::fclose),
        zstd_(path.ends_with(".zst") ? ZSTD_createCStream() : nullptr, ZSTD_freeCStream) {}

  bool open() const { return file_ != nullptr; }
  void write(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() >= kFlushAt) flush(ZSTD_e_continue);
  }
  bool finish() {
    flush(ZSTD_e_end);
    return good_ && std::fclose(file_.release()) == 0;
  }

 private:
  static constexpr size_t kFlushAt = 1 << 20;

  void flush(ZSTD_EndDirective how) {
    if (zstd_)
      compress(how);
    else
      put(buffer_);
    buffer_.clear();
  }
  void compress(ZSTD_EndDirective how) {
    ZSTD_inBuffer in{buffer_.data(), buffer_.size(), 0};
    std::string piece(ZSTD_CStreamOutSize(), '\0');
    for (size_t left = 1; left != 0;) {
      ZSTD_outBuffer out{piece.data(), piece.size(), 0};
      left = ZSTD_compressStream2(zstd_.get(), &out, &in, how);
      if (ZSTD_isError(left)) {
        good_ = false;
        return;
      }
      put({piece.data(), out.pos});
      if (how == ZSTD_e_continue && in.pos == in.size) return;
    }
  }
  void put(std::string_view bytes) {
    good_ = good_ && std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size();
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::unique_ptr<ZSTD_CStream, size_t (*)(ZSTD_CStream*)> zstd_;
  std::string buffer_;
  bool good_ = true;
};

}  // namespace

std::string format_trace(const Trace& trace, const TraceHeader& header, uint64_t trace_hash) {
  std::string out;
  format_to_sink(trace, header, trace_hash, [&](const std::string& line) { out += line; });
  return out;
}

std::expected<void, std::string> write_trace(const std::string& path, const Trace& trace, const TraceHeader& header,
                                             uint64_t trace_hash) {
  TraceFile file(path);
  if (!file.open()) return std::unexpected(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  format_to_sink(trace, header, trace_hash, [&](const std::string& line) { file.write(line); });
  if (!file.finish()) return std::unexpected(fmt::format("{}: writing failed: {}", path, std::strerror(errno)));
  return {};
}

}  // namespace vivarium::sim

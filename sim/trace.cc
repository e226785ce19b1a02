#include "sim/trace.h"

#include <fmt/format.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

template <class Sink>
void format_to_sink(const Trace& trace, const TraceHeader& header, uint64_t trace_hash,
                    const TraceViolations& violations, Sink&& sink) {
  node::TraceCounts kinds{};
  std::vector<std::pair<uint64_t, Bytes>> told;
  trace.told().for_each([&](const auto& one) { told.push_back(one); });
  auto next = told.begin();
  sink(node::format_trace_header(header));
  trace.items().for_each([&](const TraceItem& item) {
    ++kinds[static_cast<size_t>(item.record.kind)];
    const Bytes* text = item.text.is_null() ? nullptr : &item.text;
    if (next != told.end() && next->first == item.record.seq) text = &next++->second;
    sink(node::format_trace_record(item.record, text ? std::optional(text->view()) : std::nullopt));
  });
  sink(node::format_trace_footer(kinds, trace_hash, violations));
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

Bytes Trace::text_of(const Note& note, const node::Node* node) {
  if (note.why) return Bytes(note.why);
  if (!node || (note.kind != NoteKind::kProposed && note.kind != NoteKind::kCommitted)) return {};
  const zab::ProposalRef* proposal = node->peer().history().find(Zxid{note.a});
  const auto words = proposal ? transactions_.tell(**proposal) : std::nullopt;
  return words ? Bytes(*words) : Bytes();
}

std::string format_trace(const Trace& trace, const TraceHeader& header, uint64_t trace_hash,
                         const TraceViolations& violations) {
  std::string out;
  format_to_sink(trace, header, trace_hash, violations, [&](const std::string& line) { out += line; });
  return out;
}

std::expected<void, std::string> write_trace(const std::string& path, const Trace& trace, const TraceHeader& header,
                                             uint64_t trace_hash, const TraceViolations& violations) {
  TraceFile file(path);
  if (!file.open()) return std::unexpected(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
  format_to_sink(trace, header, trace_hash, violations, [&](const std::string& line) { file.write(line); });
  if (!file.finish()) return std::unexpected(fmt::format("{}: writing failed: {}", path, std::strerror(errno)));
  return {};
}

}  // namespace vivarium::sim

// Traces as text for tests: a line a call, numbered by itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/node/trace_format.h"

namespace vivarium::viz {

class TraceWriter {
 public:
  explicit TraceWriter(const node::TraceHeader& header) : text_(node::format_trace_header(header)) {}

  // Gives the seq.
  uint64_t add(node::TraceRecord record, std::optional<std::string_view> text = std::nullopt) {
    record.seq = ++seq_;
    ++kinds_[static_cast<size_t>(record.kind)];
    text_ += node::format_trace_record(record, text);
    return seq_;
  }
  std::string cut() const { return text_; }  // as a kill leaves it
  std::string whole() const { return text_ + node::format_trace_footer(kinds_, 0xabc); }

 private:
  std::string text_;
  uint64_t seq_ = 0;
  node::TraceCounts kinds_{};
};

inline node::TraceHeader three_servers_and_a_client() {
  node::TraceHeader header;
  header.seed = 7;
  header.scenario = "test";
  header.nodes = {{0, 0, "s1", 1}, {1, 1, "s2", 2}, {2, 2, "s3", 3}, {3, 3, "client1", 0}};
  return header;
}

inline node::TraceHeader live_header(node::TraceNode server, int64_t start_wall_ns) {
  node::TraceHeader header;
  header.nodes = {{1, 1, "zk1", 1}, {2, 2, "zk2", 2}};
  header.live = node::TraceHeader::Live{server, start_wall_ns};
  return header;
}

inline node::TraceRecord bytes_record(node::TraceKind kind, node::TraceNode node, int64_t t, uint64_t stream,
                                      int64_t offset, int64_t size, uint64_t cause = 0, Label label = Label::kNone,
                                      int64_t zxid = node::kNotSaid) {
  return {kind, label, node, Time{t}, 0, cause, stream, 1, size, offset, zxid};
}

inline node::TraceRecord note_record(NoteKind note, node::TraceNode node, int64_t t, int64_t a = 0, int64_t b = 0,
                                     int64_t c = 0, uint64_t cause = 0) {
  return {node::TraceKind::kNote, Label::kNone, node, Time{t}, 0, cause, 0, static_cast<int64_t>(note), a, b, c};
}

}  // namespace vivarium::viz

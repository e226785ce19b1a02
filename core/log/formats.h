// Transaction-log and snapshot formats (facts 3.2, 3.3): bytes <-> values, nothing of files.
#pragma once

#include "core/log/recovery.h"

namespace vivarium::log {

inline constexpr int64_t kFileHeaderBytes = 16;
Bytes log_file_header();
Bytes frame_record(const Record& record);  // Adler32, length, payload, 'B'

std::string log_file_name(Zxid first);        // "log.<hex>"
std::string snapshot_file_name(Zxid zxid);    // "snapshot.<hex>"
std::optional<Zxid> parse_file_name(std::string_view name, std::string_view prefix);

// A whole snapshot file; the body between header and first seal is also what SNAP streams (without header and seals).
Bytes encode_snapshot_file(const tree::State& state);
std::expected<tree::State, std::string> decode_snapshot_file(const Bytes& file);  // error: a sentence with the offset

// SNAP, the sending side: a copyable cursor over a pinned State. next() gives about `size` bytes, empty at the end.
// The stream: sessions, ACL map, nodes, "/" terminator, then ustring "BenWasHere".
class SnapshotCursor {
 public:
  SnapshotCursor() = default;
  explicit SnapshotCursor(tree::State state) : state_(std::move(state)) {}
  Bytes next(size_t size);
  bool done() const { return phase_ == Phase::kDone; }
  VIV_VISIT(v("state", self.state_), v("phase", self.phase_), v("last_path", self.last_path_))

 private:
  enum class Phase : uint8_t { kTables, kNodes, kDone };
  tree::State state_;
  Phase phase_ = Phase::kTables;
  Bytes last_path_;  // null: before the first node
};

// SNAP, the receiving side: resumable; feed() until complete(); rest() is what follows "BenWasHere".
class SnapshotReader {
 public:
  void feed(const Bytes& bytes);
  bool complete() const { return complete_; }
  bool failed() const { return failed_; }
  tree::State take_state(Zxid zxid);  // digest computed
  Bytes rest() const { return buffer_; }
  VIV_VISIT(v("buffer", self.buffer_), v("complete", self.complete_), v("failed", self.failed_), v("state", self.state_))

 private:
  Bytes buffer_ = Bytes::empty_value();
  tree::State state_;
  bool complete_ = false, failed_ = false;
};

}  // namespace vivarium::log

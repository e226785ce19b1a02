// Client frames: int32 length and payload (facts 1.1).
#pragma once

#include <optional>

#include "core/wire/records.h"

namespace vivarium::wire {

// The frame at the front of `buffer`, removed from it; nothing while it is incomplete. A length outside [least, most]
// empties the buffer and sets `failed`.
std::optional<Bytes> take_frame(Bytes& buffer, int32_t least, int32_t most, bool& failed);

// Resumable decoder of client frames (either direction); a frame that lies whole in what was fed is a slice of it. A
// length outside [0, limit] poisons the stream. Before the first frame, four bytes that are a four-letter word are the
// node's business: peek().
class FrameDecoder {
 public:
  explicit FrameDecoder(int32_t limit = kMaxFrameBytes) : limit_(limit) {}
  void feed(const Bytes& bytes);
  std::optional<Bytes> next();
  bool failed() const { return failed_; }
  bool mid_frame() const { return !buffer_.empty(); }
  const Bytes& peek() const { return buffer_; }
  VIV_VISIT(v("buffer", self.buffer_), v("failed", self.failed_))

 private:
  Bytes buffer_ = Bytes::empty_value();
  int32_t limit_;
  bool failed_ = false;
};

}  // namespace vivarium::wire

#include "core/wire/frames.h"

namespace vivarium::wire {

std::optional<Bytes> take_frame(Bytes& buffer, int32_t least, int32_t most, bool& failed) {
  if (failed || buffer.size() < 4) return std::nullopt;
  const int32_t size = load_i32(buffer.data());
  if (size < least || size > most) {
    failed = true;
    buffer = Bytes::empty_value();
    return std::nullopt;
  }
  const size_t end = 4 + static_cast<size_t>(size);
  if (buffer.size() < end) return std::nullopt;
  Bytes payload = buffer.slice(4, static_cast<size_t>(size));
  buffer.remove_prefix(end);
  return payload;
}

void FrameDecoder::feed(const Bytes& bytes) {
  if (!failed_) buffer_.append(bytes);
}

std::optional<Bytes> FrameDecoder::next() { return take_frame(buffer_, 0, limit_, failed_); }

}  // namespace vivarium::wire

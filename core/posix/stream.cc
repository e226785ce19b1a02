#include "core/posix/stream.h"

namespace vivarium::posix {

namespace {
constexpr size_t kGatherMax = 64;  // pieces of one write; the kernel's bound is 1024
}

void Unsent::push(const Bytes& bytes, bool notify) {
  bytes_ += static_cast<int64_t>(bytes.size());
  pieces_.push_back({bytes, notify});
}

std::vector<boost::asio::const_buffer> Unsent::gather() const {
  std::vector<boost::asio::const_buffer> buffers;
  buffers.reserve(std::min(pieces_.size(), kGatherMax));
  for (const Piece& piece : pieces_) {
    if (buffers.size() == kGatherMax) break;
    buffers.emplace_back(piece.bytes.data(), piece.bytes.size());
  }
  return buffers;
}

int32_t Unsent::drop(size_t count) {
  int32_t notified = 0;
  bytes_ -= static_cast<int64_t>(count);
  while (!pieces_.empty() && pieces_.front().bytes.size() <= count) {
    count -= pieces_.front().bytes.size();
    notified += pieces_.front().notify ? 1 : 0;
    pieces_.pop_front();
  }
  if (count > 0) pieces_.front().bytes.remove_prefix(count);
  return notified;
}

}  // namespace vivarium::posix

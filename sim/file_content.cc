#include "sim/file_content.h"

#include <algorithm>

namespace vivarium::sim {

void FileContent::resize(int64_t size) {
  const auto chunks = static_cast<size_t>((size + kChunkBytes - 1) / kChunkBytes);
  if (size < size_) {
    chunks_.resize(std::min(chunks_.size(), chunks));
    // What is cut off must read as zeros should the file grow again.
    const int64_t tail = size % kChunkBytes;
    if (tail && chunks <= chunks_.size() && chunks_[chunks - 1]) {
      Chunk& last = chunks_[chunks - 1]->mut();
      std::fill(last.begin() + tail, last.end(), uint8_t{0});
    }
  }
  size_ = size;
}

void FileContent::write(int64_t offset, const uint8_t* bytes, int64_t size) {
  size_ = std::max(size_, offset + size);
  while (size > 0) {
    const auto index = static_cast<size_t>(offset / kChunkBytes);
    const int64_t within = offset % kChunkBytes;
    const int64_t n = std::min(size, kChunkBytes - within);
    if (index >= chunks_.size()) chunks_.resize(index + 1);
    if (!chunks_[index]) chunks_[index].emplace();
    std::copy_n(bytes, n, chunks_[index]->mut().begin() + within);
    offset += n;
    bytes += n;
    size -= n;
  }
}

Bytes FileContent::read(int64_t offset, int64_t size) const {
  size = std::max<int64_t>(0, std::min(size, size_ - offset));
  uint8_t* fill = nullptr;
  Bytes out = Bytes::uninitialized(static_cast<size_t>(size), &fill);
  while (size > 0) {
    const auto index = static_cast<size_t>(offset / kChunkBytes);
    const int64_t within = offset % kChunkBytes;
    const int64_t n = std::min(size, kChunkBytes - within);
    if (index < chunks_.size() && chunks_[index])
      std::copy_n((*chunks_[index])->begin() + within, n, fill);
    else
      std::fill_n(fill, n, uint8_t{0});
    offset += n;
    fill += n;
    size -= n;
  }
  return out;
}

bool FileContent::operator==(const FileContent& o) const {
  return size_ == o.size_ && read(0, size_) == o.read(0, o.size_);
}

}  // namespace vivarium::sim

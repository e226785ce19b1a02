#include "core/base/bytes.h"

#include <algorithm>

namespace vivarium {

Bytes::Slab* Bytes::new_slab(size_t used, size_t capacity) {
  CHECK(capacity <= UINT32_MAX - sizeof(Slab), "{} bytes", capacity);
  return new (::operator new(sizeof(Slab) + capacity))
      Slab{1, static_cast<uint32_t>(used), static_cast<uint32_t>(capacity)};
}

Bytes Bytes::uninitialized(size_t size, uint8_t** fill) {
  Bytes out;
  if (size == 0) {
    out.offset_ = kNoSlab;
    *fill = nullptr;
    return out;
  }
  out.slab_ = new_slab(size, size);
  out.offset_ = kFirst;
  *fill = out.slab_->bytes();
  out.size_ = static_cast<uint32_t>(size);
  return out;
}

Bytes Bytes::copy_of(const void* data, size_t size) {
  uint8_t* fill = nullptr;
  Bytes out = uninitialized(size, &fill);
  if (size) std::memcpy(fill, data, size);
  return out;
}

void Bytes::append(Bytes more) {
  if (more.empty()) return;
  if (empty()) return swap(more);
  const bool ends_slab = offset_ + size_ == kFirst + slab_->used;
  if (!ends_slab || slab_->capacity - slab_->used < more.size_) {
    constexpr size_t kSmallest = 64;
    Bytes moved;
    moved.slab_ = new_slab(size_, std::max(kSmallest, 2 * (size_t{size_} + more.size_)));
    moved.offset_ = kFirst;
    moved.size_ = size_;
    std::memcpy(moved.slab_->bytes(), data(), size_);
    swap(moved);
  }
  std::memcpy(slab_->bytes() + slab_->used, more.data(), more.size_);
  slab_->used += more.size_;
  size_ += more.size_;
}

void BytesBuilder::grow(size_t n) {
  constexpr size_t kSmallest = 256 - sizeof(Bytes::Slab);  // most messages fit
  move_to_slab(std::max({kSmallest, size_ + n, 2 * capacity_}));
}

void BytesBuilder::move_to_slab(size_t capacity) {
  Bytes::Slab* bigger = Bytes::new_slab(0, capacity);
  if (size_) std::memcpy(bigger->bytes(), slab_->bytes(), size_);
  ::operator delete(slab_);
  slab_ = bigger;
  capacity_ = capacity;
}

Bytes BytesBuilder::take() {
  if (size_ == 0) return Bytes::empty_value();
  Bytes out;
  slab_->used = static_cast<uint32_t>(size_);
  out.offset_ = Bytes::kFirst;
  out.size_ = slab_->used;
  out.slab_ = std::exchange(slab_, nullptr);
  size_ = capacity_ = 0;
  return out;
}

}  // namespace vivarium

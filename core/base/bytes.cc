#include "core/base/bytes.h"

#include <algorithm>

namespace vivarium {

Bytes::Slab* Bytes::full_slab(size_t size) {
  CHECK(size <= kSizeMax, "{} bytes", size);
  return new (::operator new(sizeof(Slab) + size)) Slab(false, size);
}

Bytes::GrowingSlab* Bytes::growing_slab(size_t capacity) {
  CHECK(capacity <= kSizeMax, "{} bytes", capacity);
  return new (::operator new(sizeof(GrowingSlab) + capacity)) GrowingSlab(capacity);
}

Bytes Bytes::uninitialized(size_t size, uint8_t** fill) {
  Bytes out;
  if (size == 0) {
    out.offset_ = kNoSlab;
    *fill = nullptr;
    return out;
  }
  out.slab_ = full_slab(size);
  out.offset_ = sizeof(Slab);
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
  GrowingSlab* slab = slab_->growing();
  const bool ends_slab = slab && offset_ + size_ == sizeof(GrowingSlab) + slab->used;
  if (!ends_slab || slab->capacity - slab->used < more.size_) {
    constexpr size_t kSmallest = 64;
    slab = growing_slab(std::max(kSmallest, 2 * (size_t{size_} + more.size_)));
    std::memcpy(slab->bytes(), data(), size_);
    slab->used = size_;
    Bytes moved;
    moved.slab_ = slab;
    moved.offset_ = sizeof(GrowingSlab);
    moved.size_ = size_;
    swap(moved);
  }
  std::memcpy(slab->bytes() + slab->used, more.data(), more.size_);
  slab->used += more.size_;
  size_ += more.size_;
}

void BytesBuilder::grow(size_t n) {
  constexpr size_t kSmallest = 256 - sizeof(Bytes::GrowingSlab);  // most messages fit
  move_to_slab(std::max({kSmallest, size_ + n, 2 * capacity_}));
}

void BytesBuilder::move_to_slab(size_t capacity) {
  Bytes::GrowingSlab* bigger = Bytes::growing_slab(capacity);
  if (size_) std::memcpy(bigger->bytes(), slab_->bytes(), size_);
  ::operator delete(slab_);
  slab_ = bigger;
  capacity_ = capacity;
}

Bytes BytesBuilder::take() {
  if (size_ == 0) return Bytes::empty_value();
  Bytes out;
  slab_->used = static_cast<uint32_t>(size_);
  out.offset_ = sizeof(Bytes::GrowingSlab);
  out.size_ = slab_->used;
  out.slab_ = std::exchange(slab_, nullptr);
  size_ = capacity_ = 0;
  return out;
}

}  // namespace vivarium

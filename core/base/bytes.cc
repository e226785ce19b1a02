#include "core/base/bytes.h"

#include <cstdlib>
#include <new>

namespace vivarium {

namespace {
// The address of every empty value that needs no slab; only compared with null, never read.
constexpr uint8_t kEmpty = 0;
}  // namespace

Bytes Bytes::uninitialized(size_t size, uint8_t** fill) {
  CHECK(size <= UINT32_MAX, "{} bytes", size);
  Bytes out;
  if (size == 0) {
    out.data_ = &kEmpty;
    *fill = nullptr;
    return out;
  }
  void* memory = ::operator new(sizeof(Slab) + size);
  out.slab_ = new (memory) Slab{1, static_cast<uint32_t>(size)};
  out.data_ = out.slab_->bytes();
  out.size_ = static_cast<uint32_t>(size);
  *fill = out.slab_->bytes();
  return out;
}

Bytes Bytes::copy_of(const void* data, size_t size) {
  uint8_t* fill = nullptr;
  Bytes out = uninitialized(size, &fill);
  if (size) std::memcpy(fill, data, size);
  return out;
}

void Bytes::release() {
  if (slab_ && --slab_->references == 0) ::operator delete(slab_);
}

void BytesBuilder::patch_i32(size_t at, int32_t v) {
  CHECK(at + 4 <= buffer_.size());
  for (int i = 0; i < 4; ++i) buffer_[at + static_cast<size_t>(i)] = static_cast<char>(static_cast<uint32_t>(v) >> (8 * (3 - i)));
}

}  // namespace vivarium

// Bytes: an immutable shared slice of a reference-counted slab. Copying copies a handle; slicing shares the slab.
// Counts are not atomic: a handle lives and dies on the thread that owns its node (design.md, 2, "Sharing").
// A null Bytes (jute length -1) is not an empty one: `is_null()` tells them apart, comparison puts null first.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "core/base/check.h"

namespace vivarium {

class Bytes {
 public:
  Bytes() = default;  // null
  explicit Bytes(std::string_view text) : Bytes(copy_of(text.data(), text.size())) {}
  Bytes(const Bytes& o) : slab_(o.slab_), data_(o.data_), size_(o.size_) { if (slab_) ++slab_->references; }
  Bytes(Bytes&& o) noexcept : slab_(o.slab_), data_(o.data_), size_(o.size_) { o.slab_ = nullptr; o.data_ = nullptr; o.size_ = 0; }
  Bytes& operator=(Bytes o) noexcept { swap(o); return *this; }
  ~Bytes() { release(); }

  static Bytes copy_of(const void* data, size_t size);
  static Bytes empty_value() { return copy_of("", 0); }
  // A slab of `size` bytes whose content the caller fills through `fill` before the handle is shared.
  static Bytes uninitialized(size_t size, uint8_t** fill);

  bool is_null() const { return data_ == nullptr; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  const uint8_t* data() const { return data_; }
  const uint8_t* begin() const { return data_; }
  const uint8_t* end() const { return data_ + size_; }
  uint8_t operator[](size_t i) const { return data_[i]; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::span<const uint8_t> span() const { return {data_, size_}; }
  std::string str() const { return std::string(view()); }

  Bytes slice(size_t offset, size_t size) const {
    CHECK(offset + size <= size_, "slice [{}, +{}) of {} bytes", offset, size, size_);
    Bytes out(*this);
    out.data_ += offset;
    out.size_ = static_cast<uint32_t>(size);
    return out;
  }
  Bytes from(size_t offset) const { return slice(offset, size_ - offset); }
  // The same bytes in a slab of their own size: what is kept for long must not pin a receive buffer.
  Bytes compact() const { return (!slab_ || slab_->size == size_) ? *this : copy_of(data_, size_); }

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.is_null() == b.is_null() && a.view() == b.view(); }
  friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) {
    if (a.is_null() || b.is_null()) return !a.is_null() <=> !b.is_null();
    return a.view() <=> b.view();
  }
  void swap(Bytes& o) noexcept { std::swap(slab_, o.slab_); std::swap(data_, o.data_); std::swap(size_, o.size_); }

 private:
  struct Slab {
    uint32_t references;
    uint32_t size;
    uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
  };
  void release();

  Slab* slab_ = nullptr;
  const uint8_t* data_ = nullptr;
  uint32_t size_ = 0;
};

// A growing buffer that becomes Bytes without a copy when its capacity fits, with one copy otherwise.
class BytesBuilder {
 public:
  BytesBuilder() = default;
  explicit BytesBuilder(size_t reserve) { buffer_.reserve(reserve); }
  size_t size() const { return buffer_.size(); }
  void append(const void* data, size_t size) { buffer_.append(static_cast<const char*>(data), size); }
  void append(const Bytes& b) { append(b.data(), b.size()); }
  void append(std::string_view s) { buffer_.append(s); }
  void u8(uint8_t v) { buffer_.push_back(static_cast<char>(v)); }
  void i32(int32_t v) { big_endian(static_cast<uint32_t>(v), 4); }
  void i64(int64_t v) { big_endian(static_cast<uint64_t>(v), 8); }
  void patch_i32(size_t at, int32_t v);
  std::string_view view() const { return buffer_; }
  Bytes take() { Bytes out = Bytes::copy_of(buffer_.data(), buffer_.size()); buffer_.clear(); return out; }

 private:
  void big_endian(uint64_t v, int width) {
    char out[8];
    for (int i = 0; i < width; ++i) out[i] = static_cast<char>(v >> (8 * (width - 1 - i)));
    buffer_.append(out, static_cast<size_t>(width));
  }
  std::string buffer_;
};

inline uint32_t load_u32(const uint8_t* p) { return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3]; }
inline int32_t load_i32(const uint8_t* p) { return static_cast<int32_t>(load_u32(p)); }
inline int64_t load_i64(const uint8_t* p) { return static_cast<int64_t>(uint64_t{load_u32(p)} << 32 | load_u32(p + 4)); }

}  // namespace vivarium

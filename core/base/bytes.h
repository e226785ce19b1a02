// Bytes: an immutable shared slice of a reference-counted slab. Copying copies a handle; slicing shares the slab.
// Counts are not atomic: a handle lives and dies on the thread that owns its node (design.md, 2, "Sharing").
// A null Bytes (jute length -1) is not an empty one: `is_null()` tells them apart, comparison puts null first.
#pragma once

#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/check.h"

namespace vivarium {

class Bytes {
 public:
  Bytes() = default;  // null
  explicit Bytes(std::string_view text) : Bytes(copy_of(text.data(), text.size())) {}
  Bytes(const Bytes& o) : slab_(o.slab_), offset_(o.offset_), size_(o.size_) {
    if (slab_) ++slab_->references;
  }
  Bytes(Bytes&& o) noexcept
      : slab_(std::exchange(o.slab_, nullptr)),
        offset_(std::exchange(o.offset_, 0)),
        size_(std::exchange(o.size_, 0)) {}
  Bytes& operator=(Bytes o) noexcept {
    swap(o);
    return *this;
  }
  ~Bytes() { release(); }

  static Bytes copy_of(const void* data, size_t size);
  static Bytes empty_value() { return copy_of("", 0); }
  // A slab of `size` bytes whose content the caller fills through `fill` before the handle is shared.
  static Bytes uninitialized(size_t size, uint8_t** fill);

  bool is_null() const { return slab_ == nullptr && offset_ == 0; }
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }
  // nullptr where there is nothing to point at.
  const uint8_t* data() const { return slab_ ? reinterpret_cast<const uint8_t*>(slab_) + offset_ : nullptr; }
  const uint8_t* begin() const { return data(); }
  const uint8_t* end() const { return data() + size_; }
  uint8_t operator[](size_t i) const { return data()[i]; }
  std::string_view view() const { return {reinterpret_cast<const char*>(data()), size_}; }
  std::span<const uint8_t> span() const { return {data(), size_}; }
  std::string str() const { return std::string(view()); }

  Bytes slice(size_t offset, size_t size) const {
    CHECK(offset <= size_ && size <= size_ - offset, "slice [{}, +{}) of {} bytes", offset, size, size_);
    Bytes out(*this);
    out.offset_ += static_cast<uint32_t>(offset);
    out.size_ = static_cast<uint32_t>(size);
    return out;
  }
  Bytes from(size_t offset) const { return slice(offset, size_ - offset); }
  // The same bytes in a slab of about their own size: what is kept for long must not pin a receive buffer.
  Bytes compact() const {
    return (!slab_ || slab_->bytes_held() - size_ <= size_ / 8) ? *this : copy_of(data(), size_);
  }
  // Adds `more` behind these bytes; other handles of the slab do not see it. Appending piece by piece costs linear time
  // in all: a handle that ends where its slab's used part ends grows in place, even when the slab is shared, since what
  // lies behind the used part belongs to nobody; any other handle moves to a slab with room for as much again.
  void append(Bytes more);
  // Forgets the first n bytes; lets go of the slab when none is left, and is then empty, not null.
  void remove_prefix(size_t n) {
    CHECK(n <= size_, "{} of {} bytes", n, size_);
    if (n == size_) {
      *this = empty_value();
      return;
    }
    offset_ += static_cast<uint32_t>(n);
    size_ -= static_cast<uint32_t>(n);
  }

  friend bool operator==(const Bytes& a, const Bytes& b) { return a.is_null() == b.is_null() && a.view() == b.view(); }
  friend std::strong_ordering operator<=>(const Bytes& a, const Bytes& b) {
    if (a.is_null() || b.is_null()) return !a.is_null() <=> !b.is_null();
    return a.view() <=> b.view();
  }
  void swap(Bytes& o) noexcept {
    std::swap(slab_, o.slab_);
    std::swap(offset_, o.offset_);
    std::swap(size_, o.size_);
  }

 private:
  friend class BytesBuilder;
  struct GrowingSlab;
  // Two kinds: a full one, whose header is small since a tree of a million znodes holds two million of them, and one
  // with room behind its bytes. Bytes below `used` never change; those behind it are in nobody's slice.
  struct Slab {
    uint32_t references = 1;
    uint32_t grows : 1;
    uint32_t used : 31;
    Slab(bool growing, size_t size) : grows(growing), used(static_cast<uint32_t>(size)) {}
    GrowingSlab* growing() { return grows ? static_cast<GrowingSlab*>(this) : nullptr; }
    uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this) + (grows ? sizeof(GrowingSlab) : sizeof(Slab)); }
    size_t bytes_held() { return grows ? growing()->capacity : used; }
  };
  struct GrowingSlab : Slab {
    uint32_t capacity;
    explicit GrowingSlab(size_t room) : Slab(true, 0), capacity(static_cast<uint32_t>(room)) {}
    uint8_t* bytes() { return reinterpret_cast<uint8_t*>(this + 1); }
  };
  static constexpr uint32_t kSizeMax = INT32_MAX;
  static Slab* full_slab(size_t size);
  static GrowingSlab* growing_slab(size_t capacity);
  void release() {
    if (slab_ && --slab_->references == 0) ::operator delete(slab_);
  }

  // A handle is 16 bytes, since a tree of a million znodes holds four million of them. The offset counts from the
  // slab's header, so it is 0 for null alone; an empty value that needs no slab has kNoSlab.
  static constexpr uint32_t kNoSlab = 1;
  Slab* slab_ = nullptr;
  uint32_t offset_ = 0;
  uint32_t size_ = 0;
};
static_assert(sizeof(Bytes) == 16);

inline void store_u32(uint8_t* p, uint32_t v) {
  for (int i = 0; i < 4; ++i) p[i] = static_cast<uint8_t>(v >> (8 * (3 - i)));
}
inline void store_u64(uint8_t* p, uint64_t v) {
  store_u32(p, static_cast<uint32_t>(v >> 32));
  store_u32(p + 4, static_cast<uint32_t>(v));
}

// A growing buffer that becomes Bytes without a copy. What take() gives may have spare room behind it: what is kept for
// long is compact()ed by its keeper.
class BytesBuilder {
 public:
  BytesBuilder() = default;
  explicit BytesBuilder(size_t reserve) {
    if (reserve) move_to_slab(reserve);
  }  // exact: no spare room if it was right
  BytesBuilder(const BytesBuilder& o) { append(o.view()); }
  BytesBuilder(BytesBuilder&& o) noexcept { swap(o); }
  BytesBuilder& operator=(BytesBuilder o) noexcept {
    swap(o);
    return *this;
  }
  ~BytesBuilder() { ::operator delete(slab_); }

  size_t size() const { return size_; }
  void append(const void* data, size_t size) {
    if (size) std::memcpy(claim(size), data, size);
  }
  void append(const Bytes& b) { append(b.data(), b.size()); }
  void append(std::string_view s) { append(s.data(), s.size()); }
  void u8(uint8_t v) { *claim(1) = v; }
  void i32(int32_t v) { store_u32(claim(4), static_cast<uint32_t>(v)); }
  void i64(int64_t v) { store_u64(claim(8), static_cast<uint64_t>(v)); }
  void patch_i32(size_t at, int32_t v) {
    CHECK(size_ >= 4 && at <= size_ - 4, "{} of {}", at, size_);
    store_u32(slab_->bytes() + at, static_cast<uint32_t>(v));
  }
  std::string_view view() const {
    return slab_ ? std::string_view(reinterpret_cast<const char*>(slab_->bytes()), size_) : std::string_view();
  }
  Bytes take();  // empty, not null, when nothing was added; the builder starts anew

 private:
  void swap(BytesBuilder& o) noexcept {
    std::swap(slab_, o.slab_);
    std::swap(size_, o.size_);
    std::swap(capacity_, o.capacity_);
  }
  uint8_t* claim(size_t n) {
    if (capacity_ - size_ < n) grow(n);
    uint8_t* p = slab_->bytes() + size_;
    size_ += n;
    return p;
  }
  void grow(size_t n);
  void move_to_slab(size_t capacity);

  Bytes::GrowingSlab* slab_ = nullptr;  // ours alone
  size_t size_ = 0;
  size_t capacity_ = 0;
};

inline uint32_t load_u32(const uint8_t* p) {
  return uint32_t{p[0]} << 24 | uint32_t{p[1]} << 16 | uint32_t{p[2]} << 8 | p[3];
}
inline int32_t load_i32(const uint8_t* p) { return static_cast<int32_t>(load_u32(p)); }
inline int64_t load_i64(const uint8_t* p) {
  return static_cast<int64_t>(uint64_t{load_u32(p)} << 32 | load_u32(p + 4));
}

}  // namespace vivarium

// Jute, ZooKeeper's record encoding (facts 1.1): a record is its members in the order of its visit(), big-endian.
//
//   int32_t, int64_t, bool     4, 8, 1 bytes            enums       as their underlying type
//   Bytes                      buffer and ustring alike: int32 length (-1 = null) + bytes; decoding slices, it does not
//   copy Id<..., int64_t>, Zxid     8 bytes                  std::vector int32 count (-1 = null reads as empty) + items
//   a visitable struct         its members
//
// A struct whose tail is optional on the wire has its own encode/decode beside it.
#pragma once

#include <expected>
#include <type_traits>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/visit.h"

namespace vivarium::wire {

enum class DecodeError : uint8_t { kTruncated, kBadLength, kBadValue };

class JuteWriter {
 public:
  explicit JuteWriter(BytesBuilder& out) : out_(out) {}
  template <class T>
  void operator()(const char*, const T& x) {
    add(x);
  }
  template <class T>
  void unhashed(const char*, const T& x) {
    add(x);
  }

  template <class T>
  void add(const T& x) {
    if constexpr (std::is_enum_v<T>)
      add(static_cast<std::underlying_type_t<T>>(x));
    else if constexpr (std::is_same_v<T, bool>)
      out_.u8(x ? 1 : 0);
    else if constexpr (std::is_same_v<T, int32_t>)
      out_.i32(x);
    else if constexpr (std::is_same_v<T, int64_t>)
      out_.i64(x);
    else if constexpr (std::is_same_v<T, Bytes>)
      add_buffer(x);
    else if constexpr (Visitable<const T>)
      T::visit(x, *this);
    else if constexpr (requires { x.value; })
      add(x.value);
    else {
      out_.i32(static_cast<int32_t>(x.size()));
      for (const auto& item : x) add(item);
    }
  }

 private:
  void add_buffer(const Bytes& b) {
    out_.i32(b.is_null() ? -1 : static_cast<int32_t>(b.size()));
    out_.append(b);
  }
  BytesBuilder& out_;
};

class JuteReader {
 public:
  explicit JuteReader(Bytes in, size_t at = 0) : in_(std::move(in)), at_(at) {}
  bool ok() const { return !error_; }
  std::optional<DecodeError> error() const { return error_; }
  size_t position() const { return at_; }
  size_t left() const { return in_.size() - at_; }
  Bytes rest() const { return in_.from(at_); }

  template <class T>
  void operator()(const char*, T& x) {
    add(x);
  }
  template <class T>
  void unhashed(const char*, T& x) {
    add(x);
  }

  template <class T>
  void add(T& x) {
    if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> raw{};
      add(raw);
      x = static_cast<T>(raw);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (const uint8_t* p = need(1)) x = *p != 0;
    } else if constexpr (std::is_same_v<T, int32_t>) {
      if (const uint8_t* p = need(4)) x = load_i32(p);
    } else if constexpr (std::is_same_v<T, int64_t>) {
      if (const uint8_t* p = need(8)) x = load_i64(p);
    } else if constexpr (std::is_same_v<T, Bytes>)
      add_buffer(x);
    else if constexpr (Visitable<T>)
      T::visit(x, *this);
    else if constexpr (requires { x.value; })
      add(x.value);
    else
      add_vector(x);
  }
  template <class T>
  T get() {
    T x{};
    add(x);
    return x;
  }

 private:
  const uint8_t* need(size_t n) {
    if (error_ || left() < n) {
      fail(DecodeError::kTruncated);
      return nullptr;
    }
    const uint8_t* p = in_.data() + at_;
    at_ += n;
    return p;
  }
  void fail(DecodeError e) {
    if (!error_) error_ = e;
  }
  void add_buffer(Bytes& x) {
    const int32_t size = get<int32_t>();
    if (error_ || size == -1) {
      x = Bytes();
      return;
    }
    if (size < 0) return fail(DecodeError::kBadLength);
    if (left() < static_cast<size_t>(size)) return fail(DecodeError::kTruncated);
    x = in_.slice(at_, static_cast<size_t>(size));
    at_ += static_cast<size_t>(size);
  }
  template <class T>
  void add_vector(std::vector<T>& x) {
    const int32_t count = get<int32_t>();
    x.clear();
    if (error_ || count == -1) return;
    if (count < 0) return fail(DecodeError::kBadLength);
    // Every item is at least one byte: a count beyond what is left is a lie, refused before anything is allocated.
    if (static_cast<size_t>(count) > left()) return fail(DecodeError::kTruncated);
    for (int32_t i = 0; i < count && !error_; ++i) add(x.emplace_back());
  }

  Bytes in_;
  size_t at_;
  std::optional<DecodeError> error_;
};

template <class T>
void encode_to(BytesBuilder& out, const T& x) {
  JuteWriter(out).add(x);
}

template <class T>
Bytes encode(const T& x) {
  BytesBuilder out;
  encode_to(out, x);
  return out.take();
}

// Decodes one record from the front; bytes behind it are left alone (upstream does the same).
template <class T>
std::expected<T, DecodeError> decode(const Bytes& in) {
  JuteReader reader(in);
  T x{};
  reader.add(x);
  if (!reader.ok()) return std::unexpected(*reader.error());
  return x;
}

}  // namespace vivarium::wire

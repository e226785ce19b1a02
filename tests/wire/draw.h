// Draws any value of a record inside an rc::check: the mirror of JuteReader, with RapidCheck in place of the bytes.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "core/wire/records.h"

namespace vivarium::wire {

class Drawer {
 public:
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
    if constexpr (std::is_enum_v<T>)
      x = static_cast<T>(*rc::gen::arbitrary<std::underlying_type_t<T>>());
    else if constexpr (std::is_arithmetic_v<T>)
      x = *rc::gen::arbitrary<T>();
    else if constexpr (std::is_same_v<T, Bytes>)
      x = *rc::gen::inRange(0, 4) == 0 ? Bytes() : Bytes(*rc::gen::arbitrary<std::string>());
    else if constexpr (Visitable<T>)
      T::visit(x, *this);
    else if constexpr (requires { x.value; })
      add(x.value);
    else {
      x.resize(*rc::gen::inRange<size_t>(0, 5));
      for (auto& item : x) add(item);
    }
  }
};

template <class T>
T draw() {
  T x{};
  Drawer drawer;
  drawer.add(x);
  return x;
}

// "00 0a ff" -> bytes; anything but hexadecimal digits is skipped.
inline Bytes hex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  std::string out;
  int high = -1;
  for (const char c : text) {
    const int d = digit(c);
    if (d < 0) continue;
    if (high < 0)
      high = d;
    else {
      out += static_cast<char>(high * 16 + d);
      high = -1;
    }
  }
  CHECK(high < 0, "half a byte in {}", text);
  return Bytes(out);
}

inline std::string to_hex(const Bytes& bytes) {
  std::string out;
  for (const uint8_t b : bytes) out += fmt::format("{:02x}", b);
  return out;
}

}  // namespace vivarium::wire

// One visit() per struct serves hashing, comparison and printing.
//
//   struct Vote {
//     Sid leader; Zxid zxid;
//     template <class Self, class V> static void visit(Self& self, V& v) { v("leader", self.leader); v("zxid",
//     self.zxid); }
//   };
//
// state_hash(x, now) covers every visited member; a Time counts relative to now, so that two states that will behave
// alike from here on hash alike. Members that must not count (Rng, counters, notes) are visited with v.unhashed(name,
// x).
#pragma once

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/cow.h"
#include "core/base/hash.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace vivarium {

namespace detail {
struct AnyVisitor {
  template <class T>
  void operator()(const char*, T&) {}
  template <class T>
  void unhashed(const char*, T&) {}
};
}  // namespace detail

template <class T>
concept Visitable = requires(T& t, detail::AnyVisitor& v) {
  std::remove_const_t<T>::visit(t, v);
};

template <class T>
concept Range = requires(const T& t) {
  t.begin();
  t.end();
  t.size();
}
&&!std::is_convertible_v<T, std::string_view> && !std::is_same_v<T, Bytes>;

class StateHasher {
 public:
  explicit StateHasher(Time now) : now_(now) {}
  uint64_t hash() const { return hash_; }

  template <class T>
  void operator()(const char*, const T& x) {
    add(x);
  }
  template <class T>
  void unhashed(const char*, const T&) {}

  template <class T>
  void add(const T& x) {
    if constexpr (std::is_same_v<T, Time>)
      mix(x == Time::never() ? ~uint64_t{0} : static_cast<uint64_t>((x - now_).ns));
    else if constexpr (std::is_same_v<T, Duration>)
      mix(static_cast<uint64_t>(x.ns));
    else if constexpr (std::is_enum_v<T>)
      mix(static_cast<uint64_t>(x));
    else if constexpr (std::is_integral_v<T>)
      mix(static_cast<uint64_t>(x));
    else if constexpr (std::is_same_v<T, Bytes>) {
      mix(x.is_null());
      text(x.view());
    } else if constexpr (std::is_convertible_v<const T&, std::string_view>)
      text(x);
    else if constexpr (Visitable<const T>)
      T::visit(x, *this);
    else if constexpr (requires {
                         x.value;
                         x <=> x;
                       })
      mix(static_cast<uint64_t>(x.value));
    else if constexpr (Range<T>) {
      mix(x.size());
      for (const auto& item : x) add(item);
    } else
      add_wrapper(x);
  }

 private:
  template <class A, class B>
  void add_wrapper(const std::pair<A, B>& x) {
    add(x.first);
    add(x.second);
  }
  template <class T>
  void add_wrapper(const std::optional<T>& x) {
    mix(x.has_value());
    if (x) add(*x);
  }
  template <class T>
  void add_wrapper(const Cow<T>& x) {
    add(*x);
  }
  template <class... T>
  void add_wrapper(const std::variant<T...>& x) {
    mix(x.index());
    std::visit([this](const auto& y) { this->add(y); }, x);
  }
  template <class... T>
  void add_wrapper(const std::tuple<T...>& x) {
    std::apply([this](const auto&... y) { (add(y), ...); }, x);
  }
  void add_wrapper(const std::monostate&) {}
  void mix(uint64_t v) { hash_ = hash_mix(hash_, v); }
  void text(std::string_view s) {
    mix(s.size());
    mix(hash_bytes(s));
  }

  Time now_;
  uint64_t hash_ = 0x76697661;
};

template <class T>
uint64_t hash_of(const T& x, Time now = {}) {
  StateHasher hasher(now);
  hasher.add(x);
  return hasher.hash();
}

// Prints as {name: value, ...}: for failed CHECKs, stories and viewers.
class Printer {
 public:
  const std::string& text() const { return out_; }

  template <class T>
  void operator()(const char* name, const T& x) {
    field(name);
    add(x);
  }
  template <class T>
  void unhashed(const char* name, const T& x) {
    field(name);
    add(x);
  }

  template <class T>
  void add(const T& x) {
    if constexpr (std::is_same_v<T, Time> || std::is_same_v<T, Duration>)
      out_ += fmt::format("{}ns", x.ns);
    else if constexpr (std::is_same_v<T, bool>)
      out_ += x ? "true" : "false";
    else if constexpr (std::is_enum_v<T>)
      out_ += fmt::format("{}", static_cast<int64_t>(x));
    else if constexpr (std::is_integral_v<T>)
      out_ += fmt::format("{}", x);
    else if constexpr (std::is_same_v<T, Bytes>)
      out_ += x.is_null() ? "null" : fmt::format("\"{}\"", x.view());
    else if constexpr (std::is_convertible_v<const T&, std::string_view>)
      out_ += fmt::format("\"{}\"", std::string_view(x));
    else if constexpr (Visitable<const T>)
      nested([&] { T::visit(x, *this); });
    else if constexpr (requires {
                         x.value;
                         x <=> x;
                       })
      out_ += fmt::format("{}", x);
    else if constexpr (Range<T>)
      list(x);
    else
      add_wrapper(x);
  }

 private:
  template <class A, class B>
  void add_wrapper(const std::pair<A, B>& x) {
    add(x.first);
    out_ += " -> ";
    add(x.second);
  }
  template <class T>
  void add_wrapper(const std::optional<T>& x) {
    if (x)
      add(*x);
    else
      out_ += "none";
  }
  template <class T>
  void add_wrapper(const Cow<T>& x) {
    add(*x);
  }
  template <class... T>
  void add_wrapper(const std::variant<T...>& x) {
    std::visit([this](const auto& y) { this->add(y); }, x);
  }
  template <class... T>
  void add_wrapper(const std::tuple<T...>& x) {
    nested([&] { std::apply([this](const auto&... y) { ((separate(), add(y)), ...); }, x); });
  }
  void add_wrapper(const std::monostate&) { out_ += "-"; }
  template <class T>
  void list(const T& x) {
    out_ += '[';
    first_ = true;
    for (const auto& item : x) {
      separate();
      add(item);
      first_ = false;
    }
    out_ += ']';
    first_ = false;
  }
  template <class F>
  void nested(F f) {
    out_ += '{';
    first_ = true;
    f();
    out_ += '}';
    first_ = false;
  }
  void separate() {
    if (!first_) out_ += ", ";
    first_ = false;
  }
  void field(const char* name) {
    separate();
    out_ += name;
    out_ += ": ";
  }

  std::string out_;
  bool first_ = true;
};

template <class T>
std::string print(const T& x) {
  Printer printer;
  printer.add(x);
  return printer.text();
}

}  // namespace vivarium

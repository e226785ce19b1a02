// Changes one hashed member of a value at a time, found by its visit(): shows that state_hash sees every one of them.
//
//   size_t leaves = 0;
//   EXPECT_THAT(unhashed_leaves(node, now, leaves), IsEmpty());
//
// A leaf is an integer, a text, a handle, a time; a container counts as one leaf too (an element more or less), an
// optional and a variant as well (there or not, another alternative). Members visited as unhashed are passed over, and
// so are constants.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/cow.h"
#include "core/base/persistent_map.h"
#include "core/base/visit.h"

namespace vivarium::testing {

class Mutator {
 public:
  explicit Mutator(size_t target) : target_(target) {}
  bool done() const { return done_; }
  const std::string& changed() const { return changed_; }

  template <class T>
  void operator()(const char* name, T& x) {
    if (done_) return;
    const size_t length = path_.size();
    path_ += std::string(".") + name;
    add(x);
    path_.resize(length);
  }
  template <class T>
  void operator()(const char* name, T&& x) {
    (*this)(name, static_cast<const T&>(x));
  }
  template <class T>
  void unhashed(const char*, T&&) {}

  template <class T>
  void add(T& x) {
    if constexpr (std::is_const_v<T>)
      return;
    else if constexpr (std::is_same_v<T, Time>) {
      if (hit()) x = x == Time::never() ? Time{} : Time{x.ns + 1};
    } else if constexpr (std::is_same_v<T, Duration>) {
      if (hit()) ++x.ns;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (hit()) x = !x;
    } else if constexpr (std::is_enum_v<T>) {
      if (hit()) x = static_cast<T>(static_cast<std::underlying_type_t<T>>(x) + 1);
    } else if constexpr (std::is_integral_v<T>) {
      if (hit()) x = static_cast<T>(static_cast<uint64_t>(x) + 1);
    } else if constexpr (std::is_same_v<T, Bytes>) {
      if (hit()) x = x.is_null() ? Bytes::empty_value() : Bytes(x.str() + "!");
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (hit()) x += "!";
    } else if constexpr (Visitable<T>)
      T::visit(x, *this);
    else if constexpr (requires {
                         x.value;
                         x <=> x;
                       })
      add(x.value);
    else
      add_wrapper(x);
  }

 private:
  template <class T>
  void add_wrapper(Cow<T>& x) {
    add(x.mut());
  }
  template <class A, class B>
  void add_wrapper(std::pair<A, B>& x) {
    item("first", x.first);
    item("second", x.second);
  }
  template <class... T>
  void add_wrapper(std::tuple<T...>& x) {
    std::apply([this](auto&... y) { (this->add(y), ...); }, x);
  }
  template <class T>
  void add_wrapper(std::optional<T>& x) {
    if (hit()) {
      if (x)
        x.reset();
      else
        x.emplace();
      return;
    }
    if (x) add(*x);
  }
  template <class... T>
  void add_wrapper(std::variant<T...>& x) {
    if (hit()) return other_alternative(x);
    std::visit([this](auto& y) { this->add(y); }, x);
  }
  void add_wrapper(std::monostate&) {}
  template <class K, class V>
  void add_wrapper(PersistentMap<K, V>& x) {
    if (hit()) {
      if (x.empty())
        x.set(K{}, V{});
      else
        x.erase(K(x.begin()->first));
      return;
    }
    std::vector<K> keys;
    for (const auto& [key, value] : x) keys.push_back(key);
    for (const K& key : keys) item("value", *x.mutate(key));
  }
  template <class K>
  void add_wrapper(PersistentSet<K>& x) {
    toggle_first(x);
  }
  template <class K>
  void add_wrapper(std::set<K>& x) {
    toggle_first(x);
  }
  template <class K, class V>
  void add_wrapper(std::map<K, V>& x) {
    if (hit()) {
      if (x.empty())
        x.emplace(K{}, V{});
      else
        x.erase(x.begin());
      return;
    }
    for (auto& [key, value] : x) item("value", value);
  }
  template <class T>
  requires Range<T>
  void add_wrapper(T& x) {
    using Item = std::remove_cvref_t<decltype(*x.begin())>;
    if constexpr (requires { x.push_back(Item{}); }) {
      if (hit()) {
        x.push_back(Item{});
        return;
      }
    } else if constexpr (requires { x.push(Item{}); }) {
      if (hit()) {
        x.push(Item{});
        return;
      }
    }
    for (auto& y : x) item("item", y);
  }
  template <class T>
  void toggle_first(T& x) {
    using Item = std::remove_cvref_t<decltype(*x.begin())>;
    if (!hit()) return;
    if (x.empty())
      x.insert(Item{});
    else
      x.erase(Item(*x.begin()));
  }
  template <class... T>
  void other_alternative(std::variant<T...>& x) {
    const size_t next = (x.index() + 1) % sizeof...(T);
    size_t i = 0;
    (((i++ == next) ? static_cast<void>(x = T{}) : static_cast<void>(0)), ...);
  }
  template <class T>
  void item(const char* name, T& x) {
    (*this)(name, x);
  }
  bool hit() {
    if (done_ || seen_++ != target_) return false;
    done_ = true;
    changed_ = path_;
    return true;
  }

  size_t target_, seen_ = 0;
  bool done_ = false;
  std::string path_, changed_;
};

// The paths of those leaves whose change does not change the hash; `leaves` is how many there were.
template <class T>
std::vector<std::string> unhashed_leaves(const T& x, Time now, size_t& leaves) {
  std::vector<std::string> missed;
  const uint64_t hash = hash_of(x, now);
  for (leaves = 0;; ++leaves) {
    T changed = x;
    Mutator mutator(leaves);
    mutator.add(changed);
    if (!mutator.done()) return missed;
    if (hash_of(changed, now) == hash) missed.push_back(mutator.changed());
  }
}

}  // namespace vivarium::testing

// PersistentMap and PersistentSet: ordered containers whose copies share structure (persistent_tree.h). A copy costs
// one reference count; a change copies the path from the root to one leaf, or nothing where nobody else holds it.
//
//   find / contains / set / erase / mutate   O(log n); lower_bound and upper_bound too
//   Bytes keys are also looked up by std::string_view
//
// Iterators and pointers hold until the next change of the container that they came from; other copies may change
// freely.
#pragma once

#include <utility>

#include "core/base/persistent_tree.h"

namespace vivarium {

template <class K, class V>
class PersistentMap : public detail::PersistentTree<K, std::pair<K, V>> {
 public:
  template <class Q>
  const V* find(const Q& k) const {
    const auto* entry = this->find_entry(k);
    return entry ? &entry->second : nullptr;
  }
  // Inserts or assigns.
  void set(const K& k, V v) {
    bool added = false;
    auto* entry = this->find_or_add(k, added, [&] { return std::pair<K, V>(k, std::move(v)); });
    if (!added) entry->second = std::move(v);
  }
  // The value of k, a fresh V{} when it was absent.
  V& upsert(const K& k) {
    bool added = false;
    return this->find_or_add(k, added, [&] { return std::pair<K, V>(k, V{}); })->second;
  }
  // The value to change in place; nullptr when absent (nothing is unshared then).
  template <class Q>
  V* mutate(const Q& k) {
    auto* entry = this->mutable_entry(k);
    return entry ? &entry->second : nullptr;
  }
  friend bool operator==(const PersistentMap& a, const PersistentMap& b) { return a.equals(b); }
};

template <class K>
class PersistentSet : public detail::PersistentTree<K, K> {
 public:
  // Whether k is new.
  bool insert(const K& k) {
    return this->add_if_absent(k, [&] { return k; });
  }
  friend bool operator==(const PersistentSet& a, const PersistentSet& b) { return a.equals(b); }
};

}  // namespace vivarium

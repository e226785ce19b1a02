// PersistentTree: the B+ tree underneath PersistentMap and PersistentSet (persistent_map.h). Its copies share
// structure: a copy costs one reference count; a change copies the path from the root to one leaf, or nothing where
// nobody else holds it.
//
// Counts are not atomic (see bytes.h). Destruction recurses once per level of the tree (at most kLevels), never per
// key.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <iterator>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace vivarium {
namespace detail {

struct KeyLess {
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    constexpr bool a_is_text = std::is_convertible_v<const A&, std::string_view>;
    constexpr bool b_is_text = std::is_convertible_v<const B&, std::string_view>;
    if constexpr (std::is_same_v<A, Bytes> && b_is_text)
      return a.is_null() || a.view() < std::string_view(b);
    else if constexpr (std::is_same_v<B, Bytes> && a_is_text)
      return !b.is_null() && std::string_view(a) < b.view();
    else
      return a < b;
  }
};

// Entry is what the leaves hold, Key what orders it: pair<K, V> by its first for a map, K itself for a set.
template <class Key, class Entry>
class PersistentTree {
  static constexpr size_t kLeafMax = sizeof(Entry) <= 16 ? 32 : 16;
  static constexpr size_t kInnerMax = std::is_trivially_copyable_v<Key> ? 32 : 16;
  static constexpr size_t kLevels = 12;
  static constexpr size_t kTail = 3;  // "/zookeeper" and what is below it, behind most names

  struct Node {
    uint32_t references = 1;
    uint16_t count = 0;
    uint8_t level = 0;     // 0: a leaf
    uint8_t capacity = 0;  // of a leaf: they start small, most sets hold one or two
  };
  struct Inner : Node {
    size_t total = 0;  // entries below, kept up to date in roots alone: a set of few entries is a pointer and a leaf
    Node* child[kInnerMax];
    Key low[kInnerMax];  // low[i] <= every key under child[i], > every key under child[i - 1]; low[0] is not used
  };

  static constexpr size_t kHeader = sizeof(Node) > alignof(Entry) ? sizeof(Node) : alignof(Entry);

 public:
  PersistentTree() = default;
  PersistentTree(const PersistentTree& o) : root_(o.root_) {
    if (root_) ++root_->references;
  }
  PersistentTree(PersistentTree&& o) noexcept : root_(std::exchange(o.root_, nullptr)) {}
  PersistentTree& operator=(PersistentTree o) noexcept {
    std::swap(root_, o.root_);
    return *this;
  }
  ~PersistentTree() {
    if (root_) release(root_);
  }

  size_t size() const {
    if (!root_) return 0;
    return root_->level ? inner(root_)->total : root_->count;
  }
  bool empty() const { return root_ == nullptr; }
  void clear() { *this = PersistentTree(); }
  // Whether both are copies of one another with no change since: cheap, and no more than a hint.
  bool same_root(const PersistentTree& o) const { return root_ == o.root_; }

  class const_iterator {
   public:
    using iterator_category = std::bidirectional_iterator_tag;
    using value_type = Entry;
    using difference_type = ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    const_iterator() = default;
    reference operator*() const { return entries(node_[0])[index_[0]]; }
    pointer operator->() const { return &**this; }
    const_iterator& operator++() {
      if (++index_[0] >= node_[0]->count) next_leaf();
      return *this;
    }
    const_iterator& operator--() {
      if (node_[0] && index_[0] > 0)
        --index_[0];
      else
        previous_leaf();
      return *this;
    }
    const_iterator operator++(int) {
      const_iterator old(*this);
      ++*this;
      return old;
    }
    const_iterator operator--(int) {
      const_iterator old(*this);
      --*this;
      return old;
    }
    friend bool operator==(const const_iterator& a, const const_iterator& b) {
      return a.node_[0] == b.node_[0] && (!a.node_[0] || a.index_[0] == b.index_[0]);
    }

   private:
    friend PersistentTree;

    void next_leaf() {
      const size_t top = root_->level;
      size_t level = 1;
      while (level <= top && index_[level] + 1u >= node_[level]->count) ++level;
      if (level > top) {
        node_[0] = nullptr;
        return;
      }
      ++index_[level];
      descend(level, false);
    }
    void previous_leaf() {
      const size_t top = root_->level;
      size_t level = node_[0] ? 1 : top + 1;
      while (level <= top && index_[level] == 0) ++level;
      CHECK(node_[0] == nullptr || level <= top, "a step before the first entry");
      if (level > top) {
        node_[top] = root_;
        index_[top] = static_cast<uint16_t>(root_->count - 1);
        descend(top, true);
        return;
      }
      --index_[level];
      descend(level, true);
    }
    void descend(size_t level, bool to_last) {
      for (; level > 0; --level) {
        node_[level - 1] = inner(node_[level])->child[index_[level]];
        index_[level - 1] = to_last ? static_cast<uint16_t>(node_[level - 1]->count - 1) : uint16_t{0};
      }
    }

    Node* root_ = nullptr;
    Node* node_[kLevels] = {};  // by level: the leaf first; a null leaf is the end
    uint16_t index_[kLevels] = {};
  };
  using iterator = const_iterator;

  const_iterator begin() const {
    const_iterator it;
    it.root_ = root_;
    if (!root_) return it;
    it.node_[root_->level] = root_;
    it.descend(root_->level, false);
    return it;
  }
  const_iterator end() const {
    const_iterator it;
    it.root_ = root_;
    return it;
  }
  template <class Q>
  const_iterator lower_bound(const Q& q) const {
    return seek(q, false);
  }
  template <class Q>
  const_iterator upper_bound(const Q& q) const {
    return seek(q, true);
  }

  template <class Q>
  bool contains(const Q& q) const {
    return find_entry(q) != nullptr;
  }
  const Entry* front() const { return root_ ? &*begin() : nullptr; }  // nullptr when empty
  const Entry* back() const {
    if (!root_) return nullptr;
    const Node* n = root_;
    while (n->level) n = inner(n)->child[n->count - 1];
    return &entries(n)[n->count - 1];
  }

  template <class Q>
  bool erase(const Q& q) {
    const_iterator at;
    if (!locate(q, at)) return false;
    unshare(at);
    remove(at);
    return true;
  }

 protected:
  // Leaves that both share are not looked into: comparing two states a few transactions apart is cheap.
  bool equals(const PersistentTree& o) const {
    if (root_ == o.root_) return true;
    if (size() != o.size()) return false;
    const_iterator i = begin(), j = o.begin();
    while (i.node_[0]) {
      if (i == j) {
        i.next_leaf();
        j.next_leaf();
        continue;
      }
      if (!(*i == *j)) return false;
      ++i;
      ++j;
    }
    return true;
  }
  template <class Q>
  const Entry* find_entry(const Q& q) const {
    const Node* n = root_;
    if (!n) return nullptr;
    while (n->level) n = inner(n)->child[child_of(inner(n), q)];
    const size_t i = position_in(n, q);
    return i < n->count && !KeyLess()(q, key_of(entries(n)[i])) ? &entries(n)[i] : nullptr;
  }
  // The entry of q to change in place, its path unshared; nullptr when absent.
  template <class Q>
  Entry* mutable_entry(const Q& q) {
    const_iterator at;
    if (!locate(q, at)) return nullptr;
    return unshare(at);
  }
  // The entry of key: the one that stands (`added` false) or the one that make() gives.
  template <class Make>
  Entry* find_or_add(const Key& key, bool& added, Make make) {
    const_iterator at;
    added = !locate(key, at);
    if (!added) return unshare(at);
    return insert(at, make());
  }
  template <class Make>
  bool add_if_absent(const Key& key, Make make) {
    const_iterator at;
    if (locate(key, at)) return false;
    insert(at, make());
    return true;
  }

 private:
  static Inner* inner(Node* n) { return static_cast<Inner*>(n); }
  static const Inner* inner(const Node* n) { return static_cast<const Inner*>(n); }
  static Entry* entries(Node* n) { return reinterpret_cast<Entry*>(reinterpret_cast<char*>(n) + kHeader); }
  static const Entry* entries(const Node* n) {
    return reinterpret_cast<const Entry*>(reinterpret_cast<const char*>(n) + kHeader);
  }
  static const Key& key_of(const Entry& e) {
    if constexpr (std::is_same_v<Key, Entry>)
      return e;
    else
      return e.first;
  }

  // ---- search
  template <class Q>
  static size_t child_of(const Inner* n, const Q& q) {
    size_t from = 1, to = n->count;
    while (from < to) {
      const size_t middle = (from + to) / 2;
      if (KeyLess()(q, n->low[middle]))
        to = middle;
      else
        from = middle + 1;
    }
    return from - 1;
  }
  template <class Q>
  static size_t position_in(const Node* leaf, const Q& q) {
    const Entry* e = entries(leaf);
    size_t from = 0, to = leaf->count;
    while (from < to) {
      const size_t middle = (from + to) / 2;
      if (KeyLess()(key_of(e[middle]), q))
        from = middle + 1;
      else
        to = middle;
    }
    return from;
  }
  // The place of q, found or to be inserted at: its leaf position may then be one past the leaf's last.
  template <class Q>
  bool locate(const Q& q, const_iterator& at) const {
    at.root_ = root_;
    if (!root_) return false;
    Node* n = root_;
    while (n->level) {
      const size_t i = child_of(inner(n), q);
      at.node_[n->level] = n;
      at.index_[n->level] = static_cast<uint16_t>(i);
      n = inner(n)->child[i];
    }
    const size_t i = position_in(n, q);
    at.node_[0] = n;
    at.index_[0] = static_cast<uint16_t>(i);
    return i < n->count && !KeyLess()(q, key_of(entries(n)[i]));
  }
  template <class Q>
  const_iterator seek(const Q& q, bool behind) const {
    const_iterator at;
    const bool found = locate(q, at);
    if (!root_) return at;
    if (found && behind) return ++at;
    if (at.index_[0] >= at.node_[0]->count) at.next_leaf();
    return at;
  }

  // ---- nodes
  static Node* new_leaf(size_t capacity) {
    static_assert(alignof(Entry) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    Node* n = new (::operator new(kHeader + capacity * sizeof(Entry))) Node;
    n->capacity = static_cast<uint8_t>(capacity);
    return n;
  }
  static size_t room_for(size_t count) { return std::bit_ceil(count < 2 ? size_t{2} : count); }
  static void free_leaf(Node* n) {
    std::destroy_n(entries(n), n->count);
    ::operator delete(n);
  }
  static void release(Node* n) {
    if (--n->references) return;
    if (n->level == 0) return free_leaf(n);
    for (size_t i = 0; i < n->count; ++i) release(inner(n)->child[i]);
    delete inner(n);
  }
  static Node* clone(const Node* n) {
    if (n->level == 0) {
      Node* copy = new_leaf(room_for(n->count));
      std::uninitialized_copy_n(entries(n), n->count, entries(copy));
      copy->count = n->count;
      return copy;
    }
    Inner* copy = new Inner;
    copy->level = n->level;
    copy->total = inner(n)->total;
    append_children(copy, inner(n), false);
    return copy;
  }
  static void own(Node*& slot) {
    if (slot->references == 1) return;
    Node* copy = clone(slot);
    --slot->references;
    slot = copy;
  }
  static void append_children(Inner* to, const Inner* from, bool with_first_low) {
    for (size_t i = 0; i < from->count; ++i) {
      Node* child = from->child[i];
      ++child->references;
      to->child[to->count + i] = child;
      if (i > 0 || with_first_low) to->low[to->count + i] = from->low[i];
    }
    to->count = static_cast<uint16_t>(to->count + from->count);
  }
  Node*& slot_of(const_iterator& at, size_t level) {
    return level == root_->level ? root_ : inner(at.node_[level + 1])->child[at.index_[level + 1]];
  }
  // Makes every node of the path ours alone.
  Entry* unshare(const_iterator& at) {
    for (size_t level = root_->level + size_t{1}; level-- > 0;) {
      Node*& slot = slot_of(at, level);
      own(slot);
      at.node_[level] = slot;
    }
    at.root_ = root_;
    return &entries(at.node_[0])[at.index_[0]];
  }

  // ---- insert
  Entry* insert(const_iterator& at, Entry entry) {
    if (!root_) {
      root_ = new_leaf(2);
      return insert_into(root_, 0, std::move(entry));
    }
    unshare(at);
    if (root_->level) ++inner(root_)->total;
    Node* leaf = at.node_[0];
    const size_t i = at.index_[0];
    if (leaf->count < leaf->capacity) return insert_into(leaf, i, std::move(entry));
    if (leaf->capacity < kLeafMax)
      return insert_into(widen(slot_of(at, 0), leaf->capacity * size_t{2}), i, std::move(entry));

    // Ascending keys fill their leaves, also those that have a few others behind them for ever: a leaf that grows near
    // its end keeps what it has.
    const bool near_end = i + kTail >= leaf->count;
    if (i == leaf->count && next_has_room(at)) return insert_into_next(at, std::move(entry));
    const size_t keep = near_end ? i : kLeafMax / 2;
    Node* right = new_leaf(near_end ? room_for(leaf->count - i + 1) : kLeafMax);
    move_entries(leaf, keep, right);
    const bool left = i < keep || (i == keep && right->count > 0);
    Entry* placed = left ? insert_into(leaf, i, std::move(entry)) : insert_into(right, i - keep, std::move(entry));
    add_child(at, 1, key_of(entries(right)[0]), right);
    return placed;
  }
  // Descending keys that come behind a full leaf gather in the next one, instead of in a leaf each.
  bool next_has_room(const const_iterator& at) const {
    if (root_->level == 0) return false;
    const Inner* parent = inner(at.node_[1]);
    const size_t next = at.index_[1] + size_t{1};
    return next < parent->count && parent->child[next]->count < kLeafMax / 2;
  }
  Entry* insert_into_next(const_iterator& at, Entry entry) {
    Inner* parent = inner(at.node_[1]);
    const size_t next = at.index_[1] + size_t{1};
    Node*& slot = parent->child[next];
    own(slot);
    if (slot->count == slot->capacity) widen(slot, slot->capacity * size_t{2});
    parent->low[next] = key_of(entry);
    return insert_into(slot, 0, std::move(entry));
  }
  bool at_right_edge(const const_iterator& at, size_t level) const {
    while (++level <= root_->level) {
      if (at.index_[level] + 1u != at.node_[level]->count) return false;
    }
    return true;
  }
  static Entry* insert_into(Node* leaf, size_t i, Entry entry) {
    Entry* e = entries(leaf);
    const size_t count = leaf->count++;
    if (i == count) return new (e + i) Entry(std::move(entry));
    new (e + count) Entry(std::move(e[count - 1]));
    std::move_backward(e + i, e + count - 1, e + count);
    e[i] = std::move(entry);
    return e + i;
  }
  static Node* widen(Node*& slot, size_t capacity) {
    Node* wide = new_leaf(capacity < kLeafMax ? capacity : kLeafMax);
    move_entries(slot, 0, wide);
    free_leaf(slot);
    slot = wide;
    return wide;
  }
  static void move_entries(Node* from, size_t first, Node* to) {
    const size_t n = from->count - first;
    std::uninitialized_move_n(entries(from) + first, n, entries(to) + to->count);
    std::destroy_n(entries(from) + first, n);
    to->count = static_cast<uint16_t>(to->count + n);
    from->count = static_cast<uint16_t>(first);
  }
  // Puts `right` behind the child of the path at `level`; splits upwards as far as needed.
  void add_child(const_iterator& at, size_t level, Key low, Node* right) {
    for (; level <= root_->level; ++level) {
      Inner* n = inner(at.node_[level]);
      const size_t i = at.index_[level] + size_t{1};
      if (n->count < kInnerMax) return insert_child(n, i, std::move(low), right);
      const bool ascending = i == n->count && at_right_edge(at, level);
      const size_t keep = ascending ? i : kInnerMax / 2;
      Inner* next = new Inner;
      next->level = n->level;
      for (size_t k = keep; k < n->count; ++k) {
        next->child[k - keep] = n->child[k];
        next->low[k - keep] = std::move(n->low[k]);
      }
      next->count = static_cast<uint16_t>(n->count - keep);
      n->count = static_cast<uint16_t>(keep);
      // low[0] of `next` is what its parent needs to know; the slot itself is free from then on.
      Key next_low = ascending ? low : std::move(next->low[0]);
      if (!ascending && i <= keep)
        insert_child(n, i, std::move(low), right);
      else
        insert_child(next, i - keep, std::move(low), right);
      low = std::move(next_low);
      right = next;
    }
    CHECK(root_->level + size_t{1} < kLevels, "{} entries", size());
    Inner* top = new Inner;
    top->level = static_cast<uint8_t>(root_->level + 1);
    top->total = root_->level ? inner(root_)->total : root_->count + size_t{right->count};
    top->child[0] = root_;
    top->child[1] = right;
    top->low[1] = std::move(low);
    top->count = 2;
    root_ = top;
  }
  static void insert_child(Inner* n, size_t i, Key low, Node* child) {
    for (size_t k = n->count; k > i; --k) {
      n->child[k] = n->child[k - 1];
      n->low[k] = std::move(n->low[k - 1]);
    }
    n->child[i] = child;
    n->low[i] = std::move(low);
    ++n->count;
  }

  // ---- erase: nodes may run nearly empty (a window erases at its front all day) and are joined when both halves are
  // small.
  void remove(const_iterator& at) {
    if (root_->level) --inner(root_)->total;
    Node* leaf = at.node_[0];
    Entry* e = entries(leaf);
    std::move(e + at.index_[0] + 1, e + leaf->count, e + at.index_[0]);
    std::destroy_at(e + --leaf->count);
    for (size_t level = 0; level < root_->level; ++level) {
      Inner* parent = inner(at.node_[level + 1]);
      if (!shrink(parent, at.index_[level + 1])) break;
    }
    collapse_root();
  }
  // Whether parent lost a child.
  static bool shrink(Inner* parent, size_t i) {
    Node* n = parent->child[i];
    const size_t max = n->level ? kInnerMax : kLeafMax;
    if (n->count == 0) {
      release(n);
      drop_child(parent, i);
      return true;
    }
    if (n->count > max / 4) return false;
    const size_t left = i + 1 < parent->count ? i : i - 1;
    if (parent->count < 2 || parent->child[left]->count + size_t{parent->child[left + 1]->count} > max * 3 / 4)
      return false;
    join(parent, left);
    return true;
  }
  static void join(Inner* parent, size_t left) {
    own(parent->child[left]);
    Node* from = parent->child[left + 1];
    if (from->level == 0) {
      Node*& slot = parent->child[left];
      const size_t count = slot->count + size_t{from->count};
      Node* to = count > slot->capacity ? widen(slot, room_for(count)) : slot;
      if (from->references == 1) {
        move_entries(from, 0, to);
      } else {
        std::uninitialized_copy_n(entries(from), from->count, entries(to) + to->count);
        to->count = static_cast<uint16_t>(count);
      }
    } else {
      Inner* to = inner(parent->child[left]);
      const size_t seam = to->count;
      append_children(to, inner(from), false);
      to->low[seam] = parent->low[left + 1];
    }
    release(from);
    drop_child(parent, left + 1);
  }
  static void drop_child(Inner* parent, size_t i) {
    for (size_t k = i + 1; k < parent->count; ++k) {
      parent->child[k - 1] = parent->child[k];
      parent->low[k - 1] = std::move(parent->low[k]);
    }
    --parent->count;
    parent->low[parent->count] = Key();
  }
  void collapse_root() {
    const size_t total = root_->level ? inner(root_)->total : 0;
    while (root_->count <= 1) {
      Node* old = root_;
      if (old->level == 0) {
        if (old->count == 1) return;
        root_ = nullptr;
        return release(old);
      }
      root_ = old->count ? inner(old)->child[0] : nullptr;
      if (root_) ++root_->references;
      release(old);
      if (!root_) return;
    }
    // A node that is the root of another copy too has as many below it there: nothing is written then.
    if (root_->level && inner(root_)->total != total) inner(root_)->total = total;
  }

  Node* root_ = nullptr;  // nullptr when empty
};

}  // namespace detail
}  // namespace vivarium

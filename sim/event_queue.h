// The future of a World: one 4-ary heap of 24-byte keys (time, sequence, slot); what is due lies in a pool, by slot.
// Equal times leave in the order in which they were pushed. Everything is plain memory, so that copying a queue is
// three copies of arrays.
//
// Nearly every event pushes another one, so pop() leaves a hole at the root and the next push() fills it: one walk down
// instead of two walks. Cancelled events stay in the heap; who pops them sees by a serial number that they are stale.
#pragma once

#include <cstdint>
#include <type_traits>
#include <vector>

#include "core/base/check.h"
#include "core/base/time.h"

namespace vivarium::sim {

template <class Payload>
class EventQueue {
 public:
  static_assert(std::is_trivially_copyable_v<Payload>, "a fork copies the pool as memory");

  struct Due {
    Time at;
    Payload what;
  };

  bool empty() const { return size() == 0; }
  size_t size() const { return heap_.size() - hole_; }

  void push(Time at, const Payload& what) {
    CHECK(at.ns >= 0 && at != Time::never(), "{} ns", at.ns);
    const Key key{static_cast<uint64_t>(at.ns), next_sequence_++, claim(what), 0};
    if (hole_) {
      hole_ = false;
      sink(key);
    } else {
      heap_.push_back(key);
      rise(heap_.size() - 1, key);
    }
  }

  // The earliest time at which something is due; never when nothing is.
  Time next_at() {
    fill_hole();
    return heap_.empty() ? Time::never() : Time{static_cast<int64_t>(heap_[0].at)};
  }

  Due pop() {
    fill_hole();
    CHECK(!heap_.empty());
    const Key& root = heap_[0];
    const Due due{{static_cast<int64_t>(root.at)}, pool_[root.slot]};
    free_.push_back(root.slot);
    hole_ = true;
    return due;
  }

 private:
  struct Key {
    uint64_t at;
    uint64_t sequence;
    uint32_t slot;
    uint32_t unused;
    __extension__ using Wide = unsigned __int128;
    Wide order() const { return static_cast<Wide>(at) << 64 | sequence; }
  };
  static_assert(sizeof(Key) == 24);

  uint32_t claim(const Payload& what) {
    if (free_.empty()) {
      pool_.push_back(what);
      return static_cast<uint32_t>(pool_.size() - 1);
    }
    const uint32_t slot = free_.back();
    free_.pop_back();
    pool_[slot] = what;
    return slot;
  }

  void fill_hole() {
    if (!hole_) return;
    hole_ = false;
    const Key last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last);
  }

  void rise(size_t i, const Key& key) {
    while (i > 0) {
      const size_t parent = (i - 1) / 4;
      if (heap_[parent].order() < key.order()) break;
      heap_[i] = heap_[parent];
      i = parent;
    }
    heap_[i] = key;
  }

  // Puts `key` in the place of the root: the hole goes down to a leaf by the least children, without looking at `key`,
  // which then rises from there. What is pushed is nearly always later than most, so that it rises little; and the walk
  // down has no branch that the processor could guess wrongly.
  void sink(const Key& key) {
    Key* const heap = heap_.data();
    const size_t n = heap_.size();
    size_t i = 0;
    size_t first = 1;
    for (; first + 3 < n; first = 4 * i + 1) {
      const size_t left = first + (heap[first + 1].order() < heap[first].order());
      const size_t right = first + 2 + (heap[first + 3].order() < heap[first + 2].order());
      const size_t least = left + (right - left) * (heap[right].order() < heap[left].order());
      heap[i] = heap[least];
      i = least;
    }
    if (first < n) {
      size_t least = first;
      for (size_t child = first + 1; child < n; ++child)
        least = heap[child].order() < heap[least].order() ? child : least;
      heap[i] = heap[least];
      i = least;
    }
    rise(i, key);
  }

  std::vector<Key> heap_;
  std::vector<Payload> pool_;
  std::vector<uint32_t> free_;
  uint64_t next_sequence_ = 0;
  bool hole_ = false;  // the root was popped and not yet replaced
};

}  // namespace vivarium::sim

#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "checker/history.h"

namespace vivarium::checker {

// The operations on one object (a key, an element of a set), in order of call.
struct KeyView {
  const Operation* operations = nullptr;
  std::span<const uint32_t> members;  // indices of the object's; empty: the first `count`
  size_t count = 0;

  uint32_t index(size_t i) const { return members.empty() ? static_cast<uint32_t>(i) : members[i]; }
  const Operation& operator[](size_t i) const { return operations[index(i)]; }

  template <typename F>
  void each_operation(F&& f) const {
    if (members.empty()) {
      for (uint32_t i = 0; i < count; ++i) f(i, operations[i]);
    } else {
      // With many keys the operations of one lie far apart: ask for them before they are needed.
      constexpr size_t kAhead = 8;
      for (size_t at = 0; at < members.size(); ++at) {
        __builtin_prefetch(&operations[members[std::min(at + kAhead, members.size() - 1)]]);
        f(members[at], operations[members[at]]);
      }
    }
  }
};

// A few operations held by value, as one object's history: windows and their parts.
struct SmallHistory {
  std::vector<Operation> operations;
  std::vector<uint32_t> source;  // of each: its index in the whole history

  void add(const Operation& op, uint32_t index) {
    operations.push_back(op);
    source.push_back(index);
  }
  void sort_by_call();
  KeyView view() const { return {operations.data(), {}, operations.size()}; }
};

// What is known of an object before the first operation.
struct Initial {
  bool any = false;       // nothing: the history is an excerpt
  Value value = Value();  // otherwise: this; null for a fresh register, 0 for a counter, a free lock
  int32_t version = 0;    // and this version
  std::vector<std::pair<Value, int64_t>> one_of =
      {};  // or, of counters and versioned znodes: one of these (value, version)
};

}  // namespace vivarium::checker

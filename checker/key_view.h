#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "checker/history.h"

namespace vivarium::checker {

// The operations on one object (a key, an element of a set), in the order of their calls and returns.
struct KeyView {
  const Operation* operations = nullptr;
  std::span<const uint32_t> entries;  // operation << 1, | 1 for its return
  size_t count = 0;                   // of operations

  template <typename F>
  void each_operation(F&& f) const {  // in order of call
    for (uint32_t entry : entries) {
      if ((entry & 1) == 0) f(entry >> 1, operations[entry >> 1]);
    }
  }
};

// A few operations held by value, as one object's history: windows and their parts.
struct SmallHistory {
  std::vector<Operation> operations;
  std::vector<uint32_t> source;  // of each: its index in the whole history
  std::vector<uint32_t> entries;

  void add(const Operation& op, uint32_t index) {
    operations.push_back(op);
    source.push_back(index);
  }
  void sort_entries();
  KeyView view() const { return {operations.data(), entries, operations.size()}; }
};

// What is known of an object before the first operation.
struct Initial {
  bool any = false;         // nothing: the history is an excerpt
  Value value = Value();    // otherwise: this; null for a fresh register, 0 for a counter, a free lock
  int32_t version = 0;      // and this version
  std::vector<std::pair<Value, int64_t>> one_of = {};  // or, of counters and versioned znodes: one of these (value, version)
};

}  // namespace vivarium::checker

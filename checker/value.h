#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "checker/text_table.h"

namespace vivarium::checker {

// A JSON value in 8 bytes: null, a whole number of up to 62 bits, or the number of an interned JSON text. Two values of
// one ValueTable are the same JSON value exactly when their bits are equal.
class Value {
 public:
  constexpr Value() = default;  // null
  static constexpr Value of_number(int64_t n) { return Value((static_cast<uint64_t>(n) << 2) | kNumber); }
  static constexpr Value of_text(uint32_t id) { return Value((uint64_t{id} << 2) | kText); }
  static constexpr bool fits(int64_t n) { return n >= -(int64_t{1} << 61) && n < (int64_t{1} << 61); }

  constexpr bool is_null() const { return bits_ == 0; }
  constexpr bool is_number() const { return (bits_ & 3) == kNumber; }
  constexpr bool is_text() const { return (bits_ & 3) == kText; }
  constexpr int64_t number() const { return static_cast<int64_t>(bits_) >> 2; }
  constexpr uint32_t text() const { return static_cast<uint32_t>(bits_ >> 2); }
  constexpr uint64_t bits() const { return bits_; }
  friend constexpr bool operator==(Value, Value) = default;

 private:
  static constexpr uint64_t kNumber = 1;
  static constexpr uint64_t kText = 2;
  explicit constexpr Value(uint64_t bits) : bits_(bits) {}
  uint64_t bits_ = 0;
};

// Stands for every value that a history never mentions.
inline constexpr Value kUnheardOf = Value::of_text(UINT32_MAX);

// The texts behind the values of one history.
class ValueTable {
 public:
  Value number(int64_t n) { return Value::fits(n) ? Value::of_number(n) : json(std::to_string(n)); }
  Value string(std::string_view plain);         // a string, given unquoted
  Value json(std::string_view compact);         // any JSON value, as its one compact text (keys sorted)
  Value find(std::string_view compact) const;   // as json(), or number(); kUnheardOf where no such value was interned
  std::string show(Value value) const;          // its compact JSON text
  std::string_view compact(Value value) const;  // of a value that is_text()
  size_t memory_bytes() const { return texts_.memory_bytes(); }

 private:
  TextTable texts_;
};

}  // namespace vivarium::checker

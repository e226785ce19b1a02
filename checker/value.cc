#include "checker/value.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace vivarium::checker {

Value ValueTable::string(std::string_view plain) {
  const bool simple = std::ranges::all_of(plain, [](char c) { return c >= ' ' && c < 127 && c != '"' && c != '\\'; });
  if (!simple) {
    return json(nlohmann::json(plain).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  std::string quoted;
  quoted.reserve(plain.size() + 2);
  quoted += '"';
  quoted += plain;
  quoted += '"';
  return Value::of_text(texts_.intern(quoted));
}

Value ValueTable::json(std::string_view compact) {
  if (compact == "null") return Value();
  return Value::of_text(texts_.intern(compact));
}

Value ValueTable::find(std::string_view compact) const {
  if (compact == "null") return Value();
  int64_t n = 0;
  const auto [end, error] = std::from_chars(compact.data(), compact.data() + compact.size(), n);
  if (error == std::errc() && end == compact.data() + compact.size() && Value::fits(n)) return Value::of_number(n);
  const auto id = texts_.find(compact);
  return id ? Value::of_text(*id) : kUnheardOf;
}

std::string ValueTable::show(Value value) const {
  if (value == kUnheardOf) return "another value";
  if (value.is_null()) return "null";
  if (value.is_number()) return std::to_string(value.number());
  return std::string(texts_[value.text()]);
}

std::string_view ValueTable::compact(Value value) const { return texts_[value.text()]; }

}  // namespace vivarium::checker

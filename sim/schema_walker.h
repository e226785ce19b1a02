// Holds a JSON value against a JSON Schema, as far as scenario_schema uses it: type, enum, minimum, maximum, pattern
// (by the name in "format"), properties, required, additionalProperties: false, items, minItems, anyOf. A wrong value
// is reported once, where it stands, in words for people.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/json_position.h"

namespace vivarium::sim {

struct Mistake {
  std::string pointer;
  bool at_key = false;  // of the key, not of its value
  std::string what;
};

std::vector<Mistake> walk_schema(const nlohmann::ordered_json& schema, const nlohmann::json& value,
                                 const JsonPositions& positions);

// "faults[2].what" of /faults/2/what; "the scenario" of the whole.
std::string name_of_pointer(const std::string& pointer);

// "150ms", "-30s"; nothing if it is none, or beyond a day.
std::optional<int64_t> parse_duration_ns(std::string_view text);
// 5 or "0.5%", in parts per billion.
std::optional<uint64_t> parse_percent_ppb(const nlohmann::json& value);
// "random" (0) or "-200ppm".
std::optional<int64_t> parse_drift_ppb(std::string_view text);

}  // namespace vivarium::sim

// Reads a scenario's JSON (comments allowed) against its schema. A file that is wrong gives every mistake with its
// place, what is there, what may be there, and the nearest known word.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json_position.h"
#include "sim/scenario.h"

namespace vivarium::sim {

struct InputError {
  std::string file;
  TextPosition position;
  std::string what;               // a sentence without its full stop
  std::string to_string() const;  // file:line:column: what
};

inline constexpr int64_t kMaxScenarioBytes = 16 << 20;

// `file` is for errors, and gives the scenario its name: scenarios/leader-crash.json is "leader-crash".
std::expected<Scenario, std::vector<InputError>> read_scenario(const std::string& file, std::string_view text);

}  // namespace vivarium::sim

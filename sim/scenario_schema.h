// The JSON Schema (draft-07) of a scenario: what `vivarium schema` prints, scenarios/scenario.schema.json holds, and
// the reader walks. One table says name, values, default, meaning and example of every field.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vivarium::sim {

inline constexpr int64_t kMaxServers = 31;
inline constexpr int64_t kMaxClients = 1000;

const nlohmann::ordered_json& scenario_schema();
std::string scenario_schema_text();  // indented, ends with a newline

}  // namespace vivarium::sim

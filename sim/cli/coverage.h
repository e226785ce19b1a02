// What runs reached, against what there is to reach: rows of the synchronization table, and each fault in each phase.
// What was not reached is listed with its reason.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sim/scenario.h"

namespace vivarium::cli {

using Counts = std::map<std::string, uint64_t>;  // by key: "sync:equal", "kill x looking"

struct Unreached {
  std::string what, reason;
};

std::vector<Unreached> unreached_sync_rows(const Counts& coverage);
std::vector<Unreached> unreached_phases(const Counts& coverage, const sim::Scenario& scenario);

std::string coverage_text(const Counts& coverage, const sim::Scenario& scenario);
nlohmann::ordered_json coverage_json(const Counts& coverage, const sim::Scenario& scenario);

}  // namespace vivarium::cli

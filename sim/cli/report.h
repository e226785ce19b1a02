// A run's result for people and for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/run.h"

namespace vivarium::cli {

inline constexpr int kSchemaVersion = 1;

struct RunName {
  std::string scenario;  // its name
  std::string path;      // as typed
  std::string mistake;   // that the servers were made to make, and what it is; empty: none
  bool clients_only = false;
};

std::string reproduce_line(const RunName& name, uint64_t seed);
nlohmann::ordered_json result_json(const RunName& name, const sim::RunResult& result);
std::string result_text(const RunName& name, const sim::RunResult& result, bool color);
// "leader-crash, seed 1: PASS", colored if wanted.
std::string headline(const std::string& what, sim::Outcome outcome, bool color);
// So that nobody takes the run for one of the servers as they are; empty without a mistake.
std::string mistake_line(const RunName& name);
std::string time_text(Time t);  // "12.345678 s"

}  // namespace vivarium::cli

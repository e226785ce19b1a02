#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace vivarium::cli {

// `vivarium sweep`: what was typed.
struct SweepArguments {
  std::string path;
  std::string seeds = "1..100";  // A..B, both included
  std::string shard = "1/1";     // i/n: of the seeds, every nth, from the ith
  int jobs = 0;                  // 0: one a core
  std::string out;               // a folder for one file a distinct failure; empty: none
  bool json = false, clients_only = false;
};

std::optional<std::pair<uint64_t, uint64_t>> parse_range(const std::string& text, const std::string& between);
int sweep_command(const SweepArguments& arguments);  // gives the exit code

}  // namespace vivarium::cli

#pragma once

#include <cstdint>
#include <string>

namespace vivarium::cli {

// `vivarium run`: what was typed.
struct RunArguments {
  std::string path;
  uint64_t seed = 1;
  std::string trace, history;  // files to write; empty: none
  bool json = false, quiet = false, clients_only = false;
};

int run_command(const RunArguments& arguments);  // gives the exit code

}  // namespace vivarium::cli

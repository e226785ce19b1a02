// Files and streams as commands need them: data to stdout, all else to stderr.
#pragma once

#include <expected>
#include <string>

#include "sim/scenario_reader.h"

namespace vivarium::cli {

struct Failure {
  int exit_code;
  std::string message;  // complete lines for stderr
};

std::expected<sim::Scenario, Failure> load_scenario(const std::string& path);
std::expected<void, Failure> write_file(const std::string& path, const std::string& text);

void say(const std::string& text);         // stderr, as it is
bool colors_on_stdout();                   // a terminal, and no NO_COLOR
std::string with_commas(uint64_t number);  // 12,345
// Prints data and gives the exit code: that of the command, or kExitIo when stdout takes no more.
int finish(const std::string& out, int exit_code);

}  // namespace vivarium::cli

#include "sim/cli/mistaken_program.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "sim/cli/exit_codes.h"
#include "sim/mistake.h"

namespace vivarium::cli {

namespace {

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> out;
  for (size_t at = 0; at < all.size(); at += out.back().size() + 1) out.emplace_back(all.c_str() + at);
  return out;
}

}  // namespace

std::expected<void, Failure> make_mistake_of(const sim::Scenario& scenario) {
  if (sim::make_mistake(scenario.mistake)) return {};
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string program = self.parent_path() / "vivarium-mistaken";
  std::vector<std::string> arguments = own_arguments();
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execv(program.c_str(), pointers.data());
  return std::unexpected(Failure{
      kExitInternal,
      fmt::format("vivarium: the scenario asks for the mistake \"{}\", and {}, the program that can make it, cannot be "
                  "started: {}\n",
                  sim::mistake_row(scenario.mistake).name, program, std::strerror(errno))});
}

std::string mistake_text(const sim::Scenario& scenario) {
  if (scenario.mistake == Mutant::kNone) return "";
  const sim::MistakeRow& row = sim::mistake_row(scenario.mistake);
  return fmt::format("{}: {}", row.name, row.meaning);
}

}  // namespace vivarium::cli

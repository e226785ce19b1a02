#include <fmt/format.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "sim/run.h"
#include "sim/scenario_reader.h"
#include "sim/story.h"
#include "tests/cli/program.h"
#include "tests/stories/story.h"

namespace vivarium::stories {

namespace {

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

std::string replaced(const std::string& text, const std::string& what, const std::string& by) {
  std::string out = text;
  for (size_t at = 0; (at = out.find(what, at)) != std::string::npos; at += by.size()) out.replace(at, what.size(), by);
  return out;
}

// What differs from one machine to the next.
std::string masked(std::string text) {
  text = std::regex_replace(text, std::regex(" in [0-9.]+ s of CPU.*"), " in T");
  text = std::regex_replace(text, std::regex(", [0-9,]+ a second;"), ";");
  text = std::regex_replace(text, std::regex("in [0-9.]+ (ms|s)\\b"), "in T");
  text = std::regex_replace(text, std::regex("keys, [0-9.]+ s\\b"), "keys, T");
  return std::regex_replace(text, std::regex("trace hash  [0-9a-f]{16}"), "trace hash  H");
}

// `tell SCENARIO SEED`: the run in sentences, and its verdict.
std::string tell(const std::string& path, uint64_t seed) {
  const auto scenario = sim::read_scenario(path, text_of(VIVARIUM_SOURCE_DIR "/" + path));
  if (!scenario) return scenario.error().front().to_string() + "\n";
  sim::RunOptions options;
  options.seed = seed;
  options.trace = true;
  sim::World world(sim::world_config(*scenario, seed));
  const sim::RunResult result = run(*scenario, options, &world);
  std::string out = sim::tell(world.trace(), world.trace_header());
  for (const sim::Violation& violation : result.violations) out += violation.check + ": " + violation.what + "\n";
  return out + sim::outcome_name(result.outcome) + "\n";
}

std::string execute(const std::string& arguments, const std::string& file) {
  const cli::Folder folder;
  const std::string path = folder.write("FILE", file);
  const cli::Execution done = cli::execute(replaced(arguments, "FILE", path));
  std::string out = replaced(masked(done.out + done.err), path, "FILE");
  if (done.exit_code != 0) out += fmt::format("exit {}\n", done.exit_code);
  return out;
}

// `explain SCENARIO SEED`: what `vivarium explain` says of the run's trace.
std::string explain(const std::string& path, uint64_t seed) {
  const cli::Folder folder;
  const std::string trace = folder.path("trace.jsonl.zst");
  const auto run = cli::execute(fmt::format("run {} --seed {} --quiet --trace {}", path, seed, trace));
  if (run.exit_code != 0) return run.out + run.err;
  const auto told = cli::execute("explain " + trace);
  return told.out + replaced(told.err, trace, "TRACE");
}

}  // namespace

Story parse(const std::string& text) {
  Story story;
  std::string remarks, file;
  bool in_file = false;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const bool part_of_file = line.starts_with("|");
    if (part_of_file && !in_file) file.clear();
    in_file = part_of_file;
    if (line.starts_with("> ")) {
      story.cases.push_back({std::exchange(remarks, ""), file, line.substr(2), ""});
    } else if (part_of_file) {
      remarks += line + "\n";
      file += (line.size() > 1 ? line.substr(2) : "") + "\n";
    } else if (line.starts_with("#") || story.cases.empty()) {
      remarks += line + "\n";
    } else {
      story.cases.back().expected += line + "\n";
    }
  }
  story.rest = remarks;
  // The empty line between two cases is nobody's output.
  for (Case& one : story.cases) {
    while (one.expected.ends_with("\n\n") || one.expected == "\n") one.expected.pop_back();
  }
  return story;
}

std::string format(const Story& story) {
  std::string out;
  for (const Case& one : story.cases) {
    if (!out.empty()) out += "\n";
    out += one.remarks + "> " + one.command + "\n" + one.expected;
  }
  return out + story.rest;
}

std::string perform(const Case& one) {
  std::istringstream words(one.command);
  std::string verb, path;
  uint64_t seed = 1;
  words >> verb;
  std::string out;
  if (verb == "tell" && words >> path >> seed)
    out = tell(path, seed);
  else if (verb == "explain" && words >> path >> seed)
    out = explain(path, seed);
  else if (verb == "vivarium")
    out = execute(one.command.substr(verb.size()), one.file);
  else
    out = fmt::format("a story knows \"tell\", \"explain\" and \"vivarium\", not \"{}\"\n", verb);
  while (out.ends_with("\n\n")) out.pop_back();
  // Lines that a story would take for its own.
  return std::regex_replace(out, std::regex("(^|\n)([#>|])"), "$1 $2");
}

std::string difference(const std::string& expected, const std::string& actual) {
  std::istringstream a(expected), b(actual);
  for (int line = 1;; ++line) {
    std::string was, is;
    const bool more_a = static_cast<bool>(std::getline(a, was)), more_b = static_cast<bool>(std::getline(b, is));
    if (!more_a && !more_b) return "";
    if (more_a == more_b && was == is) continue;
    return fmt::format("line {}\n  was: {}\n  is:  {}", line, more_a ? was : "(the end)", more_b ? is : "(the end)");
  }
}

}  // namespace vivarium::stories

#include "sim/cli/run_command.h"

#include <fmt/format.h>

#include "checker/history_reader.h"
#include "sim/cli/exit_codes.h"
#include "sim/cli/files.h"
#include "sim/cli/measured_run.h"
#include "sim/cli/mistaken_program.h"
#include "sim/cli/report.h"
#include "sim/cli/run_watch.h"
#include "sim/run.h"
#include "vivarium/version.h"

namespace vivarium::cli {

namespace {

std::expected<void, Failure> write_trace_file(const std::string& path, const sim::Scenario& scenario,
                                              const sim::World& world, const sim::RunResult& result) {
  sim::TraceHeader header = world.trace_header();
  header.scenario = scenario.name;
  header.scenario_hash = fmt::format("{:016x}", scenario.hash);
  header.commit = VIVARIUM_COMMIT;
  header.mistake = mistake_text(scenario);
  sim::TraceViolations violations;
  for (const sim::Violation& v : result.violations)
    violations.push_back(
        {v.check, v.at.ns, v.seqs.empty() ? 0 : v.seqs.front(), v.what, v.promise, v.sides, v.why, v.window});
  const auto written = sim::write_trace(path, world.trace(), header, world.trace_hash(), violations);
  if (!written) return std::unexpected(Failure{kExitIo, written.error() + "\n"});
  return {};
}

// One model: the file as named. Several: h.jsonl becomes h.cas-register.jsonl, h.counter.jsonl, ...
std::string history_path(const std::string& path, const std::string& model, bool alone) {
  if (alone) return path;
  const size_t slash = path.rfind('/');
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash)) return path + "." + model;
  return path.substr(0, dot) + "." + model + path.substr(dot);
}

std::expected<void, Failure> write_histories(const std::string& path, const sim::RunResult& result) {
  for (const auto& [model, history] : result.histories) {
    const std::string file = history_path(path, model, result.histories.size() == 1);
    if (auto written = write_file(file, checker::to_json_lines(history)); !written) return written;
    say(fmt::format("history: {} (vivarium check {} --model {})\n", file, file, model));
  }
  if (result.histories.empty()) say("history: none of this scenario's clients keeps one\n");
  return {};
}

}  // namespace

int run_command(const RunArguments& arguments) {
  const auto scenario = load_scenario(arguments.path);
  if (!scenario) {
    say(scenario.error().message);
    return scenario.error().exit_code;
  }
  if (const auto made = make_mistake_of(*scenario); !made) {
    say(made.error().message);
    return made.error().exit_code;
  }
  sim::RunOptions options;
  options.invariants = !arguments.clients_only;
  options.seed = arguments.seed;
  options.trace = !arguments.trace.empty();
  RunWatch watch(*scenario);
  if (watch.on()) options.onlooker = &watch;
  sim::World world(sim::world_config(*scenario, arguments.seed));
  const sim::RunResult result = measured_run(*scenario, options, options.trace ? &world : nullptr);
  watch.end();
  if (watch.on() && !arguments.quiet && !arguments.json) say(watch.timeline(result.simulated));

  const RunName name{scenario->name, arguments.path, mistake_text(*scenario), arguments.clients_only};
  std::string out;
  if (arguments.json)
    out = result_json(name, result).dump() + "\n";
  else if (arguments.quiet)
    out = headline(fmt::format("{}, seed {}", name.scenario, result.seed), result.outcome, colors_on_stdout()) +
          mistake_line(name);
  else
    out = result_text(name, result, colors_on_stdout());

  std::expected<void, Failure> written;
  if (options.trace) written = write_trace_file(arguments.trace, *scenario, world, result);
  if (written && !arguments.history.empty()) written = write_histories(arguments.history, result);
  const int exit_code = finish(out, sim::exit_code(result.outcome));
  if (written) return exit_code;
  say(written.error().message);
  return written.error().exit_code;
}

}  // namespace vivarium::cli

// vivarium: the command line (design.md, 5).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "checker/check_command.h"
#include "checker/model.h"
#include "sim/cli/exit_codes.h"
#include "sim/cli/export_command.h"
#include "sim/cli/files.h"
#include "sim/cli/report.h"
#include "sim/cli/run_command.h"
#include "sim/cli/sweep_command.h"
#include "sim/cli/view_command.h"
#include "sim/scenario_schema.h"
#include "vivarium/version.h"

namespace vivarium::cli {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 holds, 1 a property is violated, 2 undecided, 3 no progress, 4 nothing ran,\n"
    "64 usage, 65 bad input, 70 internal error, 74 a file cannot be read or written.";

struct Arguments {
  RunArguments run;
  SweepArguments sweep;
  checker::CheckOptions check;
  ViewArguments view;
  TraceArguments traces;
  bool version = false, version_json = false;
};

void describe_run(CLI::App& app, RunArguments& run) {
  app.add_option("scenario", run.path, "a scenario's JSON file")->required();
  app.add_option("--seed", run.seed, "same seed, same run")->capture_default_str();
  app.add_option("--trace", run.trace, "write every event to this file, as JSON lines (.zst: compressed)");
  app.add_option("--history", run.history, "write what the clients saw to this file, for `vivarium check`");
  app.add_flag("--clients-only", run.clients_only,
               "judge by what the clients saw alone, as with a cluster that one cannot look into");
  app.add_flag("--json", run.json, "one JSON object instead of text");
  app.add_flag("--quiet", run.quiet, "one line only");
}

void describe_sweep(CLI::App& app, SweepArguments& sweep) {
  app.add_option("scenario", sweep.path, "a scenario's JSON file")->required();
  app.add_option("--seeds", sweep.seeds, "A..B, both included")->capture_default_str();
  app.add_option("--jobs", sweep.jobs, "processes; 0: one a core")->capture_default_str()->check(CLI::Range(0, 1024));
  app.add_option("--shard", sweep.shard, "i/n: every nth seed, from the ith; for several machines")
      ->capture_default_str();
  app.add_option("--out", sweep.out, "a folder for one file a distinct failure");
  app.add_flag("--clients-only", sweep.clients_only, "judge by what the clients saw alone");
  app.add_flag("--json", sweep.json, "one JSON object a run, then a summary");
}

void describe_check(CLI::App& app, checker::CheckOptions& check) {
  std::string models;
  for (const std::string_view model : checker::model_names())
    models += (models.empty() ? "" : ", ") + std::string(model);
  app.add_option("history", check.path, "a history: JSON lines, or Jepsen's EDN")->required();
  app.add_option("--model", check.model, "what the operations ought to be: " + models)->required();
  app.add_option("--initial", check.initial, "the value at the start, as JSON; any: unknown");
  app.add_option("--memory-mb", check.memory_mb, "a budget; beyond it the answer is `undecided`")
      ->capture_default_str();
  app.add_option("--time-limit-ms", check.time_limit_ms, "the same for time; 0: none")->capture_default_str();
  app.add_flag("--strict-sync", check.strict_sync,
               "model zookeeper: a read after a sync sees all that was acknowledged before it");
  app.add_flag("--json", check.json, "one JSON object instead of text");
}

void describe_view(CLI::App& app, ViewArguments& view) {
  app.add_option("trace", view.traces, "a trace, or those of the servers of one ensemble (.zst: compressed)")
      ->required();
  app.add_option("--compare", view.compare, "another run: both side by side, and where they first differ");
  app.add_option("--out", view.out, "the page to write; without it, beside the trace");
}

void describe_traces(CLI::App& app, TraceArguments& traces) {
  app.add_option("traces", traces.traces, "a trace, or those of several running servers, which become one")->required();
  app.add_option("--out", traces.out, "write to this file instead of stdout");
}

void describe_window(CLI::App& app, TraceArguments& traces) {
  app.add_option("--from", traces.from, "a time of the run, as 4s or 4200ms: only what happens from then on");
  app.add_option("--until", traces.until, "and up to then");
}

void describe_export(CLI::App& app, TraceArguments& traces) {
  describe_traces(app, traces);
  app.add_option("--to", traces.to,
                 "perfetto: for ui.perfetto.dev; shiviz: a log with vector clocks; dot: what happened before what; "
                 "sqlite: a database; csv: the clients' operations; svg: a picture of a window")
      ->required()
      ->check(CLI::IsMember(export_formats()));
  describe_window(app, traces);
}

int print_version(bool json) {
  if (!json) return finish(fmt::format("vivarium {} ({})\n", VIVARIUM_VERSION, VIVARIUM_COMMIT), kExitOk);
  const nlohmann::ordered_json out = {
      {"schema_version", kSchemaVersion},
      {"version", VIVARIUM_VERSION},
      {"commit", VIVARIUM_COMMIT},
      {"formats", {{"scenario", 1}, {"trace", 1}, {"history", 1}, {"result", kSchemaVersion}}}};
  return finish(out.dump() + "\n", kExitOk);
}

int check_command(const checker::CheckOptions& options) {
  const checker::CheckOutcome outcome = checker::run_check(options);
  say(outcome.err);
  return finish(outcome.out, outcome.exit_code);
}

int program(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"Runs ZooKeeper-compatible servers in virtual time under faults, and judges what happened.", "vivarium"};
  app.footer(kFooter);
  app.require_subcommand(0, 1);
  app.add_flag("--version", arguments.version, "what this is");
  app.add_flag("--json", arguments.version_json, "with --version: as JSON");
  CLI::App* run = app.add_subcommand("run", "one run of a scenario: what happened, what was checked, and the verdict");
  CLI::App* sweep = app.add_subcommand("sweep", "many seeds on all cores");
  CLI::App* check = app.add_subcommand("check", "judge a history from anywhere");
  CLI::App* view = app.add_subcommand("view", "a trace as one HTML file that any browser opens; prints its path");
  CLI::App* schema = app.add_subcommand("schema", "print the JSON Schema of scenarios");
  CLI::App* exported = app.add_subcommand("export", "a trace in the formats of other tools");
  CLI::App* explain = app.add_subcommand("explain", "a trace told in sentences");
  CLI::App* merge = app.add_subcommand("merge", "the traces of several running servers as one");
  describe_run(*run, arguments.run);
  describe_sweep(*sweep, arguments.sweep);
  describe_check(*check, arguments.check);
  describe_view(*view, arguments.view);
  describe_export(*exported, arguments.traces);
  describe_traces(*explain, arguments.traces);
  describe_window(*explain, arguments.traces);
  describe_traces(*merge, arguments.traces);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return finish(chosen.empty() ? app.help() : chosen.front()->help("vivarium"), kExitOk);
  } catch (const CLI::ParseError& error) {
    say(fmt::format("vivarium: {}\n`vivarium --help` shows what there is.\n", error.what()));
    return kExitUsage;
  }
  if (arguments.version) return print_version(arguments.version_json);
  if (run->parsed()) return run_command(arguments.run);
  if (sweep->parsed()) return sweep_command(arguments.sweep);
  if (check->parsed()) return check_command(arguments.check);
  if (view->parsed()) return view_command(arguments.view);
  if (exported->parsed()) return export_command(arguments.traces);
  if (explain->parsed()) return explain_command(arguments.traces);
  if (merge->parsed()) return merge_command(arguments.traces);
  if (schema->parsed()) return finish(sim::scenario_schema_text(), kExitOk);
  say(app.help());
  return kExitUsage;
}

}  // namespace
}  // namespace vivarium::cli

int main(int argc, char** argv) {
  try {
    return vivarium::cli::program(argc, argv);
  } catch (const std::exception& error) {
    vivarium::cli::say(fmt::format("vivarium: internal error: {}\n", error.what()));
    return vivarium::cli::kExitInternal;
  }
}

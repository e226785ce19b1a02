#include "sim/cli/sweep_command.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <map>
#include <vector>

#include "sim/cli/coverage.h"
#include "sim/cli/exit_codes.h"
#include "sim/cli/files.h"
#include "sim/cli/live_line.h"
#include "sim/cli/measured_run.h"
#include "sim/cli/mistaken_program.h"
#include "sim/cli/report.h"
#include "sim/cli/workers.h"
#include "sim/run.h"

namespace vivarium::cli {

namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

constexpr uint64_t kMaxSeeds = 100'000'000;
constexpr size_t kShownFailures = 10;

// A failure and all that look like it.
struct FailureKind {
  uint64_t count = 0;
  Json first;  // the result of the lowest seed
};

class ProgressBar {
 public:
  explicit ProgressBar(uint64_t total) : total_(total) {}
  void show(uint64_t done, size_t kinds) {
    if (done < total_ && !line_.due()) return;
    const auto filled = static_cast<size_t>(done * 30 / total_);
    line_.show(fmt::format("[{}{}] {} of {}{}", std::string(filled, '#'), std::string(30 - filled, '.'),
                           with_commas(done), with_commas(total_),
                           kinds == 0 ? "" : fmt::format(", {} kinds of failure", kinds)));
  }
  void clear() { line_.clear(); }

 private:
  uint64_t total_;
  LiveLine line_;
};

class Sweep : public SeedWork {
 public:
  Sweep(const sim::Scenario& scenario, RunName name, uint64_t total, bool print)
      : scenario_(scenario), name_(std::move(name)), bar_(total), print_(print) {}

  std::string run(uint64_t seed) override {
    sim::RunOptions options;
    options.seed = seed;
    options.invariants = !name_.clients_only;
    const sim::RunResult result = measured_run(scenario_, options);
    Json line = result_json(name_, result);
    if (result.outcome != sim::Outcome::kPass) line["fingerprint"] = result.fingerprint();
    line["coverage"] = result.coverage;
    return line.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  void answered(const SeedAnswer& answer) override {
    ++runs;
    Json line = answer.died ? died(answer) : Json::parse(answer.line);
    if (line.contains("coverage")) {
      for (const auto& [key, count] : line["coverage"].items()) coverage[key] += count.get<uint64_t>();
      for (const auto& [fault, count] : line["faults"].items()) faults[fault] += count.get<uint64_t>();
      line.erase("coverage");
      operations += line["operations"].get<uint64_t>();
      events += line["events"].get<uint64_t>();
      elections += line["elections"].get<uint64_t>();
      simulated += line["simulated_seconds"].get<double>();
      cpu += line["cpu_seconds"].get<double>();
    }
    const std::string verdict = line["verdict"].get<std::string>();
    ++verdicts[verdict];
    if (line.contains("fingerprint")) {
      FailureKind& kind = failures[line["fingerprint"].get<std::string>()];
      ++kind.count;
      if (kind.first.is_null() || line["seed"].get<uint64_t>() < kind.first["seed"].get<uint64_t>()) kind.first = line;
    }
    if (print_ && !stdout_broken_) {
      bar_.clear();
      stdout_broken_ = finish(line.dump() + "\n", kExitOk) != kExitOk;
    }
    bar_.show(runs, failures.size());
  }

  void finish_bar() { bar_.clear(); }
  const RunName& name() const { return name_; }

  // The worst that happened.
  sim::Outcome outcome() const {
    for (const sim::Outcome bad :
         {sim::Outcome::kViolation, sim::Outcome::kNoProgress, sim::Outcome::kUndecided, sim::Outcome::kNothingRan}) {
      if (verdicts.contains(sim::outcome_name(bad))) return bad;
    }
    return runs == 0 ? sim::Outcome::kNothingRan : sim::Outcome::kPass;
  }

  Counts coverage, faults, verdicts;
  std::map<std::string, FailureKind> failures;  // by fingerprint
  uint64_t runs = 0, operations = 0, events = 0, elections = 0;
  double simulated = 0, cpu = 0;

 private:
  Json died(const SeedAnswer& answer) const {
    return {
        {"schema_version", kSchemaVersion},
        {"verdict", sim::outcome_name(sim::Outcome::kViolation)},
        {"scenario", name_.scenario},
        {"seed", answer.seed},
        {"violations", Json::array({{{"check", "crash"}, {"at", 0}, {"what", answer.line}, {"seqs", Json::array()}}})},
        {"fingerprint", "crash: " + answer.line},
        {"reproduce", reproduce_line(name_, answer.seed)}};
  }

  const sim::Scenario& scenario_;
  RunName name_;
  ProgressBar bar_;
  bool print_;
  bool stdout_broken_ = false;
};

std::string summary_text(const Sweep& sweep, const sim::Scenario& scenario, const std::string& seeds, double seconds) {
  std::string out = headline(fmt::format("{}, seeds {}", scenario.name, seeds), sweep.outcome(), colors_on_stdout());
  out += mistake_line(sweep.name());
  const auto row = [&](const char* name, const std::string& text) { out += fmt::format("  {:<11} {}\n", name, text); };
  std::string verdicts, faults;
  for (const auto& [verdict, count] : sweep.verdicts)
    verdicts += fmt::format("{}{} {}", verdicts.empty() ? "" : ", ", with_commas(count), verdict);
  for (const auto& [fault, count] : sweep.faults)
    faults += fmt::format("{}{} {}", faults.empty() ? "" : ", ", fault, with_commas(count));
  row("runs", fmt::format("{}: {}", with_commas(sweep.runs), verdicts));
  row("time",
      fmt::format("{:.0f} s simulated in {:.1f} s of CPU, {:.1f} s by the clock", sweep.simulated, sweep.cpu, seconds));
  row("events", with_commas(sweep.events));
  row("elections", with_commas(sweep.elections));
  row("operations", with_commas(sweep.operations));
  row("faults", faults.empty() ? "none" : faults);
  out += coverage_text(sweep.coverage, scenario);
  size_t shown = 0;
  for (const auto& [fingerprint, kind] : sweep.failures) {
    if (++shown > kShownFailures) break;
    out += fmt::format("\n  {} ({} of {} runs)\n", fingerprint, with_commas(kind.count), with_commas(sweep.runs));
    for (const Json& violation : kind.first["violations"])
      out += fmt::format("    {}\n", violation["what"].get<std::string>());
    for (const char* key : {"stuck", "undecided"}) {
      if (kind.first.contains(key)) out += fmt::format("    {}\n", kind.first[key].get<std::string>());
    }
    row("reproduce", kind.first["reproduce"].get<std::string>());
  }
  if (sweep.failures.size() > kShownFailures)
    out += fmt::format("\n  and {} more kinds of failure\n", sweep.failures.size() - kShownFailures);
  return out;
}

Json summary_json(const Sweep& sweep, const sim::Scenario& scenario, const std::string& seeds, double seconds) {
  Json out = {{"schema_version", kSchemaVersion},
              {"summary", true},
              {"verdict", sim::outcome_name(sweep.outcome())},
              {"scenario", scenario.name},
              {"seeds", seeds},
              {"runs", sweep.runs},
              {"verdicts", sweep.verdicts},
              {"events", sweep.events},
              {"operations", sweep.operations},
              {"elections", sweep.elections},
              {"faults", sweep.faults},
              {"simulated_seconds", sweep.simulated},
              {"cpu_seconds", sweep.cpu},
              {"seconds", seconds},
              {"coverage", coverage_json(sweep.coverage, scenario)},
              {"failures", Json::array()}};
  for (const auto& [fingerprint, kind] : sweep.failures) {
    out["failures"].push_back({{"fingerprint", fingerprint},
                               {"runs", kind.count},
                               {"seed", kind.first["seed"]},
                               {"reproduce", kind.first["reproduce"]}});
  }
  return out;
}

std::expected<void, Failure> keep_failures(const std::string& folder, const Sweep& sweep,
                                           const sim::Scenario& scenario) {
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST) {
    return std::unexpected(Failure{kExitIo, fmt::format("{}: cannot be made: {}\n", folder, std::strerror(errno))});
  }
  for (const auto& [fingerprint, kind] : sweep.failures) {
    const std::string file = fmt::format("{}/{}-{}.json", folder, scenario.name, kind.first["seed"].get<uint64_t>());
    Json kept = kind.first;
    kept["runs"] = kind.count;
    if (auto written = write_file(file, kept.dump(2) + "\n"); !written) return written;
    say(fmt::format("failure: {}\n", file));
  }
  return {};
}

int usage(const std::string& what) {
  say("vivarium: " + what + "\n");
  return kExitUsage;
}

int cores() {
  const long count = ::sysconf(_SC_NPROCESSORS_ONLN);
  return count < 1 ? 1 : static_cast<int>(count);
}

}  // namespace

std::optional<std::pair<uint64_t, uint64_t>> parse_range(const std::string& text, const std::string& between) {
  const size_t at = text.find(between);
  if (at == std::string::npos) return std::nullopt;
  const auto number = [](std::string_view digits) -> std::optional<uint64_t> {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    return value;
  };
  const auto low = number(std::string_view(text).substr(0, at));
  const auto high = number(std::string_view(text).substr(at + between.size()));
  if (!low || !high) return std::nullopt;
  return std::pair{*low, *high};
}

int sweep_command(const SweepArguments& arguments) {
  const auto range = parse_range(arguments.seeds, "..");
  if (!range || range->first > range->second)
    return usage(fmt::format("--seeds {}: expected A..B with A <= B, such as 1..1000", arguments.seeds));
  if (range->second - range->first >= kMaxSeeds)
    return usage(fmt::format("--seeds {}: expected at most {} seeds", arguments.seeds, with_commas(kMaxSeeds)));
  const auto shard = parse_range(arguments.shard, "/");
  if (!shard || shard->first < 1 || shard->first > shard->second)
    return usage(fmt::format("--shard {}: expected i/n with 1 <= i <= n, such as 1/4", arguments.shard));
  const auto scenario = load_scenario(arguments.path);
  if (!scenario) {
    say(scenario.error().message);
    return scenario.error().exit_code;
  }
  std::vector<uint64_t> seeds;
  for (uint64_t i = shard->first - 1; i <= range->second - range->first; i += shard->second)
    seeds.push_back(range->first + i);
  if (seeds.empty()) {
    say(fmt::format("vivarium: shard {} of seeds {} is empty: nothing ran\n", arguments.shard, arguments.seeds));
    return kExitNothingRan;
  }

  if (const auto made = make_mistake_of(*scenario); !made) {
    say(made.error().message);
    return made.error().exit_code;
  }
  const auto begin = Clock::now();
  Sweep sweep(*scenario, {scenario->name, arguments.path, mistake_text(*scenario), arguments.clients_only},
              seeds.size(), arguments.json);
  const bool worked = run_workers(sweep, seeds, arguments.jobs > 0 ? arguments.jobs : cores());
  sweep.finish_bar();
  if (!worked) {
    say(fmt::format("vivarium: worker processes cannot be made: {}\n", std::strerror(errno)));
    return kExitInternal;
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  const int exit_code = finish(arguments.json ? summary_json(sweep, *scenario, arguments.seeds, seconds).dump() + "\n"
                                              : summary_text(sweep, *scenario, arguments.seeds, seconds),
                               sim::exit_code(sweep.outcome()));
  if (arguments.out.empty()) return exit_code;
  if (const auto kept = keep_failures(arguments.out, sweep, *scenario); !kept) {
    say(kept.error().message);
    return kept.error().exit_code;
  }
  return exit_code;
}

}  // namespace vivarium::cli

#include "sim/cli/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>

#include "sim/cli/files.h"

namespace vivarium::cli {

namespace {

sim::OperationCounts total(const sim::RunResult& result) {
  sim::OperationCounts sum;
  for (const auto& [word, counts] : result.operations) {
    sum.ok += counts.ok;
    sum.failed += counts.failed;
    sum.unknown += counts.unknown;
  }
  return sum;
}

// In the shell, a path with anything unusual needs quotes.
std::string quoted(const std::string& path) {
  const bool plain =
      path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+=:,@%") ==
      std::string::npos;
  if (plain && !path.empty()) return path;
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string row(const char* name, const std::string& text) { return fmt::format("  {:<11} {}\n", name, text); }

std::string join_counts(const std::map<std::string, uint64_t>& counts) {
  std::string out;
  for (const auto& [name, count] : counts)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, with_commas(count));
  return out.empty() ? "none" : out;
}

std::string operations_text(const sim::RunResult& result) {
  const sim::OperationCounts sum = total(result);
  std::string out = fmt::format("{}: {} ok, {} failed, {} unknown", with_commas(result.operation_count()),
                                with_commas(sum.ok), with_commas(sum.failed), with_commas(sum.unknown));
  std::string words;
  for (const auto& [word, counts] : result.operations) {
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", word,
                         with_commas(counts.ok + counts.failed + counts.unknown));
  }
  if (!words.empty()) out += fmt::format(" ({})", words);
  return result.watch_events == 0 ? out : fmt::format("{}; {} watch events", out, with_commas(result.watch_events));
}

std::string indented(const std::string& text, const char* by) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    if (end > at) out += by + text.substr(at, end - at);
    out += '\n';
    at = end + 1;
  }
  return out;
}

std::string violation_text(const sim::Violation& violation) {
  std::string out =
      fmt::format("\n  {} at {}\n", violation.check, time_text(violation.at)) + indented(violation.what, "    ");
  if (!violation.seqs.empty()) out += fmt::format("    shown by the trace's {}\n", fmt::join(violation.seqs, ", "));
  return out;
}

}  // namespace

std::string time_text(Time t) { return fmt::format("{}.{:06} s", t.ns / 1'000'000'000, t.ns % 1'000'000'000 / 1000); }

std::string reproduce_line(const RunName& name, uint64_t seed) {
  return fmt::format("vivarium run {} --seed {}{}", quoted(name.path), seed,
                     name.clients_only ? " --clients-only" : "");
}

std::string headline(const std::string& what, sim::Outcome outcome, bool color) {
  std::string verdict = sim::outcome_name(outcome);
  for (char& c : verdict) c = c == '-' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (!color) return fmt::format("{}: {}\n", what, verdict);
  const int shade = outcome == sim::Outcome::kPass ? 32 : outcome == sim::Outcome::kUndecided ? 33 : 31;
  return fmt::format("{}: \x1b[1;{}m{}\x1b[0m\n", what, shade, verdict);
}

std::string mistake_line(const RunName& name) { return name.mistake.empty() ? "" : row("MISTAKE ON", name.mistake); }

nlohmann::ordered_json result_json(const RunName& name, const sim::RunResult& result) {
  const sim::OperationCounts sum = total(result);
  nlohmann::ordered_json out = {
      {"schema_version", kSchemaVersion},
      {"verdict", sim::outcome_name(result.outcome)},
      {"scenario", name.scenario},
      {"seed", result.seed},
      {"trace_hash", fmt::format("{:016x}", result.trace_hash)},
      {"events", result.events},
      {"messages", result.messages},
      {"operations", result.operation_count()},
      {"ok", sum.ok},
      {"failed", sum.failed},
      {"unknown", sum.unknown},
      {"watch_events", result.watch_events},
      {"elections", result.elections},
      {"committed", result.committed},
      {"faults", result.faults},
      {"split_reads", result.split_reads},
      {"simulated_seconds", static_cast<double>(result.simulated.ns) / 1e9},
      {"cpu_seconds", result.cpu_seconds},
      {"checked", result.checked},
      {"violations", nlohmann::ordered_json::array()},
  };
  for (const sim::Violation& violation : result.violations) {
    out["violations"].push_back(
        {{"check", violation.check}, {"at", violation.at.ns}, {"what", violation.what}, {"seqs", violation.seqs}});
  }
  if (!name.mistake.empty()) out["mistake"] = name.mistake.substr(0, name.mistake.find(':'));
  if (!result.window_text.empty()) out["window"] = result.window_text;
  if (!result.stuck.empty()) out["stuck"] = result.stuck;
  if (!result.undecided.empty()) out["undecided"] = result.undecided;
  out["reproduce"] = reproduce_line(name, result.seed);
  return out;
}

std::string result_text(const RunName& name, const sim::RunResult& result, bool color) {
  std::string out = headline(fmt::format("{}, seed {}", name.scenario, result.seed), result.outcome, color);
  out += mistake_line(name);
  const double simulated = static_cast<double>(result.simulated.ns) / 1e9;
  const double cpu = result.cpu_seconds > 0 ? result.cpu_seconds : 1e-9;
  out += row("time", fmt::format("{:.1f} s simulated in {:.3f} s of CPU, {} times as fast", simulated,
                                 result.cpu_seconds, with_commas(static_cast<uint64_t>(simulated / cpu))));
  out +=
      row("events", fmt::format("{}, {} a second; {} messages, {} committed transactions", with_commas(result.events),
                                with_commas(static_cast<uint64_t>(static_cast<double>(result.events) / cpu)),
                                with_commas(result.messages), with_commas(result.committed)));
  out += row("elections", with_commas(result.elections));
  out += row("faults", join_counts(result.faults));
  out += row("operations", operations_text(result));
  out += row("checked", result.checked.empty() ? "nothing" : fmt::format("{}", fmt::join(result.checked, ", ")));
  out += row("trace hash", fmt::format("{:016x}", result.trace_hash));
  for (const sim::Violation& violation : result.violations) out += violation_text(violation);
  if (!result.window_text.empty()) out += "\n" + indented(result.window_text, "    ");
  if (!result.stuck.empty()) out += "\n" + indented(result.stuck, "  ");
  if (!result.undecided.empty()) out += "\n" + indented(result.undecided, "  ");
  if (result.outcome != sim::Outcome::kPass) out += "\n";
  return out + row("reproduce", reproduce_line(name, result.seed));
}

}  // namespace vivarium::cli

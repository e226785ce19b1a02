#include "checker/check_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checker/check.h"
#include "checker/history_reader.h"

namespace vivarium::checker {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kExitHolds = 0;
constexpr int kExitViolated = 1;
constexpr int kExitUndecided = 2;
constexpr int kExitUsage = 64;
constexpr int kExitBadInput = 65;
constexpr int kExitIo = 74;

std::string_view word(Answer answer) {
  return answer == Answer::Holds ? "pass" : answer == Answer::Violated ? "violation" : "undecided";
}

int exit_code(Answer answer) {
  return answer == Answer::Holds ? kExitHolds : answer == Answer::Violated ? kExitViolated : kExitUndecided;
}

std::string interval(const WindowOperation& op) {
  return op.return_time < 0 ? fmt::format("{}..", op.call_time) : fmt::format("{}..{}", op.call_time, op.return_time);
}

nlohmann::ordered_json window_json(const Window& window) {
  nlohmann::ordered_json operations = nlohmann::ordered_json::array();
  for (const WindowOperation& op : window.operations) {
    nlohmann::ordered_json one = {
        {"line", op.line}, {"process", op.process}, {"what", op.what}, {"outcome", op.outcome}, {"call", op.call_time}};
    one["return"] = op.return_time < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(op.return_time);
    one["loose"] = op.loose;
    one["could_be"] = op.states;
    operations.push_back(std::move(one));
  }
  nlohmann::ordered_json history = nlohmann::ordered_json::array();
  for (const std::string& line : window.history) history.push_back(nlohmann::ordered_json::parse(line));
  return {{"key", window.key}, {"initial", window.initial},   {"operations", operations},
          {"why", window.why}, {"verified", window.verified}, {"history", history}};
}

// A value as the shell hands it over: JSON, or else a plain string; the one compact text either way.
std::string initial_json(const std::string& typed) {
  if (typed.empty() || typed == "any") return typed;
  auto parsed = nlohmann::json::parse(typed, nullptr, false);
  if (parsed.is_discarded()) parsed = typed;
  return parsed.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

CheckOutcome unknown_model(const std::string& model) {
  const std::string_view near = nearest_word(model, model_names());
  CheckOutcome outcome;
  outcome.exit_code = kExitUsage;
  outcome.err = fmt::format("--model {}: unknown model; expected one of {}{}\n", model, fmt::join(model_names(), ", "),
                            near.empty() ? "" : fmt::format("; type --model {} instead?", near));
  return outcome;
}

}  // namespace

std::string verdict_text(const Verdict& verdict, const std::string& source) {
  std::string text;
  const auto out = std::back_inserter(text);
  const std::string_view said = verdict.answer == Answer::Holds      ? "holds"
                                : verdict.answer == Answer::Violated ? "VIOLATED"
                                                                     : "UNDECIDED";
  fmt::format_to(out, "{}: {} ({}): {} operations, {} keys, {:.3f} s\n", source, said, verdict.model,
                 verdict.operations, verdict.keys, verdict.seconds);
  if (!verdict.undecided.empty())
    fmt::format_to(out, "  {}\n  More memory (--memory-mb) or time (--time-limit) may decide it.\n", verdict.undecided);
  for (const std::string& note : verdict.notes) fmt::format_to(out, "  note: {}\n", note);
  if (!verdict.window) return text;
  const Window& window = *verdict.window;
  fmt::format_to(out, "\nThe smallest part of it that is wrong already{}; key {}, before it: {}.\n\n",
                 window.verified ? " (the checker rejects it by itself, too)" : "", window.key, window.initial);
  size_t what_width = 4;
  size_t interval_width = 8;
  for (const WindowOperation& op : window.operations) {
    what_width = std::max(what_width, op.what.size());
    interval_width = std::max(interval_width, interval(op).size());
  }
  for (size_t i = 0; i < window.operations.size(); ++i) {
    const WindowOperation& op = window.operations[i];
    const std::string place = op.line > 0 ? fmt::format("  line {}", op.line) : "";
    fmt::format_to(out, "  ({}) process {:<3} {:<{}}  {:<{}}  {}{}{}\n", i + 1, op.process, op.what, what_width,
                   interval(op), interval_width, op.outcome, op.loose ? " (reaches beyond this part)" : "", place);
    if (!op.states.empty())
      fmt::format_to(out, "      meanwhile the state can have been {}\n", fmt::join(op.states, " or "));
  }
  if (!window.why.empty()) fmt::format_to(out, "\n");
  for (const std::string& sentence : window.why) fmt::format_to(out, "  {}\n", sentence);
  return text;
}

std::string verdict_json(const Verdict& verdict) {
  nlohmann::ordered_json object = {{"schema_version", kSchemaVersion},
                                   {"verdict", word(verdict.answer)},
                                   {"model", verdict.model},
                                   {"operations", verdict.operations},
                                   {"keys", verdict.keys},
                                   {"seconds", verdict.seconds}};
  object["window"] = verdict.window ? window_json(*verdict.window) : nlohmann::ordered_json();
  if (!verdict.undecided.empty()) object["undecided"] = verdict.undecided;
  if (!verdict.notes.empty()) object["notes"] = verdict.notes;
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

CheckOutcome run_check(const CheckOptions& typed) {
  const auto model = model_named(typed.model);
  if (!model) return unknown_model(typed.model);
  const auto begin = Budget::Clock::now();
  Options options;
  options.model = *model;
  options.initial = initial_json(typed.initial);
  options.memory_bytes = typed.memory_mb << 20;
  options.time_limit_ms = typed.time_limit_ms;
  options.strict_sync = typed.strict_sync;

  CheckOutcome outcome;
  auto history = read_history(typed.path, {*model, options.memory_bytes});
  Verdict verdict;
  if (history) {
    verdict = check(*history, options);
  } else if (history.error().kind == InputError::Kind::TooLarge) {
    verdict.answer = Answer::Undecided;
    verdict.model = name_of(*model);
    verdict.undecided = history.error().message;
  } else {
    outcome.exit_code = history.error().kind == InputError::Kind::Io ? kExitIo : kExitBadInput;
    outcome.err = history.error().message + "\n";
    return outcome;
  }
  verdict.seconds = std::chrono::duration<double>(Budget::Clock::now() - begin).count();
  outcome.exit_code = exit_code(verdict.answer);
  outcome.out = typed.json ? verdict_json(verdict) : verdict_text(verdict, typed.path);
  if (history && history->operations.empty())
    outcome.err = fmt::format("{}: an empty history, which holds; nothing was judged\n", typed.path);
  return outcome;
}

}  // namespace vivarium::checker

#include "checker/zookeeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "checker/history_reader.h"
#include "checker/window.h"
#include "checker/zookeeper_order.h"
#include "checker/zookeeper_tree.h"
#include "checker/zookeeper_watches.h"

namespace vivarium::checker {
namespace {

using zookeeper::Finding;
using zookeeper::Tables;
using zookeeper::Tree;

struct Judgement {
  std::optional<Finding> finding;
  size_t stale_after_sync = 0;
};

// The zxids of replies are claims: held to replay, to real time and session order, to what reads saw, and to watches.
Judgement judge(const History& history, bool excerpt, bool strict_sync, bool events_recorded) {
  const Tables tables(history);
  Tree tree(tables, excerpt);
  Judgement judgement;
  judgement.finding = tree.replay();
  if (!judgement.finding) judgement.finding = tree.check_versions();
  if (!judgement.finding) judgement.finding = zookeeper::find_cycle(tables, tree, strict_sync);
  for (uint32_t i = 0; i < history.operations.size() && !judgement.finding; ++i) judgement.finding = tree.check_read(i);
  if (!judgement.finding) judgement.finding = zookeeper::check_watches(tables, tree, events_recorded);
  judgement.stale_after_sync = zookeeper::stale_after_sync(tables);
  return judgement;
}

// The finding's operations and events as a history of their own.
History excerpt_of(const History& history, const Finding& finding) {
  History part;
  part.keys = history.keys;
  part.values = history.values;
  part.details = history.details;
  part.positions = history.positions;
  for (uint32_t index : finding.operations) {
    part.operations.push_back(history.operations[index]);
    part.records.push_back(history.records[index]);
  }
  for (uint32_t index : finding.events) part.events.push_back(history.events[index]);
  return part;
}

WindowOperation shown_operation(const History& history, uint32_t index) {
  const Operation& op = history.operations[index];
  const Record& record = history.records[index];
  WindowOperation shown;
  shown.operation = index;
  shown.line = history.line_of(op.call);
  shown.process = op.process;
  const std::string call = describe_call(history, op);
  const std::string_view word = word_of(op.f);
  shown.what = fmt::format("{} {}{}", word, history.keys[op.key], call.substr(word.size()));
  shown.outcome = describe_outcome(history, op);
  if (!record.error.is_null()) shown.outcome += " " + history.values.show(record.error);
  if (record.session != kNoSession) shown.outcome += fmt::format(" session 0x{:x}", record.session);
  shown.call_time = record.call_time;
  shown.return_time = op.deadline() == kNever ? -1 : record.return_time;
  return shown;
}

WindowOperation shown_event(const History& history, const Event& event) {
  WindowOperation shown;
  shown.operation = kNone;
  shown.line = history.line_of(event.position);
  shown.process = event.process;
  shown.what = fmt::format("event {} {}", history.values.show(event.value), history.keys[event.key]);
  shown.outcome = event.zxid == kNoZxid ? "told" : fmt::format("told zxid 0x{:x}", event.zxid);
  shown.call_time = event.time;
  shown.return_time = event.time;
  return shown;
}

Window window_of(const History& history, Finding finding, const Options& options, bool excerpt) {
  Window window;
  const History part = excerpt_of(history, finding);
  const bool recorded = zookeeper::events_recorded(history);
  const auto rejected = [&](bool excerpt_of_it) {
    return judge(part, excerpt_of_it, options.strict_sync, recorded).finding.has_value();
  };
  window.verified = rejected(true);
  window.initial = window.verified || excerpt ? "anything" : "an empty tree";
  if (!window.verified) window.verified = rejected(excerpt);
  for (uint32_t index : finding.operations) window.operations.push_back(shown_operation(history, index));
  for (uint32_t index : finding.events) window.operations.push_back(shown_event(history, history.events[index]));
  if (!finding.operations.empty()) {
    window.key = history.keys[history.operations[finding.operations.front()].key];
  } else if (!finding.events.empty()) {
    window.key = history.keys[history.events[finding.events.front()].key];
  }
  window.why = std::move(finding.why);
  std::istringstream lines(to_json_lines(part));
  for (std::string line; std::getline(lines, line);) window.history.push_back(line);
  return window;
}

size_t nodes_of(const History& history) {
  std::set<uint32_t> keys;
  for (const Operation& op : history.operations) keys.insert(op.key);
  return keys.size();
}

}  // namespace

Verdict check_zookeeper(const History& history, const Options& options) {
  Verdict verdict;
  verdict.model = name_of(options.model);
  verdict.operations = history.operations.size();
  verdict.keys = nodes_of(history);
  // Tables, timelines and the graph together need about three times what the history does.
  if (history.memory_bytes() > options.memory_bytes / 4) {
    verdict.answer = Answer::Undecided;
    verdict.undecided = "the history and the graph of its orders need more than the memory budget";
    return verdict;
  }
  const bool excerpt = options.initial == "any";
  Judgement judgement = judge(history, excerpt, options.strict_sync, zookeeper::events_recorded(history));
  if (judgement.stale_after_sync > 0 && !options.strict_sync) {
    verdict.notes.push_back(fmt::format(
        "{} reads after a sync missed a write that was acknowledged before the sync; ZooKeeper's sync does not "
        "rule that out (ZOOKEEPER-1675), --strict-sync does",
        judgement.stale_after_sync));
  }
  if (!judgement.finding) return verdict;
  verdict.answer = Answer::Violated;
  if (!options.minimize) return verdict;
  Finding& finding = *judgement.finding;
  std::ranges::sort(finding.operations);
  finding.operations.erase(std::ranges::unique(finding.operations).begin(), finding.operations.end());
  verdict.window = window_of(history, std::move(finding), options, excerpt);
  return verdict;
}

}  // namespace vivarium::checker

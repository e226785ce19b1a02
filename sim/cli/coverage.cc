#include "sim/cli/coverage.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/zab/sync_decision.h"
#include "sim/cli/files.h"
#include "sim/scenario_names.h"

namespace vivarium::cli {

namespace {

using sim::FaultKind;
using zab::SyncRow;

constexpr std::array kPhases = {"looking",          "discovery",          "synchronization",
                                "broadcast-leader", "broadcast-follower", "down"};

// What a row needs that a scenario may not give.
struct RowReason {
  SyncRow row;
  const char* reason;
};
constexpr std::array kRowReasons = {
    RowReason{SyncRow::kForcedSnap, "only with config.forceSnap"},
    RowReason{SyncRow::kAheadTrunc, "needs a learner whose uncommitted tail ends behind the new leader's history"},
    RowReason{SyncRow::kAheadEpochStart,
              "needs a learner that ends with an epoch's beginning, ahead of the leader: upstream's leaders do, ours "
              "end with a transaction"},
    RowReason{
        SyncRow::kInWindowEpochStart,
        "needs a learner that ends with an epoch's beginning: upstream's leaders do, ours end with a transaction"},
    RowReason{
        SyncRow::kInWindowTruncDiff,
        "needs a history with a gap within an epoch, where the learner has a transaction: our leaders leave none"},
    RowReason{SyncRow::kInWindowOtherEpoch,
              "needs a learner with an uncommitted tail, and later epochs behind it in the window"},
    RowReason{SyncRow::kReadLog, "needs a learner older than config.window; a small window makes it common"},
    RowReason{SyncRow::kInLogDiff,
              "needs a learner older than config.window, within the log on disk; a small window makes it common"},
    RowReason{SyncRow::kInLogEpochStart,
              "needs a learner that ends with an epoch's beginning, older than the window: upstream's leaders do, ours "
              "end with a transaction"},
    RowReason{
        SyncRow::kInLogTruncDiff,
        "needs a history with a gap within an epoch, where the learner has a transaction: our leaders leave none"},
    RowReason{SyncRow::kInLogOtherEpoch,
              "needs a learner with an uncommitted tail of another epoch, older than config.window"},
    RowReason{SyncRow::kLogGap,
              "needs a log that does not reach from the learner to the window: snapshots and purges (config.snapCount, "
              "snapRetain)"},
    RowReason{SyncRow::kLogTooLong,
              "needs a learner whose way to the window is longer in the log than config.logSyncBytes allows"},
    RowReason{SyncRow::kTooFarBehind,
              "needs a learner older than the window while the log may not be read (config.logSyncBytes: 0)"},
};

const char* reason_of(SyncRow row) {
  const auto it = std::ranges::find(kRowReasons, row, &RowReason::row);
  return it == kRowReasons.end() ? "did not happen in these runs" : it->reason;
}

const char* reason_of(FaultKind fault, std::string_view phase) {
  const bool needs_life = fault == FaultKind::kKill || fault == FaultKind::kPause;
  if (needs_life && phase == "down") return "a server that is down can be neither killed nor paused";
  if (phase == "discovery" || phase == "synchronization")
    return "the phase is short: more seeds, or a fault with \"when\"";
  return "did not happen in these runs";
}

std::string sync_key(SyncRow row) { return std::string("sync:") + zab::sync_row_name(row); }
std::string phase_key(FaultKind fault, const char* phase) {
  return fmt::format("{} x {}", sim::fault_name(fault), phase);
}

uint64_t count(const Counts& coverage, const std::string& key) {
  const auto it = coverage.find(key);
  return it == coverage.end() ? 0 : it->second;
}

std::set<FaultKind> faults_of(const sim::Scenario& scenario) {
  std::set<FaultKind> kinds;
  for (const sim::FaultSpec& fault : scenario.faults) kinds.insert(fault.kinds.begin(), fault.kinds.end());
  return kinds;
}

}  // namespace

std::vector<Unreached> unreached_sync_rows(const Counts& coverage) {
  std::vector<Unreached> out;
  for (size_t i = 0; i < zab::kSyncRows; ++i) {
    const auto sync_row = static_cast<SyncRow>(i);
    if (count(coverage, sync_key(sync_row)) == 0) out.push_back({zab::sync_row_name(sync_row), reason_of(sync_row)});
  }
  return out;
}

std::vector<Unreached> unreached_phases(const Counts& coverage, const sim::Scenario& scenario) {
  std::vector<Unreached> out;
  for (const FaultKind fault : faults_of(scenario)) {
    for (const char* phase : kPhases) {
      if (count(coverage, phase_key(fault, phase)) == 0)
        out.push_back({phase_key(fault, phase), reason_of(fault, phase)});
    }
  }
  return out;
}

std::string coverage_text(const Counts& coverage, const sim::Scenario& scenario) {
  std::string out = "\n  ways to bring a learner up to date\n";
  for (size_t i = 0; i < zab::kSyncRows; ++i) {
    const auto sync_row = static_cast<SyncRow>(i);
    const uint64_t hits = count(coverage, sync_key(sync_row));
    if (hits > 0)
      out += fmt::format("    {:<24}{:>12}\n", zab::sync_row_name(sync_row), with_commas(hits));
    else
      out += fmt::format("    {:<24}           -  {}\n", zab::sync_row_name(sync_row), reason_of(sync_row));
  }
  const auto faults = faults_of(scenario);
  if (faults.empty()) return out;
  out += "\n  struck in phase         looking   discovery     synchron.      leader    follower        down\n";
  for (const FaultKind fault : faults) {
    out += fmt::format("    {:<16}", sim::fault_name(fault));
    for (const char* phase : kPhases) {
      const uint64_t hits = count(coverage, phase_key(fault, phase));
      out += fmt::format("{:>12}", hits == 0 ? "-" : with_commas(hits));
    }
    out += "\n";
  }
  std::map<std::string, std::string> reasons;
  for (const Unreached& cell : unreached_phases(coverage, scenario)) {
    std::string& cells = reasons[cell.reason];
    cells += (cells.empty() ? "" : ", ") + cell.what;
  }
  for (const auto& [reason, cells] : reasons) out += fmt::format("    not reached, {}: {}\n", reason, cells);
  return out;
}

nlohmann::ordered_json coverage_json(const Counts& coverage, const sim::Scenario& scenario) {
  nlohmann::ordered_json out = {{"reached", coverage}, {"unreached", nlohmann::ordered_json::array()}};
  const auto add = [&](const std::vector<Unreached>& cells) {
    for (const Unreached& cell : cells) out["unreached"].push_back({{"what", cell.what}, {"reason", cell.reason}});
  };
  add(unreached_sync_rows(coverage));
  add(unreached_phases(coverage, scenario));
  return out;
}

}  // namespace vivarium::cli

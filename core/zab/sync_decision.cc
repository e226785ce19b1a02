#include "core/zab/sync_decision.h"

#include <algorithm>
#include <string_view>

namespace vivarium::zab {

namespace {

// Questions, in the order of the columns:      f e a s w l g t r k n
//   forced, equal, ahead, epoch Start, in Window, from Log, log Gap, log Too long, may Read log, Known, same epoch Next
constexpr std::array<SyncRule, kSyncRows> kRules = {{
    {"1----------", {SyncRow::kForcedSnap, SyncAction::kSnap, "every learner is sent a snapshot"}},
    {"01---------", {SyncRow::kEqual, SyncAction::kDiff, "the learner has all of our history"}},
    {"0010-------", {SyncRow::kAheadTrunc, SyncAction::kTrunc, "the learner logged what our history does not have"}},
    {"0011-------", {SyncRow::kAheadEpochStart, SyncAction::kSnap, "it led an epoch that we know nothing of"}},
    {"000-1----1-", {SyncRow::kInWindowDiff, SyncAction::kDiff, "its last transaction is in the window"}},
    {"00011----0-",
     {SyncRow::kInWindowEpochStart, SyncAction::kDiff, "its last zxid is an epoch's beginning, no transaction"}},
    {"00001----01",
     {SyncRow::kInWindowTruncDiff, SyncAction::kTruncDiff,
      "it has a tail that was never committed; ours goes on in the same epoch"}},
    {"00001----00",
     {SyncRow::kInWindowOtherEpoch, SyncAction::kSnap, "it has a tail of another epoch, which TRUNC may not cross"}},
    {"000-0000100", {SyncRow::kReadLog, SyncAction::kReadLog, "older than the window: look in the log"}},
    {"000-01---1-", {SyncRow::kInLogDiff, SyncAction::kDiff, "its last transaction is in the log"}},
    {"000101---0-",
     {SyncRow::kInLogEpochStart, SyncAction::kDiff, "its last zxid is an epoch's beginning, found in the log"}},
    {"000001---01",
     {SyncRow::kInLogTruncDiff, SyncAction::kTruncDiff,
      "it has an uncommitted tail; the log goes on in the same epoch"}},
    {"000001---00",
     {SyncRow::kInLogOtherEpoch, SyncAction::kSnap, "it has a tail of another epoch than the log's next"}},
    {"000-001----", {SyncRow::kLogGap, SyncAction::kSnap, "the log does not reach from there to the window"}},
    {"000-0001---", {SyncRow::kLogTooLong, SyncAction::kSnap, "the log from there on is longer than DIFF may be"}},
    {"-----------", {SyncRow::kTooFarBehind, SyncAction::kSnap, "older than anything that we still hold"}},
}};

std::array<bool, 11> columns(const SyncQuestions& q) {
  return {q.forced,  q.equal,    q.ahead,       q.epoch_start, q.in_window,      q.from_log,
          q.log_gap, q.log_long, q.log_allowed, q.known,       q.same_epoch_next};
}

bool fits(std::string_view pattern, const std::array<bool, 11>& answers) {
  for (size_t i = 0; i < answers.size(); ++i) {
    if (pattern[i] != '-' && (pattern[i] == '1') != answers[i]) return false;
  }
  return true;
}

// The last zxid of our history that is not after peer, and the first after it, within the window (base counts as
// present).
struct Neighbours {
  Zxid at_or_before;
  std::optional<Zxid> after;
};

Neighbours in_window(const History& history, Zxid peer) {
  const auto next = history.window().upper_bound(peer);
  Neighbours out{history.base(), std::nullopt};
  if (next != history.window().end()) out.after = (*next).first;
  if (const ProposalRef* exact = history.find(peer)) {
    out.at_or_before = (*exact)->header.zxid;
  } else if (next != history.window().begin()) {
    auto before = next;
    out.at_or_before = (*--before).first;
  }
  return out;
}

std::optional<Neighbours> in_log(const log::LogRead& read, Zxid peer) {
  const auto next = std::upper_bound(read.records.begin(), read.records.end(), peer,
                                     [](Zxid z, const log::Record& r) { return z < r.zxid; });
  if (next == read.records.begin()) return std::nullopt;
  Neighbours out{std::prev(next)->zxid, std::nullopt};
  if (next != read.records.end()) out.after = next->zxid;
  return out;
}

// What DIFF would send of the log: the window has the rest.
int64_t bytes_after(const log::LogRead& read, Zxid peer, Zxid base) {
  int64_t bytes = 0;
  for (const log::Record& record : read.records) {
    if (record.zxid > peer && record.zxid <= base) bytes += static_cast<int64_t>(record.payload.size());
  }
  return bytes;
}

}  // namespace

const std::array<SyncRule, kSyncRows>& sync_rules() { return kRules; }

const char* sync_row_name(SyncRow row) {
  static constexpr std::array<const char*, kSyncRows> kNames = {"forced-snap",
                                                                "equal",
                                                                "ahead-trunc",
                                                                "ahead-epoch-start",
                                                                "in-window-diff",
                                                                "in-window-epoch-start",
                                                                "in-window-trunc-diff",
                                                                "in-window-other-epoch",
                                                                "read-log",
                                                                "in-log-diff",
                                                                "in-log-epoch-start",
                                                                "in-log-trunc-diff",
                                                                "in-log-other-epoch",
                                                                "log-gap",
                                                                "log-too-long",
                                                                "too-far-behind"};
  return kNames[static_cast<size_t>(row)];
}

SyncDecision decide_sync(const SyncQuestions& questions) {
  const auto answers = columns(questions);
  const auto rule =
      std::find_if(kRules.begin(), kRules.end(), [&](const SyncRule& r) { return fits(r.pattern, answers); });
  return rule->decision;  // the last row fits everything
}

SyncPoint choose_sync(const History& history, Zxid last, Zxid peer, const Config& config, const log::LogRead* read) {
  SyncQuestions q;
  q.forced = config.force_snap;
  q.equal = peer == last;
  q.ahead = peer > last;
  q.epoch_start = peer.counter() == 0;
  q.in_window = history.base() <= peer && peer <= last;
  q.log_allowed = config.log_sync_bytes_max > 0;

  std::optional<Neighbours> near;
  if (q.in_window || q.ahead) {
    near = in_window(history, q.ahead ? last : peer);
  } else if (read) {
    near = in_log(*read, peer);
    q.log_long = read->complete && bytes_after(*read, peer, history.base()) > config.log_sync_bytes_max;
    // The log must reach the window: the last record read is not before the window's base. (Of a long one, no more is
    // read than shows that it is.)
    q.log_gap = !q.log_long &&
                (!read->complete || !near || read->records.empty() || read->records.back().zxid < history.base());
    q.from_log = !q.log_gap && !q.log_long;
  }
  if (near) {
    q.known = near->at_or_before == peer;
    q.same_epoch_next = near->after && near->after->epoch() == peer.epoch();
  }
  const SyncDecision decision = decide_sync(q);
  const Zxid common = decision.row == SyncRow::kAheadTrunc
                          ? last
                          : (decision.row == SyncRow::kEqual ? peer : (near ? near->at_or_before : Zxid{}));
  return {decision, common};
}

}  // namespace vivarium::zab

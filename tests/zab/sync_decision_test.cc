#include "core/zab/sync_decision.h"

#include <gtest/gtest.h>

#include <set>

#include "core/base/rng.h"
#include "tests/zab/zab_support.h"

namespace vivarium::zab::testing {
namespace {

constexpr size_t kColumns = 11;

SyncQuestions questions_of(uint32_t mask) {
  const auto bit = [mask](int i) { return (mask >> i & 1) != 0; };
  SyncQuestions q;
  q.forced = bit(0);
  q.equal = bit(1);
  q.ahead = bit(2);
  q.epoch_start = bit(3);
  q.in_window = bit(4);
  q.from_log = bit(5);
  q.log_gap = bit(6);
  q.log_long = bit(7);
  q.log_allowed = bit(8);
  q.known = bit(9);
  q.same_epoch_next = bit(10);
  return q;
}

std::vector<SyncRow> fitting(uint32_t mask) {
  std::vector<SyncRow> out;
  for (const SyncRule& rule : sync_rules()) {
    bool fits = true;
    for (size_t i = 0; i < kColumns; ++i)
      fits = fits && (rule.pattern[i] == '-' || (rule.pattern[i] == '1') == ((mask >> i & 1) != 0));
    if (fits) out.push_back(rule.decision.row);
  }
  return out;
}

// Answers that can be given together.
bool consistent(const SyncQuestions& q) {
  const int log = q.from_log + q.log_gap + q.log_long;
  if (q.equal && (q.ahead || !q.in_window)) return false;
  if (q.ahead && q.in_window) return false;
  if (log > 1 || (log == 1 && (q.in_window || q.ahead || !q.log_allowed))) return false;
  return !q.known || q.in_window || log == 1;
}

TEST(SyncDecision, EveryCombinationFitsExactlyOneRowAndEveryRowIsReached) {
  std::set<SyncRow> reached;
  int possible = 0;
  for (uint32_t mask = 0; mask < uint32_t{1} << kColumns; ++mask) {
    const auto rows = fitting(mask);
    ASSERT_FALSE(rows.empty()) << mask;
    EXPECT_EQ(decide_sync(questions_of(mask)).row, rows.front()) << mask;
    if (!consistent(questions_of(mask))) continue;
    ++possible;
    EXPECT_EQ(rows.back(), SyncRow::kTooFarBehind);  // what nothing else fits
    EXPECT_LE(rows.size(), 2U) << sync_row_name(rows[0]) << " and " << sync_row_name(rows[1]) << " fit " << mask;
    reached.insert(rows.front());
  }
  EXPECT_GT(possible, 100);
  EXPECT_EQ(reached.size(), kSyncRows);
}

TEST(SyncDecision, TheTableIsInTheOrderOfItsRowsAndTheirNamesDiffer) {
  std::set<std::string> names;
  for (size_t i = 0; i < kSyncRows; ++i) {
    EXPECT_EQ(sync_rules()[i].decision.row, static_cast<SyncRow>(i));
    EXPECT_EQ(std::string_view(sync_rules()[i].pattern).size(), kColumns);
    EXPECT_EQ(std::string_view(sync_rules()[i].pattern).find_first_not_of("01-"), std::string_view::npos);
    names.insert(sync_row_name(static_cast<SyncRow>(i)));
  }
  EXPECT_EQ(names.size(), kSyncRows);
}

// ---- against upstream's rule (facts 2.6), written as upstream walks its log

struct Expected {
  SyncAction action;
  std::optional<Zxid> common;  // where it matters: DIFF and TRUNC
  bool operator==(const Expected&) const = default;
};

// The walk over committed transactions, `before` being what stands before the first.
Expected walk(const std::vector<Zxid>& zxids, Zxid before, Zxid peer) {
  Zxid previous = before;
  if (before == peer) return {SyncAction::kDiff, peer};
  for (Zxid zxid : zxids) {
    if (zxid < peer) {
      previous = zxid;
      continue;
    }
    if (zxid == peer || peer.counter() == 0) return {SyncAction::kDiff, zxid == peer ? peer : previous};
    if (zxid.epoch() != peer.epoch()) return {SyncAction::kSnap, {}};
    return {SyncAction::kTruncDiff, previous};
  }
  return {SyncAction::kSnap, {}};
}

Expected upstream(const std::vector<Zxid>& all, Zxid base, Zxid last, Zxid peer, const Config& config,
                  bool log_reaches) {
  if (config.force_snap) return {SyncAction::kSnap, {}};
  if (peer == last) return {SyncAction::kDiff, peer};
  if (peer > last) return peer.counter() != 0 ? Expected{SyncAction::kTrunc, last} : Expected{SyncAction::kSnap, {}};
  std::vector<Zxid> window;
  std::copy_if(all.begin(), all.end(), std::back_inserter(window), [&](Zxid x) { return x > base && x <= last; });
  if (peer >= base) return walk(window, base, peer);
  if (config.log_sync_bytes_max == 0 || !log_reaches) return {SyncAction::kSnap, {}};
  return walk(all, Zxid{-1}, peer);
}

struct Case {
  std::vector<Zxid> all;
  log::Recovered recovered;
  Zxid base;
};

Case random_case(Rng& rng) {
  Case out;
  Zxid last{};
  const auto count = 2 + rng.below(9);
  while (out.all.size() < count) {
    const bool next_epoch = last == Zxid{} || rng.below(4) == 0;
    last = next_epoch ? z(last.epoch().value + 1 + static_cast<int64_t>(rng.below(2)), 1)
                      : z(last.epoch().value, last.counter() + 1);
    out.all.push_back(last);
  }
  out.base = out.all[rng.below(out.all.size())];
  out.recovered = recovered_of(out.all, last.epoch(), out.base);
  return out;
}

TEST(SyncDecision, AnyHistoryAndAnyLearnerAsUpstreamDecides) {
  Rng rng(5);
  std::set<SyncRow> seen;
  for (int i = 0; i < 4000; ++i) {
    const Case c = random_case(rng);
    Config config = config_of(3);
    config.force_snap = rng.below(20) == 0;
    if (rng.below(10) == 0) config.log_sync_bytes_max = 0;
    const History history(c.recovered, config, Rng(1));
    const Zxid last = c.all[rng.below(c.all.size())];
    if (last < history.base()) continue;
    const Zxid near = c.all[rng.below(c.all.size())];
    const Zxid peer = z(std::max<int64_t>(0, near.epoch().value + static_cast<int64_t>(rng.below(3)) - 1),
                        static_cast<uint32_t>(rng.below(near.counter() + 3)));
    const bool reaches = c.all.front() <= peer;
    const log::LogRead read{1, records_of(c.all), reaches};
    SyncPoint point = choose_sync(history, last, peer, config, nullptr);
    if (point.decision.action == SyncAction::kReadLog) {
      seen.insert(SyncRow::kReadLog);
      point = choose_sync(history, last, peer, config, &read);
    }
    const Expected expected = upstream(c.all, history.base(), last, peer, config, reaches);
    ASSERT_EQ(point.decision.action, expected.action) << fmt::format(
        "round {}: {}, base {}, last {}, peer {}", i, sync_row_name(point.decision.row), history.base(), last, peer);
    if (expected.common) {
      ASSERT_EQ(point.common, *expected.common) << sync_row_name(point.decision.row);
    }
    seen.insert(point.decision.row);
  }
  // Zxids within an epoch have no holes here, so that nobody has one that its neighbours' epoch lacks in the middle.
  for (const SyncRow row :
       {SyncRow::kForcedSnap, SyncRow::kEqual, SyncRow::kAheadTrunc, SyncRow::kAheadEpochStart, SyncRow::kInWindowDiff,
        SyncRow::kInWindowEpochStart, SyncRow::kInWindowOtherEpoch, SyncRow::kReadLog, SyncRow::kInLogDiff,
        SyncRow::kInLogEpochStart, SyncRow::kInLogOtherEpoch, SyncRow::kLogGap, SyncRow::kTooFarBehind})
    EXPECT_TRUE(seen.contains(row)) << sync_row_name(row);
}

// Upstream may leave holes: a counter that began elsewhere.
TEST(SyncDecision, ATailInAHoleIsTruncated) {
  const Config config = config_of(3);
  const std::vector<Zxid> all = joined({z(1, 1), z(1, 2)}, run_of(1, 6, 9));
  const History history(recovered_of(all, Epoch{1}, z(1, 1)), config, Rng(1));
  const SyncPoint point = choose_sync(history, z(1, 9), z(1, 4), config, nullptr);
  EXPECT_EQ(point.decision.row, SyncRow::kInWindowTruncDiff);
  EXPECT_EQ(point.common, z(1, 2));
  const History later(recovered_of(all, Epoch{1}, z(1, 8)), config, Rng(1));
  const log::LogRead read{1, records_of(all), true};
  EXPECT_EQ(choose_sync(later, z(1, 9), z(1, 4), config, nullptr).decision.row, SyncRow::kReadLog);
  const SyncPoint from_log = choose_sync(later, z(1, 9), z(1, 4), config, &read);
  EXPECT_EQ(from_log.decision.row, SyncRow::kInLogTruncDiff);
  EXPECT_EQ(from_log.common, z(1, 2));
}

TEST(SyncDecision, ALogThatDoesNotMeetTheWindowIsNotUsed) {
  const Config config = config_of(3);
  const auto all = run_of(1, 1, 9);
  const History history(recovered_of(all, Epoch{1}, z(1, 6)), config, Rng(1));
  const auto row = [&](std::vector<log::Record> records, bool complete) {
    const log::LogRead read{1, std::move(records), complete};
    return choose_sync(history, z(1, 9), z(1, 3), config, &read).decision.row;
  };
  EXPECT_EQ(row(records_of(all), true), SyncRow::kInLogDiff);
  EXPECT_EQ(row(records_of(run_of(1, 1, 6)), true), SyncRow::kInLogDiff);
  EXPECT_EQ(row(records_of(run_of(1, 1, 5)), true), SyncRow::kLogGap);
  EXPECT_EQ(row(records_of(run_of(1, 4, 9)), false), SyncRow::kLogGap);
  EXPECT_EQ(row({}, false), SyncRow::kLogGap);
}

TEST(SyncDecision, WhatTheLogMaySendIsCountedFromTheLearnerToTheWindow) {
  Config config = config_of(3);
  const auto all = run_of(1, 1, 9);
  const auto records = records_of(all);
  const History history(recovered_of(all, Epoch{1}, z(1, 6)), config, Rng(1));
  const log::LogRead read{1, records, true};
  int64_t bytes = 0;  // 1.4, 1.5 and 1.6: the rest is in the window
  for (const log::Record& record : records)
    bytes += record.zxid > z(1, 3) && record.zxid <= z(1, 6) ? static_cast<int64_t>(record.payload.size()) : 0;
  config.log_sync_bytes_max = bytes;
  EXPECT_EQ(choose_sync(history, z(1, 9), z(1, 3), config, &read).decision.row, SyncRow::kInLogDiff);
  config.log_sync_bytes_max = bytes - 1;
  const SyncPoint point = choose_sync(history, z(1, 9), z(1, 3), config, &read);
  EXPECT_EQ(point.decision.row, SyncRow::kLogTooLong);
  EXPECT_EQ(point.decision.action, SyncAction::kSnap);
  EXPECT_EQ(choose_sync(history, z(1, 9), z(1, 4), config, &read).decision.row, SyncRow::kInLogDiff);
  config.log_sync_bytes_max = 1;  // no more is read than shows that it is too long
  const log::LogRead begun{1, records_of(run_of(1, 3, 4)), true};
  EXPECT_EQ(choose_sync(history, z(1, 9), z(1, 3), config, &begun).decision.row, SyncRow::kLogTooLong);
}

}  // namespace
}  // namespace vivarium::zab::testing

#include "sim/disk_queue.h"

#include <algorithm>
#include <iterator>

namespace vivarium::sim {

bool DiskQueue::start() {
  if (waiting_.empty()) return false;
  size_t taken = 1;
  running_ = std::move(waiting_[0]);
  if (auto* first = std::get_if<log::AppendRecords>(&running_->operation)) {
    for (; taken < waiting_.size(); ++taken) {
      auto* next = std::get_if<log::AppendRecords>(&waiting_[taken].operation);
      if (!next) break;
      std::ranges::move(next->records, std::back_inserter(first->records));
      running_->seq = waiting_[taken].seq;
    }
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken));
  return true;
}

namespace {

constexpr Distribution kRoll = constant(microseconds(1));  // only remembered

struct Cost {
  const Distribution* base;
  int64_t bytes = 0;
  int64_t znodes = 0;
};

Cost cost_of(const DiskTimes& times, const log::Operation& operation) {
  if (const auto* append = std::get_if<log::AppendRecords>(&operation)) {
    int64_t bytes = 0;
    for (const log::Record& record : append->records) bytes += static_cast<int64_t>(record.payload.size());
    return {&times.append, bytes, 0};
  }
  if (const auto* snapshot = std::get_if<log::WriteSnapshot>(&operation)) {
    return {&times.snapshot, 0, static_cast<int64_t>(snapshot->state.nodes.size())};
  }
  if (std::holds_alternative<log::Reload>(operation)) return {&times.snapshot, 0, 0};
  if (std::holds_alternative<log::ReadLog>(operation)) return {&times.read, 0, 0};
  if (std::holds_alternative<log::RollLog>(operation)) return {&kRoll, 0, 0};
  return {&times.small_file, 0, 0};
}

}  // namespace

Duration disk_duration(Choices& choices, StreamId stream, const DiskTimes& times, const log::Operation& operation) {
  const Cost cost = cost_of(times, operation);
  return choices.draw(stream, Question::kDiskDuration, *cost.base) + times.per_kibibyte * cost.bytes / 1024 +
         times.per_znode * cost.znodes;
}

}  // namespace vivarium::sim

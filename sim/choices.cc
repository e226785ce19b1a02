#include "sim/choices.h"

#include <array>

#include "core/base/hash.h"

namespace vivarium::sim {

namespace {
constexpr std::array kSubsystemNames = {"latency", "stream", "dial",  "disk",  "power-loss", "process",
                                        "clock",   "client", "actor", "fault", "loss"};
static_assert(kSubsystemNames.size() == kSubsystems);

constexpr std::array kQuestionNames = {"segment-latency",
                                       "coalesce",
                                       "split",
                                       "split-at",
                                       "split-gap",
                                       "retransmit-delay",
                                       "lost-at-power-loss",
                                       "dial-latency",
                                       "disk-duration",
                                       "disk-calls-done",
                                       "disk-seed",
                                       "node-seed",
                                       "restart-delay",
                                       "clock-offset",
                                       "think-time",
                                       "operation",
                                       "key",
                                       "value",
                                       "target",
                                       "fault-time",
                                       "fault-kind",
                                       "fault-duration",
                                       "lost",
                                       "other"};
static_assert(kQuestionNames.size() == static_cast<size_t>(Question::kOther) + 1);
}  // namespace

const char* subsystem_name(Subsystem subsystem) { return kSubsystemNames[static_cast<size_t>(subsystem)]; }
const char* question_name(Question question) { return kQuestionNames[static_cast<size_t>(question)]; }

Choices Choices::replay(uint64_t seed, const std::vector<Answer>& saved) {
  Choices out(seed);
  out.replaying_ = true;
  auto& by_row = out.saved_.mut();
  for (const Answer& answer : saved) {
    if (answer.row >= by_row.size()) by_row.resize(answer.row + 1);
    by_row[answer.row].push_back(answer.answer);
  }
  out.cursors_.resize(by_row.size());
  return out;
}

std::vector<Answer> Choices::answers() const {
  std::vector<Answer> out;
  out.reserve(given_.size());
  given_.for_each([&](const Answer& answer) { out.push_back(answer); });
  return out;
}

// The stream is drawn from even when a saved answer is given, so that what follows the saved ones does not depend on
// their number alone.
uint64_t Choices::settle_slow(StreamId stream, Question question, uint64_t drawn, uint64_t n) {
  uint64_t answer = drawn;
  if (replaying_ && stream.row < cursors_.size() && cursors_[stream.row] < (*saved_)[stream.row].size()) {
    answer = (*saved_)[stream.row][cursors_[stream.row]++] % n;
  }
  if (recording_) given_.push({stream.row, question, answer});
  return answer;
}

void Choices::grow(uint32_t row) {
  while (streams_.size() <= row) {
    const auto index = static_cast<uint32_t>(streams_.size());
    const auto subsystem = static_cast<Subsystem>(index % kSubsystems);
    streams_.emplace_back(hash_mix(hash_bytes(subsystem_name(subsystem), seed_), index / kSubsystems));
  }
}

}  // namespace vivarium::sim

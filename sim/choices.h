// Choices: every nondeterministic decision of a run is one labelled question, asked here.
//
// Each subsystem of each node has a stream of its own, a function of the seed and of its name only: taking one fault
// away does not reshuffle the rest. A run can be saved as its answers; a replay gives the saved answers, edited or not,
// and where a stream has no more saved answers it goes on as the seed would have.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/cow.h"
#include "core/base/rng.h"
#include "sim/append_log.h"
#include "sim/distribution.h"

namespace vivarium::sim {

enum class Subsystem : uint8_t {
  kLatency,
  kStream,
  kDial,
  kDisk,
  kPowerLoss,
  kProcess,
  kClock,
  kClient,
  kActor,
  kFault,
  kLoss
};
inline constexpr uint32_t kSubsystems = 11;
const char* subsystem_name(Subsystem subsystem);

enum class Question : uint8_t {
  kSegmentLatency,
  kCoalesce,
  kSplit,
  kSplitAt,
  kSplitGap,
  kRetransmitDelay,
  kLostAtPowerLoss,
  kDialLatency,
  kDiskDuration,
  kDiskCallsDone,
  kDiskSeed,
  kNodeSeed,
  kRestartDelay,
  kClockOffset,
  kThinkTime,
  kOperation,
  kKey,
  kValue,
  kTarget,
  kFaultTime,
  kFaultKind,
  kFaultDuration,
  kLost,
  kOther,
};
const char* question_name(Question question);

// One stream: a subsystem of one process (or of the whole world, index 0 of kFault).
struct StreamId {
  uint32_t row = 0;
  StreamId() = default;
  StreamId(Subsystem subsystem, uint32_t index) : row(index * kSubsystems + static_cast<uint32_t>(subsystem)) {}
};

struct Answer {
  uint32_t row;
  Question question;
  uint64_t answer;
  bool operator==(const Answer&) const = default;
};

class Choices {
 public:
  Choices() : Choices(0) {}
  explicit Choices(uint64_t seed) : seed_(seed) {}
  // Gives `saved` first, stream by stream. Dropping, adding or changing answers is how a run is edited.
  static Choices replay(uint64_t seed, const std::vector<Answer>& saved);

  uint64_t seed() const { return seed_; }

  // Uniform in [0, n); n > 0. A saved answer that is too large for an edited run is taken modulo n.
  uint64_t below(StreamId stream, Question question, uint64_t n) {
    return settle(stream, question, row(stream).below(n), n);
  }
  int64_t between(StreamId stream, Question question, int64_t low, int64_t high) {
    return low + static_cast<int64_t>(below(stream, question, static_cast<uint64_t>(high - low) + 1));
  }
  // True with `ppb` in 10^9. Nothing is asked when the answer is certain.
  bool chance(StreamId stream, Question question, uint64_t ppb) {
    if (ppb == 0) return false;
    return settle(stream, question, row(stream).chance_ppb(ppb), 2) != 0;
  }
  Duration draw(StreamId stream, Question question, const Distribution& distribution) {
    if (distribution.shape == Shape::kConstant) return distribution.base;
    return distribution.quantile(
        static_cast<uint32_t>(settle(stream, question, row(stream).next() >> 32, uint64_t{1} << 32)));
  }
  // A seed for something that draws by itself (a node, a disk): one question, many consequences.
  uint64_t seed_for(StreamId stream, Question question) {
    return settle(stream, question, row(stream).next() >> 1, uint64_t{1} << 63);
  }

  void record(bool on) { recording_ = on; }
  std::vector<Answer> answers() const;  // in the order in which they were given

 private:
  Rng& row(StreamId stream) {
    if (stream.row >= streams_.size()) [[unlikely]]
      grow(stream.row);
    return streams_[stream.row];
  }
  uint64_t settle(StreamId stream, Question question, uint64_t drawn, uint64_t n) {
    if (!recording_ && !replaying_) [[likely]]
      return drawn;
    return settle_slow(stream, question, drawn, n);
  }
  uint64_t settle_slow(StreamId stream, Question question, uint64_t drawn, uint64_t n);
  void grow(uint32_t row);

  uint64_t seed_;
  std::vector<Rng> streams_;  // by row
  bool recording_ = false;
  bool replaying_ = false;
  AppendLog<Answer> given_;
  Cow<std::vector<std::vector<uint64_t>>> saved_;  // by row; never changed
  std::vector<uint32_t> cursors_;                  // by row, into saved_
};

}  // namespace vivarium::sim

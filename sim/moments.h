// Moments: named events of the protocol, recognized in what a server answered in the latest step: its Notes, the labels
// of its Sends, what it asked of its disk. A fault with "when" strikes at one.
#pragma once

#include <array>
#include <vector>

#include "sim/scenario.h"

namespace vivarium::sim {

// Whose moment it is: so "who": "leader" with a leader's moment means that very server, established or not.
enum class Side : uint8_t { kLeader, kFollower, kEither };

// One row a moment. Exactly one of the three says how it shows.
struct MomentRow {
  Moment moment;
  const char* name;
  Side side;
  std::optional<NoteKind> note;
  Label send = Label::kNone;
  enum class Disk : uint8_t { kNone, kCurrentEpoch, kTruncate } disk = Disk::kNone;
  const char* meaning;  // for people
};
const std::array<MomentRow, kMoments - 1>& moment_rows();

struct MomentSeen {
  Moment moment;
  ProcessId server;
  Side side;  // kEither is settled: what the server is in this moment
  bool operator==(const MomentSeen&) const = default;
};

constexpr uint32_t moment_bit(Moment moment) { return uint32_t{1} << static_cast<uint32_t>(moment); }
static_assert(kMoments <= 32);

// Of the latest step, those in `wanted` (moment_bits), each once, in the order of the table. Appends nothing in most
// steps.
void moments_of(const World& world, uint32_t wanted, std::vector<MomentSeen>& out);

}  // namespace vivarium::sim

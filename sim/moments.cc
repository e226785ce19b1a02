#include "sim/moments.h"

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

using Disk = MomentRow::Disk;

constexpr MomentRow on_note(Moment moment, const char* name, Side side, NoteKind note, const char* meaning) {
  return {moment, name, side, note, Label::kNone, Disk::kNone, meaning};
}
constexpr MomentRow on_send(Moment moment, const char* name, Side side, Label label, const char* meaning) {
  return {moment, name, side, std::nullopt, label, Disk::kNone, meaning};
}
constexpr MomentRow on_disk(Moment moment, const char* name, Side side, Disk disk, const char* meaning) {
  return {moment, name, side, std::nullopt, Label::kNone, disk, meaning};
}

constexpr std::array<MomentRow, kMoments - 1> kRows = {
    on_note(Moment::kProposedUnacked, "proposed-unacked", Side::kLeader, NoteKind::kProposed,
            "the leader has sent a proposal that nobody has acknowledged yet"),
    on_disk(Moment::kLoggedBeforeEpoch, "logged-before-epoch", Side::kFollower, Disk::kCurrentEpoch,
            "a follower's disk has what NEWLEADER brought, its currentEpoch file is not yet written"),
    on_send(Moment::kEpochProposed, "epoch-proposed", Side::kLeader, Label::kLeaderInfo,
            "a leader has its acceptedEpoch on disk, and LEADERINFO leaves"),
    on_note(Moment::kEpochAccepted, "epoch-accepted", Side::kFollower, NoteKind::kEpochAccepted,
            "a follower has accepted the new epoch"),
    on_note(Moment::kSyncChosen, "sync-chosen", Side::kLeader, NoteKind::kSyncChosen,
            "a leader begins to synchronize a learner"),
    on_send(Moment::kSnapStreaming, "snap-streaming", Side::kLeader, Label::kSnap,
            "a leader begins to send a snapshot"),
    on_send(Moment::kNewLeaderSent, "new-leader-sent", Side::kLeader, Label::kNewLeader,
            "NEWLEADER has left the leader"),
    on_send(Moment::kNewLeaderAcked, "new-leader-acked", Side::kFollower, Label::kAckNewLeader,
            "a follower acknowledges NEWLEADER"),
    on_note(Moment::kEstablished, "established", Side::kLeader, NoteKind::kEstablished,
            "a leader is established: a quorum follows it"),
    on_note(Moment::kCommitted, "committed", Side::kLeader, NoteKind::kCommitted, "the leader commits a transaction"),
    on_disk(Moment::kTruncating, "truncating", Side::kFollower, Disk::kTruncate, "a follower begins to cut its log"),
    on_note(Moment::kElected, "elected", Side::kEither, NoteKind::kElected,
            "a server has made up its mind about who leads"),
    on_note(Moment::kSessionExpired, "session-expired", Side::kLeader, NoteKind::kSessionExpired,
            "the leader expires a session"),
};

consteval bool in_order() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].moment != static_cast<Moment>(i + 1)) return false;
  }
  return true;
}
static_assert(in_order());

// What a Note or a Send of this kind may be a moment of: most outputs of a run are of none.
struct Bits {
  std::array<uint32_t, static_cast<size_t>(NoteKind::kExpired) + 1> note{};
  std::array<uint32_t, static_cast<size_t>(Label::kWatchEvent) + 1> send{};
};
constexpr Bits kBits = [] {
  Bits bits;
  for (const MomentRow& row : kRows) {
    if (row.note) bits.note[static_cast<size_t>(*row.note)] |= moment_bit(row.moment);
    if (row.send != Label::kNone) bits.send[static_cast<size_t>(row.send)] |= moment_bit(row.moment);
  }
  return bits;
}();

uint32_t bits_of(const NetworkOutput& output) {
  if (const auto* send = std::get_if<Send>(&output)) return kBits.send[static_cast<size_t>(send->label)];
  if (const auto* note = std::get_if<Note>(&output)) return kBits.note[static_cast<size_t>(note->kind)];
  return 0;
}

uint32_t bits_of(const log::DiskOperation& operation) {
  if (std::holds_alternative<log::TruncateLog>(operation.operation)) return moment_bit(Moment::kTruncating);
  const auto* write = std::get_if<log::WriteEpoch>(&operation.operation);
  return write && write->file == log::EpochFile::kCurrent ? moment_bit(Moment::kLoggedBeforeEpoch) : 0;
}

}  // namespace

const std::array<MomentRow, kMoments - 1>& moment_rows() { return kRows; }
const char* moment_name(Moment moment) {
  return moment == Moment::kNone ? "none" : kRows[static_cast<size_t>(moment) - 1].name;
}

void moments_of(const World& world, uint32_t wanted, std::vector<MomentSeen>& out) {
  const Happening& last = world.last();
  if (last.process == kNoProcess || !world.is_server(last.process)) return;
  uint32_t bits = 0;
  for (const NetworkOutput& output : last.outputs) bits |= bits_of(output);
  for (const log::DiskOperation& operation : last.disk) bits |= bits_of(operation);
  if ((bits & wanted) == 0) return;
  const node::Node* node = world.node(last.process);
  const Side now = node && node->peer().leading() ? Side::kLeader : Side::kFollower;
  for (const MomentRow& row : kRows) {
    if ((bits & wanted & moment_bit(row.moment)) == 0) continue;
    // Leaders write currentEpoch, too, and followers commit: only the side that the row names has this moment.
    if (row.side != Side::kEither && row.side != now) continue;
    out.push_back({row.moment, last.process, now});
  }
}

}  // namespace vivarium::sim

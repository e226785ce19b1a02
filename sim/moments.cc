#include "sim/moments.h"

#include <algorithm>

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

bool asks(std::span<const log::DiskOperation> operations, Disk what) {
  return std::ranges::any_of(operations, [&](const log::DiskOperation& operation) {
    if (what == Disk::kTruncate) return std::holds_alternative<log::TruncateLog>(operation.operation);
    const auto* write = std::get_if<log::WriteEpoch>(&operation.operation);
    return write && write->file == log::EpochFile::kCurrent;
  });
}

bool says(std::span<const NetworkOutput> outputs, const MomentRow& row) {
  return std::ranges::any_of(outputs, [&](const NetworkOutput& output) {
    if (row.note) {
      const auto* note = std::get_if<Note>(&output);
      return note && note->kind == *row.note;
    }
    const auto* send = std::get_if<Send>(&output);
    return send && send->label == row.send;
  });
}

}  // namespace

const std::array<MomentRow, kMoments - 1>& moment_rows() { return kRows; }
const char* moment_name(Moment moment) {
  return moment == Moment::kNone ? "none" : kRows[static_cast<size_t>(moment) - 1].name;
}

void moments_of(const World& world, uint32_t wanted, std::vector<MomentSeen>& out) {
  const Happening& last = world.last();
  if (last.process == kNoProcess || !world.is_server(last.process) || (last.outputs.empty() && last.disk.empty()))
    return;
  const node::Node* node = world.node(last.process);
  const Side now = node && node->peer().leading() ? Side::kLeader : Side::kFollower;
  for (const MomentRow& row : kRows) {
    if ((wanted & moment_bit(row.moment)) == 0) continue;
    if (row.disk != Disk::kNone ? !asks(last.disk, row.disk) : !says(last.outputs, row)) continue;
    // Leaders write currentEpoch, too, and followers commit: only the side that the row names has this moment.
    if (row.side != Side::kEither && row.side != now) continue;
    out.push_back({row.moment, last.process, now});
  }
}

}  // namespace vivarium::sim

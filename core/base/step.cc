#include "core/base/step.h"

#include <array>

namespace vivarium {

namespace {
constexpr std::array kLabels = {
    "none",         "election-header", "notification", "FOLLOWERINFO",    "LEADERINFO",       "ACKEPOCH",
    "DIFF",         "TRUNC",           "SNAP",         "snap-bytes",      "NEWLEADER",        "ACK-NEWLEADER",
    "UPTODATE",     "PROPOSAL",        "ACK",          "COMMIT",          "INFORM",           "PING",
    "REVALIDATE",   "REQUEST",         "SYNC",         "connect-request", "connect-response", "client-request",
    "client-reply", "watch-event"};
static_assert(kLabels.size() == static_cast<size_t>(Label::kWatchEvent) + 1);

constexpr std::array kNotes = {
    "looking",        "round-started",   "vote-changed",    "elected",       "following",      "leading",
    "epoch-proposed", "epoch-accepted",  "epoch-current",   "sync-chosen",   "sync-received",  "established",
    "serving",        "proposed",        "logged",          "committed",     "delivered",      "stepped-down",
    "learner-lost",   "session-created", "session-expired", "session-moved", "session-closed", "snapshot-written",
    "truncated",      "rejoined",        "connected",       "disconnected",  "expired"};
static_assert(kNotes.size() == static_cast<size_t>(NoteKind::kExpired) + 1);
}  // namespace

const char* label_name(Label label) { return kLabels[static_cast<size_t>(label)]; }
const char* note_name(NoteKind kind) { return kNotes[static_cast<size_t>(kind)]; }

}  // namespace vivarium

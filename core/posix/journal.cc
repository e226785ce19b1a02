#include "core/posix/journal.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <string>

namespace vivarium::posix {

namespace {

Zxid zxid_of(int64_t value) { return Zxid{value}; }

uint64_t session_of(int64_t value) { return static_cast<uint64_t>(value); }

// What a note's numbers mean stands beside its kind's emission; here it is said in words.
std::optional<std::string> sentence_of(const Note& note) {
  switch (note.kind) {
    case NoteKind::kLooking: return fmt::format("looking for a leader, last logged {}", zxid_of(note.a));
    case NoteKind::kRoundStarted: return fmt::format("election round {}", note.a);
    case NoteKind::kElected: return fmt::format("elected server {}, whose last is {}", note.a, zxid_of(note.b));
    case NoteKind::kFollowing: return fmt::format("follows server {}", note.a);
    case NoteKind::kLeading: return fmt::format("leads, last logged {}", zxid_of(note.b));
    case NoteKind::kEpochProposed: return fmt::format("proposes epoch {}", note.a);
    case NoteKind::kEpochAccepted: return fmt::format("accepts epoch {}", note.a);
    case NoteKind::kEpochCurrent: return fmt::format("has taken over epoch {}", note.a);
    case NoteKind::kSyncChosen: return fmt::format("brings server {} up to date", note.b);
    case NoteKind::kSyncReceived: return fmt::format("has what its leader had, epoch {}", note.a);
    case NoteKind::kEstablished: return fmt::format("established as leader of epoch {}", note.a);
    case NoteKind::kServing: return fmt::format("serves clients, epoch {}", note.a);
    case NoteKind::kSteppedDown: return fmt::format("steps down");
    case NoteKind::kLearnerLost: return fmt::format("lost server {}", note.a);
    case NoteKind::kSessionExpired: return fmt::format("session 0x{:x} expired", session_of(note.a));
    case NoteKind::kSnapshotWritten: return fmt::format("writes a snapshot at {}", zxid_of(note.a));
    case NoteKind::kTruncated: return fmt::format("cuts its log after {}, from {}", zxid_of(note.a), zxid_of(note.b));
    case NoteKind::kRejoined: return fmt::format("rejoined");
    // Per request, per session or per vote: not for a log.
    case NoteKind::kVoteChanged:
    case NoteKind::kProposed:
    case NoteKind::kLogged:
    case NoteKind::kCommitted:
    case NoteKind::kDelivered:
    case NoteKind::kSessionCreated:
    case NoteKind::kSessionMoved:
    case NoteKind::kSessionClosed:
    case NoteKind::kConnected:
    case NoteKind::kDisconnected:
    case NoteKind::kExpired: return std::nullopt;
  }
  return std::nullopt;
}

std::string who(const node::Node& node) {
  const zab::Peer& peer = node.peer();
  return fmt::format("server {} {} epoch {} zxid {}", node.config().ensemble.self, zab::role_name(peer.role()),
                     peer.history().current_epoch(), node.state().zxid);
}

}  // namespace

void open_journal() {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("vivariumd"));
  spdlog::set_pattern("%Y-%m-%d %H:%M:%S.%e %-8l %v");
  spdlog::flush_on(spdlog::level::trace);
}

void tell(const node::Node& node, const Note& note) {
  const auto sentence = sentence_of(note);
  if (!sentence) return;
  spdlog::info("{}: {}{}{}", who(node), *sentence, note.why != nullptr ? ": " : "",
               note.why != nullptr ? note.why : "");
}

void tell(const node::Node& node, const Stop& stop) { spdlog::critical("{}: stops: {}", who(node), stop.reason); }

void tell(const node::Node& node, std::string_view what) { spdlog::info("{}: {}", who(node), what); }

void say(std::string_view line) { spdlog::info("{}", line); }
void warn(std::string_view line) { spdlog::warn("{}", line); }
void complain(std::string_view line) { spdlog::error("{}", line); }

}  // namespace vivarium::posix

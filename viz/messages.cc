#include "viz/messages.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/zab/sync_decision.h"
#include "viz/streams.h"

namespace vivarium::viz {

namespace {

std::string host_name(const Trace& trace, int64_t host) {
  const size_t node = trace.node_on_host(host);
  return node == trace.header.nodes.size() ? fmt::format("host {}", host) : trace.header.nodes[node].host_name;
}

std::string note_words(const Events& e, uint32_t i) {
  const auto kind = static_cast<NoteKind>(e.a[i]);
  switch (kind) {
    case NoteKind::kLooking:
    case NoteKind::kProposed:
    case NoteKind::kLogged:
    case NoteKind::kCommitted:
    case NoteKind::kDelivered:
    case NoteKind::kSnapshotWritten: return fmt::format("{} {}", note_name(kind), hex(e.b[i]));
    case NoteKind::kRoundStarted: return fmt::format("round {} started", e.b[i]);
    case NoteKind::kVoteChanged: return fmt::format("votes for server {} at {}", e.b[i], hex(e.c[i]));
    case NoteKind::kElected: return fmt::format("elected server {}", e.b[i]);
    case NoteKind::kFollowing: return fmt::format("following server {}", e.b[i]);
    case NoteKind::kEpochProposed:
    case NoteKind::kEpochAccepted:
    case NoteKind::kEpochCurrent:
    case NoteKind::kSyncReceived:
    case NoteKind::kEstablished:
    case NoteKind::kServing: return fmt::format("{} epoch {}", note_name(kind), e.b[i]);
    case NoteKind::kSyncChosen:
      return fmt::format("sync of server {}: {}", e.c[i],
                         e.b[i] >= 0 && static_cast<size_t>(e.b[i]) < zab::kSyncRows
                             ? zab::sync_row_name(static_cast<zab::SyncRow>(e.b[i]))
                             : "unknown");
    case NoteKind::kLearnerLost: return fmt::format("lost server {}", e.b[i]);
    case NoteKind::kTruncated: return fmt::format("truncated after {}", hex(e.b[i]));
    case NoteKind::kSessionCreated:
    case NoteKind::kSessionExpired:
    case NoteKind::kSessionMoved:
    case NoteKind::kSessionClosed:
    case NoteKind::kConnected:
    case NoteKind::kDisconnected:
    case NoteKind::kExpired: return fmt::format("{} {}", note_name(kind), hex(e.b[i]));
    case NoteKind::kLeading:
    case NoteKind::kSteppedDown:
    case NoteKind::kRejoined: return note_name(kind);
  }
  return "note";
}

}  // namespace

std::string hex(int64_t number) { return fmt::format("0x{:x}", static_cast<uint64_t>(number)); }

std::string seconds_text(int64_t ns) {
  const int64_t us = ns / 1000 + (ns % 1000 >= 500 ? 1 : 0);
  return fmt::format("{}.{:06} s", us / 1'000'000, us % 1'000'000);
}

std::vector<Message> messages_of(const Trace& trace) {
  const Events& e = trace.events;
  std::vector<Message> out;
  std::vector<Piece> sends, received;
  for (uint32_t i = 0; i < e.size(); ++i) {
    const bool send = e.kind[i] == TraceKind::kSend;
    if (!send && e.kind[i] != TraceKind::kReceived) continue;
    (send ? sends : received).push_back({i, e.stream[i], e.c[i], e.c[i] + e.b[i], e.t[i]});
    if (send) out.push_back({i, kNoEvent});
  }
  for (const Arrival& x : match_streams(std::move(sends), std::move(received)).whole)
    std::ranges::lower_bound(out, x.send, {}, &Message::send)->received = x.received;
  return out;
}

std::string short_name(const Trace& trace, uint16_t node) {
  const auto& one = trace.header.nodes[node];
  const auto named = std::ranges::count(trace.header.nodes, one.host_name, &node::TraceHeader::Node::host_name);
  return named > 1 ? fmt::format("{}.{}", one.host_name, one.id) : one.host_name;
}

std::string node_name(const Trace& trace, uint16_t node) {
  if (node == node::kTraceWorld) return "the world";
  const int64_t sid = trace.sid(node);
  return sid != 0 ? fmt::format("server {}", sid) : short_name(trace, node);
}

std::string message_name(const Trace& trace, uint32_t send) {
  const Events& e = trace.events;
  const bool told = e.d[send] != node::kNotSaid && e.d[send] > 0;  // -1 and 0 are no transactions
  const std::string name = e.label[send] == Label::kNone ? "bytes" : label_name(e.label[send]);
  return told ? name + " " + hex(e.d[send]) : name;
}

std::string event_name(const Trace& trace, uint32_t i) {
  const Events& e = trace.events;
  const std::string kind = node::trace_kind_name(e.kind[i]);
  switch (e.kind[i]) {
    case TraceKind::kNote: return note_words(e, i);
    case TraceKind::kSend:
    case TraceKind::kReceived: return kind + " " + message_name(trace, i);
    case TraceKind::kSubmit: return e.text[i] != 0 ? fmt::format("{} {}", kind, trace.text(i)) : kind;
    case TraceKind::kCut:
    case TraceKind::kHealed:
    case TraceKind::kLinkChanged:
    case TraceKind::kLinkRestored:
    case TraceKind::kConnectionsReset:
      return fmt::format("{} {} - {}", kind, host_name(trace, e.a[i]), host_name(trace, e.b[i]));
    case TraceKind::kStarted: return fmt::format("started at {}", hex(e.b[i]));
    default: break;
  }
  return kind;
}

}  // namespace vivarium::viz

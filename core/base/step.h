// Input and Output of a step: the whole contract between a state machine (node or client) and its host.
//
// A step is the only way in; it appends to an Outbox and never calls out. Streams are bytes: the host promises TCP, no
// more (bytes of one direction arrive in order or the stream closes; they may be cut anywhere).
// Disk operations and their answers are in core/log/disk_operation.h.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace vivarium {

struct Address {
  std::string host;
  uint16_t port = 0;
  auto operator<=>(const Address&) const = default;
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("host", self.host);
    v("port", self.port);
  }
};

// Which of a process's doors a connection came through.
enum class Listener : uint8_t { kClient, kElection, kQuorum };

enum class CloseReason : uint8_t { kByPeer, kReset, kTimeout, kRefused, kUnreachable };

// Connection ids: those of Accepted are chosen by the host and even; those of Connect by the state machine and odd.
// Neither is ever used twice in the life of a process.
struct Accepted {
  ConnId conn;
  Listener listener;
  Address peer;
  std::string tls_subject;
};
struct Connected {
  ConnId conn;
};
struct Received {
  ConnId conn;
  Bytes bytes;
};
// All bytes of a Send with notify_sent, and all before it, have left this process.
struct Sent {
  ConnId conn;
};
struct Closed {
  ConnId conn;
  CloseReason reason;
};  // also answers a failed Connect; never follows the machine's own Close
struct BindFailed {
  Listener listener;
  std::string reason;
};
// What the machine says of this process, for reports; decides nothing. -1: not known.
struct MachineFigures {
  int64_t open_files = -1, open_files_max = -1;
  int64_t data_dir_bytes = 0, log_dir_bytes = 0;  // as they stand in dataDir and dataLogDir
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("open_files", self.open_files);
    v("open_files_max", self.open_files_max);
    v("data_dir_bytes", self.data_dir_bytes);
    v("log_dir_bytes", self.log_dir_bytes);
  }
};
struct Tick {};  // the deadline that the machine asked for has come (or an earlier moment: harmless)

// What a Send carries, for traces, protocol-event faults and the explorer; never shown to the receiver.
enum class Label : uint8_t {
  kNone,
  kElectionHeader,
  kNotification,
  kFollowerInfo,
  kLeaderInfo,
  kAckEpoch,
  kDiff,
  kTrunc,
  kSnap,
  kSnapBytes,
  kNewLeader,
  kAckNewLeader,
  kUpToDate,
  kProposal,
  kAck,
  kCommit,
  kInform,
  kPing,
  kRevalidate,
  kRequest,
  kSync,
  kConnectRequest,
  kConnectResponse,
  kClientRequest,
  kClientReply,
  kWatchEvent,
};
const char* label_name(Label label);

struct Listen {
  Listener listener;
  Address address;
};
struct Unlisten {
  Listener listener;
};
struct Connect {
  ConnId conn;
  Address address;
  Duration timeout;
};
struct Send {
  ConnId conn;
  Bytes bytes;
  Label label = Label::kNone;
  Zxid zxid;
  bool notify_sent = false;
};
struct Reading {
  ConnId conn;
  bool on;
};  // back-pressure towards the peer
struct Close {
  ConnId conn;
};  // what was sent before is still delivered if the peer reads it (FIN, not RST)
struct Stop {
  int exit_code;
  std::string reason;
};

// The machine's voice: typed, formatted late, free when nobody listens. `what` names the transition; a and b are its
// numbers.
enum class NoteKind : uint8_t {
  kLooking,
  kRoundStarted,
  kVoteChanged,
  kElected,
  kFollowing,
  kLeading,
  kEpochProposed,
  kEpochAccepted,
  kEpochCurrent,
  kSyncChosen,
  kSyncReceived,
  kEstablished,
  kServing,
  kProposed,
  kLogged,
  kCommitted,
  kDelivered,
  kSteppedDown,
  kLearnerLost,
  kSessionCreated,
  kSessionExpired,
  kSessionMoved,
  kSessionClosed,
  kSnapshotWritten,
  kTruncated,
  kRejoined,
  kConnected,
  kDisconnected,
  kExpired,
};
const char* note_name(NoteKind kind);
struct Note {
  NoteKind kind;
  int64_t a = 0;
  int64_t b = 0;
  int64_t c = 0;
  const char* why = nullptr;
};  // why: a literal

using NetworkOutput = std::variant<Listen, Unlisten, Connect, Send, Reading, Close, Stop, Note>;

// The network half of what a step gives back, in order. The host clears it between steps and keeps its capacity.
struct Outbox {
  std::vector<NetworkOutput> network;
  void clear() { network.clear(); }
  template <class T>
  void add(T output) {
    network.emplace_back(std::move(output));
  }
  void note(NoteKind kind, int64_t a = 0, int64_t b = 0, int64_t c = 0) {
    network.emplace_back(Note{kind, a, b, c, nullptr});
  }
};

}  // namespace vivarium

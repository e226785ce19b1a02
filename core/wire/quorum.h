// The server-to-server protocol: quorum packets (unframed) and election connections (facts 2.1 to 2.4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/step.h"
#include "core/wire/records.h"

namespace vivarium::wire {

enum class PacketType : int32_t {
  kRequest = 1, kProposal = 2, kAck = 3, kCommit = 4, kPing = 5, kRevalidate = 6, kSync = 7, kInform = 8, kCommitAndActivate = 9,
  kNewLeader = 10, kFollowerInfo = 11, kUpToDate = 12, kDiff = 13, kTrunc = 14, kSnap = 15, kObserverInfo = 16, kLeaderInfo = 17,
  kAckEpoch = 18, kInformAndActivate = 19,
};
const char* packet_name(PacketType type);

struct QuorumPacket {
  PacketType type{};
  Zxid zxid;
  Bytes data;
  std::vector<AclId> authinfo;  // null vector on the wire when empty
};
Bytes encode_packet(const QuorumPacket& packet);

inline constexpr int32_t kLearnerProtocolVersion = 0x10000;
// 20 bytes; 8 (sid only) and 12 (no config version) come from old servers.
struct LearnerInfo { Sid sid; int32_t protocol_version = kLearnerProtocolVersion; int64_t config_version = 0; };
Bytes encode_learner_info(const LearnerInfo&);
std::expected<LearnerInfo, DecodeError> decode_learner_info(const Bytes&);

// REQUEST's data: session, cxid, type, then the request record.
struct ForwardedRequest { SessionId session; int32_t cxid = 0; OpCode type{}; Bytes body; };
Bytes encode_forwarded_request(const ForwardedRequest&);
std::expected<ForwardedRequest, DecodeError> decode_forwarded_request(const Bytes&);

struct SessionTouch { SessionId session; int32_t timeout_ms = 0; VIV_VISIT(VIV_FIELD(session), VIV_FIELD(timeout_ms)) };
Bytes encode_touches(const std::vector<SessionTouch>&);  // repeated to the end, no count
std::expected<std::vector<SessionTouch>, DecodeError> decode_touches(const Bytes&);

// REVALIDATE: L -> leader (session, timeout), leader -> L (session, valid).
struct RevalidateRequest { SessionId session; int32_t timeout_ms = 0; VIV_VISIT(VIV_FIELD(session), VIV_FIELD(timeout_ms)) };
struct RevalidateResponse { SessionId session; bool valid = false; VIV_VISIT(VIV_FIELD(session), VIV_FIELD(valid)) };

// Resumable decoder of a quorum stream. Feed bytes as they come; next() gives packets until it says nothing. A packet fed a
// byte at a time costs linear time. After SNAP the stream is raw: take_raw() hands over what was fed beyond the packet, and
// resume(bytes) goes back to packets with what the snapshot reader left. A malformed packet poisons the stream: failed().
class QuorumDecoder {
 public:
  void feed(const Bytes& bytes);
  std::optional<QuorumPacket> next();
  bool failed() const { return failed_; }
  Bytes take_raw();
  bool mid_packet() const;  // bytes of an unfinished packet are held
  VIV_VISIT(v("buffer", self.buffer_), v("failed", self.failed_))

 private:
  Bytes buffer_ = Bytes::empty_value();  // undecoded bytes
  size_t needed_ = 0;                     // not worth trying to decode before this many bytes are here
  bool failed_ = false;
};

// ---- election port -------------------------------------------------------------------------------------------------

enum class ServerState : int32_t { kLooking = 0, kFollowing = 1, kLeading = 2, kObserving = 3 };

struct Notification {
  ServerState state{};
  Sid leader;
  Zxid zxid;
  int64_t round = 0;       // upstream: electionEpoch, logicalclock
  Epoch peer_epoch;
  int32_t version = 2;     // 0 when the message had none (28, 36 and 40 bytes)
  Bytes config;            // text of the sender's configuration; may be empty
};
Bytes encode_notification(const Notification&);  // framed: int32 length + 44+n bytes
// Accepts 28 (peerEpoch := epoch of zxid), 36, 40 and 44+n byte bodies; anything else is refused, the connection lives on (3769).
std::expected<Notification, DecodeError> decode_notification(const Bytes& body);

// long protocolVersion -65536, long sid, int length, "host:port". Also read: V2 (-65535, "h:p|h:p") and legacy (a bare sid >= 0).
struct ElectionHeader { Sid sid; std::string addresses; };
Bytes encode_election_header(const ElectionHeader&);
inline constexpr int64_t kObserverSid = INT64_MAX;
inline constexpr int32_t kMaxElectionMessage = 524288;
inline constexpr int32_t kMaxElectionAddress = 2048;

// Resumable decoder of an election stream: first the header, then framed bodies.
class ElectionDecoder {
 public:
  explicit ElectionDecoder(bool expect_header) : expect_header_(expect_header) {}
  void feed(const Bytes& bytes);
  std::optional<ElectionHeader> next_header();
  std::optional<Bytes> next_body();
  bool failed() const { return failed_; }
  VIV_VISIT(v("buffer", self.buffer_), v("expect_header", self.expect_header_), v("failed", self.failed_))

 private:
  Bytes buffer_ = Bytes::empty_value();
  bool expect_header_;
  bool failed_ = false;
};

// Resumable decoder of client frames (either direction). Length outside [0, limit] poisons the stream.
// Before the first frame, four bytes that are a four-letter word are the node's business: peek().
class FrameDecoder {
 public:
  explicit FrameDecoder(int32_t limit = kMaxFrameBytes) : limit_(limit) {}
  void feed(const Bytes& bytes);
  std::optional<Bytes> next();
  bool failed() const { return failed_; }
  bool mid_frame() const { return !buffer_.empty(); }
  const Bytes& peek() const { return buffer_; }
  VIV_VISIT(v("buffer", self.buffer_), v("failed", self.failed_))

 private:
  Bytes buffer_ = Bytes::empty_value();
  int32_t limit_;
  bool failed_ = false;
};

}  // namespace vivarium::wire

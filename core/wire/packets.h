// The quorum port: packets, unframed one after the other, and what their data holds (facts 2.4).
#pragma once

#include <optional>
#include <vector>

#include "core/wire/records.h"

namespace vivarium::wire {

enum class PacketType : int32_t {
  kRequest = 1,
  kProposal = 2,
  kAck = 3,
  kCommit = 4,
  kPing = 5,
  kRevalidate = 6,
  kSync = 7,
  kInform = 8,
  kCommitAndActivate = 9,
  kNewLeader = 10,
  kFollowerInfo = 11,
  kUpToDate = 12,
  kDiff = 13,
  kTrunc = 14,
  kSnap = 15,
  kObserverInfo = 16,
  kLeaderInfo = 17,
  kAckEpoch = 18,
  kInformAndActivate = 19,
};
const char* packet_name(PacketType type);

struct QuorumPacket {
  PacketType type{};
  Zxid zxid;
  Bytes data;
  std::vector<AclId> authinfo;  // null vector on the wire when empty
  bool operator==(const QuorumPacket&) const = default;
  VIV_VISIT(VIV_FIELD(type), VIV_FIELD(zxid), VIV_FIELD(data), VIV_FIELD(authinfo))
};
Bytes encode_packet(const QuorumPacket& packet);

inline constexpr int32_t kLearnerProtocolVersion = 0x10000;
// 20 bytes; 8 (sid only) and 12 (no config version) come from old servers.
struct LearnerInfo {
  Sid sid;
  int32_t protocol_version = kLearnerProtocolVersion;
  int64_t config_version = 0;
  bool operator==(const LearnerInfo&) const = default;
};
Bytes encode_learner_info(const LearnerInfo&);
std::expected<LearnerInfo, DecodeError> decode_learner_info(const Bytes&);

// REQUEST's data: session, cxid, type, then the request record.
struct ForwardedRequest {
  SessionId session;
  int32_t cxid = 0;
  OpCode type{};
  Bytes body;
  bool operator==(const ForwardedRequest&) const = default;
};
Bytes encode_forwarded_request(const ForwardedRequest&);
std::expected<ForwardedRequest, DecodeError> decode_forwarded_request(const Bytes&);

struct SessionTouch {
  SessionId session;
  int32_t timeout_ms = 0;
  bool operator==(const SessionTouch&) const = default;
  VIV_VISIT(VIV_FIELD(session), VIV_FIELD(timeout_ms))
};
Bytes encode_touches(const std::vector<SessionTouch>&);  // repeated to the end, no count
std::expected<std::vector<SessionTouch>, DecodeError> decode_touches(const Bytes&);

// REVALIDATE: L -> leader (session, timeout), leader -> L (session, valid).
struct RevalidateRequest {
  SessionId session;
  int32_t timeout_ms = 0;
  VIV_VISIT(VIV_FIELD(session), VIV_FIELD(timeout_ms))
};
struct RevalidateResponse {
  SessionId session;
  bool valid = false;
  VIV_VISIT(VIV_FIELD(session), VIV_FIELD(valid))
};

// A record inside a packet may be longer than the request that caused it (facts 1.1: jute.maxbuffer + extrasize). A
// server takes what another, with a larger jute.maxbuffer, has let in.
inline constexpr int32_t kMaxRecordBytes = 32 << 20;

// Resumable decoder of a quorum stream. Feed bytes as they come; next() gives packets until it says nothing. A packet
// fed a byte at a time costs linear time; a packet that lies whole in what was fed is a slice of it. After SNAP the
// stream is raw(): next() says nothing, take_raw() hands over what was fed beyond the packet (and whatever is fed from
// then on), and resume(rest) goes back to packets with what the snapshot reader left over. A length out of bounds or an
// unknown packet type poisons the stream: failed(), for good.
class QuorumDecoder {
 public:
  void feed(const Bytes& bytes);
  std::optional<QuorumPacket> next();
  bool failed() const { return failed_; }
  bool raw() const { return raw_; }
  Bytes take_raw();
  void resume(const Bytes& rest);
  bool mid_packet() const {
    return !raw_ && !buffer_.empty();
  }  // bytes of an unfinished packet are held (ask after next())
  VIV_VISIT(v("buffer", self.buffer_), v("raw", self.raw_), v("failed", self.failed_))

 private:
  bool scan();
  bool scan_buffer(size_t at);
  bool poison();

  Bytes buffer_ = Bytes::empty_value();  // undecoded bytes
  // How far the packet at the front has been looked at; both follow from the buffer, they only spare looking twice.
  size_t scanned_ = 0;
  int64_t strings_left_ = -1;  // of authinfo; -1: its count has not been reached
  bool raw_ = false;
  bool failed_ = false;
};

}  // namespace vivarium::wire

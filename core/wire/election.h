// The election port: the header that a dialer writes, then framed notifications (facts 2.1, 2.2).
#pragma once

#include <optional>
#include <string>

#include "core/wire/records.h"

namespace vivarium::wire {

enum class ServerState : int32_t { kLooking = 0, kFollowing = 1, kLeading = 2, kObserving = 3 };

struct Notification {
  ServerState state{};
  Sid leader;
  Zxid zxid;
  int64_t round = 0;  // upstream: electionEpoch, logicalclock
  Epoch peer_epoch;
  int32_t version = 2;                  // 0 when the message had none (28, 36 and 40 bytes)
  Bytes config = Bytes::empty_value();  // text of the sender's configuration; may be empty, never null
  bool operator==(const Notification&) const = default;
  VIV_VISIT(VIV_FIELD(state), VIV_FIELD(leader), VIV_FIELD(zxid), VIV_FIELD(round), VIV_FIELD(peer_epoch),
            VIV_FIELD(version), VIV_FIELD(config))
};
Bytes encode_notification(const Notification&);  // framed: int32 length + 44+n bytes
// Accepts 28 (peerEpoch := epoch of zxid), 36, 40 and 44+n byte bodies, and ignores what follows the n bytes, as
// upstream does; anything else is refused, the connection lives on (3769).
std::expected<Notification, DecodeError> decode_notification(const Bytes& body);

// long protocolVersion -65536, long sid, int length, "host:port". Also read: V2 (-65535, "h:p|h:p") and legacy (a bare
// sid >= 0).
struct ElectionHeader {
  Sid sid;
  std::string addresses;
  bool operator==(const ElectionHeader&) const = default;
};
Bytes encode_election_header(const ElectionHeader&);
inline constexpr int64_t kObserverSid = INT64_MAX;
inline constexpr int32_t kMaxElectionMessage = 524288;
inline constexpr int32_t kMaxElectionAddress = 2048;

// Resumable decoder of an election stream: first the header, then framed bodies. A length out of bounds or an unknown
// protocol version poisons the stream.
class ElectionDecoder {
 public:
  explicit ElectionDecoder(bool expect_header) : expect_header_(expect_header) {}
  void feed(const Bytes& bytes);
  std::optional<ElectionHeader> next_header();
  std::optional<Bytes> next_body();  // nothing while the header is still awaited
  bool failed() const { return failed_; }
  VIV_VISIT(v("buffer", self.buffer_), v("expect_header", self.expect_header_), v("failed", self.failed_))

 private:
  void poison();

  Bytes buffer_ = Bytes::empty_value();
  bool expect_header_;
  bool failed_ = false;
};

}  // namespace vivarium::wire

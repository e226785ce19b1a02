#include "core/wire/election.h"

#include "core/wire/frames.h"

namespace vivarium::wire {

namespace {
constexpr int64_t kVersion1 = -65536;  // one address
constexpr int64_t kVersion2 = -65535;  // several, joined by '|'
constexpr size_t kHeaderFixed = 8 + 8 + 4;

// Sizes of notification bodies by age of the sender (facts 2.2). A body of exactly 40 bytes carries a version that
// upstream does not trust: it counts as none.
constexpr size_t kBodyWithoutEpoch = 28;
constexpr size_t kBodyWithEpoch = 36;
constexpr size_t kBodyWithVersion = 40;
constexpr size_t kBodyWithConfig = 44;

bool is_state(int32_t raw) { return raw >= 0 && raw <= static_cast<int32_t>(ServerState::kObserving); }
}  // namespace

Bytes encode_notification(const Notification& n) {
  BytesBuilder out(4 + kBodyWithConfig + n.config.size());
  out.i32(static_cast<int32_t>(kBodyWithConfig + n.config.size()));
  out.i32(static_cast<int32_t>(n.state));
  out.i64(n.leader.value);
  out.i64(n.zxid.value);
  out.i64(n.round);
  out.i64(n.peer_epoch.value);
  out.i32(n.version);
  out.i32(static_cast<int32_t>(n.config.size()));
  out.append(n.config);
  return out.take();
}

std::expected<Notification, DecodeError> decode_notification(const Bytes& body) {
  const size_t size = body.size();
  if (size < kBodyWithConfig && size != kBodyWithoutEpoch && size != kBodyWithEpoch && size != kBodyWithVersion) {
    return std::unexpected(size < kBodyWithoutEpoch ? DecodeError::kTruncated : DecodeError::kBadLength);
  }
  JuteReader in(body);
  const int32_t state = in.get<int32_t>();
  if (!is_state(state)) return std::unexpected(DecodeError::kBadValue);
  Notification n;
  n.state = static_cast<ServerState>(state);
  n.leader = in.get<Sid>();
  n.zxid = in.get<Zxid>();
  n.round = in.get<int64_t>();
  n.peer_epoch = size == kBodyWithoutEpoch ? n.zxid.epoch() : in.get<Epoch>();
  n.version = 0;
  if (size < kBodyWithConfig) return n;
  n.version = in.get<int32_t>();
  const int32_t config_size = in.get<int32_t>();
  if (config_size < 0) return std::unexpected(DecodeError::kBadLength);
  if (static_cast<size_t>(config_size) > in.left()) return std::unexpected(DecodeError::kTruncated);
  n.config = body.slice(kBodyWithConfig, static_cast<size_t>(config_size));
  return n;
}

Bytes encode_election_header(const ElectionHeader& header) {
  CHECK(!header.addresses.empty() && header.addresses.size() <= kMaxElectionAddress, "\"{}\"", header.addresses);
  BytesBuilder out(kHeaderFixed + header.addresses.size());
  out.i64(kVersion1);
  out.i64(header.sid.value);
  out.i32(static_cast<int32_t>(header.addresses.size()));
  out.append(header.addresses);
  return out.take();
}

void ElectionDecoder::feed(const Bytes& bytes) {
  if (!failed_) buffer_.append(bytes);
}

std::optional<ElectionHeader> ElectionDecoder::next_header() {
  if (failed_ || !expect_header_ || buffer_.size() < 8) return std::nullopt;
  const int64_t version = load_i64(buffer_.data());
  if (version >= 0) {  // 3.4: the first long is the sid itself, and no address follows
    expect_header_ = false;
    buffer_.remove_prefix(8);
    return ElectionHeader{Sid{version}, {}};
  }
  if (version != kVersion1 && version != kVersion2) return poison(), std::nullopt;
  if (buffer_.size() < kHeaderFixed) return std::nullopt;
  const int32_t length = load_i32(buffer_.data() + 16);
  if (length <= 0 || length > kMaxElectionAddress) return poison(), std::nullopt;
  const size_t end = kHeaderFixed + static_cast<size_t>(length);
  if (buffer_.size() < end) return std::nullopt;
  ElectionHeader header{Sid{load_i64(buffer_.data() + 8)},
                        std::string(buffer_.view().substr(kHeaderFixed, static_cast<size_t>(length)))};
  expect_header_ = false;
  buffer_.remove_prefix(end);
  return header;
}

std::optional<Bytes> ElectionDecoder::next_body() {
  if (expect_header_) return std::nullopt;
  return take_frame(buffer_, 1, kMaxElectionMessage, failed_);
}

void ElectionDecoder::poison() {
  failed_ = true;
  buffer_ = Bytes::empty_value();
}

}  // namespace vivarium::wire

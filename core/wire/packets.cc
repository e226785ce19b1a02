#include "core/wire/packets.h"

#include <algorithm>
#include <array>

namespace vivarium::wire {

namespace {
constexpr std::array kPacketNames = {"unknown",   "REQUEST",      "PROPOSAL",   "ACK",      "COMMIT",
                                     "PING",      "REVALIDATE",   "SYNC",       "INFORM",   "COMMITANDACTIVATE",
                                     "NEWLEADER", "FOLLOWERINFO", "UPTODATE",   "DIFF",     "TRUNC",
                                     "SNAP",      "OBSERVERINFO", "LEADERINFO", "ACKEPOCH", "INFORMANDACTIVATE"};
static_assert(kPacketNames.size() == static_cast<size_t>(PacketType::kInformAndActivate) + 1);

constexpr size_t kDataAt = 4 + 8;  // type, zxid
// What holds any packet whose parts are in bounds: neither data nor authinfo is longer than a record.
constexpr size_t kMaxPacketBytes = kDataAt + 4 + kMaxRecordBytes + 4 + kMaxRecordBytes;
constexpr int32_t kMaxAuthinfo = kMaxRecordBytes / 8;

bool is_packet_type(int32_t raw) { return raw > 0 && static_cast<size_t>(raw) < kPacketNames.size(); }
}  // namespace

const char* packet_name(PacketType type) {
  const auto raw = static_cast<int32_t>(type);
  return kPacketNames[is_packet_type(raw) ? static_cast<size_t>(raw) : 0];
}

Bytes encode_packet(const QuorumPacket& packet) {
  size_t size = kDataAt + 4 + packet.data.size() + 4;
  for (const AclId& id : packet.authinfo) size += 8 + id.scheme.size() + id.id.size();
  BytesBuilder out(size);
  out.i32(static_cast<int32_t>(packet.type));
  out.i64(packet.zxid.value);
  encode_to(out, packet.data);
  if (packet.authinfo.empty())
    out.i32(-1);
  else
    encode_to(out, packet.authinfo);
  return out.take();
}

Bytes encode_learner_info(const LearnerInfo& info) {
  BytesBuilder out(20);
  out.i64(info.sid.value);
  out.i32(info.protocol_version);
  out.i64(info.config_version);
  return out.take();
}

std::expected<LearnerInfo, DecodeError> decode_learner_info(const Bytes& bytes) {
  if (bytes.size() < 8) return std::unexpected(DecodeError::kTruncated);
  LearnerInfo info;
  info.sid = Sid{load_i64(bytes.data())};
  info.protocol_version =
      bytes.size() >= 12 ? load_i32(bytes.data() + 8) : 1;  // upstream's number for "before Zab 1.0"
  if (bytes.size() >= 20) info.config_version = load_i64(bytes.data() + 12);
  return info;
}

Bytes encode_forwarded_request(const ForwardedRequest& request) {
  BytesBuilder out(16 + request.body.size());
  out.i64(request.session.value);
  out.i32(request.cxid);
  out.i32(static_cast<int32_t>(request.type));
  out.append(request.body);
  return out.take();
}

std::expected<ForwardedRequest, DecodeError> decode_forwarded_request(const Bytes& bytes) {
  if (bytes.size() < 16) return std::unexpected(DecodeError::kTruncated);
  const uint8_t* p = bytes.data();
  return ForwardedRequest{SessionId{load_i64(p)}, load_i32(p + 8), OpCode{load_i32(p + 12)}, bytes.from(16)};
}

Bytes encode_touches(const std::vector<SessionTouch>& touches) {
  BytesBuilder out(12 * touches.size());
  for (const SessionTouch& touch : touches) encode_to(out, touch);
  return out.take();
}

std::expected<std::vector<SessionTouch>, DecodeError> decode_touches(const Bytes& bytes) {
  if (bytes.size() % 12 != 0) return std::unexpected(DecodeError::kTruncated);
  std::vector<SessionTouch> touches(bytes.size() / 12);
  JuteReader in(bytes);
  for (SessionTouch& touch : touches) in.add(touch);
  return touches;
}

void QuorumDecoder::feed(const Bytes& bytes) {
  if (!failed_) buffer_.append(bytes);
}

std::optional<QuorumPacket> QuorumDecoder::next() {
  if (failed_ || raw_ || !scan()) return std::nullopt;
  JuteReader in(buffer_);
  QuorumPacket packet = in.get<QuorumPacket>();
  CHECK(in.ok() && in.position() == scanned_, "{} scanned, {} read", scanned_, in.position());
  buffer_.remove_prefix(scanned_);
  scanned_ = 0;
  strings_left_ = -1;
  raw_ = packet.type == PacketType::kSnap;
  return packet;
}

Bytes QuorumDecoder::take_raw() {
  CHECK(raw_);
  return std::exchange(buffer_, Bytes::empty_value());
}

void QuorumDecoder::resume(const Bytes& rest) {
  CHECK(raw_);
  Bytes joined = Bytes::empty_value();
  joined.append(rest);
  joined.append(buffer_);
  buffer_ = joined;
  raw_ = false;
}

// Looks at lengths only, each once it is whole, and never again: true when the packet at the front is complete.
bool QuorumDecoder::scan() {
  if (scanned_ == 0) {
    if (buffer_.size() < 4) return false;
    if (!is_packet_type(load_i32(buffer_.data()))) return poison();
    if (!scan_buffer(kDataAt)) return false;
  }
  if (strings_left_ < 0) {
    if (buffer_.size() < scanned_ + 4) return false;
    const int32_t count = load_i32(buffer_.data() + scanned_);
    if (count < -1 || count > kMaxAuthinfo) return poison();
    strings_left_ = 2 * std::max<int64_t>(count, 0);
    scanned_ += 4;
  }
  for (; strings_left_ > 0; --strings_left_) {
    if (!scan_buffer(scanned_)) return false;
  }
  return true;
}

bool QuorumDecoder::scan_buffer(size_t at) {
  if (buffer_.size() < at + 4) return false;
  const int32_t length = load_i32(buffer_.data() + at);
  if (length < -1 || length > kMaxRecordBytes) return poison();
  const size_t end = at + 4 + static_cast<size_t>(std::max(length, 0));
  if (end > kMaxPacketBytes) return poison();
  if (buffer_.size() < end) return false;
  scanned_ = end;
  return true;
}

bool QuorumDecoder::poison() {
  failed_ = true;
  buffer_ = Bytes::empty_value();
  return false;
}

}  // namespace vivarium::wire

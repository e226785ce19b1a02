#include "core/wire/records.h"

namespace vivarium::wire {

AclList world_anyone_all() { return {Acl{kPermAll, AclId{Bytes("world"), Bytes("anyone")}}}; }

// ---- the handshake
// ---------------------------------------------------------------------------------------------------

namespace {
// The flag stands at the very end, or not at all in clients <= 3.3.
template <class Record>
void read_read_only(JuteReader& in, Record& record) {
  record.has_read_only = in.left() > 0;
  if (record.has_read_only) in.add(record.read_only);
}
}  // namespace

Bytes encode_connect_request(const ConnectRequest& r) {
  BytesBuilder out;
  out.i32(r.protocol_version);
  out.i64(r.last_zxid_seen.value);
  out.i32(r.timeout_ms);
  out.i64(r.session.value);
  encode_to(out, r.password);
  if (r.has_read_only) encode_to(out, r.read_only);
  return out.take();
}

std::expected<ConnectRequest, DecodeError> decode_connect_request(const Bytes& bytes) {
  JuteReader in(bytes);
  ConnectRequest r;
  in.add(r.protocol_version);
  in.add(r.last_zxid_seen);
  in.add(r.timeout_ms);
  in.add(r.session);
  in.add(r.password);
  read_read_only(in, r);
  if (!in.ok()) return std::unexpected(*in.error());
  return r;
}

Bytes encode_connect_response(const ConnectResponse& r) {
  BytesBuilder out;
  out.i32(r.protocol_version);
  out.i32(r.timeout_ms);
  out.i64(r.session.value);
  encode_to(out, r.password);
  if (r.has_read_only) encode_to(out, r.read_only);
  return out.take();
}

std::expected<ConnectResponse, DecodeError> decode_connect_response(const Bytes& bytes) {
  JuteReader in(bytes);
  ConnectResponse r;
  in.add(r.protocol_version);
  in.add(r.timeout_ms);
  in.add(r.session);
  in.add(r.password);
  read_read_only(in, r);
  if (!in.ok()) return std::unexpected(*in.error());
  return r;
}

Bytes session_password(SessionId session) {
  constexpr uint64_t kSecret = 0xB3415C00;
  constexpr uint64_t kMultiplier = 0x5DEECE66D, kIncrement = 0xB, kMask = (uint64_t{1} << 48) - 1;
  uint64_t seed = (static_cast<uint64_t>(session.value) ^ kSecret ^ kMultiplier) & kMask;
  uint8_t* fill = nullptr;
  Bytes password = Bytes::uninitialized(16, &fill);
  for (size_t at = 0; at < 16; at += 4) {
    seed = (seed * kMultiplier + kIncrement) & kMask;
    for (size_t i = 0; i < 4; ++i)
      fill[at + i] = static_cast<uint8_t>(seed >> (16 + 8 * i));  // little-endian, as nextBytes
  }
  return password;
}

// ---- multi
// -----------------------------------------------------------------------------------------------------------

namespace {
constexpr MultiHeader kMultiEnd{-1, true, -1};

// Moves over the request record of `type`; false for a type that has no place in a multi.
bool skip_request(JuteReader& in, OpCode type) {
  switch (type) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer: in.get<CreateRequest>(); return true;
    case OpCode::kCreateTtl: in.get<CreateTtlRequest>(); return true;
    case OpCode::kDelete:
    case OpCode::kCheck: in.get<PathVersionRequest>(); return true;
    case OpCode::kSetData: in.get<SetDataRequest>(); return true;
    case OpCode::kGetData:
    case OpCode::kGetChildren: in.get<PathWatchRequest>(); return true;
    default: return false;
  }
}

OpCode answered_as(OpCode type) {
  return type == OpCode::kCreateContainer || type == OpCode::kCreateTtl ? OpCode::kCreate2 : type;
}

// The body of one result, in either direction: f is a JuteWriter or JuteReader.
template <class Result, class F>
bool result_body(Result& result, F& f) {
  switch (result.type) {
    case OpCode::kError: f.add(result.err); return true;
    case OpCode::kCreate: f.add(result.path); return true;
    case OpCode::kCreate2:
      f.add(result.path);
      f.add(result.stat);
      return true;
    case OpCode::kSetData: f.add(result.stat); return true;
    case OpCode::kDelete:
    case OpCode::kCheck: return true;
    case OpCode::kGetData:
      f.add(result.data);
      f.add(result.stat);
      return true;
    case OpCode::kGetChildren: f.add(result.children); return true;
    default: return false;
  }
}
}  // namespace

std::expected<std::vector<MultiOp>, DecodeError> decode_multi_request(const Bytes& body) {
  JuteReader in(body);
  std::vector<MultiOp> ops;
  for (;;) {
    const MultiHeader header = in.get<MultiHeader>();
    if (!in.ok()) return std::unexpected(*in.error());
    if (header.done) return ops;
    const size_t start = in.position();
    const OpCode type{header.type};
    if (!skip_request(in, type)) return std::unexpected(DecodeError::kBadValue);
    if (!in.ok()) return std::unexpected(*in.error());
    ops.push_back({type, body.slice(start, in.position() - start)});
  }
}

Bytes encode_multi_request(const std::vector<MultiOp>& ops) {
  BytesBuilder out;
  for (const MultiOp& op : ops) {
    encode_to(out, MultiHeader{static_cast<int32_t>(op.type), false, -1});
    out.append(op.body);
  }
  encode_to(out, kMultiEnd);
  return out.take();
}

Bytes encode_multi_response(const std::vector<MultiResult>& results) {
  BytesBuilder out;
  JuteWriter writer(out);
  for (MultiResult result : results) {
    result.type = answered_as(result.type);
    const ErrorCode err = result.type == OpCode::kError ? result.err : ErrorCode::kOk;
    writer.add(MultiHeader{static_cast<int32_t>(result.type), false, static_cast<int32_t>(err)});
    CHECK(result_body(result, writer), "no result for {}", op_name(result.type));
  }
  writer.add(kMultiEnd);
  return out.take();
}

std::expected<std::vector<MultiResult>, DecodeError> decode_multi_response(const Bytes& body) {
  JuteReader in(body);
  std::vector<MultiResult> results;
  for (;;) {
    const MultiHeader header = in.get<MultiHeader>();
    if (!in.ok()) return std::unexpected(*in.error());
    if (header.done) return results;
    MultiResult& result = results.emplace_back();
    result.type = OpCode{header.type};
    if (!result_body(result, in)) return std::unexpected(DecodeError::kBadValue);
    if (!in.ok()) return std::unexpected(*in.error());
  }
}

// ---- frames
// ----------------------------------------------------------------------------------------------------------

Bytes frame(const Bytes& payload) {
  BytesBuilder out(4 + payload.size());
  out.i32(static_cast<int32_t>(payload.size()));
  out.append(payload);
  return out.take();
}

Bytes reply_frame(const ReplyHeader& header) {
  BytesBuilder out(4 + 16);
  out.i32(16);
  encode_to(out, header);
  return out.take();
}

}  // namespace vivarium::wire

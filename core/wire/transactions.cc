#include "core/wire/transactions.h"

namespace vivarium::wire {

namespace {
constexpr size_t kDigestBytes = 4 + 8;

// parentCVersion is missing in logs of old servers (CreateTxnV0): -1 then, "compute".
CreateTxn read_create(JuteReader& in) {
  CreateTxn txn;
  in.add(txn.path);
  in.add(txn.data);
  in.add(txn.acl);
  in.add(txn.ephemeral);
  if (in.left() > 0) in.add(txn.parent_cversion);
  return txn;
}

// With closeSessionTxn.enabled=false the body is empty, yet a digest may follow. Twelve bytes that begin with the
// digest's version are that digest: as a list they would be two paths without a character.
bool only_digest_left(const JuteReader& in) {
  return in.left() == kDigestBytes && load_i32(in.rest().data()) == kDigestVersion;
}

CloseSessionTxn read_close_session(JuteReader& in) {
  CloseSessionTxn txn;
  txn.has_paths = in.left() > 0 && !only_digest_left(in);
  if (txn.has_paths) in.add(txn.paths);
  return txn;
}

// The body of `type` from where `in` stands. A type that is no transaction: kBadValue.
std::expected<TxnBody, DecodeError> read_body(OpCode type, JuteReader& in) {
  switch (type) {
    case OpCode::kCreate:
    case OpCode::kCreate2: return read_create(in);
    case OpCode::kCreateContainer: return in.get<CreateContainerTxn>();
    case OpCode::kCreateTtl: return in.get<CreateTtlTxn>();
    case OpCode::kDelete:
    case OpCode::kDeleteContainer: return in.get<DeleteTxn>();
    case OpCode::kSetData:
    case OpCode::kReconfig: return in.get<SetDataTxn>();
    case OpCode::kSetAcl: return in.get<SetAclTxn>();
    case OpCode::kCheck: return in.get<CheckVersionTxn>();
    case OpCode::kCreateSession: return in.get<CreateSessionTxn>();
    case OpCode::kCloseSession: return read_close_session(in);
    case OpCode::kError: return in.get<ErrorTxn>();
    case OpCode::kMulti: return in.get<MultiTxn>();
    default: return std::unexpected(DecodeError::kBadValue);
  }
}

void write_body(BytesBuilder& out, const TxnBody& body) {
  if (const auto* close = std::get_if<CloseSessionTxn>(&body); close && !close->has_paths) return;
  std::visit([&](const auto& txn) { encode_to(out, txn); }, body);
}
}  // namespace

Bytes encode_txn(const Txn& txn) {
  BytesBuilder out;
  encode_to(out, txn.header);
  write_body(out, txn.body);
  if (txn.digest) encode_to(out, *txn.digest);
  return out.take();
}

std::expected<Txn, DecodeError> decode_txn(const Bytes& bytes) {
  JuteReader in(bytes);
  Txn txn;
  in.add(txn.header);
  if (!in.ok()) return std::unexpected(*in.error());
  auto body = read_body(txn.header.type, in);
  if (!body) return std::unexpected(body.error());
  txn.body = std::move(*body);
  if (in.ok() && in.left() > 0) txn.digest = in.get<TxnDigest>();
  if (!in.ok()) return std::unexpected(*in.error());
  return txn;
}

std::expected<TxnBody, DecodeError> decode_txn_body(OpCode type, const Bytes& bytes) {
  JuteReader in(bytes);
  auto body = read_body(type, in);
  if (body && !in.ok()) return std::unexpected(*in.error());
  return body;
}

Bytes encode_txn_body(const TxnBody& body) {
  BytesBuilder out;
  write_body(out, body);
  return out.take();
}

}  // namespace vivarium::wire

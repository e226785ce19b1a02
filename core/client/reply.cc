#include "core/client/reply.h"

#include "core/client/request.h"

namespace vivarium::client {

namespace {

using wire::ErrorCode;
using wire::OpCode;

// A server that says one of these of a write has not said that the write took no effect.
bool leaves_open(ErrorCode error) {
  switch (error) {
    case ErrorCode::kSystemError:
    case ErrorCode::kRuntimeInconsistency:
    case ErrorCode::kDataInconsistency:
    case ErrorCode::kConnectionLoss:
    case ErrorCode::kOperationTimeout:
    case ErrorCode::kRequestTimeout: return true;
    default: return false;
  }
}

bool decode_multi(wire::JuteReader& body, const Chroot& chroot, Completion& out) {
  auto results = wire::decode_multi_response(body.rest());
  if (!results) return false;
  for (wire::MultiResult& result : *results) {
    if (!result.path.is_null()) result.path = Bytes(chroot.to_client(result.path));
    // Operations before the one that failed answer 0, those behind it RuntimeInconsistency (facts 1.7).
    if (result.type != OpCode::kError || result.err == ErrorCode::kOk || out.outcome != Outcome::kOk) continue;
    out.outcome = Outcome::kError;
    out.error = result.err;
  }
  out.results = std::move(*results);
  return true;
}

}  // namespace

bool decode_reply(OpCode op, const wire::ReplyHeader& header, wire::JuteReader& body, const Chroot& chroot,
                  Completion& out) {
  out.op = op;
  out.zxid = header.zxid;
  out.error = header.err;
  if (header.err != ErrorCode::kOk) {
    out.outcome = is_write(op) && leaves_open(header.err) ? Outcome::kUnknown : Outcome::kError;
    return true;
  }
  out.outcome = Outcome::kOk;
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kSync: out.path = chroot.to_client(body.get<Bytes>()); break;
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
      out.path = chroot.to_client(body.get<Bytes>());
      body.add(out.stat);
      break;
    case OpCode::kExists:
    case OpCode::kSetData:
    case OpCode::kSetAcl: body.add(out.stat); break;
    case OpCode::kGetData:
      body.add(out.data);
      body.add(out.stat);
      break;
    case OpCode::kGetAcl:
      body.add(out.acl);
      body.add(out.stat);
      break;
    case OpCode::kGetChildren: body.add(out.children); break;
    case OpCode::kGetChildren2:
      body.add(out.children);
      body.add(out.stat);
      break;
    case OpCode::kMulti: return decode_multi(body, chroot, out);
    default: break;  // delete, auth, closeSession, the watches' own: the header says it all
  }
  return body.ok();
}

}  // namespace vivarium::client

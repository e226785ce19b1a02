#include "core/client/request.h"

namespace vivarium::client {

namespace {

using wire::OpCode;

class Encoder {
 public:
  Encoder(int32_t xid, const Chroot& chroot) : xid_(xid), chroot_(chroot) {}

  EncodedRequest operator()(const Create& r) const { return create(r); }
  EncodedRequest operator()(const Create2& r) const { return create(r); }
  EncodedRequest operator()(const Delete& r) const { return plain(OpCode::kDelete, body(r)); }
  EncodedRequest operator()(const SetData& r) const { return plain(OpCode::kSetData, body(r)); }
  EncodedRequest operator()(const SetAcl& r) const {
    return plain(OpCode::kSetAcl, wire::SetAclRequest{path(r), r.acl, r.version});
  }
  EncodedRequest operator()(const GetAcl& r) const { return plain(OpCode::kGetAcl, wire::PathRequest{path(r)}); }
  EncodedRequest operator()(const Sync& r) const { return plain(OpCode::kSync, wire::PathRequest{path(r)}); }
  EncodedRequest operator()(const AddAuth& r) const {
    return plain(OpCode::kAuth, wire::AuthRequest{0, Bytes(r.scheme), r.auth});
  }
  EncodedRequest operator()(const AddWatch& r) const {
    const wire::AddWatchRequest record{path(r), r.mode};
    return {OpCode::kAddWatch, wire::request_frame(wire::RequestHeader{xid_, OpCode::kAddWatch}, record), record.path,
            static_cast<int32_t>(r.mode)};
  }
  EncodedRequest operator()(const RemoveWatches& r) const {
    const wire::RemoveWatchesRequest record{path(r), r.type};
    return {OpCode::kRemoveWatches, wire::request_frame(wire::RequestHeader{xid_, OpCode::kRemoveWatches}, record),
            record.path, static_cast<int32_t>(r.type)};
  }
  EncodedRequest operator()(const Exists& r) const { return watchable(OpCode::kExists, r); }
  EncodedRequest operator()(const GetData& r) const { return watchable(OpCode::kGetData, r); }
  EncodedRequest operator()(const GetChildren& r) const { return watchable(OpCode::kGetChildren, r); }
  EncodedRequest operator()(const GetChildren2& r) const { return watchable(OpCode::kGetChildren2, r); }

  EncodedRequest operator()(const Multi& r) const {
    std::vector<wire::MultiOp> ops;
    ops.reserve(r.ops.size());
    for (const MultiOp& op : r.ops)
      ops.push_back(std::visit([this](const auto& one) { return wire::MultiOp{kind(one), encoded(one)}; }, op));
    BytesBuilder out;
    out.i32(0);
    wire::encode_to(out, wire::RequestHeader{xid_, OpCode::kMulti});
    out.append(wire::encode_multi_request(ops));
    out.patch_i32(0, static_cast<int32_t>(out.size() - 4));
    return {OpCode::kMulti, out.take(), Bytes(), 0};
  }

 private:
  // A container and a time to live have operations of their own.
  static OpCode kind_by(wire::CreateMode mode, OpCode otherwise) {
    if (mode == wire::CreateMode::kContainer) return OpCode::kCreateContainer;
    return mode >= wire::CreateMode::kPersistentWithTtl ? OpCode::kCreateTtl : otherwise;
  }
  static OpCode kind(const Create& r) { return kind_by(r.mode, OpCode::kCreate); }
  static OpCode kind(const Create2& r) { return kind_by(r.mode, OpCode::kCreate2); }
  static OpCode kind(const Delete&) { return OpCode::kDelete; }
  static OpCode kind(const SetData&) { return OpCode::kSetData; }
  static OpCode kind(const Check&) { return OpCode::kCheck; }

  template <class R>
  Bytes path(const R& r) const {
    return chroot_.to_server(r.path);
  }
  template <class R>
  EncodedRequest create(const R& r) const {
    if (kind(r) == OpCode::kCreateTtl) return plain(kind(r), timed_body(r));
    return plain(kind(r), create_body(r));
  }
  template <class R>
  wire::CreateRequest create_body(const R& r) const {
    return {path(r), r.data, r.acl, static_cast<int32_t>(r.mode)};
  }
  template <class R>
  wire::CreateTtlRequest timed_body(const R& r) const {
    return {path(r), r.data, r.acl, static_cast<int32_t>(r.mode), r.ttl_ms};
  }
  template <class R>
  Bytes encoded_create(const R& r) const {
    return kind(r) == OpCode::kCreateTtl ? wire::encode(timed_body(r)) : wire::encode(create_body(r));
  }
  Bytes encoded(const Create& r) const { return encoded_create(r); }
  Bytes encoded(const Create2& r) const { return encoded_create(r); }
  template <class R>
  Bytes encoded(const R& r) const {
    return wire::encode(body(r));
  }
  wire::DeleteRequest body(const Delete& r) const { return {path(r), r.version}; }
  wire::SetDataRequest body(const SetData& r) const { return {path(r), r.data, r.version}; }
  wire::CheckRequest body(const Check& r) const { return {path(r), r.version}; }

  template <class Body>
  EncodedRequest plain(OpCode op, const Body& record) const {
    return {op, wire::request_frame(wire::RequestHeader{xid_, op}, record), Bytes(), 0};
  }
  template <class R>
  EncodedRequest watchable(OpCode op, const R& r) const {
    const wire::PathWatchRequest record{path(r), r.watch};
    return {op, wire::request_frame(wire::RequestHeader{xid_, op}, record), r.watch ? record.path : Bytes(), 0};
  }

  int32_t xid_;
  const Chroot& chroot_;
};

}  // namespace

EncodedRequest encode_request(const Request& request, int32_t xid, const Chroot& chroot) {
  return std::visit(Encoder(xid, chroot), request);
}

bool is_write(wire::OpCode op) {
  switch (op) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl:
    case OpCode::kDelete:
    case OpCode::kSetData:
    case OpCode::kSetAcl:
    case OpCode::kMulti: return true;
    default: return false;
  }
}

}  // namespace vivarium::client

// Shorthand for stories about a tree: who asks what, in one line each.
#pragma once

#include <string>
#include <vector>

#include "core/tree/prepare.h"

namespace vivarium::tree::testing {

inline wire::AclId identity(const char* scheme, const char* id) { return {Bytes(scheme), Bytes(id)}; }
inline wire::AclList acl(int32_t perms, const char* scheme, const char* id) {
  return {wire::Acl{perms, identity(scheme, id)}};
}

// A tree and the leader in front of it: every call is one request, one transaction, one zxid.
struct Leader {
  State state = State::fresh();
  Zxid zxid{Epoch{1}, 0};
  int64_t wall_ms = 1000;
  SessionId session{0x100000000000001};
  std::vector<wire::AclId> identities = {identity("ip", "10.0.0.1")};
  PrepareOptions options;
  Prepared last;
  std::vector<wire::Txn> log;

  Leader() { open(session); }

  wire::ErrorCode ask(wire::OpCode type, const Bytes& body, wire::ErrorCode refused = wire::ErrorCode::kOk) {
    zxid = zxid.next();
    ++wall_ms;
    last = prepare(state, Request{session, 7, type, body, identities}, zxid, wall_ms, options, refused);
    log.push_back(last.txn);
    return last.effects.error;
  }
  static Bytes create_body(const std::string& path, int32_t flags = 0,
                           const wire::AclList& list = wire::world_anyone_all(), const std::string& data = "d") {
    return wire::encode(wire::CreateRequest{Bytes(path), Bytes(data), list, flags});
  }
  static Bytes version_body(const std::string& path, int32_t version = -1) {
    return wire::encode(wire::PathVersionRequest{Bytes(path), version});
  }
  static Bytes data_body(const std::string& path, const std::string& data, int32_t version = -1) {
    return wire::encode(wire::SetDataRequest{Bytes(path), Bytes(data), version});
  }
  wire::ErrorCode open(SessionId id) {
    const SessionId mine = std::exchange(session, id);
    const auto code = ask(wire::OpCode::kCreateSession, wire::encode(wire::CreateSessionTxn{6000}));
    session = mine;
    return code;
  }
  wire::ErrorCode create(const std::string& path, int32_t flags = 0,
                         const wire::AclList& list = wire::world_anyone_all()) {
    return ask(wire::OpCode::kCreate, create_body(path, flags, list));
  }
  wire::ErrorCode remove(const std::string& path, int32_t version = -1) {
    return ask(wire::OpCode::kDelete, version_body(path, version));
  }
  wire::ErrorCode set(const std::string& path, const std::string& data, int32_t version = -1) {
    return ask(wire::OpCode::kSetData, data_body(path, data, version));
  }
  wire::ErrorCode set_acl(const std::string& path, const wire::AclList& list, int32_t version = -1) {
    return ask(wire::OpCode::kSetAcl, wire::encode(wire::SetAclRequest{Bytes(path), list, version}));
  }
  wire::ErrorCode multi(const std::vector<wire::MultiOp>& ops) {
    return ask(wire::OpCode::kMulti, wire::encode_multi_request(ops));
  }
  wire::ErrorCode close() { return ask(wire::OpCode::kCloseSession, Bytes::empty_value()); }

  wire::Stat stat(const std::string& path) const { return state.stat_of(*state.find(path)); }
  std::string created() const { return last.effects.created_path.str(); }
  Znode& node(const std::string& path) {
    return state.nodes.mutate(path)->mut();
  }  // to put it into a strange condition
};

// State::data_bytes by a walk.
inline int64_t walked_bytes(const State& state) {
  int64_t sum = 0;
  for (const auto& [path, node] : state.nodes) sum += static_cast<int64_t>(path.size() + node->data.size());
  return sum;
}

}  // namespace vivarium::tree::testing

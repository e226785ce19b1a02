// What a client may ask. Paths are the client's own (below its chroot); data may be null.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/client/chroot.h"
#include "core/wire/records.h"

namespace vivarium::client {

struct Create {
  std::string path{};
  Bytes data{};
  wire::CreateMode mode = wire::CreateMode::kPersistent;  // a container, or with a time to live: answered as Create2
  wire::AclList acl = wire::world_anyone_all();
  int64_t ttl_ms = 0;  // of the modes that have one
};
struct Create2 {  // answered with the new node's Stat too
  std::string path{};
  Bytes data{};
  wire::CreateMode mode = wire::CreateMode::kPersistent;
  wire::AclList acl = wire::world_anyone_all();
  int64_t ttl_ms = 0;
};
struct Delete {
  std::string path{};
  int32_t version = -1;
};  // version -1: any
struct Exists {
  std::string path{};
  bool watch = false;
};
struct GetData {
  std::string path{};
  bool watch = false;
};
struct SetData {
  std::string path{};
  Bytes data{};
  int32_t version = -1;
};
struct GetAcl {
  std::string path{};
};
struct SetAcl {
  std::string path{};
  wire::AclList acl{};
  int32_t version = -1;
};  // version: the aversion
struct GetChildren {
  std::string path{};
  bool watch = false;
};
struct GetChildren2 {
  std::string path{};
  bool watch = false;
};
// Afterwards this session's reads see everything that the leader had committed when it answered. Not a linearizable
// barrier: upstream's leader does not confirm its leadership (1675).
struct Sync {
  std::string path = "/";
};
// Stays until it is removed or the session ends, over reconnects too; changes while there was no connection are not
// told.
struct AddWatch {
  std::string path{};
  wire::AddWatchMode mode = wire::AddWatchMode::kPersistent;
};
// Before its answer come the events DataWatchRemoved, ChildWatchRemoved and PersistentWatchRemoved of what was there.
struct RemoveWatches {
  std::string path{};
  wire::WatcherType type = wire::WatcherType::kAny;
};
struct Check {
  std::string path{};
  int32_t version = -1;
};  // inside a multi only
using MultiOp = std::variant<Create, Create2, Delete, SetData, Check>;
struct Multi {
  std::vector<MultiOp> ops{};
};  // all or nothing, one zxid
// Sent again on every later connection, before anything else.
struct AddAuth {
  std::string scheme{};
  Bytes auth{};
};

using Request = std::variant<Create, Create2, Delete, Exists, GetData, SetData, GetAcl, SetAcl, GetChildren,
                             GetChildren2, Sync, Multi, AddAuth, AddWatch, RemoveWatches>;

// A request as it goes out, encoded once.
struct EncodedRequest {
  wire::OpCode op{};
  Bytes frame;  // length, header, body
  Bytes watch;  // the server's path on which a successful answer arms or removes watches; null: none asked for
  int32_t watch_kind = 0;  // addWatch: AddWatchMode; removeWatches: WatcherType
};
EncodedRequest encode_request(const Request& request, int32_t xid, const Chroot& chroot);

// Whether the request may change the tree: then a lost connection leaves its outcome unknown.
bool is_write(wire::OpCode op);

}  // namespace vivarium::client

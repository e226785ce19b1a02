// What clients ask of their watches: to arm them with a read, by addWatch, or again after a reconnect; whether there
// are some; to take them away (facts 1.5). That a watch was taken away its own client library tells (DataWatchRemoved,
// ChildWatchRemoved, PersistentWatchRemoved): a server sends no such event.
#include "core/node/node.h"

namespace vivarium::node {

using wire::ErrorCode;
using wire::OpCode;

// Only exists leaves a watch on a node that is not there.
void Node::watch_what_was_read(ConnId conn, const PendingRequest& request, bool found) {
  const bool data = request.type == OpCode::kExists || (found && request.type == OpCode::kGetData);
  const bool child = found && (request.type == OpCode::kGetChildren || request.type == OpCode::kGetChildren2);
  if (!data && !child) return;
  const auto asked = wire::decode<wire::PathWatchRequest>(request.body);
  if (!asked || !asked->watch) return;
  if (data)
    watches_.add_data(asked->path, conn);
  else
    watches_.add_child(asked->path, conn);
}

namespace {
std::expected<wire::SetWatches2Request, wire::DecodeError> decode_set_watches(const PendingRequest& request) {
  if (request.type == OpCode::kSetWatches2) return wire::decode<wire::SetWatches2Request>(request.body);
  const auto asked = wire::decode<wire::SetWatchesRequest>(request.body);
  if (!asked) return std::unexpected(asked.error());
  return wire::SetWatches2Request{asked->relative_zxid, asked->data, asked->exist, asked->child, {}, {}};
}

bool is_known(wire::AddWatchMode mode) {
  return mode == wire::AddWatchMode::kPersistent || mode == wire::AddWatchMode::kPersistentRecursive;
}
bool is_known(wire::WatcherType type) {
  return type >= wire::WatcherType::kChildren && type <= wire::WatcherType::kPersistentRecursive;
}
}  // namespace

// What was missed since the client's zxid comes before the answer. The events name no transaction: which one it was is
// not known.
void Node::answer_set_watches(ConnId conn, ClientConnection& client, const PendingRequest& request) {
  const auto asked = decode_set_watches(request);
  if (!asked) return replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kMarshallingError));
  for (const tree::WatchEvent& missed : watches_.set_watches(served(), conn, *asked)) {
    const tree::Znode* node = served().find(missed.path);
    const wire::AclList* acl = node ? served().acl_list(*node) : nullptr;
    if (acl && !tree::permitted(*acl, wire::kPermRead, client.identities)) continue;
    ++traffic_.sent;
    replies_.event(conn, Zxid{-1}, {missed.type, wire::KeeperState::kSyncConnected, missed.path});
  }
  replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kOk));
}

// Upstream asks for no permission here: events are judged one by one when they are told.
void Node::answer_add_watch(ConnId conn, ClientConnection& client, const PendingRequest& request) {
  const auto asked = wire::decode<wire::AddWatchRequest>(request.body);
  if (!asked || asked->path.is_null() || !is_known(asked->mode))
    return replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kMarshallingError));
  watches_.add(asked->path, conn, asked->mode);
  replies_.reply(conn, header_for(client, request.xid, served().zxid, ErrorCode::kOk),
                 wire::ErrorResponse{ErrorCode::kOk});
}

void Node::answer_watch_question(ConnId conn, ClientConnection& client, const PendingRequest& request) {
  const auto answer = [&]() -> ErrorCode {
    const auto asked = wire::decode<wire::RemoveWatchesRequest>(request.body);
    if (!asked || !is_known(asked->type)) return ErrorCode::kMarshallingError;
    const bool there = request.type == OpCode::kRemoveWatches ? watches_.remove(asked->path, conn, asked->type)
                                                              : watches_.has(asked->path, conn, asked->type);
    return there ? ErrorCode::kOk : ErrorCode::kNoWatcher;
  };
  replies_.reply(conn, header_for(client, request.xid, served().zxid, answer()));
}

}  // namespace vivarium::node

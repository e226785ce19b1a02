#include "core/client/watch_table.h"

namespace vivarium::client {

using wire::ErrorCode;
using wire::OpCode;
using wire::WatchEventType;

void WatchTable::arm(OpCode read, ErrorCode error, const Bytes& path) {
  const bool found = error == ErrorCode::kOk;
  switch (read) {
    case OpCode::kExists:
      if (found)
        data.insert(path);
      else if (error == ErrorCode::kNoNode)
        exist.insert(path);
      break;
    case OpCode::kGetData:
      if (found) data.insert(path);
      break;
    case OpCode::kGetChildren:
    case OpCode::kGetChildren2:
      if (found) child.insert(path);
      break;
    default: CHECK(false, "{} arms no watch", static_cast<int32_t>(read));
  }
}

void WatchTable::fired(WatchEventType type, const Bytes& path) {
  const bool deleted = type == WatchEventType::kNodeDeleted;
  if (deleted || type == WatchEventType::kNodeCreated || type == WatchEventType::kNodeDataChanged) {
    data.erase(path);
    exist.erase(path);
  }
  // The server tells of a deletion once, whichever tables the watch was in.
  if (deleted || type == WatchEventType::kNodeChildrenChanged) child.erase(path);
}

void WatchTable::clear() { *this = WatchTable(); }

std::vector<wire::SetWatchesRequest> WatchTable::batches(Zxid relative_zxid) const {
  constexpr size_t kEmptyBytes = 8 + 3 * 4;  // the zxid and three counts
  std::vector<wire::SetWatchesRequest> out;
  size_t bytes = 0;
  const auto add = [&](const PersistentSet<Bytes>& paths, std::vector<Bytes> wire::SetWatchesRequest::*list) {
    for (const Bytes& path : paths) {
      if (out.empty() || bytes + 4 + path.size() > kBatchBytes) {
        out.emplace_back().relative_zxid = relative_zxid;
        bytes = kEmptyBytes;
      }
      (out.back().*list).push_back(path);
      bytes += 4 + path.size();
    }
  };
  add(data, &wire::SetWatchesRequest::data);
  add(exist, &wire::SetWatchesRequest::exist);
  add(child, &wire::SetWatchesRequest::child);
  return out;
}

}  // namespace vivarium::client

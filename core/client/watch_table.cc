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

void WatchTable::add(wire::AddWatchMode mode, const Bytes& path) {
  (mode == wire::AddWatchMode::kPersistent ? persistent : persistent_recursive).insert(path);
}

std::vector<WatchEventType> WatchTable::remove(wire::WatcherType type, const Bytes& path) {
  using enum wire::WatcherType;
  std::vector<WatchEventType> removed;
  const auto take = [&](wire::WatcherType kind, std::initializer_list<PersistentSet<Bytes>*> sets) {
    bool any = false;
    for (PersistentSet<Bytes>* set : sets) any = ((type == kind || type == kAny) && set->erase(path)) || any;
    return any;
  };
  if (take(kData, {&data, &exist})) removed.push_back(WatchEventType::kDataWatchRemoved);
  if (take(kChildren, {&child})) removed.push_back(WatchEventType::kChildWatchRemoved);
  const bool on_node = take(kPersistent, {&persistent}), below = take(kPersistentRecursive, {&persistent_recursive});
  if (on_node || below) removed.push_back(WatchEventType::kPersistentWatchRemoved);
  return removed;
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

std::vector<wire::SetWatches2Request> WatchTable::batches(Zxid relative_zxid) const {
  constexpr size_t kEmptyBytes = 8 + 5 * 4;  // the zxid and five counts
  std::vector<wire::SetWatches2Request> out;
  size_t bytes = 0;
  const auto add = [&](const PersistentSet<Bytes>& paths, std::vector<Bytes> wire::SetWatches2Request::*list) {
    for (const Bytes& path : paths) {
      if (out.empty() || bytes + 4 + path.size() > kBatchBytes) {
        out.emplace_back().relative_zxid = relative_zxid;
        bytes = kEmptyBytes;
      }
      (out.back().*list).push_back(path);
      bytes += 4 + path.size();
    }
  };
  add(data, &wire::SetWatches2Request::data);
  add(exist, &wire::SetWatches2Request::exist);
  add(child, &wire::SetWatches2Request::child);
  add(persistent, &wire::SetWatches2Request::persistent);
  add(persistent_recursive, &wire::SetWatches2Request::persistent_recursive);
  return out;
}

}  // namespace vivarium::client

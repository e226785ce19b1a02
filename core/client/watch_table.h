// The watches that a session has armed, by server path, so that they can be armed again on the next connection.
#pragma once

#include <vector>

#include "core/base/persistent_map.h"
#include "core/wire/records.h"

namespace vivarium::client {

struct WatchTable {
  // Bounds a setWatches request, whose size the user does not choose (706).
  static constexpr size_t kBatchBytes = 128 * 1024;

  // A read with a watch was answered with `error`: arms by upstream's rule, which only for exists has a watch on a node
  // that is not there.
  void arm(wire::OpCode read, wire::ErrorCode error, const Bytes& path);
  void add(wire::AddWatchMode mode, const Bytes& path);
  // Takes away what `type` means; gives the events by which the user learns of it.
  std::vector<wire::WatchEventType> remove(wire::WatcherType type, const Bytes& path);
  void fired(wire::WatchEventType type, const Bytes& path);  // one-shot watches are spent
  void clear();
  bool empty() const { return size() == 0; }
  size_t size() const {
    return data.size() + exist.size() + child.size() + persistent.size() + persistent_recursive.size();
  }
  // Everything armed, data then exist then child watches, then those that stay; each batch within kBatchBytes unless
  // one path alone is longer.
  std::vector<wire::SetWatches2Request> batches(Zxid relative_zxid) const;

  PersistentSet<Bytes> data, exist, child;                // one-shot
  PersistentSet<Bytes> persistent, persistent_recursive;  // addWatch
  VIV_VISIT(VIV_FIELD(data), VIV_FIELD(exist), VIV_FIELD(child), VIV_FIELD(persistent), VIV_FIELD(persistent_recursive))
};

}  // namespace vivarium::client

// The one-shot watches that a session has armed, by server path, so that they can be armed again on the next
// connection.
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
  void fired(wire::WatchEventType type, const Bytes& path);
  void clear();
  bool empty() const { return data.empty() && exist.empty() && child.empty(); }
  size_t size() const { return data.size() + exist.size() + child.size(); }
  // Everything armed, data then exist then child watches, each batch within kBatchBytes unless one path alone is
  // longer.
  std::vector<wire::SetWatchesRequest> batches(Zxid relative_zxid) const;

  PersistentSet<Bytes> data, exist, child;
  VIV_VISIT(VIV_FIELD(data), VIV_FIELD(exist), VIV_FIELD(child))
};

}  // namespace vivarium::client

// Watches: the data and the child table of one server, by connection. One-shot standard watches today; the mode leaves room
// for persistent and recursive ones (facts 1.5).
#pragma once

#include <vector>

#include "core/tree/apply.h"

namespace vivarium::tree {

struct WatchEvent {
  ConnId conn;
  wire::WatchEventType type;
  Bytes path;
};

class Watches {
 public:
  void add_data(const Bytes& path, ConnId conn);   // getData, exists (also on a missing node)
  void add_child(const Bytes& path, ConnId conn);  // getChildren
  void remove_connection(ConnId conn);

  // The events of one transaction, in upstream's firing order; the watches told are gone.
  // `may_read(conn, acl)` is passed as data: identities per connection are looked up by the caller through `filter` after the fact,
  // so events carry the change's ACL index instead: see fire()'s result order and Change::acl_before.
  struct Fired { WatchEvent event; const Change* change; };
  std::vector<Fired> fire(const Effects& effects);

  // setWatches replay (facts 1.5): arms, or gives the event that was missed since relative_zxid.
  std::vector<WatchEvent> set_watches(const State& state, ConnId conn, const wire::SetWatchesRequest& request);

  size_t count() const;
  bool operator==(const Watches&) const = default;
  VIV_VISIT(v("data", self.data_), v("child", self.child_), v("by_conn", self.by_conn_))

 private:
  PersistentMap<Bytes, PersistentSet<ConnId>> data_, child_;
  PersistentMap<ConnId, PersistentSet<std::pair<bool, Bytes>>> by_conn_;  // (child?, path)
};

}  // namespace vivarium::tree

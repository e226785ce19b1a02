// Watches: the data and the child table of one server, by connection. One-shot standard watches today; the mode leaves
// room for persistent and recursive ones (facts 1.5).
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
  void add_data(const Bytes& path, ConnId conn);     // getData, exists (also on a missing node)
  void add_child(const Bytes& path, ConnId conn);    // getChildren
  bool remove_data(const Bytes& path, ConnId conn);  // whether there was one
  bool remove_child(const Bytes& path, ConnId conn);
  bool has_data(const Bytes& path, ConnId conn) const;
  bool has_child(const Bytes& path, ConnId conn) const;
  void remove_connection(ConnId conn);

  // The events of one transaction, in upstream's firing order, at one path by ascending connection; the watches told
  // are gone. The caller drops an event whose connection is not permitted() to read under `acl` (of the watched node:
  // for NodeChildrenChanged the parent's; empty = everyone): its watch is gone all the same, as upstream has it.
  // `change` points into effects.
  struct Fired {
    WatchEvent event;
    const Change* change;
    wire::AclList acl;
  };
  std::vector<Fired> fire(const Effects& effects);

  // setWatches replay (facts 1.5): arms, or gives the event that was missed since relative_zxid. Upstream filters none
  // of these by ACL.
  std::vector<WatchEvent> set_watches(const State& state, ConnId conn, const wire::SetWatchesRequest& request);

  size_t count() const;  // watches, a path in both tables counting twice
  size_t connections() const { return by_conn_.size(); }
  const PersistentMap<Bytes, PersistentSet<ConnId>>& data() const { return data_; }
  size_t paths() const;  // watched paths, of both tables
  bool operator==(const Watches&) const = default;
  VIV_VISIT(v("data", self.data_), v("child", self.child_), v("by_conn", self.by_conn_))

 private:
  using Table = PersistentMap<Bytes, PersistentSet<ConnId>>;
  bool add(bool child, const Bytes& path, ConnId conn);
  bool remove(bool child, const Bytes& path, ConnId conn);
  std::vector<ConnId> take(bool child, const Bytes& path);
  void forget(bool child, const Bytes& path, ConnId conn);
  Table& table(bool child) { return child ? child_ : data_; }

  Table data_, child_;
  PersistentMap<ConnId, PersistentSet<std::pair<bool, Bytes>>> by_conn_;  // (child?, path)
};

}  // namespace vivarium::tree

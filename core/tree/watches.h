// Watches: the data and the child table of one server, by connection (facts 1.5). One connection may watch one path in
// several modes at once (ZOOKEEPER-4466): one event tells them all and takes the one-shot away.
#pragma once

#include <vector>

#include "core/tree/apply.h"

namespace vivarium::tree {

struct WatchEvent {
  ConnId conn;
  wire::WatchEventType type;
  Bytes path;
};

// A set of these is a WatchModes.
enum class WatchMode : uint8_t {
  kStandard = 1,  // one-shot
  kPersistent = 2,
  kRecursive = 4,  // persistent, on the node and all below it; in the data table only: it is told of no children
};
using WatchModes = uint8_t;

class Watches {
 public:
  // Of one table: by path, who watches it and how. No entry is empty.
  using Table = PersistentMap<Bytes, PersistentMap<ConnId, WatchModes>>;

  void add_data(const Bytes& path, ConnId conn, WatchMode mode = WatchMode::kStandard);  // getData; exists, node or not
  void add_child(const Bytes& path, ConnId conn, WatchMode mode = WatchMode::kStandard);  // getChildren
  void add(const Bytes& path, ConnId conn, wire::AddWatchMode mode);                      // addWatch
  bool has(const Bytes& path, ConnId conn, wire::WatcherType type) const;                 // checkWatches
  bool remove(const Bytes& path, ConnId conn, wire::WatcherType type);  // removeWatches: whether there was one
  void remove_connection(ConnId conn);

  // The events of one transaction, in upstream's firing order, at one path by ascending connection; the one-shot
  // watches told are gone. The caller drops an event whose connection is not permitted() to read under `acl` (of the
  // watched node: for NodeChildrenChanged the parent's; empty = everyone): its watch is gone all the same, as upstream
  // has it. That node's list judges recursive watches of its ancestors, too. `change` points into effects.
  struct Fired {
    WatchEvent event;
    const Change* change;
    wire::AclList acl;
  };
  std::vector<Fired> fire(const Effects& effects);

  // The replay of setWatches and setWatches2 (facts 1.5): arms, or gives the event that was missed since relative_zxid.
  // Persistent watches are armed, and told nothing of what they missed. Upstream filters none of these by ACL.
  std::vector<WatchEvent> set_watches(const State& state, ConnId conn, const wire::SetWatches2Request& request);

  size_t count() const;  // paths of connections, one in both tables counting twice, whatever the modes
  size_t connections() const { return by_conn_.size(); }
  const Table& data() const { return data_; }
  size_t paths() const;  // watched paths, of both tables
  bool operator==(const Watches&) const = default;
  VIV_VISIT(v("data", self.data_), v("child", self.child_), v("by_conn", self.by_conn_),
            v.unhashed("recursive", self.recursive_))

 private:
  void add(bool child, const Bytes& path, ConnId conn, WatchMode mode);
  bool remove(bool child, const Bytes& path, ConnId conn, WatchModes modes);
  WatchModes modes_of(bool child, const Bytes& path, ConnId conn) const;
  void tell_those_at(bool child, const Bytes& path, std::vector<ConnId>& told);
  void tell_those_above(const Bytes& path, std::vector<ConnId>& told) const;
  std::vector<ConnId> take(bool child, const Bytes& path);
  void forget(bool child, const Bytes& path, ConnId conn);
  Table& table(bool child) { return child ? child_ : data_; }
  const Table& table(bool child) const { return child ? child_ : data_; }

  Table data_, child_;
  PersistentMap<ConnId, PersistentSet<std::pair<bool, Bytes>>> by_conn_;  // (child?, path)
  int64_t recursive_ = 0;  // recursive watches, counted from data_: without any, nobody looks at ancestors
};

}  // namespace vivarium::tree

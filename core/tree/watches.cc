#include "core/tree/watches.h"

#include <algorithm>

#include "core/tree/prepare.h"

namespace vivarium::tree {

using wire::WatchEventType;

namespace {
constexpr WatchModes bit(WatchMode mode) { return static_cast<WatchModes>(mode); }
constexpr WatchModes kAllModes = 7;

// Which watches a client means that names a type (upstream: DataTree.removeWatch, containsWatcher).
struct Meant {
  WatchModes data = 0, child = 0;
};
Meant meant_by(wire::WatcherType type) {
  switch (type) {
    case wire::WatcherType::kChildren: return {.child = bit(WatchMode::kStandard)};
    case wire::WatcherType::kData: return {.data = bit(WatchMode::kStandard)};
    case wire::WatcherType::kPersistent: return {bit(WatchMode::kPersistent), bit(WatchMode::kPersistent)};
    case wire::WatcherType::kPersistentRecursive: return {.data = bit(WatchMode::kRecursive)};
    case wire::WatcherType::kAny: return {kAllModes, kAllModes};
  }
  return {};
}
}  // namespace

void Watches::add(bool child, const Bytes& path, ConnId conn, WatchMode mode) {
  const WatchModes before = modes_of(child, path, conn);
  if (before & bit(mode)) return;
  const Bytes key = path.compact();
  table(child).upsert(key).set(conn, before | bit(mode));
  if (before == 0) by_conn_.upsert(conn).insert({child, key});
  if (mode == WatchMode::kRecursive) ++recursive_;
}

WatchModes Watches::modes_of(bool child, const Bytes& path, ConnId conn) const {
  const auto* connections = table(child).find(path);
  const WatchModes* modes = connections ? connections->find(conn) : nullptr;
  return modes ? *modes : WatchModes{0};
}

void Watches::forget(bool child, const Bytes& path, ConnId conn) {
  auto* watched = by_conn_.mutate(conn);
  if (!watched) return;
  watched->erase(std::pair(child, path));
  if (watched->empty()) by_conn_.erase(conn);
}

// Whether it watched in one of these modes, in which it no longer does.
bool Watches::remove(bool child, const Bytes& path, ConnId conn, WatchModes modes) {
  const WatchModes before = modes_of(child, path, conn), left = before & static_cast<WatchModes>(~modes);
  if (left == before) return false;
  if ((before & ~left) & bit(WatchMode::kRecursive)) --recursive_;
  auto* connections = table(child).mutate(path);
  if (left != 0) {
    connections->set(conn, left);
    return true;
  }
  connections->erase(conn);
  if (connections->empty()) table(child).erase(path);
  forget(child, path, conn);
  return true;
}

// Who watches the very path, ascending; one-shot watches are used up.
void Watches::tell_those_at(bool child, const Bytes& path, std::vector<ConnId>& told) {
  const auto* found = table(child).find(path);
  if (!found) return;
  for (const auto& [conn, modes] : *found) told.push_back(conn);
  for (ConnId conn : told) remove(child, path, conn, bit(WatchMode::kStandard));
}

void Watches::tell_those_above(const Bytes& path, std::vector<ConnId>& told) const {
  for (Bytes above = path; above.size() > 1;) {
    above = parent_of(above);
    const auto* connections = data_.find(above);
    if (!connections) continue;
    for (const auto& [conn, modes] : *connections) {
      if (modes & bit(WatchMode::kRecursive)) told.push_back(conn);
    }
  }
}

// Who is told of an event at path: each connection once, ascending.
std::vector<ConnId> Watches::take(bool child, const Bytes& path) {
  std::vector<ConnId> told;
  tell_those_at(child, path, told);
  if (child || recursive_ == 0) return told;
  tell_those_above(path, told);
  std::ranges::sort(told);
  told.erase(std::unique(told.begin(), told.end()), told.end());
  return told;
}

void Watches::add_data(const Bytes& path, ConnId conn, WatchMode mode) { add(false, path, conn, mode); }
void Watches::add_child(const Bytes& path, ConnId conn, WatchMode mode) { add(true, path, conn, mode); }
void Watches::add(const Bytes& path, ConnId conn, wire::AddWatchMode mode) {
  if (mode == wire::AddWatchMode::kPersistentRecursive) return add_data(path, conn, WatchMode::kRecursive);
  add_data(path, conn, WatchMode::kPersistent);
  add_child(path, conn, WatchMode::kPersistent);
}

bool Watches::has(const Bytes& path, ConnId conn, wire::WatcherType type) const {
  const Meant meant = meant_by(type);
  return ((modes_of(false, path, conn) & meant.data) | (modes_of(true, path, conn) & meant.child)) != 0;
}
bool Watches::remove(const Bytes& path, ConnId conn, wire::WatcherType type) {
  const Meant meant = meant_by(type);
  const bool data = remove(false, path, conn, meant.data), child = remove(true, path, conn, meant.child);
  return data || child;
}

void Watches::remove_connection(ConnId conn) {
  const auto* found = by_conn_.find(conn);
  if (!found) return;
  const auto watched = *found;
  for (const auto& [child, path] : watched) remove(child, path, conn, kAllModes);
}

size_t Watches::count() const {
  size_t sum = 0;
  for (const auto& [conn, watched] : by_conn_) sum += watched.size();
  return sum;
}

size_t Watches::paths() const {
  size_t sum = data_.size();
  for (const auto& [path, connections] : child_) sum += data_.contains(path) ? 0 : 1;
  return sum;
}

std::vector<Watches::Fired> Watches::fire(const Effects& effects) {
  std::vector<Fired> fired;
  if (by_conn_.empty()) return fired;
  for (const Change& change : effects.changes) {
    const auto tell = [&](bool child, const Bytes& path, WatchEventType type, const wire::AclList& acl,
                          const std::vector<ConnId>& told) {
      std::vector<ConnId> connections = take(child, path);
      for (ConnId conn : connections) {
        if (!std::binary_search(told.begin(), told.end(), conn)) fired.push_back({{conn, type, path}, &change, acl});
      }
      return connections;
    };
    switch (change.kind) {
      case ChangeKind::kCreated:
        tell(false, change.path, WatchEventType::kNodeCreated, change.acl_before, {});
        tell(true, parent_of(change.path), WatchEventType::kNodeChildrenChanged, change.parent_acl, {});
        break;
      case ChangeKind::kDeleted: {
        const auto told = tell(false, change.path, WatchEventType::kNodeDeleted, change.acl_before, {});
        tell(true, change.path, WatchEventType::kNodeDeleted, change.acl_before, told);
        tell(true, parent_of(change.path), WatchEventType::kNodeChildrenChanged, change.parent_acl, {});
        break;
      }
      case ChangeKind::kDataChanged:
        tell(false, change.path, WatchEventType::kNodeDataChanged, change.acl_before, {});
        break;
      case ChangeKind::kAclChanged: break;
    }
  }
  return fired;
}

std::vector<WatchEvent> Watches::set_watches(const State& state, ConnId conn, const wire::SetWatches2Request& request) {
  std::vector<WatchEvent> missed;
  for (const Bytes& path : request.data) {
    const Znode* node = state.find(path);
    if (!node)
      missed.push_back({conn, WatchEventType::kNodeDeleted, path});
    else if (node->stat.mzxid > request.relative_zxid)
      missed.push_back({conn, WatchEventType::kNodeDataChanged, path});
    else
      add_data(path, conn);
  }
  for (const Bytes& path : request.exist) {
    if (state.find(path))
      missed.push_back({conn, WatchEventType::kNodeCreated, path});
    else
      add_data(path, conn);
  }
  for (const Bytes& path : request.child) {
    const Znode* node = state.find(path);
    if (!node)
      missed.push_back({conn, WatchEventType::kNodeDeleted, path});
    else if (node->stat.pzxid > request.relative_zxid)
      missed.push_back({conn, WatchEventType::kNodeChildrenChanged, path});
    else
      add_child(path, conn);
  }
  for (const Bytes& path : request.persistent) add(path, conn, wire::AddWatchMode::kPersistent);
  for (const Bytes& path : request.persistent_recursive) add(path, conn, wire::AddWatchMode::kPersistentRecursive);
  return missed;
}

}  // namespace vivarium::tree

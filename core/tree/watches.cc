#include "core/tree/watches.h"

#include <algorithm>

#include "core/tree/prepare.h"

namespace vivarium::tree {

using wire::WatchEventType;

bool Watches::add(bool child, const Bytes& path, ConnId conn) {
  const Bytes key = path.compact();
  if (!table(child).upsert(key).insert(conn)) return false;
  by_conn_.upsert(conn).insert({child, key});
  return true;
}

void Watches::forget(bool child, const Bytes& path, ConnId conn) {
  auto* watched = by_conn_.mutate(conn);
  if (!watched) return;
  watched->erase(std::pair(child, path));
  if (watched->empty()) by_conn_.erase(conn);
}

bool Watches::remove(bool child, const Bytes& path, ConnId conn) {
  PersistentSet<ConnId>* connections = table(child).mutate(path);
  if (!connections || !connections->erase(conn)) return false;
  if (connections->empty()) table(child).erase(path);
  forget(child, path, conn);
  return true;
}

// The connections that watch path, which no longer do.
std::vector<ConnId> Watches::take(bool child, const Bytes& path) {
  const PersistentSet<ConnId>* found = table(child).find(path);
  if (!found) return {};
  std::vector<ConnId> told(found->begin(), found->end());
  table(child).erase(path);
  for (ConnId conn : told) forget(child, path, conn);
  return told;
}

void Watches::add_data(const Bytes& path, ConnId conn) { add(false, path, conn); }
void Watches::add_child(const Bytes& path, ConnId conn) { add(true, path, conn); }
bool Watches::remove_data(const Bytes& path, ConnId conn) { return remove(false, path, conn); }
bool Watches::remove_child(const Bytes& path, ConnId conn) { return remove(true, path, conn); }

bool Watches::has_data(const Bytes& path, ConnId conn) const {
  const auto* connections = data_.find(path);
  return connections && connections->contains(conn);
}
bool Watches::has_child(const Bytes& path, ConnId conn) const {
  const auto* connections = child_.find(path);
  return connections && connections->contains(conn);
}

void Watches::remove_connection(ConnId conn) {
  const auto* found = by_conn_.find(conn);
  if (!found) return;
  const auto watched = *found;
  for (const auto& [child, path] : watched) remove(child, path, conn);
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

std::vector<WatchEvent> Watches::set_watches(const State& state, ConnId conn, const wire::SetWatchesRequest& request) {
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
  return missed;
}

}  // namespace vivarium::tree

#include "core/node/data_size.h"

#include <set>

namespace vivarium::node {

namespace {

int64_t bytes_of(const tree::State& state, const Bytes& path) {
  const tree::Znode* node = state.find(path);
  return node ? static_cast<int64_t>(path.size() + node->data.size()) : 0;
}

}  // namespace

int64_t data_bytes(const tree::State& state) {
  int64_t sum = 0;
  for (const auto& [path, node] : state.nodes) sum += static_cast<int64_t>(path.size() + node->data.size());
  return sum;
}

int64_t data_bytes_change(const tree::State& before, const tree::State& after, const tree::Effects& effects) {
  std::set<Bytes> paths;  // a multi may change one twice
  for (const tree::Change& change : effects.changes) {
    if (change.kind != tree::ChangeKind::kAclChanged) paths.insert(change.path);
  }
  int64_t sum = 0;
  for (const Bytes& path : paths) sum += bytes_of(after, path) - bytes_of(before, path);
  return sum;
}

}  // namespace vivarium::node

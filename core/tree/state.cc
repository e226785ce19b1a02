#include "core/tree/state.h"

#include <libdeflate.h>

#include <charconv>
#include <utility>

#include "core/tree/quota.h"

namespace vivarium::tree {

namespace {
constexpr std::string_view kConfigPath = "/zookeeper/config";
constexpr uint64_t kTtlMark = uint64_t{0xff}
                              << 56;  // a TTL node's owner: this, two reserved bytes of 0, the ttl in 40 bits
constexpr uint64_t kTtlReserved = uint64_t{0xffff} << 40;

Cow<Znode> empty_node() {
  Znode node;
  node.data = Bytes::empty_value();
  return Cow<Znode>(std::move(node));
}

void put_i32(uint8_t* at, int32_t v) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<uint8_t>(static_cast<uint32_t>(v) >> (24 - 8 * i));
}
void put_i64(uint8_t* at, int64_t v) {
  for (int i = 0; i < 8; ++i) at[i] = static_cast<uint8_t>(static_cast<uint64_t>(v) >> (56 - 8 * i));
}

int64_t version_in(std::string_view config) {
  constexpr std::string_view kKey = "version=";
  size_t at = config.starts_with(kKey) ? 0 : config.find("\nversion=");
  if (at == std::string_view::npos) return 0;
  at = config.find(kKey, at) + kKey.size();
  int64_t version = 0;
  std::from_chars(config.data() + at, config.data() + config.size(), version, 16);
  return version;
}

void read_config_node(State& state) {
  const Znode* node = state.find(kConfigPath);
  state.config = node && !node->data.is_null() ? node->data : Bytes::empty_value();
  state.config_version = version_in(state.config.view());
}

bool add_child_name(State& state, const Bytes& path) {
  const size_t slash = path.view().rfind('/');
  if (slash == std::string_view::npos) return false;
  Cow<Znode>* parent = state.nodes.mutate(path.view().substr(0, slash == 0 ? 1 : slash));
  return parent && parent->mut().children.insert(path.from(slash + 1));
}
}  // namespace

State State::fresh() {
  State state;
  state.nodes.set(Bytes("/"), empty_node());
  state.nodes.set(Bytes("/zookeeper"), empty_node());
  state.nodes.set(Bytes("/zookeeper/quota"), empty_node());
  state.acls.set(1, {wire::Acl{wire::kPermRead, wire::AclId{Bytes("world"), Bytes("anyone")}}});
  Znode config = *empty_node();
  config.acl = 1;
  config.stat.aversion = -1;  // upstream sets the ACL of this node with version -1
  state.nodes.set(Bytes(kConfigPath), Cow<Znode>(std::move(config)));
  CHECK(finish_loading(state));
  return state;
}

const Znode* State::find(std::string_view path) const {
  const Cow<Znode>* node = nodes.find(path.empty() ? std::string_view("/") : path);
  return node ? &**node : nullptr;
}

wire::Stat State::stat_of(const Znode& node) const {
  const auto children = static_cast<uint32_t>(node.children.size());
  wire::Stat out;
  out.czxid = node.stat.czxid;
  out.mzxid = node.stat.mzxid;
  out.ctime = node.stat.ctime_ms;
  out.mtime = node.stat.mtime_ms;
  out.version = node.stat.version;
  // Stored: creates of children. Visible: creates and deletes (facts 1.7).
  out.cversion = static_cast<int32_t>(static_cast<uint32_t>(node.stat.cversion) * 2 - children);
  out.aversion = node.stat.aversion;
  out.ephemeral_owner = owned_by_session(node.stat.ephemeral_owner) ? node.stat.ephemeral_owner : 0;
  out.data_length = static_cast<int32_t>(node.data.size());
  out.num_children = static_cast<int32_t>(children);
  out.pzxid = node.stat.pzxid;
  return out;
}

const wire::AclList* State::acl_list(const Znode& node) const {
  if (node.acl == -1) return nullptr;
  const wire::AclList* list = acls.find(node.acl);
  CHECK(list, "ACL {} is not in the table", node.acl);
  return list;
}

wire::AclList State::acl_of(const Znode& node) const {
  const wire::AclList* list = acl_list(node);
  return list ? *list : wire::world_anyone_all();
}

uint32_t node_digest(std::string_view path, const Znode& node) {
  // Upstream updates quota statistics without transactions; what stands below /zookeeper/ does not count (facts 2.10).
  if (path.starts_with("/zookeeper/")) return 0;
  const NodeStat& stat = node.stat;
  uint8_t tail[60];
  put_i64(tail, stat.czxid.value);
  put_i64(tail + 8, stat.mzxid.value);
  put_i64(tail + 16, stat.pzxid.value);
  put_i64(tail + 24, stat.ctime_ms);
  put_i64(tail + 32, stat.mtime_ms);
  put_i32(tail + 40, stat.version);
  put_i32(tail + 44, stat.cversion);
  put_i32(tail + 48, stat.aversion);
  put_i64(tail + 52, stat.ephemeral_owner);
  uint32_t crc = 0;
  if (path.size() > 1) crc = libdeflate_crc32(crc, path.data(), path.size());
  if (!node.data.empty()) crc = libdeflate_crc32(crc, node.data.data(), node.data.size());
  return libdeflate_crc32(crc, tail, sizeof tail);
}

int64_t ttl_owner(int64_t ttl_ms) { return static_cast<int64_t>(kTtlMark | static_cast<uint64_t>(ttl_ms)); }

std::optional<int64_t> ttl_of(int64_t owner) {
  const auto bits = static_cast<uint64_t>(owner);
  if ((bits & (kTtlMark | kTtlReserved)) != kTtlMark) return std::nullopt;
  return static_cast<int64_t>(bits & ~(kTtlMark | kTtlReserved));
}

bool expires(int64_t owner) { return owner == kContainerOwner || ttl_of(owner); }
bool owned_by_session(int64_t owner) { return owner != 0 && !expires(owner); }

bool finish_loading(State& state) {
  const auto acls = std::exchange(state.acls, {});
  const auto nodes = std::exchange(state.nodes, {});
  state.acl_uses.clear();
  state.acl_lookup.clear();
  state.ephemerals.clear();
  state.expiring.clear();
  state.tree_digest = state.data_bytes = 0;
  state.next_acl = 1;
  if (nodes.empty() || nodes.begin()->first.view() != "/") return false;

  // Lists that stay keep their index: equal histories have equal tables, loaded or not.
  for (const auto& [path, node] : nodes) {
    const wire::AclList* list = acls.find(node->acl);
    if (list) adopt_acl(state, node->acl, *list);
  }
  const wire::AclList nobody{wire::Acl{0, wire::AclId{Bytes("world"), Bytes("anyone")}}};
  for (const auto& [loaded_path, loaded] : nodes) {
    const Bytes path = loaded_path.compact();
    Znode node = *loaded;
    node.data = node.data.compact();
    node.children.clear();
    if (node.acl != -1) {
      const wire::AclList* list = acls.find(node.acl);
      node.acl = intern_acl(state, list ? *list : nobody);
    }
    node.digest = node_digest(path, node);
    state.tree_digest += node.digest;
    state.data_bytes += bytes_of(path.view(), node);
    if (expires(node.stat.ephemeral_owner)) state.expiring.insert(path);
    if (owned_by_session(node.stat.ephemeral_owner))
      state.ephemerals.upsert(SessionId{node.stat.ephemeral_owner}).insert(path);
    // A parent's path is a prefix of its children's: it sorts before them and is there already.
    if (path.size() > 1 && !add_child_name(state, path)) return false;
    state.nodes.set(path, Cow<Znode>(std::move(node)));
  }
  recount_quotas(state);
  read_config_node(state);
  return true;
}

void install_config(State& state, const Bytes& text) {
  const Bytes path{kConfigPath};
  if (!state.nodes.contains(path)) {
    const wire::AclList read_only{wire::Acl{wire::kPermRead, wire::AclId{Bytes("world"), Bytes("anyone")}}};
    Znode node = *empty_node();
    node.acl = intern_acl(state, read_only);
    node.stat.aversion = -1;
    state.data_bytes += bytes_of(path.view(), node);
    state.nodes.set(path, Cow<Znode>(std::move(node)));
    if (Cow<Znode>* parent = state.nodes.mutate("/zookeeper")) parent->mut().children.insert(Bytes("config"));
  }
  Znode& node = state.nodes.mutate(path)->mut();
  state.data_bytes -= bytes_of(path.view(), node);
  node.data = text.compact();
  state.data_bytes += bytes_of(path.view(), node);
  read_config_node(state);
  node.stat.version = -1;
  node.stat.mzxid = Zxid{state.config_version};
}

}  // namespace vivarium::tree

#include "tests/tree/model_support.h"

#include <algorithm>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {

namespace {
using wire::ErrorCode;
using wire::OpCode;

wire::AclId id(const char* scheme, const char* text) { return {Bytes(scheme), Bytes(text)}; }
wire::Acl entry(int32_t perms, const char* scheme, const char* text) { return {perms, id(scheme, text)}; }

const char* const kAlice = "alice:Z0pT6TIgHfqxC7nxJxPl0Ae7A0E=";

std::optional<wire::AclList> expanded(size_t choice, size_t person) {
  const wire::AclList acl = acl_choice(choice);
  switch (choice) {
    case 3: return person == 0 ? std::optional(wire::AclList{entry(31, "digest", kAlice)}) : std::nullopt;
    case 5:
    case 6:
    case 8: return std::nullopt;
    case 7: return wire::AclList{acl[0], acl[2]};
    default: return acl;
  }
}

bool allows(const wire::AclList& acl, int32_t perm, size_t person) {
  if (person == 2) return true;  // super
  for (const wire::Acl& e : acl) {
    if (!(e.perms & perm)) continue;
    const std::string text = e.id.scheme.str() + ":" + e.id.id.str();
    if (text == "world:anyone") return true;
    if (text == std::string("digest:") + kAlice && person == 0) return true;
    if (text == "ip:10.0.0.0/8" && person == 0) return true;  // 10.1.2.3; the others come from 192.168.0.9
  }
  return false;
}

bool good_path(const std::string& path) {
  if (path == "/") return true;
  if (path.empty() || path.front() != '/' || path.back() == '/') return false;
  if (path.find("//") != std::string::npos || path.find('\n') != std::string::npos ||
      path.find('\0') != std::string::npos)
    return false;
  return (path + "/").find("/../") == std::string::npos && (path + "/").find("/./") == std::string::npos;
}
std::string parent_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}
int32_t plus_one(int32_t v) { return static_cast<int32_t>(static_cast<uint32_t>(v) + 1); }
int32_t next_version(int32_t v) { return plus_one(v) == -1 ? 0 : plus_one(v); }

uint32_t slow_crc(const std::string& bytes) {
  uint32_t crc = ~uint32_t{0};
  for (char c : bytes) {
    crc ^= static_cast<uint8_t>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
  }
  return ~crc;
}
void big_endian(std::string& out, int64_t value, int width) {
  for (int i = width - 1; i >= 0; --i) out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i));
}
}  // namespace

const std::vector<Person>& people() {
  static const std::vector<Person> all = {
      {101, {id("ip", "10.1.2.3"), id("digest", kAlice)}},
      {102, {id("ip", "192.168.0.9")}},
      {103, {id("ip", "192.168.0.9"), id("super", "")}},
  };
  return all;
}

wire::AclList acl_choice(size_t i) {
  switch (i) {
    case 0: return wire::world_anyone_all();
    case 1: return {entry(wire::kPermRead, "world", "anyone")};
    case 2: return {entry(wire::kPermAll, "digest", kAlice)};
    case 3: return {entry(wire::kPermAll, "auth", "")};
    case 4: return {entry(wire::kPermRead | wire::kPermWrite | wire::kPermCreate, "ip", "10.0.0.0/8")};
    case 5: return {};
    case 6: return {entry(wire::kPermAll, "kerberos", "x")};
    case 7:
      return {entry(wire::kPermRead | wire::kPermCreate, "world", "anyone"),
              entry(wire::kPermRead | wire::kPermCreate, "world", "anyone"),
              entry(wire::kPermWrite | wire::kPermDelete | wire::kPermAdmin, "digest", kAlice)};
    default: return {entry(wire::kPermAll, "digest", "nocolon")};
  }
}

Request request_of(const Step& step, int32_t cxid) {
  const auto bytes = [](const std::optional<std::string>& text) { return text ? Bytes(*text) : Bytes(); };
  Request request{SessionId{people()[step.person].session}, cxid, step.type, Bytes::empty_value(),
                  people()[step.person].identities};
  switch (step.type) {
    case OpCode::kCreateTtl:
      request.body = wire::encode(
          wire::CreateTtlRequest{bytes(step.path), bytes(step.data), acl_choice(step.acl), step.flags, step.ttl});
      break;
    case OpCode::kDeleteContainer: request.body = wire::encode(wire::PathRequest{bytes(step.path)}); break;
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
      request.body =
          wire::encode(wire::CreateRequest{bytes(step.path), bytes(step.data), acl_choice(step.acl), step.flags});
      break;
    case OpCode::kDelete:
    case OpCode::kCheck: request.body = wire::encode(wire::PathVersionRequest{bytes(step.path), step.version}); break;
    case OpCode::kSetData:
      request.body = wire::encode(wire::SetDataRequest{bytes(step.path), bytes(step.data), step.version});
      break;
    case OpCode::kSetAcl:
      request.body = wire::encode(wire::SetAclRequest{bytes(step.path), acl_choice(step.acl), step.version});
      break;
    case OpCode::kCreateSession: request.body = wire::encode(wire::CreateSessionTxn{6000}); break;
    case OpCode::kMulti: {
      std::vector<wire::MultiOp> ops;
      for (const Step& op : step.operations) ops.push_back({op.type, request_of(op, cxid).body});
      request.body = wire::encode_multi_request(ops);
      break;
    }
    default: break;
  }
  return request;
}

Model::Model() {
  for (const char* path : {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"})
    nodes[path] = {.data = "", .acl = acl_choice(0)};
  nodes["/zookeeper/config"].acl = acl_choice(1);
  nodes["/zookeeper/config"].aversion = -1;
}

std::set<std::string> Model::children(const std::string& path) const {
  std::set<std::string> names;
  for (const auto& [other, node] : nodes) {
    if (other != "/" && parent_path(other) == path) names.insert(other.substr(other.rfind('/') + 1));
  }
  return names;
}

wire::Stat Model::stat(const std::string& path) const {
  const ModelNode& n = nodes.at(path);
  const auto count = static_cast<int32_t>(children(path).size());
  wire::Stat s;
  s.czxid = Zxid{n.czxid};
  s.mzxid = Zxid{n.mzxid};
  s.ctime = n.ctime;
  s.mtime = n.mtime;
  s.version = n.version;
  s.cversion = 2 * n.creates - count;
  s.aversion = n.aversion;
  s.ephemeral_owner = n.owner;
  s.data_length = n.data ? static_cast<int32_t>(n.data->size()) : 0;
  s.num_children = count;
  s.pzxid = Zxid{n.pzxid};
  return s;
}

int64_t Model::digest() const {
  int64_t sum = 0;
  for (const auto& [path, n] : nodes) {
    if (path.starts_with("/zookeeper/")) continue;
    std::string bytes = (path == "/" ? "" : path) + n.data.value_or("");
    for (int64_t v : {n.czxid, n.mzxid, n.pzxid, n.ctime, n.mtime}) big_endian(bytes, v, 8);
    for (int32_t v : {n.version, n.creates, n.aversion}) big_endian(bytes, v, 4);
    big_endian(bytes, n.mark ? n.mark : n.owner, 8);
    sum += slow_crc(bytes);
  }
  return sum;
}

Verdict Model::create(const Step& step, int64_t zxid, int64_t time) {
  if (step.flags < 0 || step.flags > 6) return {ErrorCode::kBadArguments, {}, {}};
  const bool timed = step.flags == 5 || step.flags == 6, ttl_request = step.type == OpCode::kCreateTtl;
  if (timed && !extended) return {ErrorCode::kUnimplemented, {}, {}};
  if (timed != ttl_request || (timed && (step.ttl < 1 || step.ttl >= 1'099'511'627'776)))
    return {ErrorCode::kBadArguments, {}, {}};
  const int64_t session = people()[step.person].session;
  if (!sessions.contains(session)) return {ErrorCode::kSessionExpired, {}, {}};
  if (!step.path) return {ErrorCode::kMarshallingError, {}, {}};
  std::string path = *step.path;
  if (path.find('/') == std::string::npos || path.find('\0') != std::string::npos)
    return {ErrorCode::kBadArguments, {}, {}};
  const auto acl = expanded(step.acl, step.person);
  if (!acl) return {ErrorCode::kInvalidAcl, {}, {}};
  const std::string above = path[0] == '/' && path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/'));
  if (!nodes.contains(above)) return {ErrorCode::kNoNode, {}, {}};
  ModelNode& parent = nodes[above];
  if (!allows(parent.acl, wire::kPermCreate, step.person)) return {ErrorCode::kNoAuth, {}, {}};
  if (step.flags == 2 || step.flags == 3 || step.flags == 6) {
    std::string digits = std::to_string(parent.creates);
    path += std::string(10 - digits.size(), '0') + digits;
  }
  if (!good_path(path)) return {ErrorCode::kBadArguments, {}, {}};
  if (nodes.contains(path)) return {ErrorCode::kNodeExists, {}, {}};
  if (parent.owner != 0) return {ErrorCode::kNoChildrenForEphemerals, {}, {}};
  ++parent.creates;
  parent.pzxid = zxid;
  const bool container = step.type == OpCode::kCreateContainer;
  const bool ephemeral = !container && (step.flags == 1 || step.flags == 3);
  nodes[path] = {.data = step.data,
                 .acl = *acl,
                 .czxid = zxid,
                 .mzxid = zxid,
                 .pzxid = zxid,
                 .ctime = time,
                 .mtime = time,
                 .owner = ephemeral ? session : 0,
                 .mark = container ? INT64_MIN
                         : timed   ? step.ttl - 72'057'594'037'927'936
                                   : 0};
  return {ErrorCode::kOk, {}, path};
}

Verdict Model::remove(const Step& step, int64_t zxid) {
  if (!sessions.contains(people()[step.person].session)) return {ErrorCode::kSessionExpired, {}, {}};
  if (!step.path) return {ErrorCode::kMarshallingError, {}, {}};
  const std::string& path = *step.path;
  static const std::set<std::string> kept = {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"};
  if (path.find('/') == std::string::npos || path.find('\0') != std::string::npos || kept.contains(path))
    return {ErrorCode::kBadArguments, {}, {}};
  const auto parent = nodes.find(path.rfind('/') == 0 ? "/" : path.substr(0, path.rfind('/')));
  if (parent == nodes.end()) return {ErrorCode::kNoNode, {}, {}};
  if (!allows(parent->second.acl, wire::kPermDelete, step.person)) return {ErrorCode::kNoAuth, {}, {}};
  const auto node = nodes.find(path);
  if (node == nodes.end()) return {ErrorCode::kNoNode, {}, {}};
  if (step.version != -1 && step.version != node->second.version) return {ErrorCode::kBadVersion, {}, {}};
  if (!children(path).empty()) return {ErrorCode::kNotEmpty, {}, {}};
  parent->second.pzxid = zxid;
  nodes.erase(node);
  return {};
}

// deleteContainer: nobody's permission is asked, nor whether it is a container.
Verdict Model::remove_left(const Step& step, int64_t zxid) {
  if (!step.path) return {ErrorCode::kMarshallingError, {}, {}};
  static const std::set<std::string> kept = {"/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"};
  const std::string& path = *step.path;
  if (path.find('/') == std::string::npos || path.find('\0') != std::string::npos || kept.contains(path))
    return {ErrorCode::kBadArguments, {}, {}};
  if (!nodes.contains(path)) return {ErrorCode::kNoNode, {}, {}};
  if (!children(path).empty()) return {ErrorCode::kNotEmpty, {}, {}};
  if (nodes[path].owner != 0) return {ErrorCode::kBadVersion, {}, {}};
  nodes[parent_path(path)].pzxid = zxid;
  nodes.erase(path);
  return {};
}

// setData, setACL, check: a node is looked at, and changed.
Verdict Model::change(const Step& step, int64_t zxid, int64_t time) {
  if (!sessions.contains(people()[step.person].session)) return {ErrorCode::kSessionExpired, {}, {}};
  if (!step.path || !good_path(*step.path)) return {ErrorCode::kBadArguments, {}, {}};
  const auto acl = expanded(step.acl, step.person);
  if (step.type == OpCode::kSetAcl && !acl) return {ErrorCode::kInvalidAcl, {}, {}};
  const auto found = nodes.find(*step.path);
  if (found == nodes.end()) return {ErrorCode::kNoNode, {}, {}};
  ModelNode& node = found->second;
  const int32_t perm = step.type == OpCode::kSetData  ? wire::kPermWrite
                       : step.type == OpCode::kSetAcl ? wire::kPermAdmin
                                                      : wire::kPermRead;
  if (!allows(node.acl, perm, step.person)) return {ErrorCode::kNoAuth, {}, {}};
  int32_t& version = step.type == OpCode::kSetAcl ? node.aversion : node.version;
  if (step.version != -1 && step.version != version) return {ErrorCode::kBadVersion, {}, {}};
  if (step.type == OpCode::kCheck) return {};
  version = next_version(version);
  if (step.type == OpCode::kSetAcl) {
    node.acl = *acl;
  } else {
    node.data = step.data;
    node.mzxid = zxid;
    node.mtime = time;
  }
  return {};
}

Verdict Model::operation(const Step& step, int64_t zxid, int64_t time) {
  switch (step.type) {
    case OpCode::kCreate:
    case OpCode::kCreate2:
    case OpCode::kCreateContainer:
    case OpCode::kCreateTtl: return create(step, zxid, time);
    case OpCode::kDelete: return remove(step, zxid);
    case OpCode::kSetData:
    case OpCode::kSetAcl:
    case OpCode::kCheck: return change(step, zxid, time);
    default: return {ErrorCode::kUnimplemented, {}, {}};
  }
}

Verdict Model::execute(const Step& step, int64_t zxid, int64_t time) {
  const int64_t session = people()[step.person].session;
  if (step.type == OpCode::kCreateSession) {
    sessions.insert(session);
    return {};
  }
  if (step.type == OpCode::kCloseSession) {
    std::vector<std::string> owned;
    for (const auto& [path, node] : nodes)
      if (node.owner == session) owned.push_back(path);
    for (const std::string& path : owned) {
      nodes[parent_path(path)].pzxid = zxid;
      nodes.erase(path);
    }
    sessions.erase(session);
    return {};
  }
  if (step.type == OpCode::kCheck) return {ErrorCode::kUnimplemented, {}, {}};
  if (step.type == OpCode::kDeleteContainer) return remove_left(step, zxid);
  if (step.type != OpCode::kMulti) return operation(step, zxid, time);

  for (const Step& op : step.operations) {
    const bool creates =
        op.type == OpCode::kCreate || op.type == OpCode::kCreate2 || op.type == OpCode::kCreateContainer;
    if (creates && (op.flags < 0 || op.flags > 4)) return {ErrorCode::kMarshallingError, {}, {}};
  }
  if (!sessions.contains(session)) return {ErrorCode::kSessionExpired, {}, {}};
  Model after = *this;
  Verdict verdict;
  bool failed = false;
  for (const Step& op : step.operations) {
    Step mine = op;
    mine.person = step.person;
    if (op.type == OpCode::kCreateTtl && op.flags != 5 && op.flags != 6) mine.type = OpCode::kCreate;
    if (op.flags == 4 && (mine.type == OpCode::kCreate || mine.type == OpCode::kCreate2))
      mine.type = OpCode::kCreateContainer;
    const Verdict one = failed ? Verdict{ErrorCode::kRuntimeInconsistency, {}, {}} : after.operation(mine, zxid, time);
    if (one.error == ErrorCode::kMarshallingError) return {ErrorCode::kMarshallingError, {}, {}};
    failed = failed || one.error != ErrorCode::kOk;
    verdict.multi.push_back(one.error);
  }
  if (!failed) *this = after;
  return verdict;
}

namespace {
// The ACL table holds what some node uses, once, and counts right.
std::string table_fault(const State& state) {
  std::map<int64_t, int64_t> uses;
  for (const auto& [path, node] : state.nodes)
    if (node->acl != -1) ++uses[node->acl];
  if (uses.size() != state.acls.size() || uses.size() != state.acl_uses.size() ||
      uses.size() != state.acl_lookup.size())
    return "size of the ACL table";
  for (const auto& [index, count] : uses)
    if (!state.acls.contains(index) || *state.acl_uses.find(index) != count)
      return fmt::format("uses of ACL {}", index);
  for (const auto& [index, list] : state.acls) {
    for (const auto& [other, same] : state.acls)
      if (index != other && list == same) return "a list that stands twice";
  }
  return state.next_acl == state.acls.back()->first + 1 ? "" : "next_acl";
}
}  // namespace

std::string difference(const State& state, const Model& model) {
  if (std::string fault = table_fault(state); !fault.empty()) return fault;
  if (state.nodes.size() != model.nodes.size())
    return fmt::format("{} nodes, the model has {}", state.nodes.size(), model.nodes.size());
  std::map<int64_t, std::set<std::string>> ephemerals;
  size_t marked = 0;
  for (const auto& [path, expected] : model.nodes) {
    const Znode* node = state.find(path);
    if (!node) return path + " is missing";
    if (state.stat_of(*node) != model.stat(path))
      return fmt::format("{}: {}, the model has {}", path, print(state.stat_of(*node)), print(model.stat(path)));
    if (node->data != (expected.data ? Bytes(*expected.data) : Bytes())) return path + ": data " + print(node->data);
    if (state.acl_of(*node) != expected.acl) return path + ": acl " + print(state.acl_of(*node));
    const auto children = model.children(path);
    if (!std::equal(node->children.begin(), node->children.end(), children.begin(), children.end(),
                    [](const Bytes& a, const std::string& b) { return a.view() == b; }))
      return path + ": children";
    if (expected.mark) ++marked;
    if (state.expiring.contains(Bytes(path)) != (expected.mark != 0)) return path + ": whether it expires";
    if (expected.owner) ephemerals[expected.owner].insert(path);
  }
  if (state.expiring.size() != marked) return "nodes that expire";
  if (state.ephemerals.size() != ephemerals.size()) return "owners of ephemerals";
  for (const auto& [owner, paths] : ephemerals) {
    const auto* found = state.ephemerals.find(SessionId{owner});
    if (!found || !std::equal(found->begin(), found->end(), paths.begin(), paths.end(),
                              [](const Bytes& a, const std::string& b) { return a.view() == b; }))
      return fmt::format("ephemerals of {}", owner);
  }
  if (state.sessions.size() != model.sessions.size()) return "sessions";
  for (int64_t session : model.sessions)
    if (!state.sessions.contains(SessionId{session})) return fmt::format("session {}", session);
  if (state.tree_digest != model.digest())
    return fmt::format("digest {}, the model has {}", state.tree_digest, model.digest());
  if (state.data_bytes != walked_bytes(state))
    return fmt::format("{} bytes, the walk has {}", state.data_bytes, walked_bytes(state));
  return "";
}

}  // namespace vivarium::tree::testing

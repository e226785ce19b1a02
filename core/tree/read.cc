#include "core/tree/read.h"

#include "core/tree/prepare.h"

namespace vivarium::tree {

namespace {
using wire::AclId;
using wire::AclList;
using wire::ErrorCode;
using wire::OpCode;

using Answer = std::expected<Bytes, ErrorCode>;

struct Reader {
  const State& state;
  SessionId session;
  const std::vector<AclId>& identities;

  bool may(const Znode& node, int32_t permissions) const {
    const AclList* acl = state.acl_list(node);
    return !acl || permitted(*acl, permissions, identities);
  }
  // The node at path, if there is one and the caller may. A null path is no path to upstream: MarshallingError.
  std::expected<const Znode*, ErrorCode> node(const Bytes& path, int32_t permissions) const {
    if (path.is_null()) return std::unexpected(ErrorCode::kMarshallingError);
    const Znode* found = state.find(path);
    if (!found) return std::unexpected(ErrorCode::kNoNode);
    if (!may(*found, permissions)) return std::unexpected(ErrorCode::kNoAuth);
    return found;
  }
};

std::vector<Bytes> names(const Znode& node) { return {node.children.begin(), node.children.end()}; }

Answer exists(const Reader& reader, const wire::PathWatchRequest& request) {
  if (request.path.view().find('\0') != std::string_view::npos) return std::unexpected(ErrorCode::kBadArguments);
  const auto node = reader.node(request.path, wire::kPermRead);  // 2590: READ is needed since 3.9.2
  if (!node) return std::unexpected(node.error());
  return wire::encode(wire::StatResponse{reader.state.stat_of(**node)});
}

Answer get_data(const Reader& reader, const wire::PathWatchRequest& request) {
  const auto node = reader.node(request.path, wire::kPermRead);
  if (!node) return std::unexpected(node.error());
  return wire::encode(wire::GetDataResponse{(*node)->data, reader.state.stat_of(**node)});
}

Answer get_children(const Reader& reader, const wire::PathWatchRequest& request) {
  const auto node = reader.node(request.path, wire::kPermRead);
  if (!node) return std::unexpected(node.error());
  return wire::encode(wire::GetChildrenResponse{names(**node)});
}

Answer get_children2(const Reader& reader, const wire::PathWatchRequest& request) {
  const auto node = reader.node(request.path, wire::kPermRead);
  if (!node) return std::unexpected(node.error());
  return wire::encode(wire::GetChildren2Response{names(**node), reader.state.stat_of(**node)});
}

// Only who may change the list sees the hashes in it.
AclList masked(AclList acl) {
  for (wire::Acl& entry : acl) {
    const size_t colon = entry.id.id.view().find(':');
    if (entry.id.scheme.view() == "digest" && colon != std::string_view::npos) {
      entry.id.id = Bytes(std::string(entry.id.id.view().substr(0, colon)) + ":x");
    }
  }
  return acl;
}

Answer get_acl(const Reader& reader, const wire::PathRequest& request) {
  const auto node = reader.node(request.path, wire::kPermRead | wire::kPermAdmin);
  if (!node) return std::unexpected(node.error());
  AclList acl = reader.state.acl_of(**node);
  if (!reader.may(**node, wire::kPermAdmin)) acl = masked(std::move(acl));
  return wire::encode(wire::GetAclResponse{std::move(acl), reader.state.stat_of(**node)});
}

Answer get_all_children_number(const Reader& reader, const wire::PathRequest& request) {
  const auto node = reader.node(request.path, wire::kPermRead);
  if (!node) return std::unexpected(node.error());
  const auto& nodes = reader.state.nodes;
  if (request.path.view() == "/")
    return wire::encode(wire::ChildrenNumberResponse{static_cast<int32_t>(nodes.size() - 1)});
  const std::string prefix = request.path.str() + "/";
  int32_t count = 0;
  for (auto at = nodes.lower_bound(prefix); at != nodes.end() && at->first.view().starts_with(prefix); ++at) ++count;
  return wire::encode(wire::ChildrenNumberResponse{count});
}

// Java's trim(): blank is what is not above ' '.
bool blank(std::string_view text) {
  for (char c : text) {
    if (static_cast<uint8_t>(c) > ' ') return false;
  }
  return true;
}
std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.substr(0, 1))) text.remove_prefix(1);
  while (!text.empty() && blank(text.substr(text.size() - 1))) text.remove_suffix(1);
  return text;
}

Answer get_ephemerals(const Reader& reader, const wire::PathRequest& request) {
  std::string_view prefix = request.path.view();
  if (blank(prefix) || trimmed(prefix) == "/") prefix = {};
  wire::GetChildrenResponse response;  // a list of paths here
  if (const PersistentSet<Bytes>* paths = reader.state.ephemerals.find(reader.session)) {
    for (const Bytes& path : *paths) {
      if (path.view().starts_with(prefix)) response.children.push_back(path);
    }
  }
  return wire::encode(response);
}

Answer who_am_i(const Reader& reader) {
  wire::WhoAmIResponse response;
  for (const AclId& id : reader.identities) {
    const std::string_view text = id.id.view();
    Bytes user = id.id.is_null() ? Bytes::empty_value() : id.id;
    if (id.scheme.view() == "digest") user = Bytes(text.substr(0, text.find(':')));
    response.identities.push_back({id.scheme, user});
  }
  return wire::encode(response);
}

Answer multi_read(const Reader& reader, const Bytes& body) {
  const auto ops = wire::decode_multi_request(body);
  if (!ops) return std::unexpected(ErrorCode::kMarshallingError);
  std::vector<wire::MultiResult> results;
  for (const wire::MultiOp& op : *ops) {
    const auto request = wire::decode<wire::PathWatchRequest>(op.body);
    if ((op.type != OpCode::kGetData && op.type != OpCode::kGetChildren) || !request)
      return std::unexpected(ErrorCode::kMarshallingError);
    const auto node = reader.node(request->path, wire::kPermRead);
    wire::MultiResult& result = results.emplace_back();
    result.type = node ? op.type : OpCode::kError;
    if (!node) {
      if (node.error() == ErrorCode::kMarshallingError) return std::unexpected(node.error());
      result.err = node.error();
    } else if (op.type == OpCode::kGetData) {
      result.data = (*node)->data;
      result.stat = reader.state.stat_of(**node);
    } else {
      result.children = names(**node);
    }
  }
  return wire::encode_multi_response(results);
}

template <class Record>
Answer decode_and(Answer (*answer)(const Reader&, const Record&), const Reader& reader, const Bytes& body) {
  const auto record = wire::decode<Record>(body);
  return record ? answer(reader, *record) : Answer(std::unexpected(ErrorCode::kMarshallingError));
}
}  // namespace

Answer read(const State& state, SessionId session, OpCode type, const Bytes& body,
            const std::vector<AclId>& identities) {
  const Reader reader{state, session, identities};
  switch (type) {
    case OpCode::kExists: return decode_and(exists, reader, body);
    case OpCode::kGetData: return decode_and(get_data, reader, body);
    case OpCode::kGetAcl: return decode_and(get_acl, reader, body);
    case OpCode::kGetChildren: return decode_and(get_children, reader, body);
    case OpCode::kGetChildren2: return decode_and(get_children2, reader, body);
    case OpCode::kGetEphemerals: return decode_and(get_ephemerals, reader, body);
    case OpCode::kGetAllChildrenNumber: return decode_and(get_all_children_number, reader, body);
    case OpCode::kMultiRead: return multi_read(reader, body);
    case OpCode::kWhoAmI: return who_am_i(reader);
    default: return std::unexpected(ErrorCode::kUnimplemented);
  }
}

}  // namespace vivarium::tree

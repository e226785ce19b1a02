#include "core/log/snapshot_format.h"

#include "core/log/formats.h"

namespace vivarium::log {

namespace {

constexpr std::string_view kStreamEnd = "BenWasHere";
const std::string_view kNodesEnd = "/";

void ustring(BytesBuilder& out, std::string_view text) {
  out.i32(static_cast<int32_t>(text.size()));
  out.append(text);
}

void encode_tables(BytesBuilder& out, const tree::State& state) {
  out.i32(static_cast<int32_t>(state.sessions.size()));
  for (const auto& [session, timeout_ms] : state.sessions) {
    out.i64(session.value);
    out.i32(timeout_ms);
  }
  out.i32(static_cast<int32_t>(state.acls.size()));
  for (const auto& [index, acl] : state.acls) {
    out.i64(index);
    wire::encode_to(out, acl);
  }
}

// Upstream knows the root as "" here, and "/" ends the list.
void encode_node(BytesBuilder& out, const Bytes& path, const tree::Znode& node) {
  ustring(out, path.view() == "/" ? std::string_view() : path.view());
  wire::encode_to(out, node.data);
  out.i64(node.acl);
  wire::encode_to(out, node.stat);
}

}  // namespace

SnapshotFile::SnapshotFile(const tree::State& state) : state_(state), node_(state.nodes.begin()) {}

Bytes SnapshotFile::next(size_t size) {
  if (phase_ == Phase::kDone) return Bytes::empty_value();
  BytesBuilder out;
  size_t summed = 0;
  const auto sum = [&] { sum_ = adler32(out.view().substr(std::exchange(summed, out.size())), sum_); };
  const auto seal = [&] {
    sum();
    out.i64(sum_);
    ustring(out, "/");
  };
  if (phase_ == Phase::kHead) {
    out.append(snapshot_file_header());
    encode_tables(out, state_);
    phase_ = Phase::kNodes;
  }
  for (; node_ != state_.nodes.end() && out.size() < size; ++node_) encode_node(out, node_->first, *node_->second);
  if (node_ == state_.nodes.end()) {
    ustring(out, kNodesEnd);
    seal();
    out.i64(state_.zxid.value);
    out.i32(wire::kDigestVersion);
    out.i64(state_.tree_digest);
    seal();
    out.i64(state_.zxid.value);
    seal();
    phase_ = Phase::kDone;
  }
  sum();
  return out.take();
}

Bytes encode_snapshot_file(const tree::State& state) { return SnapshotFile(state).next(SIZE_MAX); }

namespace {

// A seal at `at`: the running checksum of everything before it. 0: it is not there; otherwise the offset behind it.
std::expected<size_t, std::string> check_seal(const Bytes& file, size_t at) {
  wire::JuteReader reader(file, at);
  const auto sum = reader.get<int64_t>();
  const auto end = reader.get<Bytes>();
  if (!reader.ok()) return std::unexpected(fmt::format("the seal at offset {} is cut off", at));
  if (end.view() != "/") return std::unexpected(fmt::format("the seal at offset {} does not end with \"/\"", at));
  const uint32_t computed = adler32(file.view().substr(0, at));
  if (sum != computed)
    return std::unexpected(
        fmt::format("the checksum at offset {} is {:#x}, the content's is {:#x}", at, sum, computed));
  return reader.position();
}

}  // namespace

std::expected<Snapshot, std::string> decode_snapshot_file(const Bytes& file, Zxid zxid) {
  if (!is_snapshot_file_header(file.view()))
    return std::unexpected("offset 0 does not hold a snapshot's header (ZKSN, version 2)");
  SnapshotReader reader(false);
  reader.feed(file.from(kFileHeaderBytes));
  const size_t body_end = static_cast<size_t>(kFileHeaderBytes) + reader.consumed();
  if (!reader.complete())
    return std::unexpected(
        fmt::format("the content is {} at offset {}", reader.failed() ? "malformed" : "cut off", body_end));
  auto at = check_seal(file, body_end);
  if (!at) return std::unexpected(at.error());
  Snapshot out{reader.take_state(zxid), std::nullopt};
  if (reader.failed()) return std::unexpected("the nodes are no tree: one of them has no parent");
  if (*at == file.size()) return out;

  wire::JuteReader digest(file, *at);
  const auto digest_zxid = digest.get<Zxid>();
  const auto version = digest.get<int32_t>();
  const bool as_text = version < wire::kDigestVersion;
  const auto tree_digest = as_text ? int64_t{0} : digest.get<int64_t>();
  if (as_text) digest.get<Bytes>();
  if (!digest.ok()) return std::unexpected(fmt::format("the digest at offset {} is cut off", *at));
  at = check_seal(file, digest.position());
  if (!at) return std::unexpected(at.error());
  // Upstream writes zeros when it knows no digest, which it does not before its first transaction.
  if (digest_zxid > Zxid{0} || zxid == Zxid{0}) out.digest_zxid = digest_zxid;
  if (version == wire::kDigestVersion && digest_zxid > Zxid{0} && digest_zxid == zxid &&
      tree_digest != out.state.tree_digest) {
    return std::unexpected(
        fmt::format("the digest of the tree at {} is {}, the file says {}", zxid, out.state.tree_digest, tree_digest));
  }
  if (*at == file.size()) return out;

  wire::JuteReader last(file, *at);
  last.get<int64_t>();
  if (!last.ok()) return std::unexpected(fmt::format("lastProcessedZxid at offset {} is cut off", *at));
  at = check_seal(file, last.position());
  if (!at) return std::unexpected(at.error());
  if (*at != file.size()) return std::unexpected(fmt::format("bytes follow the last seal, from offset {}", *at));
  return out;
}

bool snapshot_is_sealed(const Bytes& file) {
  constexpr size_t kSealBytes = 13;
  if (!is_snapshot_file_header(file.view()) || file.size() < kFileHeaderBytes + kSealBytes) return false;
  return check_seal(file, file.size() - kSealBytes).has_value();
}

// ---- SNAP
// ------------------------------------------------------------------------------------------------------------------

Bytes SnapshotCursor::next(size_t size) {
  BytesBuilder out;
  if (phase_ == Phase::kTables) {
    encode_tables(out, state_);
    phase_ = Phase::kNodes;
  }
  auto node = last_path_.is_null() ? state_.nodes.begin() : state_.nodes.upper_bound(last_path_);
  for (; node != state_.nodes.end() && out.size() < size; ++node) {
    encode_node(out, (*node).first, *(*node).second);
    last_path_ = (*node).first;
  }
  if (node == state_.nodes.end() && phase_ == Phase::kNodes) {
    ustring(out, kNodesEnd);
    ustring(out, kStreamEnd);
    phase_ = Phase::kDone;
    state_ = tree::State();
  }
  return out.take();
}

void SnapshotReader::feed(const Bytes& bytes) {
  buffer_.append(bytes);
  while (advance()) {
  }
}

// Reads one item if it is whole; false when it is not, or at the end. Finding out that a long item is not whole looks
// at lengths only, so that a stream fed a byte at a time costs linear time.
bool SnapshotReader::advance() {
  wire::JuteReader in(buffer_);
  Phase next = phase_;
  switch (phase_) {
    case Phase::kSessionCount:
    case Phase::kAclCount:
      left_ = in.get<int32_t>();
      next = phase_ == Phase::kSessionCount ? Phase::kSessions : Phase::kAcls;
      break;
    case Phase::kSessions: {
      if (left_ <= 0) {
        phase_ = left_ < 0 ? Phase::kFailed : Phase::kAclCount;
        return true;
      }
      const auto session = in.get<int64_t>();
      const auto timeout_ms = in.get<int32_t>();
      if (in.ok()) {
        state_.sessions.set(SessionId{session}, timeout_ms);
        --left_;
      }
      break;
    }
    case Phase::kAcls: {
      if (left_ <= 0) {
        phase_ = left_ < 0 ? Phase::kFailed : Phase::kNodes;
        return true;
      }
      acl_index_ = in.get<int64_t>();
      acl_left_ = in.get<int32_t>();
      acl_.clear();
      next = Phase::kAclEntries;
      break;
    }
    case Phase::kAclEntries: {
      if (acl_left_ <= 0) {
        state_.acls.set(acl_index_,
                        acl_);  // as it is: upstream gives open lists an index too, finish_loading sees to them
        --left_;
        phase_ = Phase::kAcls;
        return true;
      }
      const auto entry = in.get<wire::Acl>();
      if (in.ok()) {
        acl_.push_back(entry);
        --acl_left_;
      }
      break;
    }
    case Phase::kNodes: {
      const auto path = in.get<Bytes>();
      if (in.ok() && path.view() == "/") {
        next = stream_ ? Phase::kEnd : Phase::kDone;
        break;
      }
      tree::Znode node;
      in.add(node.data);
      in.add(node.acl);
      in.add(node.stat);
      if (!in.ok()) break;
      if (path.is_null()) {
        phase_ = Phase::kFailed;
        return false;
      }
      node.data = node.data.compact();
      state_.nodes.set(path.empty() ? Bytes("/") : path.compact(), Cow<tree::Znode>(std::move(node)));
      break;
    }
    case Phase::kEnd: {
      const auto end = in.get<Bytes>();
      if (in.ok()) next = end.view() == kStreamEnd ? Phase::kDone : Phase::kFailed;
      break;
    }
    case Phase::kDone:
    case Phase::kFailed: return false;
  }
  if (!in.ok()) {
    if (in.error() != wire::DecodeError::kTruncated) phase_ = Phase::kFailed;
    return false;
  }
  phase_ = next;
  consumed_ += in.position();
  buffer_.remove_prefix(in.position());
  return phase_ != Phase::kDone && phase_ != Phase::kFailed;
}

tree::State SnapshotReader::take_state(Zxid zxid) {
  CHECK(complete());
  state_.zxid = zxid;
  if (!tree::finish_loading(state_)) phase_ = Phase::kFailed;
  return std::move(state_);
}

}  // namespace vivarium::log

// Snapshot format (facts 3.3): the body is what SNAP streams too.
//
//   snapshot.<hex of zxid>:  header ("ZKSN", version 2, dbid -1), body, seal, ZxidDigest, seal, lastProcessedZxid, seal
//   body:                    sessions, ACL map, nodes (parents before children), ustring "/"
//   seal:                    long Adler32 of the file so far, ustring "/";  each trailer is optional for readers
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "core/tree/state.h"

namespace vivarium::log {

// The file, piece by piece. The state is borrowed and must not change meanwhile; no count of anything in it does, so
// that another thread than its owner's may write it.
class SnapshotFile {
 public:
  explicit SnapshotFile(const tree::State& state);
  // About `size` bytes (more by at most the tables, or a node); empty: that was all.
  Bytes next(size_t size);

 private:
  enum class Phase : uint8_t { kHead, kNodes, kDone };
  const tree::State& state_;
  Phase phase_ = Phase::kHead;
  decltype(tree::State::nodes)::const_iterator node_;
  uint32_t sum_ = 1;  // Adler32 of what was given
};
Bytes encode_snapshot_file(const tree::State& state);

struct Snapshot {
  tree::State state;
  // Upstream's snapshots are fuzzy: the tree may be ahead of the file's name, up to the zxid of the digest, which is
  // that of the tree when the file was ended. Ours are not: both zxids are the same. Absent: not told (before 3.6, or
  // digests were off).
  std::optional<Zxid> digest_zxid;
};
// zxid is the file's name. Error: a sentence with the offset.
std::expected<Snapshot, std::string> decode_snapshot_file(const Bytes& file, Zxid zxid);
// Whether the file's last seal is that of its content: what decoding would find, but for the price of one checksum.
bool snapshot_is_sealed(const Bytes& file);

// SNAP, the sending side: a copyable cursor over a pinned State. next() gives about `size` bytes (more by at most one
// node). The stream: body, then ustring "BenWasHere".
class SnapshotCursor {
 public:
  SnapshotCursor() = default;
  explicit SnapshotCursor(tree::State state) : state_(std::move(state)) {}
  Bytes next(size_t size);
  bool done() const { return phase_ == Phase::kDone; }
  VIV_VISIT(v("state", self.state_), v("phase", self.phase_), v("last_path", self.last_path_))

 private:
  enum class Phase : uint8_t { kTables, kNodes, kDone };
  tree::State state_;
  Phase phase_ = Phase::kTables;
  Bytes last_path_;  // null: before the first node
};

// The receiving side, resumable: feed() until complete(); rest() is what follows the stream. Linear in what is fed.
class SnapshotReader {
 public:
  explicit SnapshotReader(bool stream = true) : stream_(stream) {}
  void feed(const Bytes& bytes);
  bool complete() const { return phase_ == Phase::kDone; }
  bool failed() const { return phase_ == Phase::kFailed; }
  tree::State take_state(Zxid zxid);  // complete() only; failed() afterwards when the nodes are no tree
  Bytes rest() const { return buffer_; }
  size_t consumed() const { return consumed_; }  // bytes of the stream before rest()
  VIV_VISIT(v("buffer", self.buffer_), v("phase", self.phase_), v("left", self.left_), v("acl_index", self.acl_index_),
            v("acl_left", self.acl_left_), v("acl", self.acl_), v("state", self.state_))

 private:
  enum class Phase : uint8_t { kSessionCount, kSessions, kAclCount, kAcls, kAclEntries, kNodes, kEnd, kDone, kFailed };
  bool advance();

  bool stream_;  // ends with "BenWasHere"; otherwise with the nodes
  Bytes buffer_ = Bytes::empty_value();
  Phase phase_ = Phase::kSessionCount;
  int32_t left_ = 0;  // entries of the table being read
  int64_t acl_index_ = 0;
  int32_t acl_left_ = 0;  // entries of the list being read
  wire::AclList acl_;
  size_t consumed_ = 0;
  tree::State state_;
};

}  // namespace vivarium::log

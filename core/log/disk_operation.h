// The disk is three queues, each in order, each answered by Durable{queue, seq} = all up to seq survives a crash. Order
// across queues exists only where the node waits for one Durable before it emits the next operation (design.md, 2).
#pragma once

#include <variant>
#include <vector>

#include "core/base/step.h"
#include "core/log/recovery.h"
#include "core/tree/state.h"

namespace vivarium::log {

enum class Queue : uint8_t { kLog, kSnapshot, kFile };
inline constexpr size_t kQueues = 3;

// queue kLog. `records` (payloads of wire::encode_txn, ascending zxid) are appended, then one fdatasync.
struct AppendRecords {
  std::vector<Record> records;
};
struct RollLog {};  // the next record opens a new file (after a snapshot was triggered)
struct TruncateLog {
  Zxid keep;
};  // keep records <= keep, cut the rest, durably, later files removed
// queue kSnapshot
struct WriteSnapshot {
  tree::State state;
};  // named by state.zxid, synced with its directory before Durable
struct DiscardSnapshotsAbove {
  Zxid zxid;
};  // 4837: before a truncation is trusted
struct Purge {
  int32_t retain;
};  // keeps `retain` newest valid snapshots and the logs they need (2574, 3231)
// queue kFile
enum class EpochFile : uint8_t { kAccepted, kCurrent };
struct WriteEpoch {
  EpochFile file;
  Epoch epoch;
};  // tmp, fsync, rename, sync directory
// queue kLog; answered by Reloaded: what the newest snapshot <= keep and the log up to keep give; changes nothing. Its
// state's zxid is keep, or that point cannot be rebuilt.
struct Reload {
  Zxid keep;
};
// queue kLog; answered by LogRead: what the log holds from its last record at or before `from` on, up to `to`. It ends
// sooner once it holds more than `bytes_max` of payloads between the two: whoever asks wants no more of it then.
struct ReadLog {
  uint64_t query;
  Zxid from;
  Zxid to{INT64_MAX};
  int64_t bytes_max = INT64_MAX;
};

using Operation = std::variant<AppendRecords, RollLog, TruncateLog, WriteSnapshot, DiscardSnapshotsAbove, Purge,
                               WriteEpoch, Reload, ReadLog>;

struct DiskOperation {
  Queue queue;
  uint64_t seq;  // ascending by one within a queue, from 1, in the life of a process
  Operation operation;
};

// ---- answers, given to the node as inputs
// -------------------------------------------------------------------------------
struct Durable {
  Queue queue;
  uint64_t seq;
};
struct Reloaded {
  uint64_t seq;
  Recovered recovered;
};
struct LogRead {
  uint64_t query;
  std::vector<Record> records;
  bool complete;
};  // complete: the first is at or before `from`, and there is no gap
struct Space {
  int64_t left;
};

// What a node's step gives back: the network half and the disk half.
struct NodeOutbox : Outbox {
  std::vector<DiskOperation> disk;
  void clear() {
    Outbox::clear();
    disk.clear();
  }
};

}  // namespace vivarium::log

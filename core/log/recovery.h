// Recovery by upstream's rules, the uncommitted tail included (facts 3.4), made right where upstream is known to be
// wrong.
#pragma once

#include <string>
#include <vector>

#include "core/base/file_system.h"
#include "core/tree/state.h"

namespace vivarium::log {

// One record of the transaction log: the payload that PROPOSAL carries too.
struct Record {
  Zxid zxid;
  Bytes payload;  // wire::encode_txn
  bool operator==(const Record&) const = default;
  VIV_VISIT(VIV_FIELD(zxid), VIV_FIELD(payload))
};

// All that a node knows of its past. `state` is the newest valid snapshot with the log replayed on it: its zxid is
// lastLoggedZxid. Before anything is appended, the node writes a snapshot if there is none (a log without one is not
// trusted), and cuts the log to nothing if it holds no record behind the snapshot (it may not lead up to it: then what
// is appended would be taken for a part of what SNAP replaced).
struct Recovered {
  tree::State state;
  tree::State snapshot_state;   // the State of the snapshot alone; records[0] is the first transaction after it
  std::vector<Record> records;  // of the log, after the snapshot, ascending: the recent window is made from these
  Epoch accepted_epoch, current_epoch;
  bool may_vote = true;   // false: disk was empty and nothing said that this is a new ensemble (261): zxid -1 in votes
  int64_t snapshots = 0;  // valid ones seen
};

struct RecoveryOptions {
  bool trust_empty_snapshot = false;  // snapshot.trust.empty
  bool auto_create = true;            // db.autocreate, or the `initialize` file
};

struct RecoveryError {
  std::string file;
  int64_t offset = 0;
  std::string what;  // a sentence: what, what was expected, what to do
};

// What it gives is durable: all of it survives a power loss from here on. To that end it cuts the torn tail of the last
// log (a last log without a record goes altogether), and syncs that file and the directory; a process that dies on the
// way may simply begin again. What a torn tail is: log_parser.h. Anything else that fails is refused with file and
// offset and left as it was.
std::expected<Recovered, RecoveryError> recover(FileSystem& files, const RecoveryOptions& options);

// The same without changing or promising anything: for observers.
std::expected<Recovered, RecoveryError> observe(FileSystem& files, const RecoveryOptions& options);

// The same up to `keep`: snapshots and records above it are ignored, epochs are not read. For Reload.
std::expected<Recovered, RecoveryError> recover_up_to(FileSystem& files, const RecoveryOptions& options, Zxid keep);

}  // namespace vivarium::log

// The executor turns disk operations into FileSystem calls. Its state is small (the open log file and its end); each process
// makes its own from what is on disk. A failed call means that the process must stop: the caller sees to it.
//
// What makes each operation survive a crash at any of its calls, whatever subset of unsynced data is lost:
//   append     new file: header and records, sync, then its directory entry; old file: records, one sync. A record is complete
//              or, by its checksum, not there.
//   truncate   later files are unlinked, newest first and one durable at a time, then the file is cut, then synced: what is left
//              at any moment is a prefix.
//   snapshot   under another name, synced, renamed, directory synced: a file named snapshot.* is whole.
//   epoch      the same.
//   discard    the newest snapshot goes last, durably after the others: until the end there is one that holds everything.
#pragma once

#include "core/log/disk_operation.h"

namespace vivarium::log {

struct ExecutorOptions {
  int64_t preallocate_bytes = 64 << 20;  // preAllocSize
  RecoveryOptions recovery;
};

struct ExecutionError { std::string file; FsError error; std::string what; };

// What an operation gives back besides having become durable.
using Answer = std::variant<std::monostate, Reloaded, LogRead>;

class Executor {
 public:
  explicit Executor(ExecutorOptions options = {}) : options_(options) {}
  // Runs one operation to its end; when it returns a value, the operation is durable.
  [[nodiscard]] std::expected<Answer, ExecutionError> execute(FileSystem& files, const DiskOperation& operation);

 private:
  using Done = std::expected<void, ExecutionError>;
  Done append(FileSystem& files, const AppendRecords& append);
  Done open_log(FileSystem& files, Zxid first);
  Done reserve(FileSystem& files, int64_t bytes);
  Done truncate(FileSystem& files, Zxid keep);
  Done write_snapshot(FileSystem& files, const tree::State& state);
  Done discard_snapshots(FileSystem& files, Zxid above);
  Done purge(FileSystem& files, int32_t retain);
  Done write_epoch(FileSystem& files, EpochFile file, Epoch epoch);
  void close_log(FileSystem& files);

  ExecutorOptions options_;
  int32_t log_handle_ = -1;  // -1: the next record begins a new file, as a new process does
  std::string log_name_;
  int64_t log_end_ = 0, log_allocated_ = 0;
};

}  // namespace vivarium::log

// The executor turns disk operations into FileSystem calls. Its state is small (the open log file and its end); each
// process makes its own from what is on disk. A failed call means that the process must stop: the caller sees to it.
//
// What makes each operation survive a crash at any of its calls, whatever subset of unsynced data is lost:
//   append     new file: header and records, sync, then its directory entry; old file: records, one sync. A record is
//   complete
//              or, by its checksum, not there.
//   roll       nothing: the next record begins a new file. Files that are not the last end cleanly, since recovery cuts
//   what a dead
//              process left behind the last one's records before anything can be appended elsewhere.
//   truncate   later files are unlinked, newest first and one durable at a time, then the file is cut, then synced:
//   what is left
//              at any moment is a prefix.
//   snapshot   under another name, synced, renamed, directory synced: a file named snapshot.* is whole.
//   epoch      the same.
//   discard    any snapshot that is left meanwhile is a point of the history that is being cut.
//   purge      old logs, oldest first and one durable at a time: what is left at any moment is a suffix, so that
//   reading the log meets
//              no hole. Then old snapshots: one that comes back does no harm, and until then they tell where upstream's
//              log has holes.
//
// recover() has run on this disk in this process before the first operation.
#pragma once

#include "core/log/disk_operation.h"

namespace vivarium::log {

struct ExecutorOptions {
  int64_t preallocate_bytes = 64 << 20;  // preAllocSize
  RecoveryOptions recovery;
};

struct ExecutionError {
  std::string file;
  FsError error;
  std::string what;
};

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
  std::expected<bool, ExecutionError> is_whole(FileSystem& files, const std::string& name);
  Done write_epoch(FileSystem& files, EpochFile file, Epoch epoch);
  void close_log(FileSystem& files);

  ExecutorOptions options_;
  int32_t log_handle_ = -1;  // -1: the next record begins a new file, as a new process does
  std::string log_name_;
  int64_t log_end_ = 0, log_allocated_ = 0;
  std::vector<std::string> whole_;  // snapshots that this process has seen to be whole
};

}  // namespace vivarium::log

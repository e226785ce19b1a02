// The executor turns disk operations into FileSystem calls. Its state is small (the open log file and its end); it is made
// anew by each process from what is on disk. A failed call means that the process must stop: the caller sees to it.
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
  ExecutorOptions options_;
  int32_t log_handle_ = -1;
  int64_t log_end_ = 0, log_allocated_ = 0;
  bool roll_ = true;  // a new process begins a new file
};

}  // namespace vivarium::log

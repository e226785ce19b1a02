// The file of a running server's trace, on a thread of its own, so that a slow disk costs the server nothing. What the
// thread cannot keep up with is left out, and the file says how much (kind "dropped"). A disk that takes no more ends
// the trace, not the server. A file that has grown to its limit is ended and kept as NAME.before, and another begun:
// the latest of what happened is there, in two files at most.
#pragma once

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/node/trace_format.h"

namespace vivarium::posix {

struct TraceLimits {
  int64_t file_bytes = int64_t{1} << 30;
  size_t waiting = 1 << 18;  // records; some 30 MB
};

struct TraceItem {
  node::TraceRecord record;
  std::optional<std::string> text;
};

class TraceFile {
 public:
  // A file of this name, of a process before this one, is kept as NAME.before. Null where it cannot be made: errno
  // says why.
  static std::unique_ptr<TraceFile> open(const std::string& path, const node::TraceHeader& header, TraceLimits limits);
  ~TraceFile();  // writes what waits, and the last line
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  // Takes all of `items` or, of those that it has no room for, none.
  void push(std::vector<TraceItem>& items);

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  TraceFile(const std::string& path, const node::TraceHeader& header, TraceLimits limits);
  bool begin();
  void end();
  void run();
  void write(const std::vector<TraceItem>& items);
  void put(const std::string& text);
  void fail();

  const std::string path_, header_;
  const TraceLimits limits_;

  // the thread's
  File file_{nullptr, &std::fclose};
  int64_t file_bytes_ = 0;
  bool failed_ = false;
  node::TraceCounts counts_{};
  uint64_t hash_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<TraceItem> waiting_;
  std::optional<node::TraceRecord> dropped_;  // what is missing behind `waiting_`, if something is
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace vivarium::posix

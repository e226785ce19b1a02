// The file of a running server's trace, on a thread of its own, so that a slow disk costs the server nothing. What the
// thread cannot keep up with is left out, and the file says how much (kind "dropped"). A disk that takes no more ends
// the trace, not the server.
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

struct TraceItem {
  node::TraceRecord record;
  std::optional<std::string> text;
};

class TraceFile {
 public:
  static constexpr size_t kWaitingMax = 1 << 18;  // records; some 30 MB

  // A file of this name, of a process before this one, is kept as NAME.before. Null where it cannot be made: errno
  // says why.
  static std::unique_ptr<TraceFile> open(const std::string& path, const node::TraceHeader& header,
                                         size_t waiting_max = kWaitingMax);
  ~TraceFile();  // writes what waits, and the last line
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  // Takes all of `items` or, of those that it has no room for, none.
  void push(std::vector<TraceItem>& items);

 private:
  using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
  TraceFile(File file, size_t waiting_max);
  void run();
  void write(const std::vector<TraceItem>& items);
  void put(const std::string& text);

  // the thread's
  File file_;
  bool failed_ = false;
  node::TraceCounts counts_{};
  uint64_t hash_ = 0;

  const size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<TraceItem> waiting_;
  std::optional<node::TraceRecord> dropped_;  // what is missing behind `waiting_`, if something is
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace vivarium::posix

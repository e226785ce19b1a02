// One queue of the disk, in order, on a thread of its own.
//
// What stands in the queue when the thread comes for it is one group: neighbouring appends become one write and one
// fdatasync, and the next group forms meanwhile. The thread borrows what an operation holds and counts nothing: handles
// are made and dropped on the core's thread alone, so operations come back with their answers (design.md, 2,
// "Sharing").
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/log/executor.h"
#include "core/posix/file_system.h"

namespace vivarium::posix {

struct FinishedOperation {
  log::DiskOperation operation;  // of several appends that became one, the last, with the records of all
  log::Answer answer;
  std::string error;  // empty: it is durable. Otherwise the process must stop, and nothing behind it was tried
  Duration took;
};

class DiskThread {
 public:
  using Finished = std::vector<FinishedOperation>;
  // `deliver` is called on the disk's thread and must only pass the group on to the core's.
  using Deliver = std::function<void(Finished)>;

  struct Kind {
    const char* name;
    int niceness = 0;  // what nice(1) means: of this thread alone
  };
  DiskThread(Kind kind, PosixFileSystem files, log::ExecutorOptions options, Deliver deliver);
  ~DiskThread();  // finishes what was pushed
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  void push(std::vector<log::DiskOperation> operations);

 private:
  void run(int niceness);
  Finished execute(std::vector<log::DiskOperation> group);
  FinishedOperation execute(log::DiskOperation operation);

  PosixFileSystem files_;  // the thread's
  log::Executor executor_;
  Deliver deliver_;
  bool failed_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<log::DiskOperation> waiting_;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace vivarium::posix

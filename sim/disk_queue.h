// DiskQueue: one of the three queues of a server's disk: one operation at a time. Appends that wait while one is being
// written go out together, as the disk thread of the real host does.
#pragma once

#include <optional>
#include <vector>

#include "core/log/disk_operation.h"
#include "sim/choices.h"

namespace vivarium::sim {

struct DiskTimes {
  Distribution append = exponential(microseconds(120), microseconds(60));  // pwrite + fdatasync
  Distribution small_file =
      exponential(microseconds(400), microseconds(200));  // epoch files, truncation, purge: several syncs
  Distribution snapshot = exponential(milliseconds(2), milliseconds(1));
  Distribution read = exponential(microseconds(300), microseconds(100));
  Duration per_kibibyte = nanoseconds(500);
  Duration per_znode = microseconds(1);
};

class DiskQueue {
 public:
  void add(log::DiskOperation operation) { waiting_.push_back(std::move(operation)); }
  bool busy() const { return running_.has_value(); }
  bool idle() const { return !running_ && waiting_.empty(); }
  // Takes the next operation up, with the appends right behind it if it is one. False: nothing waits.
  bool start();
  const log::DiskOperation& running() const { return *running_; }
  void finish() { running_.reset(); }
  void clear() {
    waiting_.clear();
    running_.reset();
  }

  uint64_t serial = 0;  // of the completion that is due

 private:
  std::vector<log::DiskOperation> waiting_;  // short: a queue that grows is one that stands still
  std::optional<log::DiskOperation> running_;
};

Duration disk_duration(Choices& choices, StreamId stream, const DiskTimes& times, const log::Operation& operation);

}  // namespace vivarium::sim

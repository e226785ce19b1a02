// Zeros ahead of a log's end. What fallocate reserves is not written: the first write into each block costs its sync a
// commit of the file system's journal, and with ext4 (data=ordered) that waits for the new data of every file, of a
// snapshot for example. Where zeros stand already, a record only overwrites them. Measured with 20 kB a sync: half the
// time, and beside a snapshot 0.25 ms instead of 4 (p99).
#pragma once

#include <cstdint>
#include <map>

namespace vivarium::posix {

class ZeroAhead {
 public:
  // The file's bytes from `from` to `to` are reserved, and nobody has written there.
  void grown(int32_t handle, int64_t from, int64_t to);
  // Somebody has, up to `end`. Now and then that makes the next bytes zeros, of a longer log more; the sync that
  // follows takes them along. Without space for them it does not matter: they are only for speed.
  void written(int32_t handle, int64_t end);
  void closed(int32_t handle) { reserved_.erase(handle); }

 private:
  struct Reserved {
    int64_t zeroed_to, end;
  };
  std::map<int32_t, Reserved> reserved_;
};

}  // namespace vivarium::posix

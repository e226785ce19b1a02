// DiskIndex: which transactions are durable on one server's disk, found by parsing the bytes that would survive a power
// loss. It shares no code with core/log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "sim/file_system.h"

namespace vivarium::sim {

class DiskIndex {
 public:
  // After an append: reads on where it left off. After anything else: rebuild().
  void read_on(const SimFileSystem& disk);
  void rebuild(const SimFileSystem& disk);

  // Is the transaction there, in the log or covered by a snapshot.
  bool holds(Zxid zxid, uint64_t payload_hash) const;
  // The last transaction that survives a power loss.
  Zxid newest() const { return entries_.empty() ? snapshot_ : std::max(snapshot_, entries_.back().zxid); }
  Zxid newest_snapshot() const { return snapshot_; }
  static std::optional<Epoch> epoch_in(const SimFileSystem& disk, const std::string& name);

 private:
  struct Entry {
    Zxid zxid;
    uint64_t payload_hash;
  };
  struct Place {
    std::string path;
    Zxid first;
    int64_t end = 0;
  };
  void read_file(const SimFileSystem& disk, Place& place);

  std::vector<Entry> entries_;  // of the log files, ascending
  std::vector<Place> files_;    // ascending by name's zxid
  Zxid snapshot_{-1};
  int64_t names_version_ = -1;
};

}  // namespace vivarium::sim

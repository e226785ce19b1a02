// SimFileSystem: a disk as it is. What was written is there until the power goes; then only what was synced is certain:
// of the rest any subset of 512-byte sectors, size changes and directory entries survives, each by itself.
//
// A value: copying it shares everything. The ten calls are those of core/base/file_system.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/file_system.h"
#include "core/base/rng.h"
#include "sim/file_content.h"

namespace vivarium::sim {

enum class FsCall : uint8_t { kOpen, kPread, kPwrite, kSync, kTruncate, kRename, kUnlink, kList, kSyncDirectory, kAny };

// The calls that match fail with `error`: after `skip` of them, `count` times (negative: for ever).
struct DiskFault {
  FsCall call = FsCall::kAny;
  std::string path_contains;  // empty: every path
  FsError error = FsError::kIo;
  int64_t skip = 0, count = 1;
};

class SimFileSystem final : public FileSystem {
 public:
  static constexpr int64_t kUnlimited = INT64_MAX;

  FsResult<File> open(const std::string& path, OpenMode mode) override;
  void close(int32_t handle) override;
  FsResult<Bytes> pread(int32_t handle, int64_t offset, int64_t size) override;
  FsResult<void> pwrite(int32_t handle, int64_t offset, const Bytes& bytes) override;
  FsResult<void> sync(int32_t handle) override;
  FsResult<void> truncate(int32_t handle, int64_t size) override;
  FsResult<void> rename(const std::string& from, const std::string& to) override;
  FsResult<void> unlink(const std::string& path) override;
  FsResult<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  FsResult<void> sync_directory(const std::string& directory) override;

  // ---- faults
  void kill();                // the process is gone; what it wrote is not
  void power_loss(Rng& rng);  // any subset of what was not synced is lost
  void wipe();
  void set_capacity(int64_t bytes) { capacity_ = bytes; }
  void add_fault(DiskFault fault) { faults_.push_back(std::move(fault)); }
  void clear_faults() { faults_.clear(); }
  // After this many more calls every call fails with kIo, and exhausted() says so: how far an operation got before its
  // process died.
  void set_call_budget(std::optional<int64_t> calls) {
    budget_ = calls;
    exhausted_ = false;
  }
  bool exhausted() const { return exhausted_; }

  // ---- for observers
  int64_t used() const { return used_; }
  int64_t calls() const { return calls_; }
  int64_t syncs() const { return syncs_; }                                  // file and directory syncs
  int64_t durable_names_version() const { return durable_names_version_; }  // differs when durable_paths() may
  // What would be left if all that is not synced were lost. Same handles, no faults.
  SimFileSystem durable_view() const;
  // The same without a copy, for one file: nothing if its entry is not durable.
  const FileContent* durable_content(const std::string& path) const;
  const FileContent* content(const std::string& path) const;
  std::vector<std::string> durable_paths() const;
  bool operator==(const SimFileSystem& o) const;

 private:
  using Inode = int64_t;
  // A change of a file that is not synced; size < 0: a write.
  struct Change {
    int64_t size;
    int64_t offset;
    Bytes bytes;
  };
  struct FileNode {
    FileContent current, durable;
    std::vector<Change> unsynced;
  };
  // A change of a directory that is not synced. Rename changes two entries at once, as journaled file systems do.
  struct Entry {
    std::string path;
    std::optional<Inode> inode;
  };
  struct DirectoryChange {
    std::string directory;
    std::vector<Entry> entries;
  };

  std::optional<FsError> refusal(FsCall call, const std::string& path);
  FileNode& node(int32_t handle);
  const std::string& path_of(int32_t handle) const;
  void change_entries(std::vector<Entry> entries);
  static void apply(FileContent& content, const Change& change);
  static void apply(std::map<std::string, Inode>& entries, const DirectoryChange& change);
  void survive(FileNode& node, Rng& rng) const;
  void collect();
  void account();

  std::map<std::string, Inode> entries_, durable_entries_;  // by path
  std::map<Inode, Cow<FileNode>> nodes_;
  std::vector<DirectoryChange> unsynced_entries_;
  struct Handle {
    int32_t handle;
    Inode inode;
    std::string path;
  };
  std::vector<Handle> handles_;
  int32_t next_handle_ = 1;
  Inode next_inode_ = 1;
  int64_t capacity_ = kUnlimited, used_ = 0, calls_ = 0, syncs_ = 0, durable_names_version_ = 0;
  std::vector<DiskFault> faults_;
  std::optional<int64_t> budget_;
  bool exhausted_ = false;
};

}  // namespace vivarium::sim

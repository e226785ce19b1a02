// The ten calls on a real disk. One object per thread: it keeps the two directories, and where zeros stand.
//
// A server's files are named version-2/..., and live in dataDir; its transaction logs in dataLogDir, which may be
// another disk. Errors say which system call failed and why (`last_error`).
#pragma once

#include <string>

#include "core/base/file_system.h"
#include "core/posix/zero_ahead.h"

namespace vivarium::posix {

class PosixFileSystem : public FileSystem {
 public:
  PosixFileSystem(std::string data_dir, std::string log_dir)
      : data_dir_(std::move(data_dir)), log_dir_(std::move(log_dir)) {}

  // Makes the directories that are missing, durably.
  [[nodiscard]] FsResult<void> prepare();
  // forceSync=no: from here on sync() leaves it to the system when it writes.
  void trust_the_system() { syncs_ = false; }
  // From here on each write is on its way out before the next begins, so that no other file's sync waits behind a heap
  // of them. It makes nothing durable: sync() does.
  void write_through() { writes_through_ = true; }
  // Of the disk that holds the log, for whoever is not root.
  [[nodiscard]] FsResult<int64_t> space_left();
  const std::string& last_error() const { return last_error_; }

  [[nodiscard]] FsResult<File> open(const std::string& path, OpenMode mode) override;
  void close(int32_t handle) override;
  [[nodiscard]] FsResult<Bytes> pread(int32_t handle, int64_t offset, int64_t size) override;
  [[nodiscard]] FsResult<void> pwrite(int32_t handle, int64_t offset, const Bytes& bytes) override;
  [[nodiscard]] FsResult<void> sync(int32_t handle) override;
  [[nodiscard]] FsResult<void> truncate(int32_t handle, int64_t size) override;
  [[nodiscard]] FsResult<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] FsResult<void> unlink(const std::string& path) override;
  [[nodiscard]] FsResult<std::vector<DirectoryEntry>> list(const std::string& directory) override;
  [[nodiscard]] FsResult<void> sync_directory(const std::string& directory) override;

 private:
  bool one_directory() const { return data_dir_ == log_dir_; }
  std::string place_of(const std::string& path) const;
  std::unexpected<FsError> failed(const char* call, const std::string& what);
  FsResult<void> make_directory(const std::string& path);
  FsResult<void> write_out(int32_t handle, int64_t offset, int64_t size);
  FsResult<void> sync_place(const std::string& place);
  FsResult<void> list_place(const std::string& place, std::vector<DirectoryEntry>& into);

  std::string data_dir_, log_dir_;
  std::string last_error_;
  bool syncs_ = true;
  bool writes_through_ = false;
  ZeroAhead zeros_;
};

}  // namespace vivarium::posix

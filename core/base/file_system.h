// The ten calls that the disk executor makes. posix implements them with system calls; sim with unsynced state per file
// and per directory entry, of which power loss keeps any subset. Paths are relative to the server's data directory,
// components joined by '/'. Every call may fail; a failed write or sync means that the process must stop (design.md,
// 2).
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/base/bytes.h"

namespace vivarium {

enum class FsError : uint8_t { kNotFound, kExists, kNoSpace, kIo };
const char* fs_error_name(FsError error);

template <class T>
using FsResult = std::expected<T, FsError>;

enum class OpenMode : uint8_t { kRead, kReadWrite, kCreate };  // kCreate: read-write, made when absent, never truncated

struct File {
  int32_t handle;
  int64_t size;
};

struct DirectoryEntry {
  std::string name;
  int64_t size;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  [[nodiscard]] virtual FsResult<File> open(const std::string& path, OpenMode mode) = 0;
  virtual void close(int32_t handle) = 0;
  [[nodiscard]] virtual FsResult<Bytes> pread(int32_t handle, int64_t offset,
                                              int64_t size) = 0;  // shorter at the end of the file
  [[nodiscard]] virtual FsResult<void> pwrite(int32_t handle, int64_t offset, const Bytes& bytes) = 0;
  [[nodiscard]] virtual FsResult<void> sync(int32_t handle) = 0;                    // content and size (fdatasync)
  [[nodiscard]] virtual FsResult<void> truncate(int32_t handle, int64_t size) = 0;  // also grows, with zeros
  [[nodiscard]] virtual FsResult<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual FsResult<void> unlink(const std::string& path) = 0;
  [[nodiscard]] virtual FsResult<std::vector<DirectoryEntry>> list(
      const std::string& directory) = 0;  // ascending by name
  [[nodiscard]] virtual FsResult<void> sync_directory(const std::string& directory) = 0;
};

}  // namespace vivarium

#include "core/posix/file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "core/log/log_files.h"

namespace vivarium::posix {

namespace {

FsError error_of(int number) {
  switch (number) {
    case ENOENT: return FsError::kNotFound;
    case EEXIST: return FsError::kExists;
    case ENOSPC:
    case EDQUOT: return FsError::kNoSpace;
    default: return FsError::kIo;
  }
}

// Repeats a call that a signal has interrupted.
template <class Call>
auto persist(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

std::unexpected<FsError> PosixFileSystem::failed(const char* call, const std::string& what) {
  const int number = errno;
  last_error_ = fmt::format("{} {}: {}", call, what, std::generic_category().message(number));
  return std::unexpected(error_of(number));
}

// version-2/log.* lives in dataLogDir, everything else in dataDir.
std::string PosixFileSystem::place_of(const std::string& path) const {
  const size_t slash = path.find_last_of('/');
  const bool log = path.compare(slash == std::string::npos ? 0 : slash + 1, 4, "log.") == 0;
  return (log ? log_dir_ : data_dir_) + "/" + path;
}

FsResult<void> PosixFileSystem::make_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0755) == 0) return sync_place(parent_of(path));
  if (errno == EEXIST) return {};
  if (errno != ENOENT) return failed("mkdir", path);
  if (auto made = make_directory(parent_of(path)); !made) return made;
  if (::mkdir(path.c_str(), 0755) != 0) return failed("mkdir", path);
  return sync_place(parent_of(path));
}

FsResult<void> PosixFileSystem::prepare() {
  if (auto made = make_directory(data_dir_ + "/" + log::kDirectory); !made) return made;
  return make_directory(log_dir_ + "/" + log::kDirectory);
}

FsResult<int64_t> PosixFileSystem::space_left() {
  struct statvfs disk {};
  if (::statvfs(log_dir_.c_str(), &disk) != 0) return failed("statvfs", log_dir_);
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

FsResult<File> PosixFileSystem::open(const std::string& path, OpenMode mode) {
  const std::string place = place_of(path);
  const int flags = mode == OpenMode::kRead ? O_RDONLY : mode == OpenMode::kReadWrite ? O_RDWR : O_RDWR | O_CREAT;
  const int fd = persist([&] { return ::open(place.c_str(), flags | O_CLOEXEC, 0644); });
  if (fd < 0) return failed("open", place);
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    const auto error = failed("fstat", place);
    ::close(fd);
    return error;
  }
  return File{fd, status.st_size};
}

void PosixFileSystem::close(int32_t handle) {
  zeros_.closed(handle);
  ::close(handle);
}

FsResult<Bytes> PosixFileSystem::pread(int32_t handle, int64_t offset, int64_t size) {
  uint8_t* to = nullptr;
  Bytes bytes = Bytes::uninitialized(static_cast<size_t>(size), &to);
  int64_t done = 0;
  while (done < size) {
    const ssize_t got =
        persist([&] { return ::pread(handle, to + done, static_cast<size_t>(size - done), offset + done); });
    if (got < 0) return failed("pread", fmt::format("{} bytes at {}", size, offset));
    if (got == 0) break;
    done += got;
  }
  return done == size ? bytes : bytes.slice(0, static_cast<size_t>(done));
}

FsResult<void> PosixFileSystem::pwrite(int32_t handle, int64_t offset, const Bytes& bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = persist([&] {
      return ::pwrite(handle, bytes.data() + done, bytes.size() - done, offset + static_cast<int64_t>(done));
    });
    if (put < 0) return failed("pwrite", fmt::format("{} bytes at {}", bytes.size(), offset));
    done += static_cast<size_t>(put);
  }
  const auto size = static_cast<int64_t>(bytes.size());
  zeros_.written(handle, offset + size);
  return writes_through_ ? write_out(handle, offset, size) : FsResult<void>{};
}

// The kernel tells a descriptor of a failed write once, so it is heard here or never: the next fdatasync would succeed.
FsResult<void> PosixFileSystem::write_out(int32_t handle, int64_t offset, int64_t size) {
  constexpr unsigned kAndWait = SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | SYNC_FILE_RANGE_WAIT_AFTER;
  if (::sync_file_range(handle, offset, size, kAndWait) == 0) return {};
  const bool cannot = errno == ENOSYS || errno == EINVAL || errno == ESPIPE;  // what this file lies on
  return cannot ? FsResult<void>{} : failed("sync_file_range", fmt::format("{} bytes at {}", size, offset));
}

// A failed fdatasync is never tried again: what the kernel could not write it may have dropped (fsyncgate).
FsResult<void> PosixFileSystem::sync(int32_t handle) {
  if (!syncs_) return {};
  if (::fdatasync(handle) != 0) return failed("fdatasync", "");
  return {};
}

// Grows by real blocks where the file system can, so that a full disk is met here and not under a record.
FsResult<void> PosixFileSystem::truncate(int32_t handle, int64_t size) {
  struct stat status {};
  if (::fstat(handle, &status) != 0) return failed("fstat", "");
  if (size > status.st_size) {
    const int grown = persist([&] { return ::fallocate(handle, 0, status.st_size, size - status.st_size); });
    if (grown == 0) {
      zeros_.grown(handle, status.st_size, size);
      return {};
    }
    if (errno != EOPNOTSUPP) return failed("fallocate", fmt::format("to {} bytes", size));
  }
  zeros_.closed(handle);
  if (persist([&] { return ::ftruncate(handle, size); }) != 0) return failed("ftruncate", fmt::format("to {}", size));
  return {};
}

FsResult<void> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  if (::rename(place_of(from).c_str(), place_of(to).c_str()) != 0) return failed("rename", place_of(from));
  return {};
}

FsResult<void> PosixFileSystem::unlink(const std::string& path) {
  if (::unlink(place_of(path).c_str()) != 0) return failed("unlink", place_of(path));
  return {};
}

FsResult<void> PosixFileSystem::list_place(const std::string& place, std::vector<DirectoryEntry>& into) {
  DIR* directory = ::opendir(place.c_str());
  if (directory == nullptr) return failed("opendir", place);
  FsResult<void> result;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    struct stat status {};
    if (::fstatat(::dirfd(directory), entry->d_name, &status, 0) != 0) {
      if (errno == ENOENT) continue;  // removed by another queue meanwhile
      result = failed("stat", place + "/" + entry->d_name);
      break;
    }
    if (S_ISREG(status.st_mode)) into.push_back({entry->d_name, status.st_size});
    errno = 0;
  }
  if (result && errno != 0) result = failed("readdir", place);
  ::closedir(directory);
  return result;
}

// Of either directory only what belongs there: a log that lies in dataDir while dataLogDir is another is not ours.
FsResult<std::vector<DirectoryEntry>> PosixFileSystem::list(const std::string& directory) {
  std::vector<DirectoryEntry> entries;
  if (auto listed = list_place(data_dir_ + "/" + directory, entries); !listed) return std::unexpected(listed.error());
  if (!one_directory()) {
    std::erase_if(entries, [](const DirectoryEntry& entry) { return entry.name.starts_with("log."); });
    std::vector<DirectoryEntry> logs;
    if (auto listed = list_place(log_dir_ + "/" + directory, logs); !listed) return std::unexpected(listed.error());
    std::erase_if(logs, [](const DirectoryEntry& entry) { return !entry.name.starts_with("log."); });
    entries.insert(entries.end(), logs.begin(), logs.end());
  }
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  return entries;
}

FsResult<void> PosixFileSystem::sync_place(const std::string& place) {
  const int fd = persist([&] { return ::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (fd < 0) return failed("open", place);
  FsResult<void> result;
  if (::fsync(fd) != 0) result = failed("fsync", place);
  ::close(fd);
  return result;
}

FsResult<void> PosixFileSystem::sync_directory(const std::string& directory) {
  if (auto synced = sync_place(data_dir_ + "/" + directory); !synced) return synced;
  return one_directory() ? FsResult<void>() : sync_place(log_dir_ + "/" + directory);
}

}  // namespace vivarium::posix

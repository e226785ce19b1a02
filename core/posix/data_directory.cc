#include "core/posix/data_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "core/log/log_files.h"
#include "core/posix/file_system.h"

namespace vivarium::posix {

namespace {

std::string reason() { return std::generic_category().message(errno); }

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;
Directory opened(const std::string& path) { return {::opendir(path.c_str()), &::closedir}; }

}  // namespace

DataDirectory::~DataDirectory() {
  for (const int file : locks_) ::close(file);
}

std::expected<void, std::string> DataDirectory::claim(const node::ServerConfig& config) {
  const std::string& data_dir = config.node.data_dir;
  const std::string& log_dir = config.node.log_dir;
  if (!config.make_data_dir) {
    for (const std::string& place : {data_dir, log_dir}) {
      if (::access(place.c_str(), F_OK) != 0)
        return std::unexpected(fmt::format("{} is not there, and datadir.autocreate is off", place));
    }
  }
  PosixFileSystem files(data_dir, log_dir);
  if (!files.prepare())
    return std::unexpected(fmt::format("the data directory cannot be made: {}", files.last_error()));
  for (const std::string& place : {data_dir, log_dir}) {
    const std::string directory = place + "/" + log::kDirectory;
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
      return std::unexpected(
          fmt::format("{} cannot be used by user {}: {}; give the directory and all in it to that "
                      "user (chown -R)",
                      directory, ::geteuid(), reason()));
    if (place == log_dir && log_dir == data_dir && !locks_.empty()) break;
    if (auto locked = lock(directory); !locked) return locked;
  }
  return {};
}

std::expected<void, std::string> DataDirectory::lock(const std::string& directory) {
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return std::unexpected(fmt::format("{} cannot be opened: {}", directory, reason()));
  locks_.push_back(file);
  // Where the file system knows no locks, it is as with upstream: nothing guards the directory.
  if (::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return {};
  return std::unexpected(fmt::format(
      "another vivariumd is running on {}: stop it, or give this one another dataDir and dataLogDir", directory));
}

std::expected<void, std::string> DataDirectory::write_myid(const std::string& data_dir, const std::string& myid) {
  const std::string path = data_dir + "/myid", line = myid + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return std::unexpected(fmt::format("{} cannot be made: {}", path, reason()));
  const bool written =
      ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
  const std::string why = written ? "" : reason();
  ::close(file);
  if (!written) return std::unexpected(fmt::format("{} cannot be written: {}", path, why));
  return {};
}

int64_t bytes_in(const std::string& directory) {
  const Directory stream = opened(directory);
  if (!stream) return 0;
  int64_t bytes = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    struct stat status {};
    if (::fstatat(::dirfd(stream.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode))
      bytes += status.st_size;
  }
  return bytes;
}

int64_t open_files() {
  const Directory stream = opened("/proc/self/fd");
  if (!stream) return -1;
  int64_t count = -3;  // ".", "..", and the one that reads them
  while (::readdir(stream.get()) != nullptr) ++count;
  return count;
}

int64_t open_files_max() {
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  return limit.rlim_cur == RLIM_INFINITY ? -1 : static_cast<int64_t>(limit.rlim_cur);
}

}  // namespace vivarium::posix

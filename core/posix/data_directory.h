// A server's directories as its own: made where they are missing, and closed to every other server while it lives.
//
// Upstream has no lock: two servers on one directory cut and overwrite each other's files.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "core/node/server_config.h"

namespace vivarium::posix {

class DataDirectory {
 public:
  DataDirectory() = default;
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  // The error is a sentence: what is wrong with which directory, and what to do.
  [[nodiscard]] std::expected<void, std::string> claim(const node::ServerConfig& config);
  // dataDir/myid, durably.
  [[nodiscard]] static std::expected<void, std::string> write_myid(const std::string& data_dir,
                                                                   const std::string& myid);

 private:
  std::expected<void, std::string> lock(const std::string& directory);
  std::vector<int> locks_;  // closing them, or the process's end, unlocks
};

// Bytes of all files directly in a directory; 0 where it cannot be read.
int64_t bytes_in(const std::string& directory);
// Of this process; -1 where the system does not say.
int64_t open_files();
int64_t open_files_max();

}  // namespace vivarium::posix

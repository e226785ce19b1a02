// The files of a data directory, as recovery and the executor see them. All names are of the one directory.
#pragma once

#include <optional>

#include "core/base/file_system.h"
#include "core/log/recovery.h"

namespace vivarium::log {

inline constexpr const char* kDirectory = "version-2";
inline constexpr const char* kAcceptedEpoch = "acceptedEpoch";
inline constexpr const char* kCurrentEpoch = "currentEpoch";
inline constexpr const char* kTemporary = ".tmp";
std::string path_of(std::string_view name);

struct NumberedFile {
  Zxid zxid;
  std::string name;
  int64_t size;
};
// Files named prefix.<hex>, ascending by number. A directory that does not exist has none.
FsResult<std::vector<NumberedFile>> numbered_files(FileSystem& files, std::string_view prefix);

FsResult<Bytes> read_whole(FileSystem& files, const std::string& name);

// The records of one log file, until its end: a length of 0, a torn tail, or the file's last byte.
struct LogFile {
  std::vector<Record> records;
  std::vector<int64_t> offsets;  // of each record
  int64_t end = 0;               // where the next record would stand
  bool torn = false;             // something stands there: the rest of a write that was interrupted
};
// Refuses what is neither whole nor torn: the file, the exact offset, and a sentence.
std::expected<LogFile, RecoveryError> parse_log_file(const std::string& name, const Bytes& content);

// Everything that stands in the log files, in order. Each record is later than the one before.
std::expected<std::vector<Record>, RecoveryError> read_log_files(FileSystem& files, Zxid after);

}  // namespace vivarium::log

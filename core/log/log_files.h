// The files of a data directory, as recovery and the executor see them. All names are of the one directory.
#pragma once

#include <optional>

#include "core/base/file_system.h"
#include "core/log/log_parser.h"

namespace vivarium::log {

inline constexpr const char* kDirectory = "version-2";
inline constexpr const char* kAcceptedEpoch = "acceptedEpoch";
inline constexpr const char* kCurrentEpoch = "currentEpoch";
inline constexpr const char* kTemporary = ".tmp";
std::string path_of(std::string_view name);

std::unexpected<RecoveryError> refuse(std::string file, int64_t offset, std::string what);

struct NumberedFile {
  Zxid zxid;
  std::string name;
  int64_t size;
};
// Files named prefix.<hex> (snapshots also prefix.<hex>.gz and .snappy), ascending by number. A directory that does not
// exist has none.
FsResult<std::vector<NumberedFile>> numbered_files(FileSystem& files, std::string_view prefix);

FsResult<Bytes> read_whole(FileSystem& files, const std::string& name);

// The log as far as it is needed after `after`: the newest file that begins at or before it, and all later ones.
FsResult<std::vector<NumberedFile>> needed_log_files(FileSystem& files, Zxid after);
// These, read. Each record is later than the one before; a file that is not the last ends cleanly, or as upstream
// leaves it (Tail::kCutShort).
std::expected<std::vector<LogFile>, RecoveryError> read_log_files(FileSystem& files, Zxid after);

}  // namespace vivarium::log

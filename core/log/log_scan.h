// Reading a log file forward, a piece at a time, so that a log of any length costs little memory. It believes whole
// records only: what stands where they end, parse_log_file() judges.
#pragma once

#include <optional>

#include "core/base/file_system.h"
#include "core/log/log_files.h"

namespace vivarium::log {

class LogScan {
 public:
  static constexpr int64_t kPieceBytes = 1 << 20;

  LogScan(FileSystem& files, const NumberedFile& log, int64_t piece_bytes = kPieceBytes);
  ~LogScan();
  LogScan(const LogScan&) = delete;
  LogScan& operator=(const LogScan&) = delete;

  // The next record. None: ended(), error(), or this file needs a judge.
  std::optional<Record> next();
  bool ended() const { return ended_; }  // cleanly: with preallocated zeros, or with the file
  std::optional<FsError> error() const { return error_; }
  int64_t bytes_read() const { return at_; }

 private:
  bool have(int64_t bytes);
  bool only_zeros_follow();

  FileSystem& files_;
  int32_t handle_ = -1;
  int64_t size_ = 0, piece_bytes_;
  Bytes piece_ = Bytes::empty_value();  // of the file, from at_ on
  int64_t at_ = 0;
  bool begun_ = false, ended_ = false;
  std::optional<FsError> error_;
  Zxid last_{-1};
};

}  // namespace vivarium::log

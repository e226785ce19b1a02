// Parsing one transaction-log file: its records, and what stands where they end. Nothing of directories.
//
// A crash of the machine leaves of the last, never synced write any subset of its 512-byte sectors; the others read as
// zeros, since a log is written only beyond its end, into zeros. So a record that fails is judged:
//
//   one flipped bit makes it whole            damage: no interrupted write does that (a bit in a sector of zeros is not
//   looked at) whole records stand within it, and lead   damage to its length (a znode may hold what looks like
//   records, but not just these) up to the log's end a whole record stands behind it           damage, unless one of
//   its sectors was lost nothing whole follows it                  the end of the log
//
// Damage is refused with the record's offset, and the file is left as it was.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/log/recovery.h"

namespace vivarium::log {

enum class Tail : uint8_t {
  kClean,     // nothing but preallocated zeros, or the end of the file
  kCutShort,  // the beginning of an interrupted write; upstream leaves such ends in files that are not the last one too
  kDoubtful,  // taken for an interrupted write in the last file only; we cut it off before we begin another file
};

struct LogFile {
  std::string path;
  std::vector<Record> records;
  std::vector<int64_t> offsets;  // of each record
  int64_t end = 0;               // where the next record would stand
  Tail tail = Tail::kClean;
};

std::expected<LogFile, RecoveryError> parse_log_file(const std::string& path, const Bytes& content);

// Whether `next` can be the transaction after `previous`: the next counter, or the first of a later epoch.
bool follows(Zxid previous, Zxid next);

}  // namespace vivarium::log

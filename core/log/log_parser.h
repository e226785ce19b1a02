// Parsing one transaction-log file: its records, and what stands where they end. Nothing of directories.
//
// A crash of the machine leaves of the last, never synced write any subset of its 512-byte sectors; the others read as
// zeros, since a log is written only beyond its end, into zeros. A process that is killed within a write leaves its
// beginning. So a record that fails is judged, by the first of these that holds:
//
//   one flipped bit makes it whole                     damage: no interrupted write does that. (Not where the bit's
//                                                      sector is zeros: then losing that sector explains it too)
//   whole records stand within it, and lead up to      damage to its length. (A znode may hold what looks like records,
//   the log's end                                      but not just these)
//   a whole record stands behind it                    damage, unless one of its sectors was lost
//   it is whole, but for the length that it tells      damage
//   nothing of it is missing                           damage
//   otherwise                                          the end of the log
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
  kCutShort,  // what an interrupted write left; upstream leaves such ends in files that are not the last one too
  kDoubtful,  // the same with whole records behind it: in the last file only, for we cut it off before we begin another
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

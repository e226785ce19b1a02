// Transaction-log format (facts 3.2) and file names: bytes <-> values, nothing of files.
//
//   log.<hex of first zxid>:  header (16 bytes: "ZKLG", version 2, dbid 0), then records
//   record:                   long Adler32(payload), int length, payload, byte 'B';  a length of 0 ends the log
//   (preallocated zeros)
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/log/recovery.h"
#include "core/log/snapshot_format.h"

namespace vivarium::log {

inline constexpr int64_t kFileHeaderBytes = 16;
inline constexpr int64_t kRecordHeadBytes = 12;      // checksum and length
inline constexpr int64_t kRecordOverheadBytes = 13;  // and the 'B'

inline constexpr uint32_t kEmptySum = 1;
uint32_t adler32(std::string_view bytes, uint32_t before = kEmptySum);
Bytes log_file_header();
bool is_log_file_header(std::string_view bytes);
Bytes snapshot_file_header();
bool is_snapshot_file_header(std::string_view bytes);
void frame_record_to(BytesBuilder& out, const Record& record);
Bytes frame_record(const Record& record);

std::string log_file_name(Zxid first);      // "log.<hex>"
std::string snapshot_file_name(Zxid zxid);  // "snapshot.<hex>"
// The number of "<prefix>.<hex>"; snapshots that upstream compressed end with .gz or .snappy.
std::optional<Zxid> parse_file_name(std::string_view name, std::string_view prefix);

}  // namespace vivarium::log

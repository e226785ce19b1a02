#include "core/log/log_files.h"

#include <algorithm>

#include "core/log/formats.h"
#include "core/wire/transactions.h"

namespace vivarium::log {

namespace {
constexpr int64_t kSectorBytes = 512;
constexpr int32_t kRecordBytesMax = 64 << 20;

std::unexpected<RecoveryError> refuse(const std::string& name, int64_t offset, std::string what) {
  return std::unexpected(RecoveryError{path_of(name), offset, std::move(what)});
}

bool all_zero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// Does a whole sector within [from, to) hold nothing but zeros: a write that never reached the disk.
bool has_zero_sector(std::string_view content, int64_t from, int64_t to) {
  to = std::min<int64_t>(to, static_cast<int64_t>(content.size()));
  for (int64_t sector = from / kSectorBytes * kSectorBytes; sector < to; sector += kSectorBytes) {
    const int64_t begin = std::max(sector, from), end = std::min(sector + kSectorBytes, to);
    if (end > begin && all_zero(content.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)))) return true;
  }
  return false;
}

struct Parsed {
  std::optional<Record> record;
  int64_t next = 0;     // where the following record would begin
  const char* problem = nullptr;
};

// The record at `at`; nothing and no problem at the log's end.
Parsed parse_record(const Bytes& content, int64_t at) {
  const auto size = static_cast<int64_t>(content.size());
  if (at + kRecordHeadBytes > size) return {std::nullopt, size, at < size && !all_zero(content.view().substr(static_cast<size_t>(at))) ? "is cut off" : nullptr};
  const uint8_t* head = content.data() + at;
  const int64_t sum = load_i64(head);
  const int32_t length = load_i32(head + 8);
  if (length == 0) return {std::nullopt, at + kRecordHeadBytes, sum == 0 ? nullptr : "has a checksum but no length"};
  if (length < 0 || length > kRecordBytesMax) return {std::nullopt, at + kRecordHeadBytes, "has an impossible length"};
  const int64_t next = at + kRecordOverheadBytes + length;
  if (next > size) return {std::nullopt, next, "is cut off"};
  const Bytes payload = content.slice(static_cast<size_t>(at + kRecordHeadBytes), static_cast<size_t>(length));
  if (content[static_cast<size_t>(next - 1)] != 'B') return {std::nullopt, next, "does not end with 'B'"};
  if (sum != adler32(payload.view())) return {std::nullopt, next, "does not match its checksum"};
  const auto header = wire::decode<wire::TxnHeader>(payload);
  if (!header) return {std::nullopt, next, "holds no transaction header"};
  return {Record{header->zxid, payload}, next, nullptr};
}

// Whether a whole record stands anywhere behind `at`. One that does was written after the failing one, so that the failing one was
// once durable: it is damage, not the end of an interrupted write.
bool valid_record_after(const Bytes& content, int64_t at) {
  const auto size = static_cast<int64_t>(content.size());
  for (int64_t i = at; i + kRecordOverheadBytes < size; ++i) {
    const int32_t length = load_i32(content.data() + i + 8);
    if (length <= 0 || i + kRecordOverheadBytes + length > size || content[static_cast<size_t>(i + kRecordHeadBytes + length)] != 'B') continue;
    if (parse_record(content, i).record) return true;
  }
  return false;
}

}  // namespace

std::string path_of(std::string_view name) { return fmt::format("{}/{}", kDirectory, name); }

FsResult<std::vector<NumberedFile>> numbered_files(FileSystem& files, std::string_view prefix) {
  const auto entries = files.list(kDirectory);
  if (!entries && entries.error() != FsError::kNotFound) return std::unexpected(entries.error());
  std::vector<NumberedFile> out;
  if (entries) {
    for (const DirectoryEntry& entry : *entries) {
      if (const auto zxid = parse_file_name(entry.name, prefix)) out.push_back({*zxid, entry.name, entry.size});
    }
  }
  std::sort(out.begin(), out.end(), [](const NumberedFile& a, const NumberedFile& b) { return a.zxid < b.zxid; });
  return out;
}

FsResult<Bytes> read_whole(FileSystem& files, const std::string& name) {
  const auto file = files.open(path_of(name), OpenMode::kRead);
  if (!file) return std::unexpected(file.error());
  auto content = files.pread(file->handle, 0, file->size);
  files.close(file->handle);
  return content;
}

std::expected<LogFile, RecoveryError> parse_log_file(const std::string& name, const Bytes& content) {
  LogFile out;
  if (content.size() < static_cast<size_t>(kFileHeaderBytes) || all_zero(content.view().substr(0, kFileHeaderBytes))) {
    out.torn = !content.empty();  // made, and never written to the end of its header
    return out;
  }
  if (!is_log_file_header(content.view())) return refuse(name, 0, "is no transaction log: it does not begin with ZKLG, version 2; restore it from a backup or move it away");
  out.end = kFileHeaderBytes;
  for (;;) {
    const Parsed parsed = parse_record(content, out.end);
    if (parsed.record) {
      if (!out.records.empty() && parsed.record->zxid <= out.records.back().zxid) {
        return refuse(name, out.end, fmt::format("the record's zxid {} is not after {}", parsed.record->zxid, out.records.back().zxid));
      }
      out.records.push_back(*parsed.record);
      out.offsets.push_back(out.end);
      out.end = parsed.next;
      continue;
    }
    if (!parsed.problem) {
      // Zeros where a record would begin. Preallocation, or the lost first sector of a write: then something stands behind.
      if (!valid_record_after(content, out.end + 1)) return out;
      out.torn = true;
      return out;
    }
    if (!has_zero_sector(content.view(), out.end, parsed.next) && valid_record_after(content, out.end + 1)) {
      return refuse(name, out.end, fmt::format("the record {}, and whole records follow it: this is damage, not an interrupted write; the file is left as it was", parsed.problem));
    }
    out.torn = true;
    return out;
  }
}

std::expected<std::vector<Record>, RecoveryError> read_log_files(FileSystem& files, Zxid after) {
  const auto logs = numbered_files(files, "log");
  if (!logs) return std::unexpected(RecoveryError{kDirectory, 0, fs_error_name(logs.error())});
  // The newest file that begins at or before `after` + 1, and all later ones.
  size_t first = 0;
  for (size_t i = 0; i < logs->size(); ++i) {
    if ((*logs)[i].zxid <= after.next()) first = i;
  }
  std::vector<Record> records;
  for (size_t i = first; i < logs->size(); ++i) {
    const std::string& name = (*logs)[i].name;
    const auto content = read_whole(files, name);
    if (!content) return std::unexpected(RecoveryError{path_of(name), 0, fs_error_name(content.error())});
    auto file = parse_log_file(name, *content);
    if (!file) return std::unexpected(file.error());
    for (Record& record : file->records) {
      if (!records.empty() && record.zxid <= records.back().zxid) {
        return refuse(name, 0, fmt::format("it repeats zxid {}, which an earlier file holds", record.zxid));
      }
      records.push_back(std::move(record));
    }
  }
  return records;
}

}  // namespace vivarium::log

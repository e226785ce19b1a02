#include "core/log/log_files.h"

#include <algorithm>
#include <tuple>

#include "core/log/formats.h"

namespace vivarium::log {

namespace {

std::expected<LogFile, RecoveryError> read_log_file(FileSystem& files, const NumberedFile& log) {
  const std::string path = path_of(log.name);
  if (log.size > UINT32_MAX)
    return refuse(
        path, 0,
        "the file is longer than 4 GiB; set txnLogSizeLimitInKb, and let the server that wrote it snapshot and purge");
  const auto content = read_whole(files, log.name);
  if (!content) return refuse(path, 0, fs_error_name(content.error()));
  return parse_log_file(path, *content);
}

}  // namespace

std::unexpected<RecoveryError> refuse(std::string file, int64_t offset, std::string what) {
  return std::unexpected(RecoveryError{std::move(file), offset, std::move(what)});
}

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
  std::sort(out.begin(), out.end(), [](const NumberedFile& a, const NumberedFile& b) {
    return std::tie(a.zxid, a.name) < std::tie(b.zxid, b.name);
  });
  return out;
}

FsResult<Bytes> read_whole(FileSystem& files, const std::string& name) {
  const auto file = files.open(path_of(name), OpenMode::kRead);
  if (!file) return std::unexpected(file.error());
  auto content = files.pread(file->handle, 0, file->size);
  files.close(file->handle);
  return content;
}

FsResult<std::vector<NumberedFile>> needed_log_files(FileSystem& files, Zxid after) {
  auto logs = numbered_files(files, "log");
  if (!logs) return logs;
  const auto later = std::upper_bound(logs->begin(), logs->end(), after,
                                      [](Zxid zxid, const NumberedFile& log) { return zxid < log.zxid; });
  if (later != logs->begin()) logs->erase(logs->begin(), std::prev(later));
  return logs;
}

std::expected<std::vector<LogFile>, RecoveryError> read_log_files(FileSystem& files, Zxid after) {
  const auto logs = needed_log_files(files, after);
  if (!logs) return refuse(kDirectory, 0, fs_error_name(logs.error()));
  std::vector<LogFile> out;
  std::optional<Zxid> last;
  for (auto log = logs->begin(); log != logs->end(); ++log) {
    auto file = read_log_file(files, *log);
    if (!file) return std::unexpected(file.error());
    if (file->tail == Tail::kDoubtful && std::next(log) != logs->end()) {
      return refuse(file->path, file->end,
                    "the record is not whole, and later files follow: this is damage, not an interrupted write; the "
                    "file is left as it was");
    }
    if (!file->records.empty()) {
      if (last && file->records.front().zxid <= *last) {
        return refuse(file->path, kFileHeaderBytes,
                      fmt::format("the record's zxid {} is not after {}, which an earlier file holds",
                                  file->records.front().zxid, *last));
      }
      last = file->records.back().zxid;
    }
    out.push_back(std::move(*file));
  }
  return out;
}

}  // namespace vivarium::log

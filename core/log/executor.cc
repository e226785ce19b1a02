#include "core/log/executor.h"

#include <algorithm>
#include <utility>

#include "core/log/formats.h"
#include "core/log/gzip.h"
#include "core/log/log_files.h"
#include "core/log/log_scan.h"

namespace vivarium::log {

namespace {

constexpr int64_t kGrowWithin = 4096;  // the file is extended when a write comes this close to its end

std::unexpected<ExecutionError> failed(std::string file, FsError error, std::string what) {
  return std::unexpected(ExecutionError{std::move(file), error, std::move(what)});
}

// A snapshot goes to the disk in pieces, which a host may write through: a sync of the log waits behind one at most.
constexpr size_t kPieceBytes = 256 << 10;

template <class NextPiece>
std::expected<void, ExecutionError> write_pieces(FileSystem& files, const std::string& path, int32_t handle,
                                                 NextPiece& next_piece) {
  int64_t end = 0;
  for (Bytes piece = next_piece(); !piece.empty(); piece = next_piece()) {
    if (auto put = files.pwrite(handle, end, piece); !put) return failed(path, put.error(), "cannot be written");
    end += static_cast<int64_t>(piece.size());
  }
  if (auto synced = files.sync(handle); !synced) return failed(path, synced.error(), "cannot be synced");
  return {};
}

// Writes a whole file under a temporary name and makes it durable under its own. next_piece() gives its content, piece
// by piece; an empty one is the end.
template <class NextPiece>
std::expected<void, ExecutionError> write_durably(FileSystem& files, const std::string& name, NextPiece next_piece) {
  const std::string path = path_of(name), temporary = path + kTemporary;
  if (auto old = files.unlink(temporary); !old && old.error() != FsError::kNotFound)
    return failed(temporary, old.error(), "cannot be removed");
  const auto file = files.open(temporary, OpenMode::kCreate);
  if (!file) return failed(temporary, file.error(), "cannot be made");
  const auto written = write_pieces(files, temporary, file->handle, next_piece);
  files.close(file->handle);
  if (!written) return written;
  if (auto renamed = files.rename(temporary, path); !renamed)
    return failed(path, renamed.error(), "cannot be renamed into place");
  if (auto synced = files.sync_directory(kDirectory); !synced)
    return failed(kDirectory, synced.error(), "cannot be synced");
  return {};
}

// What is logged next waits for this reading, so that a log in which much more than this stands before what is wanted
// is not worth it: some tenths of a second.
constexpr int64_t kScannedMax = 256 << 20;

// The records from the last one at or before `from` on: that one tells whether the asker's last transaction is one of
// ours. Where the log has a hole, what stands before it does not count; nor before a snapshot that lies between two
// epochs' records, since upstream leaves the log of the old history in place when SNAP brings another (2418).
class LogReading {
 public:
  LogReading(const ReadLog& asked, const std::vector<NumberedFile>& snapshots)
      : asked_(asked), snapshots_(snapshots), read_{asked.query, {}, false} {}

  // False: what was asked for is there, or too much of it.
  bool take(Record record) {
    std::vector<Record>& records = read_.records;
    if (!records.empty() && (record.zxid <= asked_.from || !holds_together(records.back().zxid, record.zxid))) {
      records.clear();
      bytes_ = 0;
    }
    if (record.zxid > asked_.from && record.zxid <= asked_.to) bytes_ += static_cast<int64_t>(record.payload.size());
    records.push_back(std::move(record));
    return records.back().zxid < asked_.to && bytes_ <= asked_.bytes_max;
  }
  void give_up() { read_.records.clear(); }
  LogRead answer() {
    read_.complete = !read_.records.empty() && read_.records.front().zxid <= asked_.from;
    return std::move(read_);
  }

 private:
  bool holds_together(Zxid previous, Zxid next) const {
    if (next == previous.next()) return true;
    if (!follows(previous, next)) return false;
    return std::none_of(snapshots_.begin(), snapshots_.end(), [&](const NumberedFile& s) {
      return s.zxid > previous && s.zxid < next && s.zxid.counter() != 0;
    });
  }

  const ReadLog& asked_;
  const std::vector<NumberedFile>& snapshots_;
  LogRead read_;
  int64_t bytes_ = 0;
};

// False: a file does not end cleanly, or goes back.
std::expected<bool, RecoveryError> scan(FileSystem& files, const std::vector<NumberedFile>& logs, LogReading& reading) {
  int64_t scanned = 0;
  Zxid last{-1};
  for (const NumberedFile& log : logs) {
    LogScan file(files, log);
    while (auto record = file.next()) {
      if (record->zxid <= std::exchange(last, record->zxid)) return false;
      if (!reading.take(std::move(*record))) return true;
      if (scanned + file.bytes_read() > kScannedMax) {
        reading.give_up();
        return true;
      }
    }
    if (file.error()) return std::unexpected(RecoveryError{path_of(log.name), 0, fs_error_name(*file.error())});
    if (!file.ended()) return false;
    scanned += file.bytes_read();
  }
  return true;
}

std::expected<LogRead, RecoveryError> read_log(FileSystem& files, const ReadLog& read) {
  const auto logs = needed_log_files(files, read.from);
  if (!logs) return std::unexpected(RecoveryError{kDirectory, 0, fs_error_name(logs.error())});
  const auto snapshots = numbered_files(files, "snapshot");
  if (!snapshots) return std::unexpected(RecoveryError{kDirectory, 0, fs_error_name(snapshots.error())});
  LogReading scanning(read, *snapshots);
  const auto scanned = scan(files, *logs, scanning);
  if (!scanned) return std::unexpected(scanned.error());
  if (*scanned) return scanning.answer();
  auto judged = read_log_files(files, read.from);
  if (!judged) return std::unexpected(judged.error());
  LogReading reading(read, *snapshots);
  for (LogFile& log : *judged) {
    for (Record& record : log.records) {
      if (!reading.take(std::move(record))) return reading.answer();
    }
  }
  return reading.answer();
}

std::expected<void, ExecutionError> remove(FileSystem& files, const std::string& name) {
  if (auto gone = files.unlink(path_of(name)); !gone) return failed(path_of(name), gone.error(), "cannot be removed");
  return {};
}

std::expected<void, ExecutionError> sync_names(FileSystem& files) {
  if (auto synced = files.sync_directory(kDirectory); !synced)
    return failed(kDirectory, synced.error(), "cannot be synced");
  return {};
}

// Removes files one by one in this order, each durably before the next.
std::expected<void, ExecutionError> remove_in_order(FileSystem& files, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (auto gone = remove(files, name); !gone) return gone;
    if (auto synced = sync_names(files); !synced) return synced;
  }
  return {};
}

}  // namespace

std::expected<Answer, ExecutionError> Executor::execute(FileSystem& files, const DiskOperation& operation) {
  const auto done = [](Done result) -> std::expected<Answer, ExecutionError> {
    if (!result) return std::unexpected(result.error());
    return Answer{};
  };
  const Operation& op = operation.operation;
  if (const auto* x = std::get_if<AppendRecords>(&op)) return done(append(files, *x));
  if (std::holds_alternative<RollLog>(op)) {
    close_log(files);
    return Answer{};
  }
  if (const auto* x = std::get_if<TruncateLog>(&op)) return done(truncate(files, x->keep));
  if (const auto* x = std::get_if<WriteSnapshot>(&op)) return done(write_snapshot(files, x->state));
  if (const auto* x = std::get_if<DiscardSnapshotsAbove>(&op)) return done(discard_snapshots(files, x->zxid));
  if (const auto* x = std::get_if<Purge>(&op)) return done(purge(files, x->retain));
  if (const auto* x = std::get_if<WriteEpoch>(&op)) return done(write_epoch(files, x->file, x->epoch));
  if (const auto* x = std::get_if<Reload>(&op)) {
    auto recovered = recover_up_to(files, options_.recovery, x->keep);
    if (!recovered) return failed(recovered.error().file, FsError::kIo, recovered.error().what);
    return Answer{Reloaded{operation.seq, std::move(*recovered)}};
  }
  auto read = read_log(files, std::get<ReadLog>(op));
  if (!read) return failed(read.error().file, FsError::kIo, read.error().what);
  return Answer{std::move(*read)};
}

// ---- the log
// -----------------------------------------------------------------------------------------------------------------

void Executor::close_log(FileSystem& files) {
  if (log_handle_ >= 0) files.close(log_handle_);
  log_handle_ = -1;
}

Executor::Done Executor::append(FileSystem& files, const AppendRecords& append) {
  if (append.records.empty()) return {};
  const bool fresh = log_handle_ < 0;
  BytesBuilder out;
  if (fresh) {
    if (auto opened = open_log(files, append.records.front().zxid); !opened) return opened;
    out.append(log_file_header());
  }
  for (const Record& record : append.records) frame_record_to(out, record);
  const Bytes group = out.take();
  if (auto reserved = reserve(files, static_cast<int64_t>(group.size())); !reserved) return reserved;
  if (auto written = files.pwrite(log_handle_, log_end_, group); !written)
    return failed(log_name_, written.error(), "cannot be written");
  if (auto synced = files.sync(log_handle_); !synced) return failed(log_name_, synced.error(), "cannot be synced");
  log_end_ += static_cast<int64_t>(group.size());
  if (!fresh) return {};
  if (auto synced = files.sync_directory(kDirectory); !synced)
    return failed(kDirectory, synced.error(), "cannot be synced");
  return {};
}

// A new file. One of this name can only be left from a process that died before any of its records was durable.
Executor::Done Executor::open_log(FileSystem& files, Zxid first) {
  log_name_ = path_of(log_file_name(first));
  if (auto old = files.unlink(log_name_); !old && old.error() != FsError::kNotFound)
    return failed(log_name_, old.error(), "cannot be removed");
  const auto file = files.open(log_name_, OpenMode::kCreate);
  if (!file) return failed(log_name_, file.error(), "cannot be made");
  log_handle_ = file->handle;
  log_end_ = log_allocated_ = 0;
  return {};
}

// Grows the file by whole steps ahead of its end, so that an append's sync has no size to write.
Executor::Done Executor::reserve(FileSystem& files, int64_t bytes) {
  if (log_end_ + bytes + kGrowWithin <= log_allocated_) return {};
  const int64_t step = std::max<int64_t>(options_.preallocate_bytes, kGrowWithin);
  log_allocated_ = (log_end_ + bytes + kGrowWithin + step - 1) / step * step;
  if (auto grown = files.truncate(log_handle_, log_allocated_); !grown)
    return failed(log_name_, grown.error(), "cannot be extended");
  return {};
}

Executor::Done Executor::truncate(FileSystem& files, Zxid keep) {
  close_log(files);
  const auto logs = numbered_files(files, "log");
  if (!logs) return failed(kDirectory, logs.error(), "cannot be listed");
  std::vector<std::string> later;  // newest first
  for (auto file = logs->rbegin(); file != logs->rend() && file->zxid > keep; ++file) later.push_back(file->name);
  if (auto removed = remove_in_order(files, later); !removed) return removed;
  if (later.size() == logs->size()) return {};

  const std::string name = (*logs)[logs->size() - later.size() - 1].name;
  const auto content = read_whole(files, name);
  if (!content) return failed(path_of(name), content.error(), "cannot be read");
  const auto parsed = parse_log_file(path_of(name), *content);
  if (!parsed) return failed(parsed.error().file, FsError::kIo, parsed.error().what);
  int64_t end = parsed->end;
  for (size_t i = 0; i < parsed->records.size(); ++i) {
    if (parsed->records[i].zxid > keep) {
      end = parsed->offsets[i];
      break;
    }
  }
  const auto file = files.open(path_of(name), OpenMode::kReadWrite);
  if (!file) return failed(path_of(name), file.error(), "cannot be opened");
  if (auto cut = files.truncate(file->handle, end); !cut) return failed(path_of(name), cut.error(), "cannot be cut");
  if (auto synced = files.sync(file->handle); !synced) return failed(path_of(name), synced.error(), "cannot be synced");
  files.close(file->handle);
  return {};
}

// ---- snapshots and small files
// --------------------------------------------------------------------------------------------------

Executor::Done Executor::write_snapshot(FileSystem& files, const tree::State& state) {
  const std::string name = snapshot_file_name(state.zxid);
  SnapshotFile file(state);
  auto written = write_durably(files, name, [&] { return file.next(kPieceBytes); });
  if (written) whole_.push_back(name);
  return written;
}

Executor::Done Executor::write_epoch(FileSystem& files, EpochFile file, Epoch epoch) {
  Bytes content(fmt::format("{}", epoch));
  return write_durably(files, file == EpochFile::kAccepted ? kAcceptedEpoch : kCurrentEpoch,
                       [&] { return std::exchange(content, Bytes::empty_value()); });
}

Executor::Done Executor::discard_snapshots(FileSystem& files, Zxid above) {
  const auto snapshots = numbered_files(files, "snapshot");
  if (!snapshots) return failed(kDirectory, snapshots.error(), "cannot be listed");
  std::vector<std::string> names;
  for (const NumberedFile& snapshot : *snapshots) {
    if (snapshot.zxid > above) names.push_back(snapshot.name);
  }
  for (const std::string& name : names) {
    std::erase(whole_, name);
    if (auto gone = remove(files, name); !gone) return gone;
  }
  return names.empty() ? Done() : sync_names(files);
}

// Whether a snapshot is as it was written. Each is read once: files under this name are never written again.
std::expected<bool, ExecutionError> Executor::is_whole(FileSystem& files, const std::string& name) {
  if (std::find(whole_.begin(), whole_.end(), name) != whole_.end()) return true;
  auto content = read_whole(files, name);
  if (!content) return failed(path_of(name), content.error(), "cannot be read");
  if (name.ends_with(".gz")) content = gunzip(*content).value_or(Bytes());
  if (!snapshot_is_sealed(*content)) return false;
  whole_.push_back(name);
  return true;
}

// Keeps the `retain` newest valid snapshots, every log from the oldest of them on, and the newest log that begins at or
// before it, since its tail may be needed too (2574). Invalid files do not count (3231) and are left for a person to
// look at.
Executor::Done Executor::purge(FileSystem& files, int32_t retain) {
  CHECK(retain > 0, "purge would leave {} snapshots", retain);
  const auto snapshots = numbered_files(files, "snapshot");
  const auto logs = numbered_files(files, "log");
  if (!snapshots || !logs) return failed(kDirectory, snapshots ? logs.error() : snapshots.error(), "cannot be listed");
  std::vector<NumberedFile> kept;  // newest first
  std::vector<std::string> old;
  for (auto snapshot = snapshots->rbegin(); snapshot != snapshots->rend(); ++snapshot) {
    const auto whole = is_whole(files, snapshot->name);
    if (!whole) return std::unexpected(whole.error());
    if (!*whole) continue;
    if (kept.size() < static_cast<size_t>(retain))
      kept.push_back(*snapshot);
    else
      old.push_back(snapshot->name);
  }
  if (kept.empty()) return {};
  const auto needed = std::upper_bound(logs->begin(), logs->end(), kept.back().zxid,
                                       [](Zxid zxid, const NumberedFile& log) { return zxid < log.zxid; });
  std::vector<std::string> names;
  for (auto log = logs->begin(); log != needed && std::next(log) != needed; ++log) names.push_back(log->name);
  if (auto removed = remove_in_order(files, names); !removed) return removed;
  for (const std::string& name : old) {
    std::erase(whole_, name);
    if (auto gone = remove(files, name); !gone) return gone;
  }
  return {};
}

}  // namespace vivarium::log

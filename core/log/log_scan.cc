#include "core/log/log_scan.h"

#include <algorithm>

#include "core/log/formats.h"
#include "core/wire/transactions.h"

namespace vivarium::log {

LogScan::LogScan(FileSystem& files, const NumberedFile& log, int64_t piece_bytes)
    : files_(files), piece_bytes_(piece_bytes) {
  const auto file = files.open(path_of(log.name), OpenMode::kRead);
  if (!file) {
    error_ = file.error();
    return;
  }
  handle_ = file->handle;
  size_ = file->size;
}

LogScan::~LogScan() {
  if (handle_ >= 0) files_.close(handle_);
}

// Whether so many bytes from at_ on are at hand.
bool LogScan::have(int64_t bytes) {
  if (static_cast<int64_t>(piece_.size()) >= bytes) return true;
  if (handle_ < 0 || bytes > size_ - at_) return false;
  auto piece = files_.pread(handle_, at_, std::min(std::max(bytes, piece_bytes_), size_ - at_));
  if (!piece) {
    error_ = piece.error();
    return false;
  }
  piece_ = std::move(*piece);
  return static_cast<int64_t>(piece_.size()) >= bytes;
}

// A lost sector is zeros, too, and has records behind it.
bool LogScan::only_zeros_follow() {
  while (at_ < size_) {
    if (!have(1) || std::any_of(piece_.begin(), piece_.end(), [](uint8_t byte) { return byte != 0; })) return false;
    at_ += static_cast<int64_t>(piece_.size());
    piece_ = Bytes::empty_value();
  }
  return true;
}

std::optional<Record> LogScan::next() {
  if (!begun_) {
    if (!have(kFileHeaderBytes) || !is_log_file_header(piece_.view())) return std::nullopt;
    begun_ = true;
    at_ = kFileHeaderBytes;
    piece_.remove_prefix(kFileHeaderBytes);
  }
  ended_ = at_ == size_;
  if (ended_ || !have(kRecordHeadBytes)) return std::nullopt;
  const int64_t checksum = load_i64(piece_.data());
  const int32_t length = load_i32(piece_.data() + 8);
  ended_ = length == 0 && only_zeros_follow();
  if (length <= 0 || !have(kRecordOverheadBytes + length)) return std::nullopt;
  const Bytes payload = piece_.slice(kRecordHeadBytes, static_cast<size_t>(length));
  const auto end = static_cast<size_t>(kRecordOverheadBytes + length);
  if (piece_[end - 1] != 'B' || checksum != adler32(payload.view())) return std::nullopt;
  const auto header = wire::decode<wire::TxnHeader>(payload);
  if (!header || header->zxid <= last_) return std::nullopt;
  last_ = header->zxid;
  at_ += static_cast<int64_t>(end);
  piece_.remove_prefix(end);
  return Record{header->zxid, payload};
}

}  // namespace vivarium::log

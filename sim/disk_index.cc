#include "sim/disk_index.h"

#include <algorithm>
#include <charconv>

#include "core/base/hash.h"
#include "sim/near_end.h"

namespace vivarium::sim {

namespace {

constexpr std::string_view kDirectory = "version-2/";

std::optional<Zxid> numbered(const std::string& path, std::string_view prefix) {
  if (!path.starts_with(kDirectory)) return std::nullopt;
  const std::string_view name = std::string_view(path).substr(kDirectory.size());
  if (!name.starts_with(prefix) || name.ends_with(".tmp")) return std::nullopt;
  uint64_t value = 0;
  const std::string_view digits = name.substr(prefix.size());
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Zxid{static_cast<int64_t>(value)};
}

}  // namespace

void DiskIndex::rebuild(const SimFileSystem& disk) {
  entries_.clear();
  files_.clear();
  snapshot_ = Zxid{-1};
  names_version_ = disk.durable_names_version();
  for (const std::string& path : disk.durable_paths()) {
    if (const auto zxid = numbered(path, "snapshot.")) snapshot_ = std::max(snapshot_, *zxid);
    if (const auto first = numbered(path, "log.")) files_.push_back({path, *first});
  }
  std::sort(files_.begin(), files_.end(), [](const Place& a, const Place& b) { return a.first < b.first; });
  for (Place& place : files_) read_file(disk, place);
}

void DiskIndex::read_on(const SimFileSystem& disk) {
  if (files_.empty() || names_version_ != disk.durable_names_version()) return rebuild(disk);
  const size_t before = entries_.size();
  read_file(disk, files_.back());
  if (entries_.size() == before) rebuild(disk);  // no append, then: a truncation
}

// long checksum, int length, payload (its third field is the zxid), 'B'. A write that was torn ends the file for us as
// well.
void DiskIndex::read_file(const SimFileSystem& disk, Place& place) {
  constexpr int64_t kFileHeader = 16, kHead = 12, kZxidAt = 12;
  const FileContent* content = disk.durable_content(place.path);
  if (!content) return;
  if (place.end == 0) place.end = kFileHeader;
  // A block at a time, since records come in groups.
  for (int64_t block_bytes = 4096;;) {
    const Bytes block = content->read(place.end, block_bytes);
    int64_t at = 0;
    for (;;) {
      const int64_t left = static_cast<int64_t>(block.size()) - at;
      const int32_t length = left < kHead ? 0 : load_i32(block.data() + at + 8);
      if (length > (1 << 24) || (left >= kHead && length < kZxidAt + 8)) return;
      if (left < kHead || left < kHead + length + 1) {
        if (at == 0 && static_cast<int64_t>(block.size()) < block_bytes) return;  // cut off by the end of the file
        block_bytes = at == 0 ? kHead + length + 1 + block_bytes : block_bytes;
        break;
      }
      if (block[static_cast<size_t>(at + kHead + length)] != 'B') return;
      entries_.push_back(
          {Zxid{load_i64(block.data() + at + kHead + kZxidAt)},
           hash_bytes(block.view().substr(static_cast<size_t>(at + kHead), static_cast<size_t>(length)))});
      at += kHead + length + 1;
      place.end += kHead + length + 1;
    }
  }
}

bool DiskIndex::holds(Zxid zxid, uint64_t payload_hash) const {
  if (zxid <= snapshot_) return true;
  const size_t at = place_near_end(entries_, zxid);
  return at < entries_.size() && entries_[at].zxid == zxid && entries_[at].payload_hash == payload_hash;
}

std::optional<Epoch> DiskIndex::epoch_in(const SimFileSystem& disk, const std::string& name) {
  const FileContent* content = disk.durable_content(std::string(kDirectory) + name);
  if (!content) return std::nullopt;
  const Bytes bytes = content->read(0, content->size());
  int64_t value = 0;
  const std::string_view text = bytes.view();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() ? std::optional(Epoch{value}) : std::nullopt;
}

}  // namespace vivarium::sim

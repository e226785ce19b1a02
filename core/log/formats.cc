#include "core/log/formats.h"

#include <libdeflate.h>

#include <charconv>

namespace vivarium::log {

namespace {

constexpr int32_t kLogMagic = 0x5a4b4c47;       // "ZKLG"
constexpr int32_t kSnapshotMagic = 0x5a4b534e;  // "ZKSN"
constexpr int32_t kFormatVersion = 2;

void header(BytesBuilder& out, int32_t magic, int64_t dbid) {
  out.i32(magic);
  out.i32(kFormatVersion);
  out.i64(dbid);
}

}  // namespace

uint32_t adler32(std::string_view bytes, uint32_t before) {
  return libdeflate_adler32(before, bytes.data(), bytes.size());
}

Bytes log_file_header() {
  BytesBuilder out(kFileHeaderBytes);
  header(out, kLogMagic, 0);
  return out.take();
}

bool is_log_file_header(std::string_view bytes) {
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  return bytes.size() >= kFileHeaderBytes && load_i32(p) == kLogMagic && load_i32(p + 4) == kFormatVersion;
}

bool is_snapshot_file_header(std::string_view bytes) {
  const auto* p = reinterpret_cast<const uint8_t*>(bytes.data());
  return bytes.size() >= kFileHeaderBytes && load_i32(p) == kSnapshotMagic && load_i32(p + 4) == kFormatVersion;
}

Bytes snapshot_file_header() {
  BytesBuilder out(kFileHeaderBytes);
  header(out, kSnapshotMagic, -1);
  return out.take();
}

void frame_record_to(BytesBuilder& out, const Record& record) {
  out.i64(adler32(record.payload.view()));
  out.i32(static_cast<int32_t>(record.payload.size()));
  out.append(record.payload);
  out.u8('B');
}

Bytes frame_record(const Record& record) {
  BytesBuilder out(record.payload.size() + kRecordOverheadBytes);
  frame_record_to(out, record);
  return out.take();
}

std::string log_file_name(Zxid first) { return fmt::format("log.{:x}", static_cast<uint64_t>(first.value)); }
std::string snapshot_file_name(Zxid zxid) { return fmt::format("snapshot.{:x}", static_cast<uint64_t>(zxid.value)); }

std::optional<Zxid> parse_file_name(std::string_view name, std::string_view prefix) {
  if (name.size() <= prefix.size() + 1 || !name.starts_with(prefix) || name[prefix.size()] != '.') return std::nullopt;
  std::string_view digits = name.substr(prefix.size() + 1);
  for (const std::string_view compressed : {".gz", ".snappy"}) {
    if (prefix == "snapshot" && digits.ends_with(compressed)) digits.remove_suffix(compressed.size());
  }
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Zxid{static_cast<int64_t>(value)};
}

}  // namespace vivarium::log

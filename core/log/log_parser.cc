#include "core/log/log_parser.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "core/log/formats.h"
#include "core/wire/transactions.h"

namespace vivarium::log {

namespace {

constexpr int64_t kSectorBytes = 512;
constexpr int32_t kRecordBytesMax = 64 << 20;

class Parser {
 public:
  Parser(const std::string& path, const Bytes& content)
      : content_(content), size_(static_cast<int64_t>(content.size())), data_end_(size_) {
    while (data_end_ > 0 && content_[static_cast<size_t>(data_end_ - 1)] == 0) --data_end_;
    out_.path = path;
  }
  std::expected<LogFile, RecoveryError> run();

 private:
  struct Parsed {
    std::optional<Record> record;
    int64_t next = 0;  // where the following record would begin, as far as this one's length can be believed
    const char* problem = nullptr;
  };
  Parsed parse(int64_t at) const {
    return at + kRecordOverheadBytes > size_ ? Parsed{{}, at + kRecordOverheadBytes, "is cut off"}
                                             : parse_as(at, length_at(at), checksum_at(at));
  }
  Parsed parse_as(int64_t at, int32_t length, int64_t checksum) const;
  std::unexpected<RecoveryError> refuse(int64_t offset, std::string what) const {
    return std::unexpected(RecoveryError{out_.path, offset, std::move(what)});
  }

  std::optional<int64_t> whole_record(int64_t from, int64_t to, bool up_to_the_end) const;
  bool leads_to_the_end(int64_t at) const;
  bool sector_lost(int64_t at, int64_t next) const;
  std::optional<int64_t> flipped_bit(int64_t at) const;
  std::optional<int64_t> flipped_bit_of_payload(int64_t at, int32_t length, uint32_t computed) const;
  bool half_a_header() const;
  bool whole_but_for_its_length(int64_t at) const;
  std::expected<Tail, RecoveryError> judge(const Parsed& failed) const;

  int64_t checksum_at(int64_t at) const { return load_i64(content_.data() + at); }
  int32_t length_at(int64_t at) const { return load_i32(content_.data() + at + 8); }
  uint32_t checksum_of(int64_t at, int32_t length) const {
    return adler32(content_.view().substr(static_cast<size_t>(at + kRecordHeadBytes), static_cast<size_t>(length)));
  }
  bool ends_with_b(int64_t next) const { return content_[static_cast<size_t>(next - 1)] == 'B'; }
  bool zero(int64_t from, int64_t to) const {
    to = std::min(to, data_end_);
    return from >= to ||
           std::all_of(content_.begin() + from, content_.begin() + to, [](uint8_t byte) { return byte == 0; });
  }
  bool zero_sector(int64_t at) const {
    return zero(at / kSectorBytes * kSectorBytes, (at / kSectorBytes + 1) * kSectorBytes);
  }

  const Bytes& content_;
  int64_t size_, data_end_;  // behind data_end_ are zeros only
  LogFile out_;
};

Parser::Parsed Parser::parse_as(int64_t at, int32_t length, int64_t checksum) const {
  const int64_t next = at + kRecordOverheadBytes + length;
  if (length == 0) return {{}, next, "has no length"};
  if (length < 0 || length > kRecordBytesMax) return {{}, at + kRecordOverheadBytes, "has an impossible length"};
  if (next > size_) return {{}, next, "is cut off"};
  if (!ends_with_b(next)) return {{}, next, "does not end with 'B'"};
  if (checksum != checksum_of(at, length)) return {{}, next, "does not match its checksum"};
  const Bytes payload = content_.slice(static_cast<size_t>(at + kRecordHeadBytes), static_cast<size_t>(length));
  const auto header = wire::decode<wire::TxnHeader>(payload);
  if (!header) return {{}, next, "holds no transaction header"};
  return {Record{header->zxid, payload}, next, nullptr};
}

// The first whole record that begins in [from, to), is later than those before it, and if so asked is followed by whole
// records up to the last byte.
std::optional<int64_t> Parser::whole_record(int64_t from, int64_t to, bool up_to_the_end) const {
  for (int64_t at = from; at < to && at + kRecordOverheadBytes < data_end_; ++at) {
    if (load_u32(content_.data() + at) != 0) continue;  // the high half of a checksum
    const Parsed parsed = parse(at);
    if (!parsed.record || (!out_.records.empty() && parsed.record->zxid <= out_.records.back().zxid)) continue;
    if (!up_to_the_end || leads_to_the_end(parsed.next)) return at;
  }
  return std::nullopt;
}

bool Parser::leads_to_the_end(int64_t at) const {
  while (at < data_end_) {
    const Parsed parsed = parse(at);
    if (!parsed.record) return false;
    at = parsed.next;
  }
  return true;
}

// Whether a sector of the record [at, next) never reached the disk. In the record's first sector that is the part from
// `at` on. A record's first four bytes are zeros anyway; of the next four some may be, so then the checksum must agree
// with what is left of it.
bool Parser::sector_lost(int64_t at, int64_t next) const {
  const int64_t first_end = std::min(size_, (at / kSectorBytes + 1) * kSectorBytes);
  const int64_t missing = first_end - at;
  if (missing > 4 && zero(at, first_end)) {
    if (missing >= 8) return true;
    const int32_t length = length_at(at);
    const auto mask = (uint64_t{1} << (8 * (8 - missing))) - 1;
    if (length > 0 && next <= size_ && ends_with_b(next) &&
        (checksum_of(at, length) & mask) == (static_cast<uint64_t>(checksum_at(at)) & mask))
      return true;
  }
  for (int64_t sector = first_end; sector < std::min(next, size_); sector += kSectorBytes) {
    if (zero_sector(sector)) return true;
  }
  return false;
}

// The offset of a byte of which one flipped bit would make a whole record at `at`.
std::optional<int64_t> Parser::flipped_bit(int64_t at) const {
  if (at + kRecordOverheadBytes > size_) return std::nullopt;
  const int32_t length = length_at(at);
  const int64_t checksum = checksum_at(at);
  for (int bit = 0; bit < 32; ++bit) {
    if (parse_as(at, static_cast<int32_t>(static_cast<uint32_t>(length) ^ (uint32_t{1} << bit)), checksum).record)
      return at + 11 - bit / 8;
  }
  const int64_t next = at + kRecordOverheadBytes + length;
  if (length <= 0 || length > kRecordBytesMax || next > size_) return std::nullopt;
  const uint32_t computed = checksum_of(at, length);
  if (checksum == computed) {
    const auto wrong = static_cast<unsigned>(content_[static_cast<size_t>(next - 1)] ^ 'B');
    return std::has_single_bit(wrong) ? std::optional(next - 1) : std::nullopt;
  }
  if (!ends_with_b(next)) return std::nullopt;
  const auto difference = static_cast<uint64_t>(checksum) ^ computed;
  if (std::has_single_bit(difference)) return at + 7 - std::countr_zero(difference) / 8;
  return flipped_bit_of_payload(at, length, computed);
}

// Adler32 is two sums modulo 65521: of the bytes, and of the bytes times their distance from the end. A change of one
// byte by d moves the first by d and the second by d times that distance, so the two differences tell where it is.
std::optional<int64_t> Parser::flipped_bit_of_payload(int64_t at, int32_t length, uint32_t computed) const {
  constexpr int64_t kModulus = 65521;
  const int64_t checksum = checksum_at(at);
  if ((checksum >> 32) != 0) return std::nullopt;
  const int64_t sum = ((checksum & 0xffff) - (computed & 0xffff) + kModulus) % kModulus;
  const int64_t weighted = ((checksum >> 16) - (computed >> 16) + kModulus) % kModulus;
  for (int bit = 0; bit < 8; ++bit) {
    for (const int64_t change : {int64_t{1} << bit, -(int64_t{1} << bit)}) {
      if (sum != (change + kModulus) % kModulus) continue;
      for (int64_t i = 0; i < length; ++i) {
        const int64_t distance = (length - i) % kModulus;
        if ((change * distance % kModulus + kModulus) % kModulus != weighted) continue;
        const int64_t offset = at + kRecordHeadBytes + i;
        const bool set = (content_[static_cast<size_t>(offset)] >> bit & 1) != 0;
        if (set == (change < 0)) return offset;
      }
    }
  }
  return std::nullopt;
}

// Whether the bytes up to the end of all data are a record, whatever its length says. No lost sector brings that about:
// the length shares one with its checksum or its payload.
bool Parser::whole_but_for_its_length(int64_t at) const {
  const int64_t length = data_end_ - at - kRecordOverheadBytes;
  return length > 0 && length <= kRecordBytesMax &&
         parse_as(at, static_cast<int32_t>(length), checksum_at(at)).record.has_value();
}

std::expected<Tail, RecoveryError> Parser::judge(const Parsed& failed) const {
  constexpr const char* kDamage = "this is damage, not an interrupted write; the file is left as it was";
  const int64_t at = out_.end;
  const auto bit = flipped_bit(at);
  if (bit && !zero_sector(*bit)) {
    return refuse(at, fmt::format("the record {}, and one flipped bit in the byte at offset {} explains it: {}",
                                  failed.problem, *bit, kDamage));
  }
  const bool lost = sector_lost(at, failed.next);
  const auto within = whole_record(at + 1, failed.next, true), behind = whole_record(failed.next, size_, false);
  if (within || (behind && !lost)) {
    return refuse(at, fmt::format("the record {}, and a whole record follows it at offset {}: {}", failed.problem,
                                  within ? *within : *behind, kDamage));
  }
  if (behind) return Tail::kDoubtful;
  if (whole_but_for_its_length(at))
    return refuse(at, fmt::format("the record {}, and is whole but for its length: {}", failed.problem, kDamage));
  if (!lost && data_end_ >= failed.next)
    return refuse(at, fmt::format("the record {}, and nothing of it is missing: {}", failed.problem, kDamage));
  return Tail::kCutShort;
}

// Magic and version, as far as there is anything, and not the rest of the header (dbid, which says nothing).
bool Parser::half_a_header() const {
  constexpr int64_t kTold = kFileHeaderBytes / 2;
  const auto there = static_cast<size_t>(std::min(data_end_, kTold));
  return (data_end_ < kTold || size_ < kFileHeaderBytes) &&
         log_file_header().view().starts_with(content_.view().substr(0, there));
}

std::expected<LogFile, RecoveryError> Parser::run() {
  if (zero_sector(0) || half_a_header()) {  // made, and never written to the end of its header
    if (data_end_ > 0) out_.tail = whole_record(0, size_, false) ? Tail::kDoubtful : Tail::kCutShort;
    return std::move(out_);
  }
  if (!is_log_file_header(content_.view()))
    return refuse(
        0,
        "this is no transaction log: it does not begin with ZKLG, version 2; restore it from a backup or move it away");
  out_.end = kFileHeaderBytes;
  while (out_.end < data_end_) {
    Parsed parsed = parse(out_.end);
    if (!parsed.record) {
      const auto tail = judge(parsed);
      if (!tail) return std::unexpected(tail.error());
      out_.tail = *tail;
      break;
    }
    if (!out_.records.empty() && parsed.record->zxid <= out_.records.back().zxid) {
      return refuse(out_.end,
                    fmt::format("the record's zxid {} is not after {}", parsed.record->zxid, out_.records.back().zxid));
    }
    out_.records.push_back(std::move(*parsed.record));
    out_.offsets.push_back(out_.end);
    out_.end = parsed.next;
  }
  return std::move(out_);
}

}  // namespace

std::expected<LogFile, RecoveryError> parse_log_file(const std::string& path, const Bytes& content) {
  return Parser(path, content).run();
}

bool follows(Zxid previous, Zxid next) {
  return next == previous.next() || (next.epoch() > previous.epoch() && next.counter() == 1);
}

}  // namespace vivarium::log

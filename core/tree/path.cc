// Paths (facts 1.7): what is one, and its parts.
#include "core/tree/prepare.h"

namespace vivarium::tree {

namespace {
constexpr uint32_t kMalformed = UINT32_MAX;

// The code point at text[at], at moves behind it. kMalformed for what Java's decoder would replace by U+FFFD.
uint32_t next_code_point(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint32_t lead = byte(at++);
  if (lead < 0x80) return lead;
  const size_t more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  if (lead < 0xc2 || lead > 0xf4 || at + more > text.size()) return kMalformed;
  uint32_t point = lead & (0x3fu >> more);
  for (size_t i = 0; i < more; ++i) {
    if ((byte(at) & 0xc0) != 0x80) return kMalformed;
    point = point << 6 | (byte(at++) & 0x3fu);
  }
  return point < kSmallest[more] ? kMalformed : point;
}

// Upstream looks at UTF-16 units: what lies above U+FFFF is two surrogates to it, and refused as such.
bool allowed(uint32_t point) {
  return point > 0x1f && !(point >= 0x7f && point <= 0x9f) && !(point >= 0xd800 && point <= 0xf8ff) && point < 0xfff0;
}
}  // namespace

wire::ErrorCode validate_path(const Bytes& path, bool sequential) {
  std::string_view text = path.view();
  std::string numbered;
  if (sequential && !path.is_null()) {
    numbered = std::string(text) + "1";
    text = numbered;
  }
  if (text.empty() || text[0] != '/') return wire::ErrorCode::kBadArguments;
  if (text.size() == 1) return wire::ErrorCode::kOk;
  for (size_t at = 1; at <= text.size();) {
    const size_t end = std::min(text.find('/', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    if (part.empty() || part == "." || part == "..") return wire::ErrorCode::kBadArguments;
    for (size_t i = 0; i < part.size();) {
      if (!allowed(next_code_point(part, i))) return wire::ErrorCode::kBadArguments;
    }
    at = end + 1;
  }
  return wire::ErrorCode::kOk;
}

Bytes parent_of(const Bytes& path) {
  const size_t slash = path.view().rfind('/');
  return path.slice(0, slash == 0 ? 1 : slash);
}

Bytes name_of(const Bytes& path) { return path.from(path.view().rfind('/') + 1); }

}  // namespace vivarium::tree

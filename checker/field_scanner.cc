#include "checker/field_scanner.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "checker/model.h"

namespace vivarium::checker {
namespace {

constexpr int kNestingMax = 64;

uint64_t load(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

// A field's name with its quotes and colon, to be recognised by two comparisons (little-endian loads).
struct NamePattern {
  uint64_t low = 0, low_mask = 0, high = 0, high_mask = 0;
  size_t size = 0;

  constexpr NamePattern() = default;
  explicit constexpr NamePattern(std::string_view name) : size(name.size() + 3) {
    if (size > 16) return;  // never guessed
    for (size_t i = 0; i < size; ++i) {
      const char c = i == 0 || i + 2 == size ? '"' : i + 1 == size ? ':' : name[i - 1];
      const size_t shift = i % 8 * 8;
      (i < 8 ? low : high) |= static_cast<uint64_t>(static_cast<unsigned char>(c)) << shift;
      (i < 8 ? low_mask : high_mask) |= uint64_t{0xff} << shift;
    }
  }
  bool begins(const char* at) const {
    return ((load(at) ^ low) & low_mask) == 0 && ((load(at + 8) ^ high) & high_mask) == 0 && low_mask != 0;
  }
};

constexpr std::array<std::string_view, 22> kNames = {
    "type",     "process",         "f",     "key",   "value",     "time",      "zxid",  "version",
    "session",  "server",          "error", "index", "czxid",     "mzxid",     "pzxid", "cversion",
    "children", "ephemeral_owner", "path",  "watch", "ephemeral", "sequential"};

constexpr auto kPatterns = [] {
  std::array<NamePattern, kNames.size()> patterns;
  for (size_t i = 0; i < kNames.size(); ++i) patterns[i] = NamePattern(kNames[i]);
  return patterns;
}();

// FieldScanner::Field numbers these names.
static_assert(kNames.size() == FieldScanner::kFieldCount && kNames.back() == "sequential");

}  // namespace

const std::string_view kExampleLine = R"({"type":"invoke","process":0,"f":"read","key":"/r/1","value":null,"time":0})";

std::string show_byte(char c) {
  if (c == '\n') return "the end of the line";
  if (c > ' ' && c < 127) return fmt::format("'{}'", c);
  return fmt::format("byte 0x{:02x}", static_cast<unsigned char>(c));
}

std::string excerpt(std::string_view text) {
  constexpr size_t kMost = 40;
  std::string shown;
  for (char c : text.substr(0, kMost)) shown += c >= ' ' && c < 127 ? c : '?';
  return text.size() > kMost ? shown + "..." : shown;
}

std::string_view FieldScanner::name(Field field) { return kNames[field]; }

bool FieldScanner::fail(const char* at, std::string what) {
  mistake_ = {at, std::move(what)};
  return false;
}

bool FieldScanner::scan(std::string_view line) {
  present_ = 0;
  const char* at = skip_space(line.data());
  if (*at != '{') {
    return fail(at, fmt::format("{} where a JSON object begins; expected one operation a line, like {}", show_byte(*at),
                                kExampleLine));
  }
  at = skip_space(at + 1);
  if (*at == '}') return fail(at, fmt::format("an empty object; expected {}", kExampleLine));
  for (size_t nth = 0;; ++nth) {
    Field field = kType;
    if (!field_name(at, nth, field)) return false;
    if (has(field)) return fail(at, fmt::format("\"{}\" stands twice; expected it once", kNames[field]));
    const char* begin = at;
    shapes_[field] = Shape{};
    at = skip_value(at, shapes_[field]);
    if (at == nullptr) return false;
    present_ |= 1u << field;
    spans_[field] = std::string_view(begin, static_cast<size_t>(at - begin));
    at = skip_space(at);
    if (*at == ',') {
      at = skip_space(at + 1);
      continue;
    }
    if (*at == '}') break;
    return fail(at, fmt::format("{} after a value; expected ',' or '}}'", show_byte(*at)));
  }
  at = skip_space(at + 1);
  if (at == line.data() + line.size()) return true;
  return fail(at, fmt::format("{} after the object; expected the end of the line", show_byte(*at)));
}

bool FieldScanner::field_name(const char*& at, size_t nth, Field& field) {
  if (*at != '"') return fail(at, fmt::format("{} where a field's name begins; expected '\"'", show_byte(*at)));
  if (nth < order_.size()) {
    const NamePattern& guess = kPatterns[order_[nth]];
    if (guess.begins(at)) {
      field = order_[nth];
      at = skip_space(at + guess.size);
      return true;
    }
  }
  const char* name = at + 1;
  const char* end = name;
  while (*end != '"' && *end != '\n') ++end;
  if (*end == '\n') return fail(at, "a field's name without its closing '\"'");
  const std::string_view word(name, static_cast<size_t>(end - name));
  const auto known = std::ranges::find(kNames, word);
  if (known == kNames.end()) {
    const std::string_view near = nearest_word(word, kNames);
    return fail(name, fmt::format("unknown field \"{}\"; expected one of {}{}", excerpt(word), fmt::join(kNames, ", "),
                                  near.empty() ? "" : fmt::format("; type \"{}\" instead?", near)));
  }
  field = static_cast<Field>(known - kNames.begin());
  if (nth < order_.size()) order_[nth] = field;
  at = skip_space(end + 1);
  if (*at != ':') return fail(at, fmt::format("{} after a field's name; expected ':'", show_byte(*at)));
  at = skip_space(at + 1);
  return true;
}

const char* FieldScanner::skip_value(const char* at, Shape& shape) {
  switch (*at) {
    case '"': return skip_string(at, shape);
    case '[':
    case '{': return skip_nested(at);
    case 't':
      if (std::strncmp(at, "true", 4) == 0) return at + 4;
      break;
    case 'f':
      if (std::strncmp(at, "false", 5) == 0) return at + 5;
      break;
    case 'n':
      if (std::strncmp(at, "null", 4) == 0) return at + 4;
      break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9': return skip_number(at, shape);
    default: break;
  }
  fail(at, fmt::format("{} where a value begins; expected a JSON value", show_byte(*at)));
  return nullptr;
}

const char* FieldScanner::skip_string(const char* at, Shape& shape) {
  shape.simple = true;
  for (++at; *at != '"'; ++at) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte == '\\') {
      ++at;
      shape.simple = false;
      if (*at == '\n') break;
    } else if (byte < 0x20) {
      break;
    } else if (byte >= 127) {
      shape.simple = false;
    }
  }
  if (*at == '"') return at + 1;
  fail(at, fmt::format("{} inside a string; expected its closing '\"'", show_byte(*at)));
  return nullptr;
}

const char* FieldScanner::skip_number(const char* at, Shape& shape) {
  const char* begin = at;
  const bool negative = *at == '-';
  if (negative) ++at;
  const char* digits = at;
  uint64_t n = 0;
  for (; *at >= '0' && *at <= '9'; ++at) n = n * 10 + static_cast<uint64_t>(*at - '0');
  const auto count = at - digits;
  if (*at == '.' || *at == 'e' || *at == 'E') {
    while ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == 'E' || *at == '+' || *at == '-') ++at;
    return at;
  }
  if (count == 0 || (*digits == '0' && count > 1)) {
    fail(begin, "a malformed number; expected digits without leading zeros");
    return nullptr;
  }
  shape.whole = count <= 18;
  shape.number = negative ? -static_cast<int64_t>(n) : static_cast<int64_t>(n);
  return at;
}

const char* FieldScanner::skip_nested(const char* at) {
  std::array<char, kNestingMax> closing;
  size_t depth = 0;
  Shape inner;
  const char* begin = at;
  do {
    switch (*at) {
      case '[':
      case '{':
        if (depth == kNestingMax) {
          fail(at, fmt::format("a value nested more than {} deep; expected a flatter one", kNestingMax));
          return nullptr;
        }
        closing[depth++] = *at == '[' ? ']' : '}';
        ++at;
        break;
      case ']':
      case '}':
        if (closing[depth - 1] != *at) {
          fail(at, fmt::format("{} where '{}' closes; expected balanced brackets", show_byte(*at), closing[depth - 1]));
          return nullptr;
        }
        --depth;
        ++at;
        break;
      case '"':
        at = skip_string(at, inner);
        if (at == nullptr) return nullptr;
        break;
      case '\n':
        fail(begin, "an array or object that does not close on its line; expected one operation a line");
        return nullptr;
      default: ++at;
    }
  } while (depth > 0);
  return at;
}

}  // namespace vivarium::checker

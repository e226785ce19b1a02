#include "core/node/properties.h"

#include <optional>

namespace vivarium::node {

namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

// One logical line: the natural lines that backslashes join, without the blanks that each begins with.
struct LogicalLine {
  int32_t number = 0;
  std::string text;
};

class Lines {
 public:
  explicit Lines(std::string_view text) : left_(text) {}

  std::optional<LogicalLine> next() {
    while (!left_.empty()) {
      LogicalLine line{number_ + 1, std::string(natural())};
      if (line.text.empty() || line.text[0] == '#' || line.text[0] == '!') continue;
      while (continues(line.text)) {
        line.text.pop_back();
        if (left_.empty()) break;
        line.text += natural();
      }
      return line;
    }
    return std::nullopt;
  }

 private:
  std::string_view natural() {
    const size_t end = std::min(left_.find_first_of("\r\n"), left_.size());
    std::string_view line = left_.substr(0, end);
    const size_t ending = left_.substr(end).starts_with("\r\n") ? 2 : end < left_.size() ? 1 : 0;
    left_.remove_prefix(end + ending);
    ++number_;
    while (!line.empty() && blank(line.front())) line.remove_prefix(1);
    return line;
  }
  static bool continues(std::string_view line) {
    size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
  }

  std::string_view left_;
  int32_t number_ = 0;
};

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void append_utf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// \uXXXX at `at` (the place of the u), if four digits follow.
std::optional<uint32_t> unicode_escape(std::string_view text, size_t at) {
  if (at + 4 >= text.size()) return std::nullopt;
  uint32_t code = 0;
  for (size_t i = at + 1; i <= at + 4; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return std::nullopt;
    code = code * 16 + static_cast<uint32_t>(digit);
  }
  return code;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out += text[i];
      continue;
    }
    switch (const char c = text[++i]) {
      case 't': out += '\t'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 'f': out += '\f'; break;
      case 'u':
        if (const auto code = unicode_escape(text, i)) {
          append_utf8(out, *code);
          i += 4;
          break;
        }
        [[fallthrough]];
      default: out += c;
    }
  }
  return out;
}

Property split(const LogicalLine& line) {
  const std::string_view text = line.text;
  size_t end = 0;
  while (end < text.size() && text[end] != '=' && text[end] != ':' && !blank(text[end]))
    end += text[end] == '\\' ? 2 : 1;
  end = std::min(end, text.size());
  size_t value = end;
  while (value < text.size() && blank(text[value])) ++value;
  if (value < text.size() && (text[value] == '=' || text[value] == ':')) ++value;
  while (value < text.size() && blank(text[value])) ++value;
  return {line.number, unescaped(text.substr(0, end)), unescaped(text.substr(value))};
}

}  // namespace

std::vector<Property> read_properties(std::string_view text) {
  std::vector<Property> out;
  Lines lines(text);
  while (const auto line = lines.next()) out.push_back(split(*line));
  return out;
}

}  // namespace vivarium::node

// One line of a trace, member by member: a flat JSON object of integers, names and at most one text.
#pragma once

#include <charconv>
#include <cstdint>
#include <string_view>

namespace vivarium::viz {

class LineScanner {
 public:
  explicit LineScanner(std::string_view line) : at_(line.data()), end_(line.data() + line.size()) {}

  enum class Value : uint8_t { kInteger, kString, kNull, kTrue, kOther };

  // The next member; false: there is none, and done() tells whether the line ended well.
  bool next() {
    if (!take(first_ ? '{' : ',')) return false;
    first_ = false;
    if (!string(key_) || !take(':')) return fail();
    return value();
  }
  // True when the whole object was read, and nothing stands behind it.
  bool done() { return !failed_ && take('}') && at_ == end_; }

  std::string_view key() const { return key_; }
  Value kind() const { return kind_; }
  int64_t integer() const { return integer_; }
  std::string_view string() const { return string_; }  // between the quotation marks, as it stands there
  const char* rest() const { return at_; }             // for a value of another kind: where it begins

 private:
  bool fail() {
    failed_ = true;
    return false;
  }
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* begin = at_;
    for (; at_ != end_ && *at_ != '"'; ++at_) {
      if (*at_ == '\\' && ++at_ == end_) return false;
    }
    out = {begin, static_cast<size_t>(at_ - begin)};
    return take('"');
  }
  bool word(std::string_view name, Value kind) {
    if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(name)) return fail();
    at_ += name.size();
    kind_ = kind;
    return true;
  }
  bool value() {
    if (at_ == end_) return fail();
    switch (*at_) {
      case '"': kind_ = Value::kString; return string(string_) || fail();
      case 'n': return word("null", Value::kNull);
      case 't': return word("true", Value::kTrue);
      case '{':
      case '[': kind_ = Value::kOther; return true;
      default: break;
    }
    const auto [end, error] = std::from_chars(at_, end_, integer_);
    if (error != std::errc{}) return fail();
    at_ = end;
    kind_ = Value::kInteger;
    return true;
  }

  const char* at_;
  const char* end_;
  std::string_view key_, string_;
  int64_t integer_ = 0;
  Value kind_ = Value::kNull;
  bool first_ = true, failed_ = false;
};

}  // namespace vivarium::viz

#include "checker/edn.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>
#include <optional>

namespace vivarium::checker {
namespace {

using nlohmann::json;

constexpr int kEdnNestingMax = 64;
constexpr std::array<std::string_view, 12> kFields = {"type", "process", "f",       "key",    "value", "time",
                                                      "zxid", "version", "session", "server", "error", "index"};

class EdnReader {
 public:
  EdnReader(std::string_view text, LineParser& parser) : text_(text), parser_(parser) {}

  bool read_all() {
    skip_blank();
    const char open = peek();
    const char close = open == '[' ? ']' : open == '(' ? ')' : '\0';
    if (close != '\0') ++at_;
    for (skip_blank(); at_ < text_.size() && peek() != close; skip_blank()) {
      if (!read_operation()) return false;
    }
    if (close == '\0') return true;
    if (at_ == text_.size()) return fail(fmt::format("the end of the file; expected '{}'", close));
    ++at_;
    skip_blank();
    return at_ == text_.size() || fail("text after the history; expected the end of the file");
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool fail(std::string_view what) {
    const std::string_view before = text_.substr(0, at_);
    const auto line = static_cast<uint32_t>(std::ranges::count(before, '\n')) + 1;
    const size_t last = before.rfind('\n');
    parser_.fail_at(line, last == std::string_view::npos ? at_ + 1 : at_ - last, what);
    return false;
  }
  void skip_blank() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] == ';') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == ',') {
        ++at_;
      } else {
        return;
      }
    }
  }

  bool read_operation() {
    skip_tag();
    const uint32_t line = line_;
    if (peek() != '{')
      return fail("expected an operation's map, like {:type :invoke, :process 0, :f :read, :value nil}");
    json map;
    if (!read_value(map, 0)) return false;
    json known = json::object();
    for (std::string_view field : kFields) {
      const auto found = map.find(field);
      if (found != map.end() && !(found->is_null() && field != "value")) known[std::string(field)] = *found;
    }
    std::string text = known.dump(-1, ' ', false, json::error_handler_t::replace);
    const size_t size = text.size();
    text += '\n';
    text.resize(text.size() + LineParser::kSlack);
    return parser_.feed(std::string_view(text).substr(0, size), line);
  }

  void skip_tag() {
    if (peek() != '#' || at_ + 1 >= text_.size() || text_[at_ + 1] == '{') return;
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 && text_[at_] != '{') ++at_;
    skip_blank();
  }

  bool read_value(json& out, int depth) {
    if (depth > kEdnNestingMax) return fail(fmt::format("a value nested more than {} deep", kEdnNestingMax));
    skip_blank();
    skip_tag();
    switch (peek()) {
      case '\0': return fail("the end of the file inside an operation; expected a value");
      case '{': return read_map(out, depth);
      case '[': return read_list(out, ']', depth);
      case '(': return read_list(out, ')', depth);
      case '#': ++at_; return read_list(out, '}', depth);  // a set
      case '"': return read_string(out);
      default: return read_token(out);
    }
  }

  bool read_list(json& out, char close, int depth) {
    out = json::array();
    ++at_;
    for (skip_blank(); peek() != close; skip_blank()) {
      json element;
      if (!read_value(element, depth + 1)) return false;
      out.push_back(std::move(element));
    }
    ++at_;
    return true;
  }

  bool read_map(json& out, int depth) {
    out = json::object();
    ++at_;
    for (skip_blank(); peek() != '}'; skip_blank()) {
      json name;
      json value;
      if (!read_value(name, depth + 1)) return false;
      skip_blank();
      if (peek() == '}') return fail("a map with a key and no value; expected pairs");
      if (!read_value(value, depth + 1)) return false;
      out[name.is_string() ? name.get<std::string>() : name.dump()] = std::move(value);
    }
    ++at_;
    return true;
  }

  bool read_string(json& out) {
    const size_t begin = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      ++at_;
    }
    if (at_ >= text_.size()) {
      at_ = begin;
      return fail("a string without its closing '\"'");
    }
    ++at_;
    out = json::parse(text_.substr(begin, at_ - begin), nullptr, false);
    if (!out.is_discarded()) return true;
    at_ = begin;
    return fail("a string that cannot be read; expected the escapes of JSON");
  }

  bool read_token(json& out) {
    const size_t begin = at_;
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) == 0 &&
           std::string_view(",;{}[]()\"").find(text_[at_]) == std::string_view::npos) {
      ++at_;
    }
    std::string_view token = text_.substr(begin, at_ - begin);
    if (token.starts_with(':') && token.size() > 1) {
      out = std::string(token.substr(1));
      return true;
    }
    if (token == "nil") {
      out = nullptr;
      return true;
    }
    if (token.ends_with('N')) token.remove_suffix(1);  // Clojure's big integers
    if (token.starts_with('+')) token.remove_prefix(1);
    out = json::parse(token, nullptr, false);
    if (!out.is_discarded()) return true;
    at_ = begin;
    return fail(
        fmt::format("\"{}\" is no EDN value that a history has; expected a number, a keyword, nil, true, false, a "
                    "string, or a collection of these",
                    token.substr(0, 40)));
  }

  std::string_view text_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  LineParser& parser_;
};

}  // namespace

bool looks_like_edn(std::string_view text) {
  size_t at = 0;
  const auto blank = [&] {
    return at < text.size() && (std::isspace(static_cast<unsigned char>(text[at])) != 0 || text[at] == ',');
  };
  while (blank()) ++at;
  if (at == text.size()) return false;
  if (text[at] == '[' || text[at] == '(' || text[at] == ';' || text.substr(at).starts_with("#jepsen")) return true;
  if (text[at] != '{') return false;
  ++at;
  while (blank()) ++at;
  return at < text.size() && text[at] == ':';
}

bool parse_edn(std::string_view text, LineParser& parser) { return EdnReader(text, parser).read_all(); }

}  // namespace vivarium::checker

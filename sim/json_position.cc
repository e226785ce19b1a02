#include "sim/json_position.h"

#include <nlohmann/json.hpp>

namespace vivarium::sim {

TextPosition position_at(std::string_view text, size_t offset) {
  TextPosition position;
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '\n')
      position = {position.line + 1, 1};
    else if ((byte & 0xc0) != 0x80)
      ++position.column;
  }
  return position;
}

std::string pointer_to(const std::string& parent, std::string_view key) {
  std::string pointer = parent + '/';
  for (const char c : key) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
  }
  return pointer;
}

std::string pointer_to(const std::string& parent, size_t index) { return parent + '/' + std::to_string(index); }

JsonPositions::JsonPositions(std::string_view text) : text_(text) {
  if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  blank();
  read_value("", at_, 0);
}

TextPosition JsonPositions::value(const std::string& pointer) const {
  const auto it = places_.find(pointer);
  return it == places_.end() ? TextPosition{} : position_at(text_, it->second.begin);
}

TextPosition JsonPositions::key(const std::string& pointer) const {
  const auto it = places_.find(pointer);
  return it == places_.end() ? TextPosition{} : position_at(text_, it->second.key);
}

std::string_view JsonPositions::words(const std::string& pointer) const {
  const auto it = places_.find(pointer);
  return it == places_.end() ? std::string_view{} : text_.substr(it->second.begin, it->second.end - it->second.begin);
}

void JsonPositions::blank() {
  while (at_ < text_.size()) {
    if (std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    } else if (text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (text_.substr(at_, 2) == "/*") {
      const size_t end = text_.find("*/", at_ + 2);
      at_ = end == std::string_view::npos ? text_.size() : end + 2;
    } else {
      return;
    }
  }
}

std::string JsonPositions::read_string() {
  const size_t begin = at_++;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  at_ = std::min(at_ + 1, text_.size());
  const auto value = nlohmann::json::parse(text_.substr(begin, at_ - begin), nullptr, false);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

// From the opening bracket behind the closing one; `member` reads one element.
template <class F>
void JsonPositions::read_members(char close, F member) {
  ++at_;
  for (blank(); at_ < text_.size() && text_[at_] != close; blank()) {
    const size_t before = at_;
    if (text_[at_] == ',')
      ++at_;
    else
      member();
    if (at_ == before) ++at_;  // no JSON: another has said so
  }
  if (at_ < text_.size()) ++at_;
}

void JsonPositions::read_value(const std::string& pointer, size_t key, int depth) {
  if (at_ >= text_.size() || too_deep_) return;
  const size_t begin = at_;
  if (depth > kMaxDepth) {
    too_deep_ = begin;
    at_ = text_.size();
    return;
  }
  if (text_[at_] == '{') {
    std::map<std::string, bool> known;
    read_members('}', [&] {
      const size_t member = at_;
      if (text_[at_] != '"') return;
      const std::string name = read_string();
      const std::string child = pointer_to(pointer, name);
      if (!known.emplace(name, true).second) twice_.push_back({child, member});
      blank();
      if (at_ < text_.size() && text_[at_] == ':') ++at_;
      blank();
      read_value(child, member, depth + 1);
    });
  } else if (text_[at_] == '[') {
    size_t index = 0;
    read_members(']', [&] { read_value(pointer_to(pointer, index++), at_, depth + 1); });
  } else if (text_[at_] == '"') {
    read_string();
  } else {
    at_ = std::min(text_.find_first_of(",]} \t\r\n/", at_), text_.size());
  }
  places_[pointer] = {key, begin, at_};
}

}  // namespace vivarium::sim

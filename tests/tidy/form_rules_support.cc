#include <algorithm>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

// Columns as an editor counts them: UTF-8 continuation bytes take none.
std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(
      std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool is_script(std::string_view path) {
  return path == "dev" || path == ".ci/run" || path.ends_with(".cmake") || path.ends_with("CMakeLists.txt") ||
         path.ends_with(".sh");
}
bool is_prose(std::string_view path) { return path.ends_with(".md"); }
bool is_program(std::string_view path) {
  return path.ends_with(".py") || path.ends_with(".js") || path.ends_with(".ts");
}
bool is_ours(std::string_view path) { return is_cpp(path) || is_script(path) || is_program(path); }

bool has_word(std::string_view line, std::string_view word) {
  const auto letter = [&](std::size_t i) {
    return i < line.size() && std::isalnum(static_cast<unsigned char>(line[i])) != 0;
  };
  for (auto at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    if (!(at > 0 && letter(at - 1)) && !letter(at + word.size())) return true;
  }
  return false;
}

}  // namespace

Findings line_form(const SourceFile& file) {
  Findings findings;
  const bool ours = is_ours(file.path);
  if (!ours && !is_prose(file.path)) return {};
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& line = file.lines[i];
    const auto say = [&](std::string message) { findings.push_back({file.path, i + 1, std::move(message)}); };
    if (!line.empty() && (line.back() == ' ' || line.back() == '\t' || line.back() == '\r'))
      say("has blanks at its end");
    if (ours && line.find('\t') != std::string::npos) say("has a tab; indent with spaces");
    if (ours && columns(line) > kMaxLineColumns) {
      say("is " + std::to_string(columns(line)) + " columns long; " + std::to_string(kMaxLineColumns) +
          " is the most, 120 the aim");
    }
    for (const std::string_view mark : {"TODO", "FIXME", "XXX", "HACK"}) {
      if (!in_folder(file.path, "tests/tidy") && has_word(line, mark)) {
        say("says " + std::string(mark) + "; do it now, or open an issue and leave the code without the mark");
      }
    }
  }
  return findings;
}

Findings pragma_once(const SourceFile& file) {
  if (!file.path.ends_with(".h")) return {};
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const auto first = file.code[i].find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    if (file.code[i].substr(first) == "#pragma once") return {};
    return {{file.path, i + 1, "begins with something else than #pragma once"}};
  }
  return {{file.path, 0, "lacks #pragma once"}};
}

Findings file_length(const SourceFile& file, const Lengths& allowed) {
  if (!is_ours(file.path)) return {};
  const std::size_t lines = file.lines.size();
  const auto exception = allowed.find(file.path);
  const std::string count = std::to_string(lines) + " lines";
  if (exception == allowed.end()) {
    if (lines <= kMaxFileLines) return {};
    return {{file.path, 0,
             count + ", " + std::to_string(kMaxFileLines) + " is the most; look for the second noun inside it"}};
  }
  if (lines <= kMaxFileLines) return {{file.path, 0, count + " now: take its exception out of kAllowedLengths"}};
  if (lines > exception->second) {
    return {
        {file.path, 0, count + ", but as an exception it may only shrink from " + std::to_string(exception->second)}};
  }
  constexpr std::size_t kSlack = 20;
  if (lines + kSlack < exception->second)
    return {{file.path, 0, count + " now: lower its exception in kAllowedLengths to that"}};
  return {};
}

}  // namespace vivarium::tidy

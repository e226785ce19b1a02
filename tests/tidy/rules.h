// Taste that runs: each rule is a function from files to findings, and a finding's message names what to do instead.
// tidy_test.cc holds the tree against them, rules_test.cc shows that each of them fires.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::tidy {

struct Finding {
  std::string path;
  std::size_t line = 0;  // 1-based; 0 = the file as a whole
  std::string message;

  auto operator<=>(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

// "path:line: message", one a line.
std::string print(const Findings& findings);

// --- source.cc: files, and C++ without what is not code
// ---------------------------------------------------------------------------

struct SourceFile {
  std::string path;                // relative to the root of the tree, with '/'
  std::vector<std::string> lines;  // as written
  std::vector<std::string> code;   // C++: comments blanked
  std::vector<std::string> words;  // C++: comments, strings and characters blanked
};

SourceFile source(std::string path, std::string_view text);
bool is_cpp(std::string_view path);
bool in_folder(std::string_view path, std::string_view folder);  // "core/base/x.h" is in "core" and in "core/base"
std::string stem_of(std::string_view path);                      // "core/base/x.h" -> "core/base/x"

// All files of the tree that the rules read, sorted by path. Nothing of build/ or .git.
std::vector<SourceFile> load_tree(const std::string& root);

// `Comments and literals are not code`, keeping every newline and column.
std::string without_comments(std::string_view text);
std::string without_comments_and_literals(std::string_view text);

// --- the rules over one file
// ------------------------------------------------------------------------------------------------------

Findings include_direction(
    const SourceFile& file);  // the arrows between the rooms, as design and core/README.md draw them
Findings system_headers(
    const SourceFile& file);  // core and sim: only headers that hold no operating system, chance or float
Findings banned_words(const SourceFile& file);   // clocks, chance, threads, floats, hash order, ... by folder
Findings global_state(const SourceFile& file);   // core: no static that can change
Findings pointer_order(const SourceFile& file);  // core, sim: no container ordered by address
Findings line_form(const SourceFile& file);      // trailing blanks, tabs, long lines, to-do marks
Findings pragma_once(const SourceFile& file);

// A long file may stay as long as it is, and only shrink: `allowed` maps its path to its length.
constexpr std::size_t kMaxFileLines = 600;
constexpr std::size_t kMaxLineColumns = 140;
using Lengths = std::map<std::string, std::size_t, std::less<>>;
Findings file_length(const SourceFile& file, const Lengths& allowed);

// --- the rules over the tree
// ------------------------------------------------------------------------------------------------------

// `reasons` maps a source (its path) to why it has no test of its own.
using Reasons = std::map<std::string, std::string, std::less<>>;
Findings tests_mirror_sources(const std::vector<SourceFile>& tree, const Reasons& reasons);
Findings scenarios_are_described(const std::vector<SourceFile>& tree);

}  // namespace vivarium::tidy

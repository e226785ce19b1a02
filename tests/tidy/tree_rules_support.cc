#include <algorithm>
#include <set>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

// Declarations need no test; a header with a body does.
bool has_body(const SourceFile& file) {
  return std::ranges::any_of(file.words,
                             [](const std::string& line) { return line.find("return ") != std::string::npos; });
}

std::string file_name(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

}  // namespace

Findings tests_mirror_sources(const std::vector<SourceFile>& tree, const Reasons& reasons) {
  std::set<std::string> paths;
  for (const SourceFile& file : tree) paths.insert(file.path);

  Findings findings;
  std::set<std::string> used;
  for (const SourceFile& file : tree) {
    if (!is_cpp(file.path) || !in_folder(file.path, "core")) continue;
    const std::string stem = stem_of(file.path);
    if (file.path.ends_with(".h") && (paths.contains(stem + ".cc") || !has_body(file))) continue;
    const std::string test = "tests/" + stem.substr(5) + "_test.cc";
    const bool excused = reasons.contains(file.path);
    if (excused) used.insert(file.path);
    if (paths.contains(test)) {
      if (excused) findings.push_back({file.path, 0, "has " + test + " now: take its reason out of kUntested"});
    } else if (!excused) {
      findings.push_back(
          {file.path, 0, "has no " + test + "; write it, or give the reason in kUntested of tests/tidy/tidy_test.cc"});
    }
  }
  for (const auto& [path, reason] : reasons) {
    if (!used.contains(path)) findings.push_back({path, 0, "is in kUntested but is not a source (any more)"});
  }
  return findings;
}

Findings scenarios_are_described(const std::vector<SourceFile>& tree) {
  const auto readme = std::ranges::find(tree, "scenarios/README.md", &SourceFile::path);
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!in_folder(file.path, "scenarios") || !file.path.ends_with(".json") || file.path.ends_with("schema.json"))
      continue;
    const std::string name = file_name(stem_of(file.path));
    const bool told = readme != tree.end() && std::ranges::any_of(readme->lines, [&](const std::string& line) {
                        return line.find(name) != std::string::npos;
                      });
    if (!told)
      findings.push_back(
          {file.path, 0, "is not mentioned in scenarios/README.md; say there in a line what it teaches"});
  }
  return findings;
}

}  // namespace vivarium::tidy

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool identifier_char(char c) {
  return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Walks C++ once; what is to be left out becomes blanks, newlines stay.
class Blanker {
 public:
  Blanker(std::string_view text, bool literals) : text_(text), out_(text), literals_(literals) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  void step() {
    const char c = text_[at_];
    if (rest().starts_with("//")) return blank_to(std::min(text_.find('\n', at_), text_.size()), true);
    if (rest().starts_with("/*")) return blank_to(after(text_.find("*/", at_ + 2), 2), true);
    if (c == '"' && at_ > 0 && text_[at_ - 1] == 'R') return raw_string();
    if (c == '"') return blank_to(end_of_literal('"'), literals_);
    // 1'000 is a number, L'x' a character: a quote between two digits of a number separates.
    if (c == '\'' && !(at_ > 0 && identifier_char(text_[at_ - 1]) && in_number()))
      return blank_to(end_of_literal('\''), literals_);
    ++at_;
  }

  std::string_view rest() const { return text_.substr(at_); }
  std::size_t after(std::size_t found, std::size_t length) const {
    return found == std::string_view::npos ? text_.size() : found + length;
  }

  bool in_number() const {
    std::size_t start = at_;
    while (start > 0 && (identifier_char(text_[start - 1]) || text_[start - 1] == '\'')) --start;
    return text_[start] >= '0' && text_[start] <= '9';
  }

  void raw_string() {
    const auto open = text_.find('(', at_);
    if (open == std::string_view::npos) return blank_to(text_.size(), literals_);
    const std::string close = ")" + std::string(text_.substr(at_ + 1, open - at_ - 1)) + "\"";
    blank_to(after(text_.find(close, open), close.size()), literals_);
  }

  std::size_t end_of_literal(char quote) const {
    for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == quote || text_[i] == '\n')
        return i + 1;
    }
    return text_.size();
  }

  void blank_to(std::size_t end, bool blank) {
    if (blank) {
      for (std::size_t i = at_; i < end; ++i) {
        if (out_[i] != '\n') out_[i] = ' ';
      }
    }
    at_ = end;
  }

  std::string_view text_;
  std::string out_;
  bool literals_;
  std::size_t at_ = 0;
};

bool is_read(const fs::path& path) {
  static const auto kinds = {".h",     ".cc", ".cpp", ".py",   ".js",  ".ts",   ".html",
                             ".cmake", ".sh", ".md",  ".json", ".txt", ".ipynb"};
  return path.filename() == "dev" || path.filename() == "run" ||
         std::ranges::count(kinds, path.extension().string()) > 0;
}

}  // namespace

std::string print(const Findings& findings) {
  std::string out;
  for (const Finding& f : findings) {
    out += f.path + (f.line != 0 ? ":" + std::to_string(f.line) : "") + ": " + f.message + "\n";
  }
  return out;
}

bool is_cpp(std::string_view path) { return path.ends_with(".h") || path.ends_with(".cc"); }

bool in_folder(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

std::string stem_of(std::string_view path) { return std::string(path.substr(0, path.rfind('.'))); }

std::string without_comments(std::string_view text) { return Blanker(text, false).run(); }
std::string without_comments_and_literals(std::string_view text) { return Blanker(text, true).run(); }

SourceFile source(std::string path, std::string_view text) {
  SourceFile file{std::move(path), split_lines(text), {}, {}};
  if (is_cpp(file.path)) {
    file.code = split_lines(without_comments(text));
    file.words = split_lines(without_comments_and_literals(text));
  }
  return file;
}

std::vector<SourceFile> load_tree(const std::string& root) {
  std::vector<SourceFile> files;
  for (const auto& top : fs::directory_iterator(root)) {
    const std::string name = top.path().filename().string();
    if (name == "build" || name == ".git" || name == "runs" || name == ".cache") continue;
    const auto add = [&](const fs::path& path) {
      if (!is_read(path)) return;
      std::ostringstream text;
      text << std::ifstream(path, std::ios::binary).rdbuf();
      files.push_back(source(fs::relative(path, root).generic_string(), text.str()));
    };
    if (top.is_regular_file()) add(top.path());
    if (!top.is_directory()) continue;
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (entry.is_regular_file()) add(entry.path());
    }
  }
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

}  // namespace vivarium::tidy

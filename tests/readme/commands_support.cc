#include <cctype>
#include <charconv>

#include "tests/readme/commands.h"

namespace vivarium::readme {
namespace {

template <class Visit>
void each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

Command command_of(std::size_t line, std::string_view text) {
  Command command{line, std::string(trimmed(text)), 0, {}};
  constexpr std::string_view kExit = "# exit ";
  const auto comment = text.rfind(kExit);
  if (comment != std::string_view::npos) {
    const std::string_view number = trimmed(text.substr(comment + kExit.size()));
    std::from_chars(number.data(), number.data() + number.size(), command.exit_code);
    command.text = std::string(trimmed(text.substr(0, comment)));
  }
  return command;
}

bool hex_digit(char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; }
bool digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::vector<Command> commands_of(std::string_view page) {
  std::vector<Command> commands;
  bool in_shell = false;
  bool in_fence = false;
  bool after_command = false;
  std::size_t number = 0;
  each_line(page, [&](std::string_view line) {
    ++number;
    if (line.starts_with("```")) {
      in_shell = !in_fence && trimmed(line.substr(3)) == "sh";
      in_fence = !in_fence;
      after_command = false;
    } else if (in_shell && line.starts_with("$ ")) {
      commands.push_back(command_of(number, line.substr(2)));
      after_command = true;
    } else if (in_shell && after_command && !trimmed(line).empty()) {
      commands.back().shown.emplace_back(line);
    }
  });
  return commands;
}

std::string normalized(std::string_view line) {
  std::string out;
  std::size_t i = 0;
  while (i < line.size()) {
    std::size_t hex = i;
    while (hex < line.size() && hex_digit(line[hex])) ++hex;
    if (hex - i >= 8) {
      out += '#';
      i = hex;
    } else if (digit(line[i])) {
      while (i < line.size() &&
             (digit(line[i]) || ((line[i] == '.' || line[i] == ',') && i + 1 < line.size() && digit(line[i + 1]))))
        ++i;
      out += '#';
    } else if (line[i] == ' ') {
      while (i < line.size() && line[i] == ' ') ++i;
      out += ' ';
    } else {
      out += line[i++];
    }
  }
  return std::string(trimmed(out));
}

std::optional<std::string> missing_line(const std::vector<std::string>& shown, std::string_view output) {
  std::vector<std::string> printed;
  each_line(output, [&](std::string_view line) { printed.push_back(normalized(line)); });
  std::size_t at = 0;
  for (const std::string& line : shown) {
    const std::string wanted = normalized(line);
    if (wanted == "...") continue;
    while (at < printed.size() && printed[at] != wanted) ++at;
    if (at == printed.size()) return line;
    ++at;
  }
  return std::nullopt;
}

Executable executable(std::string_view command) {
  for (const std::string_view prefix : {"./dev run ", "./dev sweep "}) {
    if (command.starts_with(prefix)) return {"vivarium " + std::string(command.substr(6)), ""};
  }
  if (command == "./dev" || command == "./dev help") return {std::string(command), ""};
  if (command.starts_with("./dev "))
    return {std::nullopt, "it builds, and perhaps runs these tests; the gate (.ci/run) does it"};
  if (command.starts_with("git ")) return {std::nullopt, "the tree is here already"};
  constexpr std::string_view kBuilt = "build/release/";
  if (command.starts_with(kBuilt)) command.remove_prefix(kBuilt.size());
  return {std::string(command), ""};
}

}  // namespace vivarium::readme

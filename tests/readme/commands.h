// The commands of a Markdown page, and what they show. The convention:
//
//     ```sh
//     $ vivarium check history.jsonl --model register     # exit 1
//     verdict     violation
//     ...
//     3 operations on 1 key
//     ```
//
// In a fence marked `sh`, a line that begins with "$ " is executed (in a copy of the tree, so files that it writes are
// lost). It must end with exit code 0, or with the one that a trailing "# exit N" names. The lines below it, up to the
// next "$ " or the fence's end, must appear in what it printed, in this order, numbers and hashes aside; "..." stands
// for any lines. Other fences are only read.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::readme {

struct Command {
  std::size_t line = 0;  // 1-based, in the page
  std::string text;
  int exit_code = 0;
  std::vector<std::string> shown;
};

std::vector<Command> commands_of(std::string_view page);

// Two lines are the same when they differ only in numbers, in hashes (8 and more hex digits) and in how much blank
// there is.
std::string normalized(std::string_view line);

// The first shown line that `output` lacks, if any.
std::optional<std::string> missing_line(const std::vector<std::string>& shown, std::string_view output);

// What to execute for a command here: `./dev run` is set-up and build and then `vivarium run`, of which a test does
// only the last. Nothing if it cannot be executed inside a test; then `reason` says why.
struct Executable {
  std::optional<std::string> command;
  std::string reason;
};
Executable executable(std::string_view command);

}  // namespace vivarium::readme

#pragma once

#include <string>
#include <vector>

namespace vivarium::cli {

// `vivarium export`, `vivarium merge` and `vivarium explain`: what was typed.
struct TraceArguments {
  std::vector<std::string> traces;
  std::string to;           // export: the format
  std::string out;          // a file; empty: stdout
  std::string from, until;  // "4s", "4.2s", "150ms"; empty: the whole trace
};

std::vector<std::string> export_formats();
// Each gives the exit code.
int export_command(const TraceArguments& arguments);
int merge_command(const TraceArguments& arguments);
int explain_command(const TraceArguments& arguments);

}  // namespace vivarium::cli

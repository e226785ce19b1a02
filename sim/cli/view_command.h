#pragma once

#include <string>
#include <vector>

namespace vivarium::cli {

// `vivarium view`: what was typed.
struct ViewArguments {
  std::vector<std::string> traces;  // several: of the servers of one running ensemble
  std::string compare;              // another run, side by side; empty: none
  std::string out;                  // empty: beside the trace
};

int view_command(const ViewArguments& arguments);  // gives the exit code

// run.trace.jsonl.zst -> run.trace.html
std::string page_path(const std::string& trace);

}  // namespace vivarium::cli

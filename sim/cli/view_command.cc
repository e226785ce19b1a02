#include "sim/cli/view_command.h"

#include "sim/cli/exit_codes.h"
#include "sim/cli/files.h"
#include "viz/page.h"

namespace vivarium::cli {

std::string page_path(const std::string& trace) {
  std::string stem = trace;
  for (const std::string_view ending : {".zst", ".jsonl", ".json"}) {
    if (stem.ends_with(ending) && stem.size() > ending.size()) stem.resize(stem.size() - ending.size());
  }
  return stem + ".html";
}

int view_command(const ViewArguments& arguments) {
  const auto trace = viz::read_traces(arguments.traces);
  if (!trace) {
    say(trace.error().sentence + "\n");
    return trace.error().unreadable ? kExitIo : kExitBadInput;
  }
  for (const std::string& remark : trace->remarks) say(remark + "\n");
  const std::string& first = arguments.traces.front();
  const std::string path = arguments.out.empty() ? page_path(first) : arguments.out;
  const auto written = write_file(path, viz::viewer_page(*trace, first.substr(first.rfind('/') + 1)));
  if (!written) {
    say(written.error().message);
    return written.error().exit_code;
  }
  return finish(path + "\n", kExitOk);
}

}  // namespace vivarium::cli

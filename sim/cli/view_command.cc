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

namespace {

std::expected<viz::ShownRun, Failure> load_trace(const std::vector<std::string>& paths) {
  auto trace = viz::read_traces(paths);
  if (!trace)
    return std::unexpected(Failure{trace.error().unreadable ? kExitIo : kExitBadInput, trace.error().sentence + "\n"});
  for (const std::string& remark : trace->remarks) say(remark + "\n");
  std::string name;
  for (const std::string& path : paths) name += (name.empty() ? "" : ", ") + path.substr(path.rfind('/') + 1);
  return viz::ShownRun{std::move(*trace), name};
}

int fail(const Failure& failure) {
  say(failure.message);
  return failure.exit_code;
}

}  // namespace

int view_command(const ViewArguments& arguments) {
  const auto run = load_trace(arguments.traces);
  if (!run) return fail(run.error());
  std::string page;
  if (arguments.compare.empty()) {
    page = viz::viewer_page(*run);
  } else {
    const auto other = load_trace({arguments.compare});
    if (!other) return fail(other.error());
    page = viz::viewer_page(*run, &*other);
  }
  const std::string path = arguments.out.empty() ? page_path(arguments.traces.front()) : arguments.out;
  const auto written = write_file(path, page);
  if (!written) return fail(written.error());
  return finish(path + "\n", kExitOk);
}

}  // namespace vivarium::cli

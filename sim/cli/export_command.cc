#include "sim/cli/export_command.h"

#include <fmt/format.h>

#include <array>

#include "sim/cli/exit_codes.h"
#include "sim/cli/files.h"
#include "sim/schema_walker.h"
#include "viz/explain.h"
#include "viz/exports.h"

namespace vivarium::cli {

namespace {

using Written = std::expected<std::string, std::string>;

struct Format {
  const char* name;
  Written (*write)(const viz::Trace&, viz::Window);
};

template <std::string (*write)(const viz::Trace&, viz::Window)>
Written text(const viz::Trace& trace, viz::Window window) {
  return write(trace, window);
}

constexpr std::array kFormats = {
    Format{"perfetto", text<viz::perfetto_json>}, Format{"shiviz", text<viz::shiviz_log>},
    Format{"dot", viz::happens_before_dot},       Format{"sqlite", viz::sqlite_database},
    Format{"csv", text<viz::operations_csv>},     Format{"svg", text<viz::window_svg>},
};

std::expected<int64_t, Failure> time_of(const char* option, const std::string& typed, int64_t otherwise) {
  if (typed.empty()) return otherwise;
  const auto ns = sim::parse_duration_ns(typed);
  if (ns && *ns >= 0) return *ns;
  return std::unexpected(Failure{
      kExitUsage, fmt::format("vivarium: {} is \"{}\", expected a time such as \"4s\", \"4200ms\" or \"1500us\"\n",
                              option, typed)});
}

std::expected<viz::Window, Failure> window_of(const TraceArguments& arguments) {
  const auto from = time_of("--from", arguments.from, 0);
  if (!from) return std::unexpected(from.error());
  const auto until = time_of("--until", arguments.until, INT64_MAX);
  if (!until) return std::unexpected(until.error());
  if (*from > *until) {
    return std::unexpected(Failure{
        kExitUsage, fmt::format("vivarium: --from {} is later than --until {}\n", arguments.from, arguments.until)});
  }
  return viz::Window{*from, *until};
}

std::expected<viz::Trace, Failure> read(const TraceArguments& arguments) {
  auto trace = viz::read_traces(arguments.traces);
  if (!trace)
    return std::unexpected(Failure{trace.error().unreadable ? kExitIo : kExitBadInput, trace.error().sentence + "\n"});
  for (const std::string& remark : trace->remarks) say(remark + "\n");
  return *std::move(trace);
}

int give_up(const Failure& failure) {
  say(failure.message);
  return failure.exit_code;
}

int deliver(const TraceArguments& arguments, const std::string& bytes) {
  if (arguments.out.empty()) return finish(bytes, kExitOk);
  const auto written = write_file(arguments.out, bytes);
  return written ? kExitOk : give_up(written.error());
}

}  // namespace

std::vector<std::string> export_formats() {
  std::vector<std::string> out;
  for (const Format& format : kFormats) out.emplace_back(format.name);
  return out;
}

int export_command(const TraceArguments& arguments) {
  const auto window = window_of(arguments);
  if (!window) return give_up(window.error());
  const auto trace = read(arguments);
  if (!trace) return give_up(trace.error());
  for (const Format& format : kFormats) {
    if (arguments.to != format.name) continue;
    const Written written = format.write(*trace, *window);
    return written ? deliver(arguments, *written) : give_up({kExitUsage, "vivarium: " + written.error() + "\n"});
  }
  return kExitUsage;  // not reached: the options know the formats
}

int merge_command(const TraceArguments& arguments) {
  const auto trace = read(arguments);
  if (!trace) return give_up(trace.error());
  return deliver(arguments, viz::format_trace(*trace));
}

int explain_command(const TraceArguments& arguments) {
  const auto window = window_of(arguments);
  if (!window) return give_up(window.error());
  const auto trace = read(arguments);
  if (!trace) return give_up(trace.error());
  return deliver(arguments, viz::explain(*trace, *window));
}

}  // namespace vivarium::cli

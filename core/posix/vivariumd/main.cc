// vivariumd: a server. Exit codes are upstream's: 0 ended as told, 1 failed, 2 bad invocation or configuration, 3 the
// data directory cannot be used, 13 a packet of the quorum was wrong, 14 the election port is taken.

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <string>

#include "core/posix/journal.h"
#include "core/posix/server.h"
#include "core/posix/startup.h"
#include "vivarium/version.h"

namespace vivarium::posix {
namespace {

enum ExitCode { kFine = 0, kBadInvocation = 2, kNoData = 3 };

std::optional<node::ReadConfig> refuse(const std::string& line) {
  fmt::print(stderr, "vivariumd: {}\n", line);
  return std::nullopt;
}

std::string sentence_of(const node::ConfigError& error) {
  if (error.source.empty()) return error.what;
  return error.line > 0 ? fmt::format("{}:{}: {}", error.source, error.line, error.what)
                        : fmt::format("{}: {}", error.source, error.what);
}

// The configuration, or nothing after its error is told.
std::optional<node::ReadConfig> configured(const Arguments& arguments) {
  const auto sources = gather_sources(arguments, environment_of_server());
  if (!sources) return refuse(sources.error());
  auto read = node::read_config(*sources);
  if (!read) {
    const bool nowhere = read.error().source.empty() && sources->file;
    return refuse(nowhere ? fmt::format("{}: {}", sources->file->name, read.error().what) : sentence_of(read.error()));
  }
  for (const node::ConfigError& warning : read->warnings) warn(sentence_of(warning));
  return std::move(*read);
}

int serve(const Arguments& arguments) {
  open_journal();
  const auto read = configured(arguments);
  if (!read) return kBadInvocation;
  if (arguments.check) {
    fmt::print("{}", node::to_explained_zoo_cfg(*read));
    return kFine;
  }
  Server server(read->config, read->myid_to_write);
  if (!server.start()) return kNoData;
  return server.run();
}

}  // namespace
}  // namespace vivarium::posix

int main(int argc, char** argv) {
  CLI::App app("vivariumd: a coordination server that ZooKeeper's clients, servers and files take for one of theirs");
  vivarium::posix::Arguments arguments;
  auto* file = app.add_option("config", arguments.file, "zoo.cfg (without it: ZOO_CONF_DIR/zoo.cfg, or ZOO_DATA_DIR)");
  app.add_option("--data", arguments.data_dir, "serve standalone on port 2181 from this directory, without a file")
      ->excludes(file);
  app.add_flag("--check", arguments.check,
               "print the effective configuration and where each value comes from, and end");
  app.set_version_flag("--version", fmt::format("vivariumd {} ({})", VIVARIUM_VERSION, VIVARIUM_COMMIT));
  app.footer(
      "Variables named like those of ZooKeeper's container image (ZOO_TICK_TIME, ZOO_SERVERS, ...) take over from "
      "the file; docs/deploy.md lists them.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? vivarium::posix::kFine : vivarium::posix::kBadInvocation;
  }
  return vivarium::posix::serve(arguments);
}

// vivariumd: a server. Exit codes are upstream's: 0 ended as told, 1 failed, 2 bad invocation or configuration, 3 the
// data directory cannot be used.

#include <CLI/CLI.hpp>

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include "core/posix/journal.h"
#include "core/posix/server.h"
#include "vivarium/version.h"

namespace vivarium::posix {
namespace {

enum ExitCode { kFine = 0, kBadInvocation = 2, kNoData = 3 };

struct Arguments {
  std::string file, data_dir;
  bool check = false;
};

std::optional<std::string> content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::optional<node::ServerConfig> refuse(const std::string& line) {
  fmt::print(stderr, "vivariumd: {}\n", line);
  return std::nullopt;
}

std::string place(const std::string& file, int32_t line) { return line > 0 ? fmt::format("{}:{}", file, line) : file; }

// The configuration, or nothing after its error is told.
std::optional<node::ServerConfig> configured(const Arguments& arguments) {
  if (arguments.file.empty()) return node::standalone_config(arguments.data_dir);
  const auto text = content_of(arguments.file);
  if (!text) return refuse(fmt::format("{} cannot be read", arguments.file));
  std::optional<std::string> myid;
  if (const auto directory = node::data_dir_of(*text)) myid = content_of(*directory + "/myid");
  auto read = node::read_zoo_cfg(*text, myid);
  if (!read) return refuse(fmt::format("{}: {}", place(arguments.file, read.error().line), read.error().what));
  for (const node::ConfigError& warning : read->warnings)
    warn(fmt::format("{}: {}", place(arguments.file, warning.line), warning.what));
  return std::move(read->config);
}

int serve(const Arguments& arguments) {
  open_journal();
  const auto config = configured(arguments);
  if (!config) return kBadInvocation;
  if (arguments.check) {
    fmt::print("{}", node::to_zoo_cfg(*config));
    return kFine;
  }
  Server server(*config);
  if (!server.start()) return kNoData;
  return server.run();
}

}  // namespace
}  // namespace vivarium::posix

int main(int argc, char** argv) {
  CLI::App app("vivariumd: a coordination server that ZooKeeper's clients, servers and files take for one of theirs");
  vivarium::posix::Arguments arguments;
  app.add_option("config", arguments.file, "zoo.cfg");
  app.add_option("--data", arguments.data_dir, "serve standalone on port 2181 from this directory, without a file");
  app.add_flag("--check", arguments.check, "print the effective configuration and end");
  app.set_version_flag("--version", fmt::format("vivariumd {} ({})", VIVARIUM_VERSION, VIVARIUM_COMMIT));
  try {
    app.parse(argc, argv);
    if (arguments.file.empty() == arguments.data_dir.empty())
      throw CLI::ValidationError("say either a zoo.cfg or --data DIR");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? vivarium::posix::kFine : vivarium::posix::kBadInvocation;
  }
  return vivarium::posix::serve(arguments);
}

#include "core/posix/startup.h"

#include <fcntl.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <system_error>

extern char** environ;

namespace vivarium::posix {

namespace {

std::string reason(int number) { return std::generic_category().message(number); }

std::expected<std::optional<node::ConfigText>, std::string> text_of(const std::string& path) {
  auto content = content_of(path);
  if (!content) return std::unexpected(content.error());
  if (!*content) return std::unexpected(fmt::format("{} cannot be read: {}", path, reason(ENOENT)));
  return node::ConfigText{path, std::move(**content)};
}

// The image's place for zoo.cfg, if something stands there.
std::string file_of(const Arguments& arguments, const std::map<std::string, std::string>& environment) {
  if (!arguments.file.empty() || !arguments.data_dir.empty()) return arguments.file;
  const auto folder = environment.find("ZOO_CONF_DIR");
  const std::string path = folder == environment.end() ? "" : folder->second + "/zoo.cfg";
  return !path.empty() && ::access(path.c_str(), F_OK) == 0 ? path : "";
}

}  // namespace

std::expected<std::optional<std::string>, std::string> content_of(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return std::nullopt;
  if (file < 0) return std::unexpected(fmt::format("{} cannot be read: {}", path, reason(errno)));
  std::string content;
  std::array<char, 4096> piece{};
  ssize_t size = 0;
  while ((size = ::read(file, piece.data(), piece.size())) > 0) content.append(piece.data(), static_cast<size_t>(size));
  const int number = errno;
  ::close(file);
  if (size < 0) return std::unexpected(fmt::format("{} cannot be read: {}", path, reason(number)));
  return content;
}

std::map<std::string, std::string> environment_of_server() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    const size_t equals = std::min(variable.find('='), variable.size());
    const std::string_view name = variable.substr(0, equals);
    if (name.starts_with("ZOO_") || name == "JVMFLAGS" || name == "SERVER_JVMFLAGS")
      out[std::string(name)] = std::string(variable.substr(std::min(equals + 1, variable.size())));
  }
  return out;
}

std::expected<node::ConfigSources, std::string> gather_sources(const Arguments& arguments,
                                                               std::map<std::string, std::string> environment) {
  node::ConfigSources sources;
  sources.environment = std::move(environment);
  if (!arguments.data_dir.empty()) sources.data_dir = arguments.data_dir;
  if (const std::string file = file_of(arguments, sources.environment); !file.empty()) {
    auto text = text_of(file);
    if (!text) return std::unexpected(text.error());
    sources.file = std::move(*text);
  }
  if (!sources.file && !sources.data_dir && !node::configures(sources.environment))
    return std::unexpected("say a zoo.cfg, --data DIR, or the variable ZOO_DATA_DIR");
  if (const auto dynamic = node::setting_of(sources, "dynamicConfigFile"); dynamic && sources.file) {
    auto text = text_of(*dynamic);
    if (!text) return std::unexpected("dynamicConfigFile: " + text.error());
    sources.dynamic_file = std::move(*text);
  }
  if (const auto data_dir = node::setting_of(sources, "dataDir")) {
    auto myid = content_of(*data_dir + "/myid");
    if (!myid) return std::unexpected(myid.error());
    sources.myid = std::move(*myid);
  }
  return sources;
}

std::vector<std::pair<std::string, std::string>> machine_environment() {
  std::vector<std::pair<std::string, std::string>> out;
  struct utsname system {};
  if (::uname(&system) == 0) {
    out = {{"host.name", system.nodename},
           {"os.name", system.sysname},
           {"os.arch", system.machine},
           {"os.version", system.release}};
  }
  if (const struct passwd* user = ::getpwuid(::geteuid())) {
    out.emplace_back("user.name", user->pw_name);
    out.emplace_back("user.home", user->pw_dir);
  } else {  // a container's user often has no entry
    out.emplace_back("user.name", fmt::format("{}", ::geteuid()));
    out.emplace_back("user.home", "?");
  }
  std::array<char, PATH_MAX> here{};
  out.emplace_back("user.dir", ::getcwd(here.data(), here.size()) != nullptr ? here.data() : "?");
  return out;
}

}  // namespace vivarium::posix

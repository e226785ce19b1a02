#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

// Who may include whom. A file belongs to the first room that it is in; a room may include itself and `may`.
struct Room {
  std::string_view folder;
  std::set<std::string_view> may;
};

const std::array kRooms = {
    Room{"core/base", {}},
    Room{"core/wire", {"core/base"}},
    Room{"core/tree", {"core/base", "core/wire"}},
    Room{"core/log", {"core/base", "core/wire", "core/tree"}},
    Room{"core/zab", {"core/base", "core/wire", "core/tree", "core/log"}},
    Room{"core/node", {"core/base", "core/wire", "core/tree", "core/log", "core/zab"}},
    Room{"core/posix", {"core/base", "core/wire", "core/tree", "core/log", "core/zab", "core/node"}},
    Room{"core/client", {"core/base", "core/wire"}},
    Room{"checker", {}},
    // Actors are applications: of the core they know the client library and the words that it speaks.
    Room{"sim/actors", {"sim", "checker", "core/base", "core/wire", "core/client"}},
    Room{"sim/cli",
         {"sim", "sim/actors", "checker", "core/base", "core/wire", "core/tree", "core/log", "core/zab", "core/node",
          "core/client", "core/posix", "viz"}},
    Room{"sim",
         {"sim/actors", "checker", "core/base", "core/wire", "core/tree", "core/log", "core/zab", "core/node",
          "core/client"}},
    // It reads files: of the core it knows the trace's format, and the names of what stands there.
    Room{"viz", {"core/base", "core/zab", "core/node"}},
};
constexpr std::string_view kArrows =
    "base <- wire <- tree <- log <- zab <- node <- posix, wire <- client, {node, client, checker} <- sim, only sim/cli "
    "may include posix and viz, base, zab and node <- viz, "
    "sim's actors know only client";

const Room* room_of(std::string_view path) {
  if (in_folder(path, "sim") && path.find('/', 4) == std::string_view::npos && path.substr(4).starts_with("actor")) {
    path = "sim/actors/x";
  }
  for (const Room& room : kRooms) {
    if (in_folder(path, room.folder)) return &room;
  }
  return nullptr;
}

struct Include {
  bool quoted;
  std::string_view name;
};

std::optional<Include> include_of(std::string_view line) {
  const auto skip = [&line] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
  skip();
  if (!line.starts_with('#')) return {};
  line.remove_prefix(1);
  skip();
  if (!line.starts_with("include")) return {};
  line.remove_prefix(7);
  skip();
  if (line.empty() || (line[0] != '"' && line[0] != '<')) return {};
  const bool quoted = line[0] == '"';
  const auto end = line.find(quoted ? '"' : '>', 1);
  if (end == std::string_view::npos) return {};
  return Include{quoted, line.substr(1, end - 1)};
}

// Headers that hold no operating system, clock, thread, chance or float that anyone could reach by accident.
const std::set<std::string_view> kPureHeaders = {
    "algorithm",   "array",   "bit",     "bitset", "charconv", "climits",          "compare",        "concepts",
    "cstddef",     "cstdint", "cstring", "deque",  "expected", "format",           "functional",     "iterator",
    "limits",      "list",    "map",     "memory", "new",      "numeric",          "optional",       "queue",
    "ranges",      "set",     "span",    "stack",  "string",   "string_view",      "tuple",          "typeinfo",
    "type_traits", "utility", "variant", "vector", "version",  "initializer_list", "source_location"};
const std::set<std::string_view> kCoreLibraries = {"xxhash.h", "libdeflate.h", "zlib.h", "nettle/base64.h",
                                                   "nettle/sha1.h"};

struct Replacement {
  std::string_view header;
  std::string_view instead;
};
const std::array kHeaderReplacements = {
    Replacement{
        "random",
        "rng.below(n) and the integer distributions of core/base/rng.h: the library's differ between compilers"},
    Replacement{"chrono", "Time, Duration and Now of core/base/time.h"},
    Replacement{"ctime", "Time, Duration and Now of core/base/time.h"},
    Replacement{"thread", "nothing: one thread owns a node; slow work is a job handed out and back as an Input"},
    Replacement{"mutex", "nothing: one thread owns a node"},
    Replacement{"shared_mutex", "nothing: one thread owns a node"},
    Replacement{"condition_variable", "a named phase and a deadline"},
    Replacement{"future", "an Output, answered by an Input"},
    Replacement{"atomic", "a plain integer: one thread owns a node"},
    Replacement{"cmath", "integers, or an integer table: no float decides anything"},
    Replacement{"complex", "integers: no float decides anything"},
    Replacement{"iostream", "a Note in the outbox, or fmt::format"},
    Replacement{"fstream", "FileSystem (core/base/file_system.h)"},
    Replacement{"filesystem", "FileSystem (core/base/file_system.h)"},
    Replacement{"sstream", "fmt::format"},
    Replacement{"iomanip", "fmt::format"},
    Replacement{"print", "fmt::format: g++ 12 does not have it"},
    Replacement{"format", "fmt/format.h: g++ 12 does not have it"},
    Replacement{"flat_map", "a sorted vector: g++ 12 does not have it"},
    Replacement{"generator", "a struct with next(): g++ 12 does not have it"},
    Replacement{"cassert", "CHECK (core/base/check.h), which is on in every build"},
    Replacement{"assert.h", "CHECK (core/base/check.h), which is on in every build"},
    Replacement{"unordered_map",
                "std::map, a sorted vector, or the persistent map of core/base: ordered wherever anyone iterates"},
    Replacement{"unordered_set",
                "std::set, a sorted vector, or the persistent map of core/base: ordered wherever anyone iterates"},
    Replacement{"exception", "std::expected or an error enum; CHECK for the impossible"},
    Replacement{"stdexcept", "std::expected or an error enum; CHECK for the impossible"},
    Replacement{"cstdio", "a Note in the outbox, or fmt::format"},
};

const Replacement* replacement_for(std::string_view header) {
  const auto it = std::ranges::find(kHeaderReplacements, header, &Replacement::header);
  return it == kHeaderReplacements.end() ? nullptr : &*it;
}

// (file, header): why this one may.
const std::map<std::pair<std::string_view, std::string_view>, std::string_view> kHeaderExceptions = {
    {{"core/base/check.cc", "cstdio"}, "the last words of a failed CHECK"},
    {{"core/base/check.cc", "cstdlib"}, "abort"},
};

bool pure_for_core(std::string_view header) {
  return header.starts_with("fmt/") || kCoreLibraries.contains(header) ||
         (kPureHeaders.contains(header) && replacement_for(header) == nullptr);
}

// The simulator may format, parse and write files; chance, clocks, threads and the operating system stay outside all
// the same.
bool pure_for_sim(std::string_view header) {
  static const std::set<std::string_view> kMore = {"cstdio",   "cstdlib",    "fstream",   "sstream",
                                                   "iostream", "filesystem", "exception", "stdexcept",
                                                   "zstd.h",   "cerrno",     "cassert"};
  return pure_for_core(header) || kMore.contains(header) || header.starts_with("nlohmann/") ||
         header.starts_with("valijson/");
}

}  // namespace

Findings include_direction(const SourceFile& file) {
  Findings findings;
  const Room* from = room_of(file.path);
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const auto include = include_of(file.code[i]);
    if (!include || !include->quoted) continue;
    const auto say = [&](const std::string& why) {
      findings.push_back({file.path, i + 1, "includes \"" + std::string(include->name) + "\"; " + why});
    };
    const auto top = include->name.substr(0, include->name.find('/'));
    static const std::set<std::string_view> kTops = {"core", "sim", "checker", "viz", "tests", "bench", "vivarium"};
    if (!kTops.contains(top) || include->name.find('/') == std::string_view::npos) {
      say("name it from the root of the tree, as \"core/base/ids.h\"");
      continue;
    }
    if (include->name == "vivarium/version.h" && file.path.ends_with(".h")) {
      say("include it in a .cc: it changes with every commit, and everything that sees it is compiled again");
    }
    if (from == nullptr) continue;
    const Room* to = room_of(include->name);
    if (to == nullptr) {
      if (top != "vivarium") say("nothing may depend on tests or benches");
    } else if (to != from && !from->may.contains(to->folder)) {
      say(std::string(from->folder) + " may not know " + std::string(to->folder) + ": " + std::string(kArrows) +
          ". Move what both need down, or pass it in as a value");
    }
  }
  return findings;
}

Findings system_headers(const SourceFile& file) {
  const bool core = in_folder(file.path, "core") && !in_folder(file.path, "core/posix");
  const bool sim = in_folder(file.path, "sim") && !in_folder(file.path, "sim/cli");
  if (!core && !sim) return {};
  Findings findings;
  for (std::size_t i = 0; i < file.code.size(); ++i) {
    const auto include = include_of(file.code[i]);
    if (!include || include->quoted) continue;
    if (core ? pure_for_core(include->name) : pure_for_sim(include->name)) continue;
    if (kHeaderExceptions.contains({file.path, include->name})) continue;
    const Replacement* replacement = replacement_for(include->name);
    findings.push_back(
        {file.path, i + 1,
         "includes <" + std::string(include->name) + ">; use " +
             (replacement != nullptr
                  ? std::string(replacement->instead)
                  : std::string(core ? "an Input or Output of the step (core/posix alone knows the operating system)"
                                     : "sim/cli for what needs the operating system") +
                        "; a header that is harmless joins kPureHeaders of tests/tidy/include_rules_support.cc")});
  }
  return findings;
}

}  // namespace vivarium::tidy

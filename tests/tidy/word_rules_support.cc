#include <array>
#include <cctype>
#include <optional>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

enum Scope : unsigned { kCore = 1, kSim = 2, kChecker = 4, kCli = 8, kEverywhere = 16 };

unsigned scopes_of(std::string_view path) {
  unsigned scopes = is_cpp(path) && !in_folder(path, "tests/tidy") ? unsigned{kEverywhere} : 0U;
  if (in_folder(path, "core") && !in_folder(path, "core/posix")) scopes |= kCore;
  if (in_folder(path, "sim/cli"))
    scopes |= kCli;
  else if (in_folder(path, "sim"))
    scopes |= kSim;
  if (in_folder(path, "checker")) scopes |= kChecker;
  return scopes;
}

// A word with "::" is matched from its first part on; one with "(" as a call; any other as one identifier, however
// qualified.
struct Ban {
  std::string_view word;
  unsigned scopes;
  std::string_view instead;
};

constexpr std::string_view kUseNow = "Now, the argument of the step (core/base/time.h)";
constexpr std::string_view kUseRng =
    "rng.below(n) of core/base/rng.h: what the library gives differs between machines or libraries";
constexpr std::string_view kUseIntegers =
    "integers: no float decides anything (probabilities and drift are parts per billion)";
constexpr std::string_view kUseOrder =
    "std::map, a sorted vector, or the persistent map: ordered wherever anyone iterates";
constexpr std::string_view kNoThreads = "nothing: one thread owns a node, parallel search uses processes";
constexpr std::string_view kUseNote = "a Note in the outbox; formatting is the host's";
constexpr std::string_view kUseFmt = "fmt::format: g++ 12 does not have this";
constexpr std::string_view kUseExpected = "std::expected or an error enum; CHECK for the impossible";
constexpr unsigned kValues = kCore | kSim;
constexpr unsigned kPureAll = kCore | kSim | kChecker;

const std::array kBans = {
    Ban{"float", kValues, kUseIntegers},
    Ban{"double", kValues, kUseIntegers},
    Ban{"std::sqrt", kValues, kUseIntegers},
    Ban{"std::pow", kValues, kUseIntegers},
    Ban{"std::log", kValues, kUseIntegers},
    Ban{"std::exp", kValues, kUseIntegers},
    Ban{"std::stod", kValues, kUseIntegers},
    Ban{"steady_clock", kPureAll, kUseNow},
    Ban{"system_clock", kPureAll, kUseNow},
    Ban{"high_resolution_clock", kEverywhere, "steady_clock: this one may be either"},
    Ban{"std::chrono", kCore, "Time and Duration of core/base/time.h"},
    Ban{"std::time", kValues, kUseNow},
    Ban{"gettimeofday(", kValues, kUseNow},
    Ban{"clock_gettime(", kValues, kUseNow},
    Ban{"random_device", kPureAll, kUseRng},
    Ban{"mt19937", kPureAll, kUseRng},
    Ban{"mt19937_64", kPureAll, kUseRng},
    Ban{"minstd_rand", kPureAll, kUseRng},
    Ban{"default_random_engine", kPureAll, kUseRng},
    Ban{"uniform_int_distribution", kEverywhere, kUseRng},
    Ban{"uniform_real_distribution", kEverywhere, kUseRng},
    Ban{"bernoulli_distribution", kEverywhere, kUseRng},
    Ban{"normal_distribution", kEverywhere, kUseRng},
    Ban{"exponential_distribution", kEverywhere, kUseRng},
    Ban{"std::shuffle", kEverywhere, "rng.shuffle: the order that std::shuffle gives differs between libraries"},
    Ban{"std::ranges::shuffle", kEverywhere,
        "rng.shuffle: the order that std::ranges::shuffle gives differs between libraries"},
    Ban{"std::sample", kEverywhere, kUseRng},
    Ban{"rand(", kEverywhere, kUseRng},
    Ban{"srand(", kEverywhere, kUseRng},
    Ban{"drand48(", kEverywhere, kUseRng},
    Ban{"getrandom(", kPureAll, kUseRng},
    Ban{"getentropy(", kPureAll, kUseRng},
    Ban{"std::thread", kPureAll, kNoThreads},
    Ban{"std::jthread", kPureAll, kNoThreads},
    Ban{"std::this_thread", kPureAll, kNoThreads},
    Ban{"std::async", kPureAll, kNoThreads},
    Ban{"std::mutex", kPureAll, kNoThreads},
    Ban{"std::shared_mutex", kPureAll, kNoThreads},
    Ban{"std::recursive_mutex", kPureAll, kNoThreads},
    Ban{"std::condition_variable", kPureAll, kNoThreads},
    Ban{"std::atomic", kPureAll, kNoThreads},
    Ban{"std::future", kPureAll, kNoThreads},
    Ban{"std::promise", kPureAll, kNoThreads},
    Ban{"thread_local", kPureAll, kNoThreads},
    Ban{"unordered_map", kValues, kUseOrder},
    Ban{"unordered_set", kValues, kUseOrder},
    Ban{"unordered_multimap", kValues, kUseOrder},
    Ban{"unordered_multiset", kValues, kUseOrder},
    Ban{"std::hash", kValues, "hash_bytes, hash_mix or hash_of of core/base: std::hash differs between libraries"},
    Ban{"uintptr_t", kValues, "an id: an address differs from run to run"},
    Ban{"std::function", kCore,
        "a named phase and a deadline, or a template parameter: a callback can be neither hashed nor copied with its "
        "node"},
    Ban{"std::move_only_function", kCore, "a named phase and a deadline"},
    Ban{"std::shared_ptr", kCore, "Cow<T> or Bytes of core/base, whose counts are not atomic"},
    Ban{"std::weak_ptr", kCore, "an id"},
    Ban{"throw", kCore, kUseExpected},
    Ban{"try", kCore, kUseExpected},
    Ban{"co_await", kCore, "a named phase and a deadline: a coroutine can be neither hashed nor copied"},
    Ban{"co_yield", kCore, "a named phase and a deadline: a coroutine can be neither hashed nor copied"},
    Ban{"getenv(", kValues, "the configuration, which came in by value"},
    Ban{"std::cout", kCore, kUseNote},
    Ban{"std::cerr", kCore, kUseNote},
    Ban{"std::clog", kCore, kUseNote},
    Ban{"printf(", kCore, kUseNote},
    Ban{"fprintf(", kCore, kUseNote},
    Ban{"puts(", kCore, kUseNote},
    Ban{"fputs(", kCore, kUseNote},
    Ban{"std::format", kEverywhere, kUseFmt},
    Ban{"std::print", kEverywhere, kUseFmt},
    Ban{"std::println", kEverywhere, kUseFmt},
    Ban{"assert(", kPureAll | kCli, "CHECK in core and sim, which is on in every build"},
};

// (file, word): why this one may.
const std::map<std::pair<std::string_view, std::string_view>, std::string_view> kWordExceptions = {
    {{"core/base/check.cc", "fprintf("}, "the last words of a failed CHECK"},
    {{"sim/run.h", "double"}, "CPU seconds, a figure for people: nothing reads it back"},
    {{"checker/budget.h", "steady_clock"}, "a time budget ends in `undecided`, never in another verdict"},
};

bool name_char(char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; }

struct Name {
  std::string text;  // possibly qualified: std::chrono::steady_clock
  bool called;       // '(' follows
  bool member;       // '.' or '->' stands before
};

std::vector<Name> names_of(std::string_view line) {
  std::vector<Name> names;
  std::size_t i = 0;
  while (i < line.size()) {
    if (!name_char(line[i])) {
      ++i;
      continue;
    }
    const std::size_t start = i;
    while (i < line.size() && (name_char(line[i]) ||
                               (line.substr(i).starts_with("::") && i + 2 < line.size() && name_char(line[i + 2])))) {
      i += name_char(line[i]) ? 1 : 2;
    }
    const auto next = line.find_first_not_of(' ', i);
    const std::string_view before = line.substr(0, start);
    names.push_back({std::string(line.substr(start, i - start)), next != std::string_view::npos && line[next] == '(',
                     before.ends_with('.') || before.ends_with("->")});
  }
  return names;
}

bool contains_part(std::string_view name, std::string_view part) {
  while (true) {
    const auto colon = name.find("::");
    if (name.substr(0, colon) == part) return true;
    if (colon == std::string_view::npos) return false;
    name.remove_prefix(colon + 2);
  }
}

bool matches(const Name& name, std::string_view word) {
  if (word.ends_with('(')) {
    word.remove_suffix(1);
    return name.called && !name.member && (name.text == word || name.text == "std::" + std::string(word));
  }
  if (word.find("::") == std::string_view::npos) return contains_part(name.text, word);
  return name.text == word || (name.text.starts_with(word) && name.text.substr(word.size()).starts_with("::"));
}

bool starts_as_preprocessor(std::string_view line) {
  const auto first = line.find_first_not_of(" \t");
  return first != std::string_view::npos && line[first] == '#' && line.find("include") != std::string_view::npos;
}

}  // namespace

Findings banned_words(const SourceFile& file) {
  const unsigned scopes = scopes_of(file.path);
  Findings findings;
  for (std::size_t i = 0; scopes != 0 && i < file.words.size(); ++i) {
    if (starts_as_preprocessor(file.words[i])) continue;
    for (const Name& name : names_of(file.words[i])) {
      for (const Ban& ban : kBans) {
        if ((ban.scopes & scopes) == 0 || !matches(name, ban.word) || kWordExceptions.contains({file.path, ban.word}))
          continue;
        findings.push_back({file.path, i + 1, "says " + name.text + "; use " + std::string(ban.instead)});
      }
    }
  }
  return findings;
}

// `static T name;`, `static T name = ...` and `static T name{...}`, unless T is const. Functions have their '(' before
// any of these.
Findings global_state(const SourceFile& file) {
  if (!in_folder(file.path, "core") || in_folder(file.path, "core/posix")) return {};
  Findings findings;
  for (std::size_t i = 0; i < file.words.size(); ++i) {
    const std::string& line = file.words[i];
    const auto names = names_of(line);
    bool is_static = false;
    bool constant = false;
    for (const Name& name : names) {
      if (name.text == "static" || name.text == "thread_local") is_static = true;
      if (name.text == "const" || name.text == "constexpr" || name.text == "constinit" || name.text == "consteval")
        constant = true;
    }
    if (!is_static || constant) continue;
    const auto end = line.find_first_of("(={;");
    if (end == std::string::npos || line[end] == '(') continue;
    findings.push_back(
        {file.path, i + 1,
         "has a static that can change; make it a member of what owns it: nodes are values, many in a process"});
  }
  return findings;
}

Findings pointer_order(const SourceFile& file) {
  if ((scopes_of(file.path) & kPureAll) == 0) return {};
  Findings findings;
  for (std::size_t i = 0; i < file.words.size(); ++i) {
    const std::string& line = file.words[i];
    for (const std::string_view container : {"map<", "set<"}) {
      for (auto at = line.find(container); at != std::string::npos; at = line.find(container, at + 1)) {
        // The key: up to the first ',' or '>' outside nested brackets.
        std::size_t end = at + container.size();
        for (int depth = 0; end < line.size(); ++end) {
          if (line[end] == '<' || line[end] == '(') ++depth;
          if (depth == 0 && (line[end] == ',' || line[end] == '>')) break;
          if (line[end] == '>' || line[end] == ')') --depth;
        }
        if (end > 0 && line[end - 1] == '*') {
          findings.push_back({file.path, i + 1,
                              "orders by address, which differs from run to run; key by an id or a sequence number"});
        }
      }
    }
  }
  return findings;
}

}  // namespace vivarium::tidy

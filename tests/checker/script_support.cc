#include "tests/checker/script_support.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <sstream>

#include "checker/history_reader.h"

namespace vivarium::checker::test {
namespace {

bool reads(std::string_view f) {
  return f == "read" || f == "getData" || f == "exists" || f == "getChildren" || f == "contains";
}

bool is_text(std::string_view field) { return field == "key" || field == "path" || field == "error"; }

// What a call says already; the rest is the reply's.
bool asked(std::string_view field) {
  return field == "key" || field == "watch" || field == "ephemeral" || field == "sequential" || field == "session" ||
         field == "asked";
}

std::string json_line(std::string_view type, const std::vector<std::string>& words) {
  const bool call = type == "invoke";
  const bool both = words[0] == "do";
  std::string value = words.size() > 3 && words[3].find('=') == std::string::npos ? words[3] : "null";
  if (both && call && reads(words[2])) value = "null";
  std::string key = "/k";
  std::string more;
  for (size_t i = 3; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    if (equals == std::string::npos || words[i][0] == '[' || words[i][0] == '{') continue;
    std::string field = words[i].substr(0, equals);
    const std::string given = words[i].substr(equals + 1);
    if (field == "key") key = given;
    if (field == "key" || (both && asked(field) != call && field != "session")) continue;
    if (field == "asked") field = "version";
    more += is_text(field) ? fmt::format(R"(,"{}":"{}")", field, given) : fmt::format(R"(,"{}":{})", field, given);
  }
  return fmt::format(R"({{"type":"{}","process":{},"f":"{}","key":"{}","value":{}{}}})", type, words[1], words[2], key,
                     value, more);
}

std::string json_lines(std::string_view lines) {
  std::string json;
  std::istringstream in{std::string(lines)};
  for (std::string line; std::getline(in, line);) {
    std::istringstream split(line);
    std::vector<std::string> words;
    for (std::string word; split >> word;) words.push_back(word);
    if (words.empty()) continue;
    if (words[0] == "do") {
      json += json_line("invoke", words) + "\n" + json_line("ok", words) + "\n";
    } else {
      json += json_line(words[0], words) + "\n";
    }
  }
  return json;
}

}  // namespace

History script(ModelKind model, std::string_view lines) {
  auto history = parse_history(json_lines(lines), "script", {model});
  EXPECT_TRUE(history.has_value()) << (history ? "" : history.error().message) << "\n" << json_lines(lines);
  return history ? *std::move(history) : History{};
}

Answer judge(ModelKind model, std::string_view lines, bool strict_sync) {
  Options options;
  options.model = model;
  options.strict_sync = strict_sync;
  return check(script(model, lines), options).answer;
}

std::string why(ModelKind model, std::string_view lines, bool strict_sync) {
  Options options;
  options.model = model;
  options.strict_sync = strict_sync;
  const Verdict verdict = check(script(model, lines), options);
  if (verdict.answer == Answer::Holds) return "holds";
  if (!verdict.window) return "undecided";
  EXPECT_TRUE(verdict.window->verified) << fmt::format("{}", fmt::join(verdict.window->why, "\n"));
  return fmt::format("{}", fmt::join(verdict.window->why, "\n"));
}

}  // namespace vivarium::checker::test

#include "core/node/admin_words.h"

#include <algorithm>
#include <array>

namespace vivarium::node {

namespace {

struct Word {
  std::string_view name;
  std::string (*report)(const AdminView&);  // nullptr: known, and not available in this server
  bool always = false;                      // answered also while clients are not served
};

constexpr std::array kWords = {
    Word{"conf", report_conf}, Word{"cons", report_cons},       Word{"crst", report_crst},
    Word{"dirs", report_dirs}, Word{"dump", report_dump},       Word{"envi", report_envi, true},
    Word{"gtmk", nullptr},     Word{"hash", nullptr},           Word{"isro", report_isro, true},
    Word{"mntr", report_mntr}, Word{"ruok", report_ruok, true}, Word{"srst", report_srst},
    Word{"srvr", report_srvr}, Word{"stat", report_stat},       Word{"stmk", nullptr},
    Word{"wchc", report_wchc}, Word{"wchp", report_wchp},       Word{"wchs", report_wchs},
};

const Word* word_named(std::string_view name) {
  const auto word = std::ranges::find(kWords, name, &Word::name);
  return word == kWords.end() ? nullptr : &*word;
}

bool allowed(std::string_view name, const std::vector<std::string>& whitelist) {
  return std::ranges::any_of(whitelist, [&](const std::string& w) { return w == "*" || w == name; });
}

}  // namespace

std::optional<std::string_view> admin_word(std::string_view first_bytes) {
  const Word* word = word_named(first_bytes.substr(0, 4));
  return word ? std::optional(word->name) : std::nullopt;
}

std::string answer_admin_word(std::string_view name, const std::vector<std::string>& whitelist, const AdminView& view) {
  if (!allowed(name, whitelist)) return fmt::format("{} is not executed because it is not in the whitelist.\n", name);
  const Word* word = word_named(name);
  if (!word || !word->report) return fmt::format("{} is not available in this server.\n", name);
  if (!word->always && !view.figures.serving) return "This ZooKeeper instance is not currently serving requests\n";
  return word->report(view);
}

AdminEffect effect_of_admin_word(std::string_view word, const std::vector<std::string>& whitelist, bool serving) {
  if (!serving || !allowed(word, whitelist)) return AdminEffect::kNone;
  if (word == "srst") return AdminEffect::kResetServer;
  return word == "crst" ? AdminEffect::kResetConnections : AdminEffect::kNone;
}

}  // namespace vivarium::node

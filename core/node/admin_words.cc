#include "core/node/admin_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vivarium::node {

namespace {

constexpr std::array<std::string_view, 18> kWords = {"conf", "cons", "crst", "dirs", "dump", "envi",
                                                     "gtmk", "hash", "isro", "mntr", "ruok", "srst",
                                                     "srvr", "stat", "stmk", "wchc", "wchp", "wchs"};

// The first word is what clients judge our behaviour by; parsers (go-zookeeper's FLWSrvr) insist on a date behind it.
constexpr std::string_view kVersion = "3.9.5-vivarium, built on 01/01/2026 00:00 UTC";

std::string_view mode_of(const ServerFigures& figures) {
  if (figures.standalone) return "standalone";
  switch (figures.role) {
    case zab::Role::kLeading: return "leader";
    case zab::Role::kObserving: return "observer";
    default: return "follower";
  }
}

std::string srvr(const ServerFigures& f) {
  const Traffic& t = f.traffic;
  const int64_t mean =
      t.answered ? t.latency_sum.ns / t.answered / 100 : 0;  // in units of 0.1 us: four decimals of a millisecond
  std::string text = fmt::format(
      "Zookeeper version: {}\nLatency min/avg/max: {}/{}.{:04}/{}\nReceived: {}\nSent: {}\nConnections: "
      "{}\nOutstanding: {}\n",
      kVersion, t.latency_min.ms(), mean / 10000, mean % 10000, t.latency_max.ms(), t.received, t.sent, f.connections,
      f.outstanding);
  text += fmt::format("Zxid: 0x{:x}\nMode: {}\n", static_cast<uint64_t>(f.zxid.value), mode_of(f));
  if (!f.standalone && f.role == zab::Role::kLeading) text += "Proposal sizes last/min/max: -1/-1/-1\n";
  return text + fmt::format("Node count: {}\n", f.nodes);
}

}  // namespace

void Traffic::answered_after(Duration latency) {
  latency_min = answered ? std::min(latency_min, latency) : latency;
  latency_max = std::max(latency_max, latency);
  latency_sum = latency_sum + latency;
  ++answered;
}

std::optional<std::string_view> admin_word(std::string_view first_bytes) {
  const auto word = std::ranges::find(kWords, first_bytes.substr(0, 4));
  return word == kWords.end() ? std::nullopt : std::optional(*word);
}

std::string answer_admin_word(std::string_view word, const std::vector<std::string>& whitelist,
                              const ServerFigures& figures) {
  const bool allowed = std::ranges::any_of(whitelist, [&](const std::string& w) { return w == "*" || w == word; });
  if (!allowed) return fmt::format("{} is not executed because it is not in the whitelist.\n", word);
  if (word == "ruok") return "imok";
  if (!figures.serving) return "This ZooKeeper instance is not currently serving requests\n";
  if (word == "srvr") return srvr(figures);
  return fmt::format("{} is not available in this server.\n", word);
}

}  // namespace vivarium::node

#include "viz/network_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vivarium::viz {

namespace {

std::string names_of(const Trace& trace, const std::set<int64_t>& hosts) {
  std::string out;
  for (const int64_t host : hosts) {
    const size_t node = trace.node_on_host(host);
    out += out.empty() ? "" : ", ";
    out += node == trace.header.nodes.size() ? fmt::format("host {}", host) : trace.header.nodes[node].host_name;
  }
  return out;
}

}  // namespace

std::string words_of_links(const Trace& trace, const Links& links) {
  std::map<int64_t, std::set<int64_t>> targets;
  for (const auto& [from, to] : links) targets[from].insert(to);
  std::map<std::set<int64_t>, std::set<int64_t>> sides;  // whoever is cut from the same hosts is on one side
  for (const auto& [from, to] : targets) sides[to].insert(from);
  const bool both_ways = std::ranges::all_of(links, [&](const auto& link) {
    return links.contains({link.second, link.first});
  });
  std::string out;
  Links told;
  for (const auto& [to, from] : sides) {
    // The other direction of a pair of sides says the same.
    if (both_ways && told.contains({*to.begin(), *from.begin()})) continue;
    for (const int64_t a : from) {
      for (const int64_t b : to) told.insert({a, b});
    }
    out += out.empty() ? "" : "; ";
    out += both_ways ? fmt::format("between {} and {}", names_of(trace, from), names_of(trace, to))
                     : fmt::format("from {} to {}", names_of(trace, from), names_of(trace, to));
  }
  return out;
}

}  // namespace vivarium::viz

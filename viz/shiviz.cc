#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "core/node/json_text.h"
#include "viz/causality.h"
#include "viz/messages.h"

namespace vivarium::viz {

namespace {

using Clock = std::map<uint16_t, uint64_t>;  // by node; none: 0

// Words: ShiViz ends a host's name at the first space.
std::vector<std::string> host_names(const Trace& trace) {
  std::vector<std::string> out;
  for (uint16_t node = 0; node < trace.header.nodes.size(); ++node) {
    out.push_back(short_name(trace, node));
    for (char& c : out.back()) {
      if (static_cast<unsigned char>(c) <= ' ') c = '_';
    }
  }
  return out;
}

void put_clock(std::string& out, const std::vector<std::string>& hosts, const Clock& clock) {
  const char* comma = "";
  out += "{";
  for (const auto& [node, count] : clock) {
    fmt::format_to(std::back_inserter(out), "{}{}:{}", comma, node::json_text(hosts[node]), count);
    comma = ",";
  }
  out += "}";
}

}  // namespace

std::string shiviz_log(const Trace& trace, Window window) {
  const Causality causality = causality_of(trace, window);
  const Events& e = trace.events;
  std::string out = fmt::format("{}\n\n", kShivizExpression);
  const std::vector<std::string> hosts = host_names(trace);
  std::map<uint16_t, Clock> clocks;
  std::map<uint32_t, Clock> under_way;  // of what was sent, until it arrives
  std::vector<bool> arrives(causality.events.size());
  for (const auto& sends : causality.sends) {
    for (const uint32_t send : sends) arrives[send] = true;
  }
  for (uint32_t i = 0; i < causality.events.size(); ++i) {
    const uint32_t event = causality.events[i];
    Clock& clock = clocks[e.node[event]];
    ++clock[e.node[event]];
    for (const uint32_t send : causality.sends[i]) {
      const auto sent = under_way.extract(send);
      for (const auto& [node, count] : sent.mapped()) clock[node] = std::max(clock[node], count);
    }
    if (arrives[i]) under_way[i] = clock;
    out += hosts[e.node[event]] + " ";
    put_clock(out, hosts, clock);
    fmt::format_to(std::back_inserter(out), "\n{} ({}, seq {})\n", event_name(trace, event), seconds_text(e.t[event]),
                   e.seq[event]);
  }
  return out;
}

}  // namespace vivarium::viz

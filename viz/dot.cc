#include <fmt/format.h>

#include <algorithm>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/transitive_reduction.hpp>
#include <boost/property_map/property_map.hpp>
#include <iterator>
#include <map>

#include "viz/causality.h"
#include "viz/messages.h"

namespace vivarium::viz {

namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

Graph reduced(const Graph& graph) {
  Graph out;
  std::vector<size_t> place(num_vertices(graph));
  boost::transitive_reduction(graph, out,
                              boost::make_iterator_property_map(place.begin(), get(boost::vertex_index, graph)),
                              get(boost::vertex_index, graph));
  // The vertices of the reduction are in an order of their own.
  std::vector<size_t> from(place.size());
  for (size_t i = 0; i < place.size(); ++i) from[place[i]] = i;
  Graph named(place.size());
  for (const auto edge : boost::make_iterator_range(edges(out)))
    add_edge(from[source(edge, out)], from[target(edge, out)], named);
  return named;
}

// What graphviz reads between quotation marks.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

}  // namespace

namespace {

// Options for a part that can be drawn: what leads to the first violation, or else the beginning.
std::string part_to_draw(const Trace& trace, const Causality& causality) {
  const std::vector<int64_t>& t = trace.events.t;
  const auto& all = causality.events;
  size_t end = kDotEventsMax;
  for (const node::TraceViolation& violation : trace.violations) {
    const auto behind = std::ranges::upper_bound(all, violation.t_ns, {}, [&](uint32_t event) { return t[event]; });
    if (behind == all.begin()) continue;
    end = std::max(end, static_cast<size_t>(behind - all.begin()));
    break;
  }
  // Whole microseconds, and not the events that share the first of them.
  const int64_t from = t[all[end - kDotEventsMax]] / 1000 + (end == kDotEventsMax ? 0 : 1),
                until = t[all[end - 1]] / 1000;
  return fmt::format("--from {}us --until {}us", from, until);
}

}  // namespace

std::expected<std::string, std::string> happens_before_dot(const Trace& trace, Window window) {
  const Causality causality = causality_of(trace, window);
  if (causality.events.size() > kDotEventsMax) {
    return std::unexpected(
        fmt::format("{} events would be in the graph, and graphviz draws no more than {} in good time: choose a part "
                    "with --from and --until, for example {}",
                    causality.events.size(), kDotEventsMax, part_to_draw(trace, causality)));
  }
  const Events& e = trace.events;
  Graph graph(causality.events.size());
  std::map<uint16_t, std::vector<uint32_t>> lanes;
  for (uint32_t i = 0; i < causality.events.size(); ++i) {
    auto& lane = lanes[e.node[causality.events[i]]];
    if (!lane.empty()) add_edge(lane.back(), i, graph);
    lane.push_back(i);
    for (const uint32_t send : causality.sends[i]) add_edge(send, i, graph);
  }
  std::string out =
      "digraph happens_before {\n  rankdir=LR;\n  node [shape=box, fontname=\"Helvetica\", fontsize=10];\n";
  for (const auto& [node, events] : lanes) {
    fmt::format_to(std::back_inserter(out), "  subgraph cluster_{} {{\n    label={};\n", node,
                   quoted(node_name(trace, node)));
    for (const uint32_t i : events) {
      const uint32_t event = causality.events[i];
      fmt::format_to(std::back_inserter(out), "    e{} [label={}];\n", e.seq[event],
                     quoted(fmt::format("{}, {}", event_name(trace, event), seconds_text(e.t[event]))));
    }
    out += "  }\n";
  }
  const Graph edges_left = reduced(graph);
  for (size_t from = 0; from < num_vertices(edges_left); ++from) {
    std::vector<size_t> to;
    for (const auto edge : boost::make_iterator_range(out_edges(from, edges_left)))
      to.push_back(target(edge, edges_left));
    std::ranges::sort(to);
    for (const size_t one : to) {
      const uint32_t a = causality.events[from], b = causality.events[one];
      const bool message = e.node[a] != e.node[b];
      fmt::format_to(std::back_inserter(out), "  e{} -> e{}{};\n", e.seq[a], e.seq[b],
                     message ? fmt::format(" [label={}]", quoted(message_name(trace, a))) : " [style=dotted]");
    }
  }
  return out + "}\n";
}

}  // namespace vivarium::viz

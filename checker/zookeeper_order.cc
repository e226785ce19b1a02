#include "checker/zookeeper_order.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/range/iterator_range.hpp>
#include <deque>
#include <map>

namespace vivarium::checker::zookeeper {
namespace {

enum class Why : uint8_t { Zxid, Call, Return, Barrier, Session, Saw, NotYet };

struct Edge {
  uint32_t from;
  uint32_t to;
  Why why;
};

struct Label {
  Why why = Why::Barrier;
};

using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, Label>;

class OrderGraph {
 public:
  OrderGraph(const Tables& tables, const Tree& tree, bool strict_sync)
      : t_(tables), tree_(tree), strict_sync_(strict_sync) {
    operations_ = static_cast<uint32_t>(t_.history.operations.size());
  }

  std::optional<Finding> find() {
    zxid_order();
    real_time();
    session_order();
    views();
    return shortest_cycle();
  }

 private:
  const Operation& op(uint32_t index) const { return t_.op(index); }
  void edge(uint32_t from, uint32_t to, Why why) { edges_.push_back({from, to, why}); }

  void zxid_order() {
    for (size_t i = 1; i < t_.transactions.size(); ++i) edge(t_.transactions[i - 1], t_.transactions[i], Why::Zxid);
  }

  bool is_transaction(uint32_t index) const {
    return is_write(op(index).f) && op(index).outcome == Outcome::Ok && op(index).zxid != kNoZxid;
  }

  // Refused by the leader on account of the tree: it took its turn among the writes.
  bool took_its_turn(uint32_t index) const {
    if (is_transaction(index)) return true;
    const std::string_view error = t_.error(index);
    return is_write(op(index).f) && op(index).zxid != kNoZxid &&
           (error == "NoNode" || error == "NodeExists" || error == "BadVersion" || error == "NotEmpty");
  }

  // Real time, compressed: a chain of barriers, one for each moment at which a write is called; returns lead to the
  // next barrier, barriers to the calls.
  void real_time() {
    std::vector<std::pair<uint32_t, uint32_t>> calls;
    for (uint32_t i = 0; i < operations_; ++i) {
      const bool waits =
          took_its_turn(i) || (strict_sync_ && op(i).f == Function::Sync && op(i).outcome == Outcome::Ok);
      if (waits) calls.emplace_back(op(i).call, i);
    }
    barriers_ = static_cast<uint32_t>(calls.size());
    for (uint32_t b = 0; b < barriers_; ++b) {
      if (b > 0) edge(operations_ + b - 1, operations_ + b, Why::Barrier);
      edge(operations_ + b, calls[b].second, Why::Call);
    }
    for (uint32_t i = 0; i < operations_; ++i) {
      if (op(i).deadline() == kNever || (!took_its_turn(i) && !has_view(i))) continue;
      const auto next = std::ranges::upper_bound(calls, op(i).deadline(), {}, &std::pair<uint32_t, uint32_t>::first);
      if (next != calls.end()) edge(i, operations_ + static_cast<uint32_t>(next - calls.begin()), Why::Return);
    }
  }

  bool has_view(uint32_t index) const {
    const Operation& o = op(index);
    return !is_transaction(index) && o.deadline() != kNever && (o.zxid != kNoZxid || shown_mzxid(index) != kNoZxid);
  }
  int64_t shown_mzxid(uint32_t index) const {
    const Detail* detail = t_.history.detail(index);
    return detail == nullptr || op(index).outcome != Outcome::Ok ? kNoZxid : std::max(detail->mzxid, detail->czxid);
  }

  void session_order() {
    std::map<int64_t, uint32_t> last;
    for (uint32_t i = 0; i < operations_; ++i) {
      if (t_.session[i] == 0 || op(i).deadline() == kNever) continue;
      const bool placed = is_transaction(i) || has_view(i);
      if (!placed) continue;
      const auto [at, fresh] = last.try_emplace(t_.session[i], i);
      if (!fresh) edge(at->second, i, Why::Session);
      at->second = i;
    }
  }

  // A reply stands after the last transaction that it reflects and before the next one: of all, when its header told
  // the zxid; of its node, when only the node's own zxids are told.
  void views() {
    for (uint32_t i = 0; i < operations_; ++i) {
      if (!has_view(i)) continue;
      const bool header = op(i).zxid != kNoZxid;
      const int64_t from = header ? op(i).zxid : shown_mzxid(i);
      const auto after = std::ranges::upper_bound(t_.transactions, from, {}, [this](uint32_t t) { return op(t).zxid; });
      if (after != t_.transactions.begin()) edge(*std::prev(after), i, Why::Saw);
      // A sync's own zxid bounds it from below only: the flush may have brought more.
      if (op(i).f == Function::Sync) continue;
      if (header) {
        if (after != t_.transactions.end()) edge(i, *after, Why::NotYet);
        continue;
      }
      const auto& states = tree_.states(op(i).key);
      const auto next = std::ranges::upper_bound(states, from, {}, &NodeState::since);
      if (next != states.end() && next->by != kNone) edge(i, next->by, Why::NotYet);
    }
  }

  std::optional<Finding> shortest_cycle() {
    const uint32_t vertices = operations_ + barriers_;
    std::vector<std::pair<uint32_t, uint32_t>> ends;
    std::vector<Label> labels;
    std::ranges::sort(edges_, {}, [](const Edge& e) { return std::tuple(e.from, e.to, e.why); });
    for (const Edge& e : edges_) {
      ends.emplace_back(e.from, e.to);
      labels.push_back({e.why});
    }
    const Graph graph(boost::edges_are_sorted, ends.begin(), ends.end(), labels.begin(), vertices);
    std::vector<uint32_t> component(vertices);
    const auto components = boost::strong_components(
        graph, boost::make_iterator_property_map(component.begin(), boost::get(boost::vertex_index, graph)));
    if (components == vertices) return std::nullopt;
    std::vector<uint32_t> size(components, 0);
    for (uint32_t c : component) ++size[c];
    std::vector<uint32_t> best;
    size_t tried = 0;
    for (uint32_t v = 0; v < operations_ && tried < kStartsMost; ++v) {
      if (size[component[v]] < 2) continue;
      ++tried;
      const std::vector<uint32_t> cycle = cycle_through(graph, component, v);
      if (!cycle.empty() && (best.empty() || weight(cycle) < weight(best))) best = cycle;
    }
    return explain(graph, best);
  }

  static constexpr size_t kStartsMost = 256;

  size_t weight(const std::vector<uint32_t>& cycle) const {
    return static_cast<size_t>(std::ranges::count_if(cycle, [this](uint32_t v) { return v < operations_; }));
  }

  // Breadth first within the component; barriers cost nothing.
  std::vector<uint32_t> cycle_through(const Graph& graph, const std::vector<uint32_t>& component,
                                      uint32_t start) const {
    std::map<uint32_t, std::pair<uint32_t, uint32_t>> reached;  // vertex -> (distance, from)
    std::deque<uint32_t> queue = {start};
    reached[start] = {0, start};
    while (!queue.empty()) {
      const uint32_t v = queue.front();
      queue.pop_front();
      const uint32_t distance = reached[v].first;
      for (const auto& e : boost::make_iterator_range(out_edges(size_t{v}, graph))) {
        const auto to = static_cast<uint32_t>(target(e, graph));
        if (component[to] != component[start]) continue;
        if (to == start) {
          std::vector<uint32_t> cycle;
          for (uint32_t at = v; at != start; at = reached[at].second) cycle.push_back(at);
          cycle.push_back(start);
          std::ranges::reverse(cycle);
          return cycle;
        }
        const uint32_t cost = to < operations_ ? 1 : 0;
        const auto found = reached.find(to);
        if (found != reached.end() && found->second.first <= distance + cost) continue;
        reached[to] = {distance + cost, v};
        if (cost == 0) {
          queue.push_front(to);
        } else {
          queue.push_back(to);
        }
      }
    }
    return {};
  }

  Why why(const Graph& graph, uint32_t from, uint32_t to) const {
    for (const auto& e : boost::make_iterator_range(out_edges(size_t{from}, graph))) {
      if (target(e, graph) == to) return graph[e].why;
    }
    return Why::Barrier;
  }

  Finding explain(const Graph& graph, const std::vector<uint32_t>& cycle) const {
    Finding found;
    bool sessions = false;
    bool times = false;
    for (uint32_t v : cycle) {
      if (v < operations_) found.operations.push_back(v);
    }
    std::vector<uint32_t> order = found.operations;
    std::ranges::sort(order);
    const auto number = [&](uint32_t v) { return std::ranges::find(order, v) - order.begin() + 1; };
    for (size_t i = 0; i < cycle.size(); ++i) {
      const uint32_t from = cycle[i];
      if (from >= operations_) continue;
      size_t j = (i + 1) % cycle.size();
      const Why first = why(graph, from, cycle[j]);
      while (cycle[j] >= operations_) j = (j + 1) % cycle.size();
      const uint32_t to = cycle[j];
      sessions = sessions || first == Why::Session;
      times = times || first == Why::Return;
      found.why.push_back(sentence(first, from, to, number(from), number(to)));
    }
    found.rule = sessions ? "session order" : times ? "real time" : "zxid order";
    return found;
  }

  std::string sentence(Why why, uint32_t from, uint32_t to, std::ptrdiff_t a, std::ptrdiff_t b) const {
    switch (why) {
      case Why::Zxid:
        return fmt::format("({}) has zxid 0x{:x}, before zxid 0x{:x} of ({}).", a, op(from).zxid, op(to).zxid, b);
      case Why::Return: return fmt::format("({}) returned before ({}) was called.", a, b);
      case Why::Session: return fmt::format("({}) and then ({}) were called by one session.", a, b);
      case Why::Saw: return fmt::format("({}), at zxid 0x{:x}, is reflected by ({}).", a, op(from).zxid, b);
      case Why::NotYet: return fmt::format("({}) does not reflect ({}), at zxid 0x{:x}, yet.", a, b, op(to).zxid);
      default: return fmt::format("({}) precedes ({}).", a, b);
    }
  }

  const Tables& t_;
  const Tree& tree_;
  bool strict_sync_;
  uint32_t operations_ = 0;
  uint32_t barriers_ = 0;
  std::vector<Edge> edges_;
};

}  // namespace

std::optional<Finding> find_cycle(const Tables& tables, const Tree& tree, bool strict_sync) {
  return OrderGraph(tables, tree, strict_sync).find();
}

size_t stale_after_sync(const Tables& tables) {
  // The newest zxid that had been acknowledged, by position.
  std::vector<std::pair<uint32_t, int64_t>> acknowledged;
  for (uint32_t index : tables.transactions)
    acknowledged.emplace_back(tables.op(index).deadline(), tables.op(index).zxid);
  std::ranges::sort(acknowledged);
  int64_t newest = kNoZxid;
  for (auto& [position, zxid] : acknowledged) newest = zxid = std::max(newest, zxid);
  std::map<int64_t, int64_t> demanded;  // by session: the zxid that its last sync should have brought
  size_t stale = 0;
  for (uint32_t i = 0; i < tables.history.operations.size(); ++i) {
    const Operation& op = tables.op(i);
    if (op.outcome != Outcome::Ok || tables.session[i] == 0) continue;
    if (op.f == Function::Sync) {
      const auto after = std::ranges::lower_bound(acknowledged, op.call, {}, &std::pair<uint32_t, int64_t>::first);
      if (after != acknowledged.begin()) demanded[tables.session[i]] = std::prev(after)->second;
    } else if (is_read(op.f) && op.zxid != kNoZxid) {
      const auto demand = demanded.find(tables.session[i]);
      stale += demand != demanded.end() && op.zxid < demand->second ? 1 : 0;
    }
  }
  return stale;
}

}  // namespace vivarium::checker::zookeeper

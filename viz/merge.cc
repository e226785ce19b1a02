#include "viz/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "viz/streams.h"

namespace vivarium::viz {

namespace {

using Nodes = std::vector<node::TraceHeader::Node>;

std::unexpected<TraceError> wrong(const std::string& path, const std::string& what) {
  return std::unexpected(TraceError{fmt::format("{}:1: {}", path, what)});
}

// All that some header names, in order of their ids.
std::expected<Nodes, TraceError> all_nodes(const std::vector<NamedTrace>& traces) {
  std::map<node::TraceNode, std::pair<node::TraceHeader::Node, const std::string*>> nodes;
  for (const auto& [path, trace] : traces) {
    if (!trace.header.live)
      return wrong(path,
                   "this is of a simulated run, which one file holds whole; only files of running servers are put "
                   "together");
    for (const auto& node : trace.header.nodes) {
      const auto& [known, where] = nodes.try_emplace(node.id, node, &path).first->second;
      if (known.host_name != node.host_name || known.sid != node.sid) {
        return wrong(path, fmt::format("node {} is \"{}\" here and \"{}\" in {}; are these files of one ensemble?",
                                       node.id, node.host_name, known.host_name, *where));
      }
    }
  }
  Nodes out;
  for (const auto& [id, named] : nodes) out.push_back(named.first);
  return out;
}

class Merge {
 public:
  Merge(std::vector<NamedTrace> traces, Nodes nodes) : traces_(std::move(traces)), out_() {
    const Trace& first = traces_[0].trace;
    out_.header = first.header;
    out_.header.live.reset();
    out_.header.nodes = std::move(nodes);
    out_.texts.emplace_back();
    out_.complete = true;
    start_wall_ = first.header.live->start_wall_ns;
    for (const auto& [path, trace] : traces_) {
      start_wall_ = std::min(start_wall_, trace.header.live->start_wall_ns);
      out_.complete = out_.complete && trace.complete;
      out_.remarks.insert(out_.remarks.end(), trace.remarks.begin(), trace.remarks.end());
      first_.push_back(total_);
      total_ += static_cast<uint32_t>(trace.events.size());
    }
    first_.push_back(total_);
  }

  Trace merged() {
    for (const auto& [path, trace] : traces_) shift_.push_back(trace.header.live->start_wall_ns - start_wall_);
    find_causes();
    set_clocks();
    put_in_order();
    return std::move(out_);
  }

 private:
  // Events of all files are numbered through, file by file.
  size_t file_of(uint32_t event) const {
    return static_cast<size_t>(std::ranges::upper_bound(first_, event) - first_.begin()) - 1;
  }
  int64_t time_of(size_t file, uint32_t event) const {
    return traces_[file].trace.events.t[event - first_[file]] + shift_[file];
  }

  void find_causes() {
    std::vector<Piece> sends, received;
    for (size_t file = 0; file < traces_.size(); ++file) {
      const Events& e = traces_[file].trace.events;
      for (uint32_t i = 0; i < e.size(); ++i) {
        const bool send = e.kind[i] == TraceKind::kSend;
        if (!send && e.kind[i] != TraceKind::kReceived) continue;
        const int64_t begin = e.c[i], size = e.b[i];
        (send ? sends : received)
            .push_back({first_[file] + i, e.stream[i], begin, begin + size, e.t[i] + shift_[file]});
      }
    }
    cause_.assign(total_, kNoEvent);
    for (const Arrival& x : match_streams(std::move(sends), std::move(received)).last_send) cause_[x.received] = x.send;
  }

  // The least that each clock must be put forward so that no message arrives before it was sent.
  void set_clocks() {
    const size_t files = traces_.size();
    std::vector<std::vector<int64_t>> delay(files, std::vector<int64_t>(files, INT64_MAX));  // the shortest
    for (uint32_t event = 0; event < total_; ++event) {
      if (cause_[event] == kNoEvent) continue;
      const size_t from = file_of(cause_[event]), to = file_of(event);
      delay[from][to] = std::min(delay[from][to], time_of(to, event) - time_of(from, cause_[event]));
    }
    std::vector<int64_t> late(files, 0);
    for (size_t round = 0; round < files; ++round) {
      for (size_t from = 0; from < files; ++from) {
        for (size_t to = 0; to < files; ++to) {
          if (delay[from][to] != INT64_MAX) late[to] = std::max(late[to], late[from] - delay[from][to]);
        }
      }
    }
    for (size_t file = 0; file < files; ++file) {
      if (late[file] == 0) continue;
      shift_[file] += late[file];
      out_.remarks.push_back(
          fmt::format("{}: its clock is put forward by {}.{:06} ms: messages would arrive before they were sent",
                      traces_[file].path, late[file] / 1'000'000, late[file] % 1'000'000));
    }
  }

  // By time; what arrives waits for what was sent. A cycle, which only a damaged file can hold, is cut at its earliest.
  void put_in_order() {
    place_.assign(total_, kNoEvent);
    out_.events.reserve(total_);
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (uint32_t i = 0; i < total_; ++i) {
      size_t best = traces_.size();
      bool best_ready = false;
      for (size_t file = 0; file < traces_.size(); ++file) {
        const uint32_t event = next[file];
        if (event == first_[file + 1]) continue;
        const bool ready = cause_[event] == kNoEvent || place_[cause_[event]] != kNoEvent;
        if (best == traces_.size() || (ready && !best_ready) ||
            (ready == best_ready && time_of(file, event) < time_of(best, next[best]))) {
          best = file;
          best_ready = ready;
        }
      }
      add(best, next[best]++);
    }
  }

  void add(size_t file, uint32_t event) {
    const Trace& trace = traces_[file].trace;
    const Events& e = trace.events;
    const uint32_t i = event - first_[file];
    const auto place = static_cast<uint32_t>(out_.events.size());
    const int64_t before = place == 0 ? INT64_MIN : out_.events.t.back();
    node::TraceRecord r{e.kind[i],   e.label[i], e.node[i],   Time{std::max(before, time_of(file, event))},
                        place + 1ul, 0,          e.stream[i], e.a[i],
                        e.b[i],      e.c[i],     e.d[i]};
    if (r.node != node::kTraceWorld)
      r.node = static_cast<node::TraceNode>(out_.node_with_id(trace.header.nodes[r.node].id));
    uint32_t cause = cause_[event] == kNoEvent ? kNoEvent : place_[cause_[event]];
    if (cause_[event] == kNoEvent && e.cause[i] != kNoEvent) cause = place_[first_[file] + e.cause[i]];
    uint32_t text = 0;
    if (e.text[i] != 0) {
      text = static_cast<uint32_t>(out_.texts.size());
      out_.texts.emplace_back(trace.text(i));
    }
    place_[event] = place;
    out_.events.push(r, cause, text);
  }

  std::vector<NamedTrace> traces_;
  std::vector<uint32_t> first_;  // event of each file, and behind the last
  uint32_t total_ = 0;
  int64_t start_wall_ = 0;
  std::vector<int64_t> shift_;   // of each file's times
  std::vector<uint32_t> cause_;  // from another server
  std::vector<uint32_t> place_;  // in `out_`
  Trace out_;
};

}  // namespace

std::expected<Trace, TraceError> merge(std::vector<NamedTrace> traces) {
  auto nodes = all_nodes(traces);
  if (!nodes) return std::unexpected(nodes.error());
  uint64_t events = 0;
  for (const auto& [path, trace] : traces) events += trace.events.size();
  if (events >= kNoEvent) return wrong(traces.back().path, "together these traces have more than four billion events");
  return Merge(std::move(traces), *std::move(nodes)).merged();
}

}  // namespace vivarium::viz

#include <fmt/format.h>

#include <array>
#include <iterator>
#include <map>

#include "core/node/json_text.h"
#include "viz/exports.h"
#include "viz/messages.h"
#include "viz/operations.h"
#include "viz/roles.h"

namespace vivarium::viz {

namespace {

using node::json_text;

// Tracks of a node.
constexpr int kNotes = 1, kMessages = 2;

class Perfetto {
 public:
  Perfetto(const Trace& trace, Window window) : trace_(trace), e_(trace.events), window_(window) {}

  std::string write() {
    out_ = "{\"displayTimeUnit\":\"ns\",\"otherData\":{";
    put("\"scenario\":{},\"seed\":\"{}\",\"commit\":{}}},\n\"traceEvents\":[", json_text(trace_.header.scenario),
        trace_.header.seed, json_text(trace_.header.commit));
    for (size_t node = 0; node < trace_.header.nodes.size(); ++node) name_node(node);
    add_roles();
    add_operations();
    add_messages();
    for (uint32_t i = 0; i < e_.size(); ++i) {
      count(i);
      if (window_.holds(e_.t[i])) mark(i);
    }
    return out_ + "\n]}\n";
  }

 private:
  template <class... A>
  void put(fmt::format_string<A...> text, A&&... values) {
    fmt::format_to(std::back_inserter(out_), text, std::forward<A>(values)...);
  }
  // One event; its time in microseconds, as the format has it, to the nanosecond.
  template <class... A>
  void event(const char* phase, size_t process, int track, int64_t t, fmt::format_string<A...> rest, A&&... values) {
    put("{}\n{{\"ph\":\"{}\",\"pid\":{},\"tid\":{},\"ts\":{}.{:03},", first_ ? "" : ",", phase, process, track,
        t / 1000, t % 1000);
    first_ = false;
    put(rest, std::forward<A>(values)...);
    out_ += "}";
  }
  static size_t process(size_t node) { return node + 1; }

  void name_node(size_t node) {
    const auto index = static_cast<uint16_t>(node);
    event("M", process(node), 0, 0, "\"name\":\"process_name\",\"args\":{{\"name\":{}}}",
          json_text(node_name(trace_, index)));
    event("M", process(node), 0, 0, "\"name\":\"process_sort_index\",\"args\":{{\"sort_index\":{}}}", node);
    event("M", process(node), kNotes, 0, "\"name\":\"thread_name\",\"args\":{{\"name\":\"notes\"}}");
    event("M", process(node), kMessages, 0, "\"name\":\"thread_name\",\"args\":{{\"name\":\"messages\"}}");
  }

  void slice(const char* category, size_t node, int64_t begin, int64_t end, const std::string& name,
             const std::string& arguments) {
    if (end < window_.from || begin > window_.until) return;
    ++slices_;
    event("b", process(node), kNotes, window_.clipped(begin), "\"cat\":\"{}\",\"id\":{},\"name\":{},\"args\":{{{}}}",
          category, slices_, json_text(name), arguments);
    event("e", process(node), kNotes, window_.clipped(end), "\"cat\":\"{}\",\"id\":{},\"name\":{}", category, slices_,
          json_text(name));
  }

  void add_roles() {
    for (const RoleSpan& span : roles_of(trace_)) {
      std::string name = role_name(span.role);
      if (span.role != ServerRole::kDown && span.role != ServerRole::kLooking)
        name += fmt::format(", {}", phase_name(span.phase));
      slice("role", span.node, span.begin, span.end, name,
            fmt::format("\"epoch\":{},\"leader\":{},\"seq\":{}", span.epoch, span.leader, e_.seq[span.event]));
    }
  }

  void add_operations() {
    for (const Operation& x : operations_of(trace_)) {
      const int64_t end = x.returned == kNoEvent ? e_.t.back() : e_.t[x.returned];
      slice("operation", x.client, e_.t[x.called], end, x.path.empty() ? x.name : x.name + " " + x.path,
            fmt::format("\"outcome\":{},\"session\":\"{}\",\"zxid\":\"{}\",\"server\":{}",
                        json_text(x.outcome.empty() ? "still waiting" : x.outcome), hex(x.session), hex(x.zxid),
                        x.server));
    }
  }

  void add_end_of_message(uint32_t end, uint32_t send, const std::string& name) {
    event("X", process(e_.node[end]), kMessages, e_.t[end],
          "\"dur\":1,\"cat\":\"message\",\"name\":{},\"args\":{{\"seq\":{},\"size\":{}}}", json_text(name), e_.seq[end],
          e_.b[send]);
  }
  // A flow binds to the slices at its ends.
  void add_messages() {
    for (const Message& x : messages_of(trace_)) {
      if (!window_.holds(e_.t[x.send])) continue;
      const std::string name = message_name(trace_, x.send);
      add_end_of_message(x.send, x.send, name);
      if (x.received == kNoEvent || !window_.holds(e_.t[x.received])) continue;
      add_end_of_message(x.received, x.send, name);
      event("s", process(e_.node[x.send]), kMessages, e_.t[x.send], "\"cat\":\"message\",\"id\":{},\"name\":{}",
            e_.seq[x.send], json_text(name));
      event("f", process(e_.node[x.received]), kMessages, e_.t[x.received],
            "\"bp\":\"e\",\"cat\":\"message\",\"id\":{},\"name\":{}", e_.seq[x.send], json_text(name));
    }
  }

  void counter(uint16_t node, uint32_t i, const char* name, int64_t value) {
    if (window_.holds(e_.t[i])) {
      event("C", process(node), 0, e_.t[i], "\"name\":{},\"args\":{{\"value\":{}}}", json_text(name), value);
    }
  }
  void count(uint32_t i) {
    static constexpr std::array kQueues = {"log queue", "snapshot queue", "file queue"};
    const uint16_t node = e_.node[i];
    if (node == node::kTraceWorld) return;
    if (e_.kind[i] == TraceKind::kStarted) asked_[node] = {};
    const bool disk = e_.kind[i] == TraceKind::kDisk;
    if ((disk || e_.kind[i] == TraceKind::kDurable) && e_.a[i] >= 0 && static_cast<size_t>(e_.a[i]) < kQueues.size()) {
      Queue& queue = asked_[node][static_cast<size_t>(e_.a[i])];
      if (disk && queue.asked == 0) queue.durable = e_.b[i] - 1;
      (disk ? queue.asked : queue.durable) = e_.b[i];
      counter(node, i, kQueues[static_cast<size_t>(e_.a[i])], std::max<int64_t>(queue.asked - queue.durable, 0));
    }
    if (e_.kind[i] != TraceKind::kNote) return;
    if (static_cast<NoteKind>(e_.a[i]) == NoteKind::kCommitted) counter(node, i, "committed zxid", e_.b[i]);
    if (static_cast<NoteKind>(e_.a[i]) == NoteKind::kProposed) counter(node, i, "proposed zxid", e_.b[i]);
    if (static_cast<NoteKind>(e_.a[i]) == NoteKind::kEpochCurrent) counter(node, i, "epoch", e_.b[i]);
  }

  static bool is_fault(TraceKind kind) { return kind >= TraceKind::kRecoveryRefused && kind <= TraceKind::kClockStep; }
  // Faults are seen everywhere; commits are counters already.
  void mark(uint32_t i) {
    const uint16_t node = e_.node[i];
    const bool fault = is_fault(e_.kind[i]);
    const bool note = e_.kind[i] == TraceKind::kNote && static_cast<NoteKind>(e_.a[i]) != NoteKind::kCommitted &&
                      static_cast<NoteKind>(e_.a[i]) != NoteKind::kProposed;
    if (!fault && !note && e_.kind[i] != TraceKind::kStarted) return;
    const std::string name = node == node::kTraceWorld || note ? event_name(trace_, i)
                                                               : node_name(trace_, node) + " " + event_name(trace_, i);
    event("i", node == node::kTraceWorld ? 0 : process(node), kNotes, e_.t[i],
          "\"s\":\"{}\",\"cat\":\"{}\",\"name\":{},\"args\":{{\"seq\":{}}}", fault ? "g" : "t",
          fault ? "fault" : "note", json_text(name), e_.seq[i]);
  }

  struct Queue {
    int64_t asked = 0, durable = 0;
  };

  const Trace& trace_;
  const Events& e_;
  Window window_;
  std::string out_;
  bool first_ = true;
  uint64_t slices_ = 0;
  std::map<uint16_t, std::array<Queue, 3>> asked_;
};

}  // namespace

std::string perfetto_json(const Trace& trace, Window window) { return Perfetto(trace, window).write(); }

}  // namespace vivarium::viz

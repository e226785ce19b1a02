#include "viz/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "viz/line_scanner.h"

namespace vivarium::viz {

namespace {

using nlohmann::json;
using Value = LineScanner::Value;

// Which of a..d a member is, by kind; its name.
struct Fields {
  std::array<std::string_view, 4> names;
};

const std::array<Fields, node::kTraceKinds>& fields_by_kind() {
  static const auto all = [] {
    std::array<Fields, node::kTraceKinds> out;
    for (size_t kind = 0; kind < out.size(); ++kind) {
      const node::TraceFields f = node::trace_fields(static_cast<TraceKind>(kind));
      size_t i = 0;
      for (const char* name : {f.a, f.b, f.c, f.d}) out[kind].names[i++] = name ? name : "";
    }
    return out;
  }();
  return all;
}

// Names of a small set, found by their hash.
class Names {
 public:
  template <class NameOf>
  Names(size_t count, NameOf name_of) {
    slots_.fill(kFree);
    for (size_t i = 0; i < count; ++i) {
      names_.push_back(name_of(i));
      size_t slot = hash(names_.back());
      while (slots_[slot] != kFree) slot = (slot + 1) % slots_.size();
      slots_[slot] = static_cast<uint8_t>(i);
    }
  }
  std::optional<size_t> find(std::string_view name) const {
    for (size_t slot = hash(name); slots_[slot] != kFree; slot = (slot + 1) % slots_.size()) {
      if (names_[slots_[slot]] == name) return slots_[slot];
    }
    return {};
  }

 private:
  static constexpr uint8_t kFree = UINT8_MAX;
  static size_t hash(std::string_view name) {
    size_t hash = 1469598103934665603u;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return (hash >> 32) % 256;
  }
  std::vector<std::string_view> names_;
  std::array<uint8_t, 256> slots_{};
};

class Parser {
 public:
  Parser(const std::string& name, std::string_view text) : name_(name), text_(text) {}

  std::expected<Trace, TraceError> parse() {
    if (text_.empty()) return wrong("the file is empty; a trace begins with a line that says what it is of");
    std::string_view line;
    if (!take_line(line) || !header(line)) return std::unexpected(error_);
    trace_.events.reserve(text_.size() / 120);
    trace_.texts.emplace_back();
    while (!trace_.complete && take_line(line)) {
      if (!event(line)) return std::unexpected(error_);
    }
    if (trace_.complete && !text_.empty()) {
      ++line_number_;
      return wrong("something stands behind the last line of the trace");
    }
    if (!trace_.complete) {
      trace_.remarks.push_back(
          fmt::format("{}:{}: the trace ends here without its last line: its writer was killed, or the file was cut",
                      name_, line_number_));
    }
    return std::move(trace_);
  }

 private:
  // A line with its end. What the end is missing of was being written when the writer was killed.
  bool take_line(std::string_view& line) {
    const size_t end = text_.find('\n');
    if (end == std::string_view::npos) {
      if (line_number_ == 0) {  // of a file that has no second line the first may be told what is wrong with it
        line = std::exchange(text_, {});
        ++line_number_;
        return true;
      }
      return false;
    }
    line = text_.substr(0, end);
    text_.remove_prefix(end + 1);
    ++line_number_;
    return true;
  }

  std::unexpected<TraceError> wrong(const std::string& what) {
    say(what);
    return std::unexpected(error_);
  }
  bool say(const std::string& what) {
    error_ = {fmt::format("{}:{}: {}", name_, std::max<size_t>(line_number_, 1), what)};
    return false;
  }

  bool header(std::string_view line) {
    const json header = json::parse(line, nullptr, false);
    const auto format = header.is_object() ? header.find("format") : header.end();
    if (!header.is_object() || format == header.end() || *format != "vivarium-trace") {
      return say(
          "this is no trace: it does not begin with {\"format\":\"vivarium-trace\",..}, as what "
          "`vivarium run SCENARIO --trace FILE` and a server with traceFile= in its zoo.cfg write");
    }
    if (header.value("version", json()) != 1) {
      return say(fmt::format("the trace is of version {}; this program reads version 1",
                             header.value("version", json()).dump()));
    }
    try {
      read_header(header);
    } catch (const json::exception&) {
      return say("the first line of the trace lacks what tells of its nodes, or has it in another form");
    }
    const auto& nodes = trace_.header.nodes;
    for (size_t i = 1; i < nodes.size(); ++i) {
      if (nodes[i - 1].id >= nodes[i].id) return say("the nodes of the first line are not in ascending order");
    }
    return true;
  }

  void read_header(const json& header) {
    node::TraceHeader& h = trace_.header;
    h.seed = header.at("seed").get<uint64_t>();
    h.scenario = header.at("scenario").get<std::string>();
    h.scenario_hash = header.at("scenario_hash").get<std::string>();
    h.commit = header.at("commit").get<std::string>();
    h.mistake = header.value("mistake", "");
    for (const json& one : header.at("nodes")) {
      h.nodes.push_back({one.at("id").get<node::TraceNode>(), one.at("host").get<uint16_t>(),
                         one.at("name").get<std::string>(), one.value("sid", int64_t{0})});
    }
    if (header.contains("server")) {
      h.live =
          node::TraceHeader::Live{header["server"].get<node::TraceNode>(), header.at("start_wall_ns").get<int64_t>()};
    }
  }

  bool event(std::string_view line) {
    LineScanner members(line);
    node::TraceRecord record;
    record.a = record.b = record.c = record.d = node::kNotSaid;
    record.t.ns = node::kNotSaid;
    kind_known_ = false;
    text_index_ = 0;
    while (members.next()) {
      if (members.key() == "end") return footer(line);
      if (!member(members, record)) return false;
    }
    if (!members.done()) return say("this line is no JSON object of a trace's event");
    if (!kind_known_ || record.seq == 0 || record.t.ns == node::kNotSaid)
      return say("an event needs seq, t, node and kind");
    return add(record);
  }

  bool member(const LineScanner& m, node::TraceRecord& record) {
    const std::string_view key = m.key();
    const bool integer = m.kind() == Value::kInteger, string = m.kind() == Value::kString;
    if (key == "seq" && integer) return number(m, record.seq);
    if (key == "t" && integer) return record.t.ns = m.integer(), true;
    if (key == "node") return whose(m, record);
    if (key == "kind" && string) return kind(m.string(), record);
    if (key == "cause" && integer) return number(m, record.cause);
    if (key == "stream" && integer) return number(m, record.stream);
    if (key == "label" && string) return label(m.string(), record);
    if (key == "text" && string) return text(m.string());
    if (!kind_known_) return say(fmt::format("\"{}\" stands before the event's kind, or has no value that fits", key));
    return field(m, record);
  }

  bool number(const LineScanner& m, uint64_t& out) {
    if (m.integer() <= 0) return say(fmt::format("\"{}\" is {}, expected a number above zero", m.key(), m.integer()));
    out = static_cast<uint64_t>(m.integer());
    return true;
  }
  bool whose(const LineScanner& m, node::TraceRecord& record) {
    record.node = node::kTraceWorld;
    if (m.kind() == Value::kNull) return true;
    const size_t index = m.kind() == Value::kInteger ? trace_.node_with_id(m.integer()) : trace_.header.nodes.size();
    if (index == trace_.header.nodes.size()) return say("\"node\" is none of those that the first line names");
    record.node = static_cast<node::TraceNode>(index);
    return true;
  }
  bool kind(std::string_view name, node::TraceRecord& record) {
    static const Names kinds(node::kTraceKinds,
                             [](size_t i) { return node::trace_kind_name(static_cast<TraceKind>(i)); });
    const auto found = kinds.find(name);
    if (!found) return say(fmt::format("\"{}\" is no kind of event that this program knows", name));
    record.kind = static_cast<TraceKind>(*found);
    return kind_known_ = true;
  }
  bool label(std::string_view name, node::TraceRecord& record) {
    static const Names labels(static_cast<size_t>(Label::kWatchEvent) + 1,
                              [](size_t i) { return label_name(static_cast<Label>(i)); });
    const auto found = labels.find(name);
    if (!found) return say(fmt::format("\"{}\" is no kind of message that this program knows", name));
    record.label = static_cast<Label>(*found);
    return true;
  }
  bool text(std::string_view raw) {
    text_index_ = static_cast<uint32_t>(trace_.texts.size());
    const json parsed = json::parse(fmt::format("\"{}\"", raw), nullptr, false);
    if (parsed.is_discarded()) return say("the text of the event is no JSON");
    trace_.texts.push_back(parsed.get<std::string>());
    return true;
  }
  bool field(const LineScanner& m, node::TraceRecord& record) {
    const auto& names = fields_by_kind()[static_cast<size_t>(record.kind)].names;
    const size_t i = static_cast<size_t>(std::ranges::find(names, m.key()) - names.begin());
    const char* kind = node::trace_kind_name(record.kind);
    if (i == names.size()) return say(fmt::format("an event of kind {} has no \"{}\"", kind, m.key()));
    int64_t& out = *std::array{&record.a, &record.b, &record.c, &record.d}[i];
    if (m.kind() == Value::kInteger) {
      out = m.integer();
      return true;
    }
    const auto value =
        m.kind() == Value::kString ? node::trace_value_named(m.key(), m.string()) : std::optional<int64_t>();
    if (!value) return say(fmt::format("\"{}\" of an event of kind {} has no value that fits", m.key(), kind));
    out = *value;
    return true;
  }

  bool add(const node::TraceRecord& record) {
    Events& events = trace_.events;
    if (!events.seq.empty()) {
      if (record.seq <= events.seq.back()) return say("\"seq\" does not ascend");
      if (record.t.ns < events.t.back()) return say("\"t\" goes back");
    }
    if (events.size() + 1 >= kNoEvent) return say("a trace of more than four billion events");
    uint32_t cause = kNoEvent;
    if (record.cause != 0) {
      if (record.cause >= record.seq) return say("\"cause\" names an event that comes later");
      cause = event_with_seq(record.cause);
    }
    if (record.kind == TraceKind::kDropped) {
      trace_.remarks.push_back(fmt::format("{}:{}: {} events are missing here: the server did more than it could write",
                                           name_, line_number_, record.a));
    }
    events.push(record, cause, text_index_);
    return true;
  }
  // What a full trace has without search; records that were left out make gaps.
  uint32_t event_with_seq(uint64_t seq) const {
    const auto& all = trace_.events.seq;
    if (seq <= all.size() && all[seq - 1] == seq) return static_cast<uint32_t>(seq - 1);
    const auto found = std::ranges::lower_bound(all, seq);
    return found != all.end() && *found == seq ? static_cast<uint32_t>(found - all.begin()) : kNoEvent;
  }

  bool footer(std::string_view line) {
    const json footer = json::parse(line, nullptr, false);
    if (!footer.is_object() || !footer.contains("events") || !footer["events"].is_number_unsigned())
      return say("the last line of the trace is no JSON, or does not count its events");
    // A server that dropped records counts what it wrote.
    if (footer["events"] != trace_.events.size()) {
      return say(fmt::format("the last line counts {} events, but {} stand here: lines are missing, or too many",
                             footer["events"].get<uint64_t>(), trace_.events.size()));
    }
    const auto hash = footer.find("trace_hash");
    if (hash != footer.end() && hash->is_string()) trace_.trace_hash = hash->get<std::string>();
    trace_.complete = true;
    return violations(footer);
  }

  bool violations(const json& footer) {
    for (const json& v : footer.value("violations", json::array())) {
      if (!v.is_object() || !v.contains("check") || !v["check"].is_string() || !v.contains("t") ||
          !v["t"].is_number_integer() || !v.contains("seq") || !v["seq"].is_number_unsigned() || !v.contains("what") ||
          !v["what"].is_string())
        return say("a violation in the last line lacks its check, t, seq or what");
      node::TraceViolation& violation = trace_.violations.emplace_back();
      violation.check = v["check"].get<std::string>();
      violation.t_ns = v["t"].get<int64_t>();
      violation.seq = v["seq"].get<uint64_t>();
      violation.what = v["what"].get<std::string>();
      try {
        show(v, violation);
      } catch (const json::exception&) {
        return say(fmt::format("what shows the violation of {} in the last line has another form", violation.check));
      }
    }
    return true;
  }
  void show(const json& from, node::TraceViolation& violation) const {
    violation.promise = from.value("promise", "");
    for (const json& one : from.value("sides", json::array())) {
      violation.sides.push_back(
          {index_of(one.at("node").get<int64_t>()), one.at("seq").get<uint64_t>(), one.at("says").get<std::string>()});
    }
    violation.why = from.value("why", std::vector<std::string>{});
    for (const json& one : from.value("window", json::array())) {
      violation.window.push_back({index_of(one.at("node").get<int64_t>()), one.at("from").get<int64_t>(),
                                  one.at("until").get<int64_t>(), one.at("what").get<std::string>(),
                                  one.at("outcome").get<std::string>()});
    }
  }
  node::TraceNode index_of(int64_t id) const {
    const size_t index = trace_.node_with_id(id);
    return index == trace_.header.nodes.size() ? node::kTraceWorld : static_cast<node::TraceNode>(index);
  }

  const std::string& name_;
  std::string_view text_;
  size_t line_number_ = 0;
  Trace trace_;
  TraceError error_;
  bool kind_known_ = false;
  uint32_t text_index_ = 0;
};

template <class Matches>
size_t find_node(const node::TraceHeader& header, Matches matches) {
  return static_cast<size_t>(std::ranges::find_if(header.nodes, matches) - header.nodes.begin());
}

}  // namespace

void Events::reserve(size_t events) {
  seq.reserve(events), t.reserve(events), cause.reserve(events), node.reserve(events), kind.reserve(events);
  label.reserve(events), stream.reserve(events), text.reserve(events);
  a.reserve(events), b.reserve(events), c.reserve(events), d.reserve(events);
}

void Events::push(const node::TraceRecord& record, uint32_t cause_event, uint32_t text_index) {
  seq.push_back(record.seq);
  t.push_back(record.t.ns);
  cause.push_back(cause_event);
  node.push_back(record.node);
  kind.push_back(record.kind);
  label.push_back(record.label);
  stream.push_back(record.stream);
  a.push_back(record.a);
  b.push_back(record.b);
  c.push_back(record.c);
  d.push_back(record.d);
  text.push_back(text_index);
}

size_t Trace::node_with_sid(int64_t sid) const {
  return find_node(header, [&](const auto& node) { return sid != 0 && node.sid == sid; });
}
size_t Trace::node_on_host(int64_t host) const {
  return find_node(header, [&](const auto& node) { return node.host == host; });
}
size_t Trace::node_with_id(int64_t id) const {
  // Numbered from 0 by the simulator, by the servers' ids elsewhere.
  const auto& nodes = header.nodes;
  if (id >= 0 && static_cast<size_t>(id) < nodes.size() && nodes[static_cast<size_t>(id)].id == id)
    return static_cast<size_t>(id);
  return find_node(header, [&](const auto& node) { return node.id == id; });
}

std::expected<Trace, TraceError> parse_trace(const std::string& name, std::string_view text) {
  return Parser(name, text).parse();
}

std::string format_trace(const Trace& trace) {
  std::string out = node::format_trace_header(trace.header);
  node::TraceCounts kinds{};
  uint64_t hash = 0;
  const Events& e = trace.events;
  for (size_t i = 0; i < e.size(); ++i) {
    node::TraceRecord r{e.kind[i],   e.label[i], e.node[i], Time{e.t[i]}, i + 1, 0,
                        e.stream[i], e.a[i],     e.b[i],    e.c[i],       e.d[i]};
    if (r.node != node::kTraceWorld) r.node = trace.header.nodes[r.node].id;
    if (e.cause[i] != kNoEvent) r.cause = e.cause[i] + uint64_t{1};
    ++kinds[static_cast<size_t>(r.kind)];
    hash = node::hash_record(hash, r);
    out += node::format_trace_record(r, e.text[i] == 0 ? std::nullopt : std::optional(trace.text(i)));
  }
  std::vector<node::TraceViolation> violations = trace.violations;
  const auto id_of = [&](node::TraceNode& node) {
    if (node != node::kTraceWorld) node = trace.header.nodes[node].id;
  };
  for (node::TraceViolation& violation : violations) {
    for (node::TraceSide& side : violation.sides) id_of(side.node);
    for (node::TraceWindowOperation& op : violation.window) id_of(op.node);
  }
  return out + node::format_trace_footer(kinds, hash, violations);
}

}  // namespace vivarium::viz

#include "core/node/trace_format.h"

#include <charconv>
#include <iterator>
#include <numeric>
#include <span>
#include <variant>

#include "core/log/disk_operation.h"
#include "core/node/json_text.h"

namespace vivarium::node {

namespace {

constexpr std::array kListeners = {"client", "election", "quorum"};
constexpr std::array kReasons = {"by-peer", "reset", "timeout", "refused", "unreachable"};
constexpr std::array kQueues = {"log", "snapshot", "file"};
constexpr std::array kOperations = {"append", "roll",        "truncate", "write-snapshot", "discard-snapshots",
                                    "purge",  "write-epoch", "reload",   "read-log"};
static_assert(kOperations.size() == std::variant_size_v<log::Operation>);

using NameSpan = std::span<const char* const>;

// The names that the values of a field have; empty: they are plain numbers.
NameSpan names_of(std::string_view field) {
  if (field == "listener") return kListeners;
  if (field == "reason") return kReasons;
  if (field == "queue") return kQueues;
  if (field == "what") return kOperations;
  return {};
}

void add_value(std::string& out, std::string_view field, int64_t value) {
  if (field == "zxid") {
    fmt::format_to(std::back_inserter(out), "\"0x{:x}\"", static_cast<uint64_t>(value));
  } else if (field == "note") {
    fmt::format_to(std::back_inserter(out), "\"{}\"", note_name(static_cast<NoteKind>(value)));
  } else {
    const NameSpan names = names_of(field);
    if (value >= 0 && static_cast<size_t>(value) < names.size())
      fmt::format_to(std::back_inserter(out), "\"{}\"", names[static_cast<size_t>(value)]);
    else
      fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

void add_field(std::string& out, const char* name, int64_t value) {
  if (!name || value == kNotSaid) return;
  fmt::format_to(std::back_inserter(out), ",\"{}\":", name);
  add_value(out, name, value);
}

template <class T, class Format>
void add_list(std::string& out, const char* name, const std::vector<T>& all, Format format) {
  if (all.empty()) return;
  out += fmt::format(",\"{}\":", name);
  const char* before = "[";
  for (const T& one : all) {
    out += before + format(one);
    before = ",";
  }
  out += "]";
}

std::string violation_json(const TraceViolation& v) {
  std::string out = fmt::format("{{\"check\":{},\"t\":{},\"seq\":{},\"what\":{}", json_text(v.check), v.t_ns, v.seq,
                                json_text(v.what));
  if (!v.promise.empty()) out += ",\"promise\":" + json_text(v.promise);
  add_list(out, "sides", v.sides, [](const TraceSide& side) {
    return fmt::format("{{\"node\":{},\"seq\":{},\"says\":{}}}", side.node, side.seq, json_text(side.says));
  });
  add_list(out, "why", v.why, [](const std::string& sentence) { return json_text(sentence); });
  add_list(out, "window", v.window, [](const TraceWindowOperation& op) {
    return fmt::format("{{\"node\":{},\"from\":{},\"until\":{},\"what\":{},\"outcome\":{}}}", op.node, op.from_ns,
                       op.until_ns, json_text(op.what), json_text(op.outcome));
  });
  return out + "}";
}

}  // namespace

std::string format_trace_header(const TraceHeader& header) {
  std::string out = fmt::format(
      "{{\"format\":\"vivarium-trace\",\"version\":1,\"seed\":{},\"scenario\":{},\"scenario_hash\":{},\"commit\":{},",
      header.seed, json_text(header.scenario), json_text(header.scenario_hash), json_text(header.commit));
  if (!header.mistake.empty()) out += fmt::format("\"mistake\":{},", json_text(header.mistake));
  if (header.live)
    out += fmt::format("\"server\":{},\"start_wall_ns\":{},", header.live->server, header.live->start_wall_ns);
  out += "\"nodes\":[";
  const char* comma = "";
  for (const TraceHeader::Node& node : header.nodes) {
    fmt::format_to(std::back_inserter(out), "{}{{\"id\":{},\"host\":{},\"name\":{}", comma, node.id, node.host,
                   json_text(node.host_name));
    if (node.sid != 0) fmt::format_to(std::back_inserter(out), ",\"sid\":{}", node.sid);
    out += "}";
    comma = ",";
  }
  return out + "]}\n";
}

std::string format_trace_record(const TraceRecord& r, std::optional<std::string_view> text) {
  std::string out = fmt::format("{{\"seq\":{},\"t\":{},\"node\":", r.seq, r.t.ns);
  if (r.node == kTraceWorld)
    out += "null";
  else
    fmt::format_to(std::back_inserter(out), "{}", r.node);
  fmt::format_to(std::back_inserter(out), ",\"kind\":\"{}\"", trace_kind_name(r.kind));
  if (r.cause != 0) fmt::format_to(std::back_inserter(out), ",\"cause\":{}", r.cause);
  if (r.stream != 0) fmt::format_to(std::back_inserter(out), ",\"stream\":{}", r.stream);
  if (r.label != Label::kNone) fmt::format_to(std::back_inserter(out), ",\"label\":\"{}\"", label_name(r.label));
  const TraceFields fields = trace_fields(r.kind);
  add_field(out, fields.a, r.a);
  add_field(out, fields.b, r.b);
  add_field(out, fields.c, r.c);
  add_field(out, fields.d, r.d);
  if (text) out += ",\"text\":" + json_text(*text);
  return out + "}\n";
}

std::string format_trace_footer(const TraceCounts& kinds, uint64_t trace_hash,
                                const std::vector<TraceViolation>& violations) {
  const uint64_t events = std::accumulate(kinds.begin(), kinds.end(), uint64_t{0});
  std::string out = fmt::format("{{\"end\":true,\"events\":{},\"kinds\":{{", events);
  const char* comma = "";
  for (size_t kind = 0; kind < kinds.size(); ++kind) {
    if (kinds[kind] == 0) continue;
    fmt::format_to(std::back_inserter(out), "{}\"{}\":{}", comma, trace_kind_name(static_cast<TraceKind>(kind)),
                   kinds[kind]);
    comma = ",";
  }
  out += "}";
  add_list(out, "violations", violations, violation_json);
  return out + fmt::format(",\"trace_hash\":\"{:016x}\"}}\n", trace_hash);
}

std::optional<int64_t> trace_value_named(std::string_view field, std::string_view name) {
  if (field == "zxid") {
    uint64_t value = 0;
    if (!name.starts_with("0x")) return {};
    const auto [end, error] = std::from_chars(name.data() + 2, name.data() + name.size(), value, 16);
    if (error != std::errc{} || end != name.data() + name.size()) return {};
    return static_cast<int64_t>(value);
  }
  if (field == "note") {
    for (int64_t kind = 0; kind <= static_cast<int64_t>(NoteKind::kExpired); ++kind) {
      if (name == note_name(static_cast<NoteKind>(kind))) return kind;
    }
    return {};
  }
  const NameSpan names = names_of(field);
  for (size_t i = 0; i < names.size(); ++i) {
    if (name == names[i]) return static_cast<int64_t>(i);
  }
  return {};
}

std::string format_trace_value(std::string_view field, int64_t value) {
  std::string out;
  add_value(out, field, value);
  return out;
}

std::string stream_name(const Address& from, const Address& to) {
  const auto end = [](const Address& a) {
    return a.host.find(':') == std::string::npos ? fmt::format("{}:{}", a.host, a.port)
                                                 : fmt::format("[{}]:{}", a.host, a.port);
  };
  return fmt::format("{}>{}", end(from), end(to));
}

// 53 bits: what readers hold exactly that know no integers.
uint64_t stream_number(const Address& from, const Address& to) {
  const uint64_t number = hash_bytes(stream_name(from, to)) >> 11;
  return number == 0 ? 1 : number;
}

}  // namespace vivarium::node

#include "viz/pack.h"

#include <nettle/base64.h>
#include <zlib.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/check.h"
#include "viz/operations.h"

namespace vivarium::viz {

namespace {

using nlohmann::json;

// What a field is expected to be: the last value with the same key, plus `plus`. `end`: where the bytes ended, offset
// plus size. `cause`: of bytes received, what was sent. Read by unpack.js too, so a better guess changes only this
// table.
enum class Key : uint8_t { kKind, kLabel, kStream, kStreamLabel, kNode, kNodeA };
constexpr std::array kKeyNames = {"", "label", "stream", "stream+label", "node", "node+a"};
struct Guess {
  Key by = Key::kKind;
  int64_t plus = 0;
  bool end = false, cause = false;
};
using Guesses = std::array<Guess, 4>;

Guesses guesses_for(TraceKind kind) {
  switch (kind) {
    case TraceKind::kSend:
      return {Guess{Key::kStream}, Guess{Key::kStreamLabel}, Guess{Key::kStream, 0, true}, Guess{Key::kStreamLabel, 1}};
    case TraceKind::kReceived:
      return {Guess{Key::kStream}, Guess{Key::kStreamLabel, 0, false, true}, Guess{Key::kStream, 0, true, true},
              Guess{Key::kStreamLabel, 1, false, true}};
    case TraceKind::kNote: return {Guess{}, Guess{Key::kNodeA, 1}, Guess{Key::kNodeA}, Guess{Key::kNodeA}};
    case TraceKind::kDisk: return {Guess{}, Guess{Key::kNodeA, 1}, Guess{Key::kNodeA}, Guess{Key::kNodeA, 1}};
    case TraceKind::kDurable: return {Guess{}, Guess{Key::kNodeA, 1}, Guess{}, Guess{}};
    case TraceKind::kSubmit: return {Guess{Key::kNode, 1}, Guess{Key::kNode}, Guess{}, Guess{}};
    default: return {Guess{Key::kNode}, Guess{Key::kNode}, Guess{Key::kNode}, Guess{Key::kNode}};
  }
}

constexpr int64_t kExactInADouble = int64_t{1} << 53;

class Writer {
 public:
  void byte(uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(uint64_t value) {
    for (; value >= 128; value >>= 7) byte(static_cast<uint8_t>(value | 128));
    byte(static_cast<uint8_t>(value));
  }
  void bytes(std::string_view all) { out_ += all; }
  static uint64_t zigzag(int64_t value) {
    return static_cast<uint64_t>(value) << 1 ^ static_cast<uint64_t>(value >> 63);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

// How long a browser takes a text to be.
size_t utf16_units(std::string_view utf8) {
  size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<uint8_t>(c);
    units += (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

class Packer {
 public:
  explicit Packer(const Trace& trace) : trace_(trace), e_(trace.events) { number_streams(); }

  std::string columns() {
    for (const TraceKind kind : e_.kind) out_.byte(static_cast<uint8_t>(kind));
    for (const uint16_t node : e_.node) out_.number(node == node::kTraceWorld ? 0 : node + 1u);
    int64_t before = 0;
    for (const int64_t t : e_.t) out_.number(static_cast<uint64_t>(t - before)), before = t;
    uint64_t last = 0;
    for (const uint64_t seq : e_.seq) out_.number(seq - last - 1), last = seq;
    for (size_t i = 0; i < e_.size(); ++i) out_.number(e_.cause[i] == kNoEvent ? 0 : i - e_.cause[i]);
    for (size_t i = 0; i < e_.size(); ++i) {
      const size_t sent = sent_as(i);
      out_.byte(static_cast<uint8_t>(e_.label[i]) ^ (sent == kNoEvent ? 0 : static_cast<uint8_t>(e_.label[sent])));
    }
    add_streams();
    for (const size_t kind : order()) add_fields(static_cast<TraceKind>(kind));
    add_texts();
    return out_.take();
  }

  // `received` is told by what was sent, so that comes first.
  static std::vector<size_t> order() {
    std::vector<size_t> out = {static_cast<size_t>(TraceKind::kSend)};
    for (size_t kind = 0; kind < node::kTraceKinds; ++kind) {
      if (kind != out.front()) out.push_back(kind);
    }
    return out;
  }
  size_t streams() const { return numbers_.size(); }
  const std::vector<std::string>& bigs() const { return bigs_; }

 private:
  void number_streams() {
    dense_.reserve(e_.size());
    for (const uint64_t stream : e_.stream) {
      if (stream == 0)
        dense_.push_back(-1);
      else
        dense_.push_back(numbers_.try_emplace(stream, static_cast<int64_t>(numbers_.size())).first->second);
    }
  }
  size_t sent_as(size_t i) const {
    const uint32_t cause = e_.cause[i];
    if (cause == kNoEvent || e_.kind[cause] != TraceKind::kSend || e_.kind[i] == TraceKind::kSend) return kNoEvent;
    return cause;
  }
  void add_streams() {
    std::array<int64_t, node::kTraceKinds> last{};
    last.fill(-1);
    for (size_t i = 0; i < e_.size(); ++i) {
      const size_t sent = sent_as(i);
      int64_t& of_kind = last[static_cast<size_t>(e_.kind[i])];
      out_.number(Writer::zigzag(dense_[i] - (sent == kNoEvent ? of_kind : dense_[sent])));
      of_kind = dense_[i];
    }
  }

  const std::vector<int64_t>& field(size_t index) const {
    const std::array fields = {&e_.a, &e_.b, &e_.c, &e_.d};
    return *fields[index];
  }
  size_t key_of(Key by, size_t i) const {
    const size_t node = e_.node[i] == node::kTraceWorld ? 0 : e_.node[i] + 1u;
    const auto stream = static_cast<size_t>(dense_[i] + 1);
    switch (by) {
      case Key::kKind: return 0;
      case Key::kLabel: return static_cast<size_t>(e_.label[i]);
      case Key::kStream: return stream;
      case Key::kStreamLabel: return stream * 32 + static_cast<size_t>(e_.label[i]);
      case Key::kNode: return node;
      case Key::kNodeA: return node * 32 + static_cast<size_t>(e_.a[i] >= 0 && e_.a[i] < 32 ? e_.a[i] : 31);
    }
    return 0;
  }
  static bool big(int64_t value) { return value >= kExactInADouble || value <= -kExactInADouble; }

  void add_fields(TraceKind kind) {
    const node::TraceFields names = node::trace_fields(kind);
    const std::array used = {names.a, names.b, names.c, names.d};
    const Guesses guesses = guesses_for(kind);
    for (size_t f = 0; f < used.size(); ++f) {
      if (used[f]) add_field(kind, f, guesses[f]);
    }
  }
  void add_field(TraceKind kind, size_t f, const Guess& guess) {
    const std::vector<int64_t>& values = field(f);
    std::map<size_t, int64_t> last;
    for (size_t i = 0; i < e_.size(); ++i) {
      if (e_.kind[i] != kind) continue;
      const int64_t value = values[i];
      if (value == node::kNotSaid) {
        out_.number(0);
      } else if (big(value)) {
        out_.number(1);
        out_.number(big_number(value));
      } else {
        const size_t sent = guess.cause ? sent_as(i) : kNoEvent;
        const bool told = sent != kNoEvent && values[sent] != node::kNotSaid && !big(values[sent]);
        int64_t& before = last[key_of(guess.by, i)];
        out_.number(2 + Writer::zigzag(value - (told ? values[sent] : before + guess.plus)));
        before = guess.end ? value + e_.b[i] : value;
      }
    }
  }
  uint64_t big_number(int64_t value) {
    const auto [at, added] = big_numbers_.try_emplace(value, bigs_.size());
    if (added) bigs_.push_back(std::to_string(value));
    return at->second;
  }

  // Which events have one, how long each is, then all of them behind each other.
  void add_texts() {
    std::vector<size_t> rows;
    for (size_t i = 0; i < e_.size(); ++i) {
      if (e_.text[i] != 0) rows.push_back(i);
    }
    out_.number(rows.size());
    size_t last = 0;
    for (const size_t row : rows) out_.number(row - std::exchange(last, row));
    for (const size_t row : rows) out_.number(utf16_units(trace_.text(row)));
    for (const size_t row : rows) out_.bytes(trace_.text(row));
  }

  const Trace& trace_;
  const Events& e_;
  Writer out_;
  std::map<uint64_t, int64_t> numbers_;  // of streams
  std::vector<int64_t> dense_;           // -1: none
  std::map<int64_t, uint64_t> big_numbers_;
  std::vector<std::string> bigs_;
};

std::string compress(const std::string& bytes) {
  uLongf size = compressBound(bytes.size());
  std::string out(size, '\0');
  CHECK(compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  bytes.size(), Z_BEST_COMPRESSION) == Z_OK,
        "zlib");
  out.resize(size);
  return out;
}

json kinds_json() {
  json out = json::array();
  for (size_t i = 0; i < node::kTraceKinds; ++i) {
    const auto kind = static_cast<TraceKind>(i);
    const node::TraceFields f = node::trace_fields(kind);
    json fields = json::array(), guesses = json::array();
    for (const char* name : {f.a, f.b, f.c, f.d}) fields.push_back(name ? json(name) : json(nullptr));
    for (const Guess& guess : guesses_for(kind)) {
      json one = {{"by", kKeyNames[static_cast<size_t>(guess.by)]}};
      if (guess.plus != 0) one["plus"] = guess.plus;
      if (guess.end) one["end"] = true;
      if (guess.cause) one["cause"] = true;
      guesses.push_back(std::move(one));
    }
    out.push_back({{"name", node::trace_kind_name(kind)}, {"fields", fields}, {"guess", guesses}});
  }
  return out;
}

json names_json() {
  json out;
  for (const char* field : {"listener", "reason", "queue", "what"}) {
    for (int64_t value = 0;; ++value) {
      const json name = json::parse(node::format_trace_value(field, value));
      if (!name.is_string()) break;
      out[field].push_back(name);
    }
  }
  out["request"] = kRequestNames;
  return out;
}

json header_json(const Trace& trace) {
  json nodes = json::array();
  for (size_t i = 0; i < trace.header.nodes.size(); ++i) {
    const auto& node = trace.header.nodes[i];
    nodes.push_back({{"id", i}, {"host", node.host}, {"name", node.host_name}, {"sid", node.sid}});
  }
  json out = {{"seed", std::to_string(trace.header.seed)},
              {"scenario", trace.header.scenario},
              {"scenario_hash", trace.header.scenario_hash},
              {"commit", trace.header.commit},
              {"nodes", nodes}};
  if (!trace.header.mistake.empty()) out["mistake"] = trace.header.mistake;
  if (trace.header.live) out["server"] = trace.header.live->server;
  return out;
}

json violations_json(const Trace& trace) {
  json out = json::array();
  const auto node = [](node::TraceNode index) { return index == node::kTraceWorld ? -1 : int{index}; };
  for (const node::TraceViolation& v : trace.violations) {
    json sides = json::array(), window = json::array();
    for (const node::TraceSide& side : v.sides)
      sides.push_back({{"node", node(side.node)}, {"seq", side.seq}, {"says", side.says}});
    for (const node::TraceWindowOperation& op : v.window) {
      window.push_back({{"node", node(op.node)},
                        {"from", op.from_ns},
                        {"until", op.until_ns},
                        {"what", op.what},
                        {"outcome", op.outcome}});
    }
    out.push_back({{"check", v.check},
                   {"t", v.t_ns},
                   {"seq", v.seq},
                   {"what", v.what},
                   {"promise", v.promise},
                   {"sides", std::move(sides)},
                   {"why", v.why},
                   {"window", std::move(window)}});
  }
  return out;
}

template <class NameOf>
json list(size_t count, NameOf name_of) {
  json out = json::array();
  for (size_t i = 0; i < count; ++i) out.push_back(name_of(i));
  return out;
}

}  // namespace

PackedTrace pack(const Trace& trace, const std::string& file) {
  Packer packer(trace);
  const std::string columns = packer.columns();
  const json description = {
      {"rows", trace.events.size()},
      {"bytes", columns.size()},
      {"streams", packer.streams()},
      {"kinds", kinds_json()},
      {"order", Packer::order()},
      {"labels",
       list(static_cast<size_t>(Label::kWatchEvent) + 1, [](size_t i) { return label_name(static_cast<Label>(i)); })},
      {"notes",
       list(static_cast<size_t>(NoteKind::kExpired) + 1, [](size_t i) { return note_name(static_cast<NoteKind>(i)); })},
      {"names", names_json()},
      {"bigs", packer.bigs()},
      {"header", header_json(trace)},
      {"complete", trace.complete},
      {"trace_hash", trace.trace_hash},
      {"remarks", trace.remarks},
      {"violations", violations_json(trace)},
      {"file", file},
  };
  return {description.dump(-1, ' ', false, json::error_handler_t::replace), compress(columns)};
}

std::string base64(const std::string& bytes) {
  std::string out(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  base64_encode_raw(out.data(), bytes.size(), reinterpret_cast<const uint8_t*>(bytes.data()));
  return out;
}

}  // namespace vivarium::viz

// A trace that was read: what core/node/trace_format.h writes, of the simulator or of running servers, as columns.
// A million events are read in a second or two, and take some 80 MB.
//
//   auto trace = viz::read_traces({"run.jsonl.zst"});       // or the files of several servers, which become one
//   if (!trace) say(trace.error().sentence);                // "run.jsonl:812: ..."
//   for (size_t i = 0; i < trace->events.size(); ++i) ...   // in order of time, causes before effects
//
// Events are named by their index; a cause is an index too. Nodes are named by their index in `header.nodes`.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/step.h"
#include "core/node/trace_format.h"

namespace vivarium::viz {

using node::TraceKind;

inline constexpr uint32_t kNoEvent = UINT32_MAX;

struct Events {
  std::vector<uint64_t> seq;  // as the file numbers them: ascending
  std::vector<int64_t> t;     // ns since the run began
  std::vector<uint32_t> cause;
  std::vector<uint16_t> node;  // node::kTraceWorld: the world around them
  std::vector<TraceKind> kind;
  std::vector<Label> label;
  std::vector<uint64_t> stream;     // 0: none
  std::vector<int64_t> a, b, c, d;  // what they mean: node::trace_fields(kind); node::kNotSaid: left out
  std::vector<uint32_t> text;       // index in Trace::texts

  size_t size() const { return t.size(); }
  void reserve(size_t events);
  // `cause`: an event, not a seq.
  void push(const node::TraceRecord& record, uint32_t cause_event, uint32_t text_index);
};

struct Trace {
  node::TraceHeader header;  // of several files: `live` is none
  Events events;
  std::vector<std::string> texts;  // the first is empty: no text
  bool complete = false;           // the last line is there; without it the writer was killed, or the file was cut
  std::string trace_hash;          // as the last line has it
  std::vector<node::TraceViolation> violations;
  std::vector<std::string> remarks;  // sentences on what is missing or was put right

  std::string_view text(size_t event) const { return texts[events.text[event]]; }
  int64_t sid(size_t node) const { return header.nodes[node].sid; }  // 0: a client
  size_t node_with_sid(int64_t sid) const;                           // header.nodes.size(): none
  size_t node_on_host(int64_t host) const;                           // the first of them
  size_t node_with_id(int64_t id) const;
};

struct TraceError {
  std::string sentence;     // with file and line
  bool unreadable = false;  // the file cannot be read at all, so nothing is said of what is in it
};

std::expected<Trace, TraceError> parse_trace(const std::string& name, std::string_view text);
// .zst is known by its first bytes.
std::expected<Trace, TraceError> read_trace(const std::string& path);
// One file, or those of several running servers as one trace (viz/merge.h); those servers' clients have lanes
// (viz/client_lanes.h).
std::expected<Trace, TraceError> read_traces(const std::vector<std::string>& paths);

// The lines again, numbered from 1.
std::string format_trace(const Trace& trace);

}  // namespace vivarium::viz

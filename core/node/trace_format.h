// The text of a trace: JSON lines, the same from the simulator and from a running server.
//   {"format":"vivarium-trace","version":1,"seed":7,"scenario":"leader-crash","scenario_hash":"..","commit":"..",
//    "nodes":[{"id":0,"host":0,"name":"s1","sid":1},..]}
//   {"seq":12,"t":150000,"node":0,"kind":"received","cause":9,"stream":4,"label":"PROPOSAL",
//    "conn":2,"size":120,"offset":0,"zxid":"0x100000001"}
//   {"end":true,"events":812,"kinds":{"received":90,..},"violations":[{"check":"durability","t":0,"seq":7,"what":"..",
//    "promise":"committed means on a quorum's disks","sides":[{"node":0,"seq":7,"says":"commits 0x100000004"},..]},
//    {"check":"register",..,"why":["..",..],"window":[{"node":3,"from":0,"until":9,"what":"write 5","outcome":"ok"}]}],
//    "trace_hash":"0123456789abcdef"}
// "text" says what stopped, was refused or is named; of a client's request its path, and of what a client receives the
// requests that it answers: "#3 ok 0x100000004, #4 NoNode, #5 unknown"; of what a running server reads from a client
// and sends it, both (core/posix/connection_words.h), since that client writes no trace; of a proposal or a commit what
// it does (core/node/transaction_words.h). No hash covers texts and violations. Times are integer nanoseconds. A
// running server's are since its start; its header says in "server" which node it is, and in "start_wall_ns" when that
// was, so that the files of several servers become one (names of streams are the same at both ends). A file without its
// last line is of a server that was killed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node/trace_record.h"

namespace vivarium::node {

struct TraceHeader {
  struct Node {
    TraceNode id;
    uint16_t host;
    std::string host_name;
    int64_t sid;
  };  // sid 0: a client
  struct Live {
    TraceNode server;
    int64_t start_wall_ns;
  };
  uint64_t seed = 0;
  std::string scenario, scenario_hash, commit;
  std::string mistake;  // that the servers were made to make; empty: none
  std::vector<Node> nodes;
  std::optional<Live> live;  // of a running server
};

// A property that the run broke, for whoever explains it; judged after the run, so no part of the trace's hash.
// One of the sides of an invariant that do not agree: who, what it has or does, and the event that shows it.
struct TraceSide {
  TraceNode node = kTraceWorld;
  uint64_t seq = 0;  // 0: no event does; it is so at the moment of the violation
  std::string says;
  bool operator==(const TraceSide&) const = default;
};

// An operation of the window with which a checker shows that a history contradicts its model.
struct TraceWindowOperation {
  TraceNode node = kTraceWorld;        // the client
  int64_t from_ns = 0, until_ns = -1;  // -1: no answer within the window
  std::string what, outcome;           // "write 5", "ok"
  bool operator==(const TraceWindowOperation&) const = default;
};

struct TraceViolation {
  std::string check;  // its name
  int64_t t_ns = 0;
  uint64_t seq = 0;  // of the event after which it was seen; 0: of the run as a whole
  std::string what;
  std::string promise{};                       // what was to hold, as a sentence; empty: the history's model
  std::vector<TraceSide> sides{};              // of an invariant
  std::vector<std::string> why{};              // of a history: the checker's sentences
  std::vector<TraceWindowOperation> window{};  // of a history
  bool operator==(const TraceViolation&) const = default;
};

using TraceCounts = std::array<uint64_t, kTraceKinds>;

// Each with its end of line.
std::string format_trace_header(const TraceHeader& header);
// `text`: of what stopped, was refused or is named; nullopt: none.
std::string format_trace_record(const TraceRecord& record, std::optional<std::string_view> text);
std::string format_trace_footer(const TraceCounts& kinds, uint64_t trace_hash,
                                const std::vector<TraceViolation>& violations = {});

// What a reader of the text needs: the number behind a name or a hexadecimal zxid, by the field that it stands in;
// nullopt: none. And the other way round, as JSON.
std::optional<int64_t> trace_value_named(std::string_view field, std::string_view name);
std::string format_trace_value(std::string_view field, int64_t value);

// The number of the stream from one address to another, the same on both sides; exact as a JSON number.
uint64_t stream_number(const Address& from, const Address& to);
std::string stream_name(const Address& from, const Address& to);

}  // namespace vivarium::node

// The trace of a run: records as they happened, kept cheaply and shared by forks, written late as JSON lines
// (design.md, 5):
//   {"format":"vivarium-trace","version":1,"seed":7,"scenario":"leader-crash","scenario_hash":"..","commit":"..",
//    "nodes":[{"id":0,"host":0,"name":"s1","sid":1},..]}
//   {"seq":12,"t":150000,"node":0,"kind":"received","cause":9,"stream":4,"label":"PROPOSAL",
//    "conn":2,"size":120,"offset":0,"zxid":"0x100000001"}
//   {"end":true,"events":812,"kinds":{"received":90,..},"trace_hash":"0123456789abcdef"}
// Times are integer nanoseconds. A name that ends in .zst is compressed.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "sim/append_log.h"
#include "sim/record.h"

namespace vivarium::sim {

struct TraceItem {
  Record record;
  Bytes text;  // of what stopped, was refused or reconfigured; null otherwise
};

class Trace {
 public:
  bool on() const { return on_; }
  void turn_on() { on_ = true; }
  void add(const Record& record, Bytes text) { items_.push({record, std::move(text)}); }
  const AppendLog<TraceItem>& items() const { return items_; }

 private:
  bool on_ = false;
  AppendLog<TraceItem> items_;
};

struct TraceHeader {
  struct Node {
    ProcessId id;
    HostId host;
    std::string host_name;
    int64_t sid;
  };  // sid 0: a client
  uint64_t seed = 0;
  std::string scenario, scenario_hash, commit;
  std::vector<Node> nodes;
};

std::string format_trace(const Trace& trace, const TraceHeader& header, uint64_t trace_hash);
// The error is a sentence for the user.
std::expected<void, std::string> write_trace(const std::string& path, const Trace& trace, const TraceHeader& header,
                                             uint64_t trace_hash);

}  // namespace vivarium::sim

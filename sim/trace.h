// The trace of a run: records as they happened, kept cheaply and shared by forks, written late as JSON lines
// (core/node/trace_format.h). A name that ends in .zst is compressed.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/node/trace_format.h"
#include "core/node/transaction_words.h"
#include "sim/append_log.h"
#include "sim/record.h"

namespace vivarium::node {
class Node;
}

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
  // What became known of a record only after it: in ascending order of seq, and no part of the hash.
  void tell(uint64_t seq, std::string text) { told_.push({seq, Bytes(text)}); }
  // Of a note: why, or what the transaction does that it is about. `node`: whose it is, after the step; null: a client.
  Bytes text_of(const Note& note, const node::Node* node);
  const AppendLog<TraceItem>& items() const { return items_; }
  const AppendLog<std::pair<uint64_t, Bytes>>& told() const { return told_; }

 private:
  bool on_ = false;
  AppendLog<TraceItem> items_;
  AppendLog<std::pair<uint64_t, Bytes>> told_;
  node::ToldTransactions transactions_;
};

using TraceHeader = node::TraceHeader;
using TraceViolations = std::vector<node::TraceViolation>;

std::string format_trace(const Trace& trace, const TraceHeader& header, uint64_t trace_hash,
                         const TraceViolations& violations = {});
// The error is a sentence for the user.
std::expected<void, std::string> write_trace(const std::string& path, const Trace& trace, const TraceHeader& header,
                                             uint64_t trace_hash, const TraceViolations& violations = {});

}  // namespace vivarium::sim

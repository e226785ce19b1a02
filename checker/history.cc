#include "checker/history.h"

#include <algorithm>

namespace vivarium::checker {
namespace {

constexpr int64_t kSmallProcess = 1 << 16;
// Positions are 32 bits and `2 * operation + 1` must fit too.
constexpr uint32_t kPositionsMax = UINT32_MAX - 16;

}  // namespace

std::string_view word_of(Function f) {
  static constexpr std::string_view kWords[] = {"read",    "write",   "cas",          "add",      "add-and-get",
                                                "acquire", "release", "remove",       "contains", "create",
                                                "delete",  "getData", "setData",      "exists",   "getChildren",
                                                "sync",    "multi",   "closeSession", "watch",    "session"};
  return kWords[static_cast<size_t>(f)];
}

uint32_t History::line_of(uint32_t position) const {
  auto after = std::ranges::upper_bound(lines, position, {}, &std::pair<uint32_t, uint32_t>::first);
  if (after == lines.begin()) return 0;
  const auto& [first, line] = *std::prev(after);
  return line + (position - first);
}

size_t History::memory_bytes() const {
  return operations.size() * (sizeof(Operation) + sizeof(Record)) + events.size() * sizeof(Event) +
         details.size() * sizeof(Detail) + keys.memory_bytes() + values.memory_bytes() +
         lines.size() * sizeof(lines[0]);
}

uint32_t* HistoryBuilder::flight_slot(int64_t process) {
  if (process >= 0 && process < kSmallProcess) {
    if (static_cast<size_t>(process) >= flights_.size()) flights_.resize(static_cast<size_t>(process) + 1, 0);
    return &flights_[static_cast<size_t>(process)];
  }
  auto at = std::ranges::lower_bound(other_flights_, process, {}, &std::pair<int64_t, uint32_t>::first);
  if (at == other_flights_.end() || at->first != process) at = other_flights_.insert(at, {process, 0});
  return &at->second;
}

const Operation* HistoryBuilder::in_flight(int64_t process) const {
  uint32_t flight = 0;
  if (process >= 0 && process < kSmallProcess) {
    if (static_cast<size_t>(process) < flights_.size()) flight = flights_[static_cast<size_t>(process)];
  } else {
    auto at = std::ranges::lower_bound(other_flights_, process, {}, &std::pair<int64_t, uint32_t>::first);
    if (at != other_flights_.end() && at->first == process) flight = at->second;
  }
  return flight == 0 ? nullptr : &history_.operations[flight - 1];
}

HistoryFault HistoryBuilder::advance(int64_t time) {
  if (time < 0) return HistoryFault::TimeNegative;
  if (time < time_) return HistoryFault::TimeBackwards;
  if (history_.positions >= kPositionsMax / 2) return HistoryFault::TooManyEvents;
  time_ = time;
  return HistoryFault::None;
}

HistoryFault HistoryBuilder::invoke(const Invoke& call) {
  uint32_t* slot = flight_slot(call.process);
  if (*slot != 0) return HistoryFault::TwoInFlight;
  if (HistoryFault fault = advance(call.time); fault != HistoryFault::None) return fault;
  Operation& op = history_.operations.emplace_back();
  op.call = history_.positions++;
  Record& record = history_.records.emplace_back();
  record.call_time = call.time;
  op.process = call.process;
  op.key = history_.keys.intern(call.key);
  op.argument = call.value;
  op.second = call.second;
  op.asked_version = call.version;
  record.session = call.session;
  op.server = call.server;
  op.f = call.f;
  if (call.detail != nullptr) {
    record.detail = static_cast<uint32_t>(history_.details.size());
    history_.details.push_back(*call.detail);
  }
  *slot = static_cast<uint32_t>(history_.operations.size());
  return HistoryFault::None;
}

HistoryFault HistoryBuilder::finish(const Return& reply, Outcome outcome) {
  uint32_t* slot = flight_slot(reply.process);
  if (*slot == 0) return HistoryFault::ReturnWithoutInvoke;
  if (HistoryFault fault = advance(reply.time); fault != HistoryFault::None) return fault;
  const size_t index = *slot - 1;
  Operation& op = history_.operations[index];
  Record& record = history_.records[index];
  *slot = 0;
  const uint32_t position = history_.positions++;
  record.return_time = reply.time;
  op.outcome = outcome;
  record.error = reply.error;
  if (reply.session != kNoSession) record.session = reply.session;
  if (reply.server >= 0) op.server = reply.server;
  op.ret = position;
  if (outcome == Outcome::Unknown) return HistoryFault::None;
  op.result = reply.value;
  op.zxid = reply.zxid;
  op.version = reply.version;
  if (reply.detail == nullptr) return HistoryFault::None;
  Detail merged = *reply.detail;
  if (const Detail* asked = history_.detail(index)) {
    merged.watch = asked->watch;
    merged.ephemeral = asked->ephemeral;
    merged.sequential = asked->sequential;
    history_.details[record.detail] = merged;
  } else {
    record.detail = static_cast<uint32_t>(history_.details.size());
    history_.details.push_back(merged);
  }
  return HistoryFault::None;
}

HistoryFault HistoryBuilder::event(const Event& event) {
  if (HistoryFault fault = advance(event.time); fault != HistoryFault::None) return fault;
  history_.events.push_back(event);
  history_.events.back().position = history_.positions++;
  return HistoryFault::None;
}

}  // namespace vivarium::checker

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>
#include <vector>

#include "checker/history_reader.h"

namespace vivarium::checker {
namespace {

using Out = std::back_insert_iterator<std::string>;

std::string quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void write_detail(Out out, const History& history, const Detail& detail, bool reply) {
  if (!reply) {
    if (detail.watch) fmt::format_to(out, R"(,"watch":true)");
    if (detail.ephemeral) fmt::format_to(out, R"(,"ephemeral":true)");
    if (detail.sequential) fmt::format_to(out, R"(,"sequential":true)");
    return;
  }
  if (detail.czxid != kNoZxid) fmt::format_to(out, R"(,"czxid":{})", detail.czxid);
  if (detail.mzxid != kNoZxid) fmt::format_to(out, R"(,"mzxid":{})", detail.mzxid);
  if (detail.pzxid != kNoZxid) fmt::format_to(out, R"(,"pzxid":{})", detail.pzxid);
  if (detail.cversion != INT32_MIN) fmt::format_to(out, R"(,"cversion":{})", detail.cversion);
  if (detail.children >= 0) fmt::format_to(out, R"(,"children":{})", detail.children);
  if (detail.owner != -1) fmt::format_to(out, R"(,"ephemeral_owner":{})", detail.owner);
  if (detail.path != kNone) fmt::format_to(out, R"(,"path":{})", quoted(history.keys[detail.path]));
}

void write_head(Out out, std::string_view type, int64_t process, Function f, std::string_view key) {
  fmt::format_to(out, R"({{"type":"{}","process":{},"f":"{}")", type, process, word_of(f));
  if (!key.empty()) fmt::format_to(out, R"(,"key":{})", quoted(key));
}

void write_call(Out out, const History& history, const Operation& op, uint32_t source) {
  const Record& record = history.records[source];
  write_head(out, "invoke", op.process, op.f, history.keys[op.key]);
  if (op.f == Function::Cas) {
    fmt::format_to(out, R"(,"value":[{},{}])", history.values.show(op.argument), history.values.show(op.second));
  } else {
    fmt::format_to(out, R"(,"value":{})", history.values.show(op.argument));
  }
  fmt::format_to(out, R"(,"time":{})", record.call_time);
  if (op.asked_version != kNoVersion) fmt::format_to(out, R"(,"version":{})", op.asked_version);
  if (record.session != kNoSession) fmt::format_to(out, R"(,"session":{})", record.session);
  if (op.server >= 0) fmt::format_to(out, R"(,"server":{})", op.server);
  if (const Detail* detail = history.detail(source)) write_detail(out, history, *detail, false);
  fmt::format_to(out, "}}\n");
}

void write_return(Out out, const History& history, const Operation& op, uint32_t source) {
  const Record& record = history.records[source];
  const std::string_view type = op.outcome == Outcome::Ok ? "ok" : op.outcome == Outcome::Unknown ? "info" : "fail";
  write_head(out, type, op.process, op.f, history.keys[op.key]);
  if (op.f == Function::Cas) {
    fmt::format_to(out, R"(,"value":[{},{}])", history.values.show(op.argument), history.values.show(op.second));
  } else {
    fmt::format_to(out, R"(,"value":{})", history.values.show(op.f == Function::Write ? op.argument : op.result));
  }
  fmt::format_to(out, R"(,"time":{})", record.return_time);
  if (op.zxid != kNoZxid) fmt::format_to(out, R"(,"zxid":{})", op.zxid);
  if (op.version != kNoVersion) fmt::format_to(out, R"(,"version":{})", op.version);
  if (op.outcome == Outcome::Mismatch) {
    fmt::format_to(out, R"(,"error":"mismatch")");
  } else if (!record.error.is_null()) {
    fmt::format_to(out, R"(,"error":{})", history.values.show(record.error));
  }
  if (const Detail* detail = history.detail(source); detail != nullptr && op.outcome != Outcome::Unknown) {
    write_detail(out, history, *detail, true);
  }
  fmt::format_to(out, "}}\n");
}

void write_event(Out out, const History& history, const Event& event) {
  write_head(out, "event", event.process, event.f, history.keys[event.key]);
  fmt::format_to(out, R"(,"value":{},"time":{})", history.values.show(event.value), event.time);
  if (event.zxid != kNoZxid) fmt::format_to(out, R"(,"zxid":{})", event.zxid);
  if (event.session != kNoSession) fmt::format_to(out, R"(,"session":{})", event.session);
  fmt::format_to(out, "}}\n");
}

}  // namespace

std::string to_json_lines(const History& whole, std::span<const Operation> operations,
                          std::span<const uint32_t> sources, std::span<const Event> events) {
  enum : uint32_t { kCall, kReturn, kEvent };
  std::vector<std::tuple<uint32_t, uint32_t, uint32_t>> order;  // (position, what, index)
  for (uint32_t i = 0; i < operations.size(); ++i) {
    order.emplace_back(operations[i].call, kCall, i);
    if (operations[i].ret != kNever) order.emplace_back(operations[i].ret, kReturn, i);
  }
  for (uint32_t i = 0; i < events.size(); ++i) order.emplace_back(events[i].position, kEvent, i);
  std::ranges::sort(order);
  std::string text;
  const Out out = std::back_inserter(text);
  for (const auto& [position, what, index] : order) {
    const uint32_t source = what == kEvent || sources.empty() ? index : sources[index];
    if (what == kCall) write_call(out, whole, operations[index], source);
    if (what == kReturn) write_return(out, whole, operations[index], source);
    if (what == kEvent) write_event(out, whole, events[index]);
  }
  return text;
}

std::string to_json_lines(const History& history) {
  return to_json_lines(history, history.operations, {}, history.events);
}

}  // namespace vivarium::checker

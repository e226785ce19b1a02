#include "sim/recorder.h"

#include <algorithm>

#include "core/base/check.h"

namespace vivarium::sim {

size_t Recorder::call(RecordedOperation operation, Time now) {
  operation.called = now;
  operation.call_order = ++order_;
  operations_.push_back(std::move(operation));
  return operations_.size() - 1;
}

void Recorder::finish(size_t index, checker::Outcome outcome, Time now) {
  RecordedOperation& operation = operations_[index];
  operation.outcome = outcome;
  operation.returned = now;
  operation.return_order = ++order_;
}

void Recorder::event(RecordedEvent event, Time now) {
  event.time = now;
  event.order = ++order_;
  events_.push_back(std::move(event));
}

namespace {

struct Instant {
  enum class Kind : uint8_t { kCall, kReturn, kEvent };
  uint64_t order;
  size_t index;  // of the operation or the event
  Kind kind;
};

checker::Value value_of(checker::HistoryBuilder& builder, const std::optional<int64_t>& n, const std::string& json) {
  if (!json.empty()) return builder.values().json(json);
  return n ? builder.number(*n) : checker::Value{};
}

void put_call(checker::HistoryBuilder& builder, const RecordedOperation& op) {
  checker::HistoryBuilder::Invoke call;
  call.process = op.process;
  call.f = op.f;
  call.key = op.key;
  call.value = value_of(builder, op.value, op.argument_json);
  call.second = value_of(builder, op.second, {});
  call.time = op.called.ns;
  call.version = op.asked_version;
  call.session = op.session;
  call.server = op.server;
  if (op.model == checker::ModelKind::Zookeeper) call.detail = &op.detail;
  CHECK(builder.invoke(call) == checker::HistoryFault::None, "{} on {} by {}", checker::word_of(op.f), op.key,
        op.process);
}

void put_return(checker::HistoryBuilder& builder, const RecordedOperation& op) {
  checker::HistoryBuilder::Return reply;
  reply.process = op.process;
  reply.value = op.name.empty() ? value_of(builder, op.result, op.result_json) : builder.string(op.name);
  reply.time = op.returned.ns;
  reply.zxid = op.zxid;
  reply.version = op.version;
  reply.session = op.session;
  reply.server = op.server;
  if (!op.error.empty()) reply.error = builder.string(op.error);
  checker::Detail detail = op.detail;
  if (op.model == checker::ModelKind::Zookeeper) {
    if (!op.name.empty()) detail.path = builder.key(op.name);
    reply.detail = &detail;
  }
  checker::HistoryFault fault{};
  switch (op.outcome) {
    case checker::Outcome::Ok: fault = builder.ok(reply); break;
    case checker::Outcome::Fail: fault = builder.fail(reply); break;
    case checker::Outcome::Mismatch: fault = builder.mismatch(reply); break;
    case checker::Outcome::Unknown: fault = builder.info(reply); break;
  }
  CHECK(fault == checker::HistoryFault::None, "{} on {} by {}", checker::word_of(op.f), op.key, op.process);
}

void put_event(checker::HistoryBuilder& builder, const RecordedEvent& event) {
  checker::Event out;
  out.f = event.f;
  out.key = builder.key(event.key);
  out.time = event.time.ns;
  out.process = event.process;
  out.session = event.session;
  out.zxid = event.zxid;
  out.value = builder.string(event.what);
  CHECK(builder.event(out) == checker::HistoryFault::None, "{} on {}", event.what, event.key);
}

}  // namespace

std::vector<std::pair<checker::ModelKind, checker::History>> Recorder::histories() const {
  std::map<checker::ModelKind, std::vector<Instant>> moments;
  for (size_t i = 0; i < operations_.size(); ++i) {
    auto& of_model = moments[operations_[i].model];
    of_model.push_back({operations_[i].call_order, i, Instant::Kind::kCall});
    if (operations_[i].return_order) of_model.push_back({operations_[i].return_order, i, Instant::Kind::kReturn});
  }
  if (const auto tree = moments.find(checker::ModelKind::Zookeeper); tree != moments.end()) {
    for (size_t i = 0; i < events_.size(); ++i) tree->second.push_back({events_[i].order, i, Instant::Kind::kEvent});
  }
  std::vector<std::pair<checker::ModelKind, checker::History>> out;
  for (auto& [model, order] : moments) {
    std::sort(order.begin(), order.end(), [](const Instant& a, const Instant& b) { return a.order < b.order; });
    checker::HistoryBuilder builder;
    for (const Instant& moment : order) {
      switch (moment.kind) {
        case Instant::Kind::kCall: put_call(builder, operations_[moment.index]); break;
        case Instant::Kind::kReturn: put_return(builder, operations_[moment.index]); break;
        case Instant::Kind::kEvent: put_event(builder, events_[moment.index]); break;
      }
    }
    out.emplace_back(model, std::move(builder).take());
  }
  return out;
}

}  // namespace vivarium::sim

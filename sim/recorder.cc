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

namespace {

struct Moment {
  uint64_t order;
  size_t operation;
  bool call;
};

checker::Value number(checker::HistoryBuilder& builder, const std::optional<int64_t>& n) {
  return n ? builder.number(*n) : checker::Value{};
}

void put_call(checker::HistoryBuilder& builder, const RecordedOperation& op) {
  checker::HistoryBuilder::Invoke call;
  call.process = op.process;
  call.f = op.f;
  call.key = op.key;
  call.value = number(builder, op.value);
  call.second = number(builder, op.second);
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
  reply.value = op.name.empty() ? number(builder, op.result) : builder.string(op.name);
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

}  // namespace

std::vector<std::pair<checker::ModelKind, checker::History>> Recorder::histories() const {
  std::map<checker::ModelKind, std::vector<Moment>> moments;
  for (size_t i = 0; i < operations_.size(); ++i) {
    auto& of_model = moments[operations_[i].model];
    of_model.push_back({operations_[i].call_order, i, true});
    if (operations_[i].return_order) of_model.push_back({operations_[i].return_order, i, false});
  }
  std::vector<std::pair<checker::ModelKind, checker::History>> out;
  for (auto& [model, order] : moments) {
    std::sort(order.begin(), order.end(), [](const Moment& a, const Moment& b) { return a.order < b.order; });
    checker::HistoryBuilder builder;
    for (const Moment& moment : order) {
      const RecordedOperation& operation = operations_[moment.operation];
      if (moment.call)
        put_call(builder, operation);
      else
        put_return(builder, operation);
    }
    out.emplace_back(model, std::move(builder).take());
  }
  return out;
}

}  // namespace vivarium::sim

// The three disk queues as their node sees them: what was asked and what has become durable.
#pragma once

#include <array>

#include "core/log/disk_operation.h"

namespace vivarium::zab {

class DiskQueues {
 public:
  uint64_t ask(log::NodeOutbox& out, log::Queue queue, log::Operation operation);
  void on_durable(const log::Durable& durable);
  bool durable(log::Queue queue, uint64_t seq) const { return done_[index(queue)] >= seq; }
  bool idle(log::Queue queue) const { return done_[index(queue)] == asked_[index(queue)]; }
  VIV_VISIT(v("asked", self.asked_), v("done", self.done_))

 private:
  static size_t index(log::Queue queue) { return static_cast<size_t>(queue); }
  std::array<uint64_t, log::kQueues> asked_{}, done_{};
};

// Something that was asked of a queue and is waited for before the next step of a protocol may be taken.
struct Promise {
  log::Queue queue{};
  uint64_t seq = 0;  // 0: nothing is waited for
  bool kept(const DiskQueues& disk) const { return seq == 0 || disk.durable(queue, seq); }
  VIV_VISIT(VIV_FIELD(queue), VIV_FIELD(seq))
};

}  // namespace vivarium::zab

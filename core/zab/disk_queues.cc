#include "core/zab/disk_queues.h"

namespace vivarium::zab {

uint64_t DiskQueues::ask(log::NodeOutbox& out, log::Queue queue, log::Operation operation) {
  const uint64_t seq = ++asked_[index(queue)];
  out.disk.push_back({queue, seq, std::move(operation)});
  return seq;
}

void DiskQueues::on_durable(const log::Durable& durable) {
  uint64_t& done = done_[index(durable.queue)];
  CHECK(durable.seq > done && durable.seq <= asked_[index(durable.queue)], "queue {} said {} after {}",
        index(durable.queue), durable.seq, done);
  done = durable.seq;
}

}  // namespace vivarium::zab

#include "core/client/server_list.h"

#include "core/base/backoff.h"

namespace vivarium::client {

ServerList::ServerList(std::vector<Address> servers, Duration backoff_min, Duration backoff_max)
    : servers_(std::move(servers)), backoff_min_(backoff_min), backoff_max_(backoff_max) {
  CHECK(!servers_.empty());
  CHECK(Duration{} < backoff_min_ && backoff_min_ <= backoff_max_, "{} to {} ns", backoff_min_.ns, backoff_max_.ns);
}

const Address& ServerList::next() {
  const Address& server = servers_[next_];
  next_ = (next_ + 1) % servers_.size();
  return server;
}

Duration ServerList::failed(Rng& rng) {
  ++failures_;
  if (failures_ % servers_.size() != 0) return {};
  const auto rounds = static_cast<int64_t>(failures_ / servers_.size());
  const Duration wait = doubled(backoff_min_, rounds - 1, backoff_max_);
  return nanoseconds(rng.between(wait.ns / 2, wait.ns));
}

}  // namespace vivarium::client

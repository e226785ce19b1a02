// Which server to try next, and how long to wait before that.
#pragma once

#include <vector>

#include "core/base/rng.h"
#include "core/base/step.h"
#include "core/base/visit.h"

namespace vivarium::client {

class ServerList {
 public:
  ServerList() = default;
  ServerList(std::vector<Address> servers, Duration backoff_min, Duration backoff_max);

  void shuffle(Rng& rng) { rng.shuffle(servers_); }
  size_t size() const { return servers_.size(); }
  const std::vector<Address>& order() const { return servers_; }
  // Round and round, one after the other.
  const Address& next();
  // An attempt came to nothing. None of the others need wait; a full round of failures does, twice as long each time,
  // and never all clients for equally long.
  Duration failed(Rng& rng);
  void succeeded() { failures_ = 0; }

  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("servers", self.servers_);
    v("backoff_min", self.backoff_min_);
    v("backoff_max", self.backoff_max_);
    v("next", self.next_);
    v("failures", self.failures_);
  }

 private:
  std::vector<Address> servers_;
  Duration backoff_min_, backoff_max_;
  size_t next_ = 0;
  uint32_t failures_ = 0;  // in a row
};

}  // namespace vivarium::client

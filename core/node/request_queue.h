// The requests of one connection that are not answered yet, in the order in which they came and will be answered
// (facts 1.2).
#pragma once

#include <vector>

#include "core/base/time.h"
#include "core/wire/records.h"

namespace vivarium::node {

struct PendingRequest {
  int32_t xid = 0;
  wire::OpCode type{};
  bool dispatched = false;    // a write or a sync on its way through the ensemble, whose answer is awaited
  wire::ErrorCode refused{};  // known on arrival: said when its turn comes
  Bytes body;                 // what is needed to answer
  Time arrived;               // for figures only
  VIV_VISIT(VIV_FIELD(xid), VIV_FIELD(type), VIV_FIELD(dispatched), VIV_FIELD(refused), VIV_FIELD(body),
            v.unhashed("arrived", self.arrived))
};

class RequestQueue {
 public:
  bool empty() const { return head_ == items_.size(); }
  size_t size() const { return items_.size() - head_; }
  size_t bytes() const { return bytes_; }
  const PendingRequest& front() const { return items_[head_]; }
  void push(PendingRequest request);
  PendingRequest pop();

  auto begin() const { return items_.begin() + static_cast<ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }
  auto begin() { return items_.begin() + static_cast<ptrdiff_t>(head_); }
  auto end() { return items_.end(); }

 private:
  std::vector<PendingRequest> items_;  // those before head_ are answered and empty
  size_t head_ = 0;
  size_t bytes_ = 0;  // of the bodies
};

}  // namespace vivarium::node

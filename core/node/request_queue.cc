#include "core/node/request_queue.h"

namespace vivarium::node {

void RequestQueue::push(PendingRequest request) {
  bytes_ += request.body.size();
  items_.push_back(std::move(request));
}

PendingRequest RequestQueue::pop() {
  CHECK(!empty());
  PendingRequest request = std::move(items_[head_++]);
  bytes_ -= request.body.size();
  constexpr size_t kAnsweredKept = 64;
  if (empty()) {
    items_.clear();
    head_ = 0;
  } else if (head_ >= kAnsweredKept && head_ * 2 >= items_.size()) {
    items_.erase(items_.begin(), items_.begin() + static_cast<ptrdiff_t>(head_));
    head_ = 0;
  }
  return request;
}

}  // namespace vivarium::node

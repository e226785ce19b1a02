#include "sim/links.h"

#include <algorithm>

namespace vivarium::sim {

HostId Links::add_host(std::string name) {
  CHECK(!by_name_.contains(name), "two hosts are called {}", name);
  CHECK(names_.size() < kNoHost);
  const auto id = static_cast<HostId>(names_.size());
  if (names_.size() == stride_) {
    const size_t stride = std::max<size_t>(8, 2 * stride_);
    std::vector<State> states(stride * stride);
    for (size_t from = 0; from < stride_; ++from) {
      for (size_t to = 0; to < stride_; ++to) states[from * stride + to] = states_[from * stride_ + to];
    }
    states_ = std::move(states);
    stride_ = stride;
  }
  by_name_.emplace(name, id);
  names_.push_back(std::move(name));
  up_.push_back(true);
  refusing_.push_back(false);
  return id;
}

HostId Links::find(const std::string& name) const {
  const auto it = by_name_.find(name);
  return it == by_name_.end() ? kNoHost : it->second;
}

void Links::set_options(HostId from, HostId to, const LinkOptions& options) {
  special_.insert_or_assign({from, to}, options);
  at(from, to).special = true;
}

void Links::reset_options(HostId from, HostId to) {
  special_.erase({from, to});
  at(from, to).special = false;
}

void Links::add_cut(HostId from, HostId to) {
  auto& cuts = at(from, to).cuts;
  CHECK(cuts < UINT8_MAX);
  ++cuts;
}

bool Links::remove_cut(HostId from, HostId to) {
  auto& cuts = at(from, to).cuts;
  return cuts > 0 && --cuts == 0;
}

}  // namespace vivarium::sim

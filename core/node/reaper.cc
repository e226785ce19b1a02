#include "core/node/reaper.h"

#include <algorithm>

namespace vivarium::node {

void Reaper::stop() { *this = Reaper(config_); }

// A container that never had a child (no create has counted) stays, unless there is a bound for it: it would go before
// its owner can use it. Elapsed time is the leader's wall clock against the stamp of the last write.
bool Reaper::may_go(const tree::Znode& node, int64_t wall_ms) const {
  if (!node.children.empty()) return false;
  const int64_t elapsed_ms = wall_ms - node.stat.mtime_ms;
  if (const auto ttl_ms = tree::ttl_of(node.stat.ephemeral_owner)) return *ttl_ms != 0 && elapsed_ms > *ttl_ms;
  const int64_t unused_ms_max = config_.never_used_interval_max.ms();
  return node.stat.cversion > 0 || (unused_ms_max != 0 && elapsed_ms > unused_ms_max);
}

void Reaper::look(const tree::State& state, Now now) {
  if (state.expiring.empty()) return stop();
  if (next_look_ == Time::never()) next_look_ = now.steady + config_.check_interval;
  if (next_look_ > now.steady || !candidates_.empty()) return;
  for (const Bytes& path : state.expiring) {
    const tree::Znode* node = state.find(path);
    CHECK(node, "{} is gone", path.view());
    if (may_go(*node, now.wall_ms)) candidates_.push_back(path);
  }
  std::ranges::reverse(candidates_);
  next_deletion_ = candidates_.empty() ? Time::never() : now.steady;
  next_look_ = std::max(next_look_, now.steady) + config_.check_interval;
}

std::optional<Bytes> Reaper::take_due(Time now) {
  if (candidates_.empty() || next_deletion_ > now) return std::nullopt;
  Bytes path = std::move(candidates_.back());
  candidates_.pop_back();
  next_deletion_ = candidates_.empty() ? Time::never() : now + milliseconds(60'000 / config_.per_minute_max);
  return path;
}

}  // namespace vivarium::node

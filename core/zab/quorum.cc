#include "core/zab/quorum.h"

namespace vivarium::zab {

QuorumVerifier::QuorumVerifier(const Config& config) {
  for (const auto& [sid, spec] : config.servers) {
    if (spec.participant) voters_.insert(sid);
  }
  CHECK(voters_.size() <= 64, "{} voters", voters_.size());
}

uint64_t QuorumVerifier::bit(Sid sid) const {
  const auto voter = voters_.find(sid);
  return voter == voters_.end() ? 0 : uint64_t{1} << std::distance(voters_.begin(), voter);
}

bool QuorumVerifier::contains_quorum(const std::set<Sid>& sids) const {
  size_t agreeing = 0;
  for (Sid sid : sids) agreeing += voters_.contains(sid);
  return agreeing * 2 > voters_.size();
}

}  // namespace vivarium::zab

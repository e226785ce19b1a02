// Who must agree. Majority of the voters today; the set of sids that agrees is the only thing that anybody asks about,
// so that hierarchical and joint verifiers can stand here later without their users noticing.
#pragma once

#include <bit>
#include <set>

#include "core/zab/config.h"

namespace vivarium::zab {

class QuorumVerifier {
 public:
  QuorumVerifier() = default;
  explicit QuorumVerifier(const Config& config);
  // Sids that are not voters never count (2959).
  bool contains_quorum(const std::set<Sid>& sids) const;
  // The same for a hot path: voters as bits. A sid that is not a voter has no bit.
  uint64_t bit(Sid sid) const;
  bool contains_quorum(uint64_t voters) const {
    return static_cast<size_t>(std::popcount(voters)) * 2 > voters_.size();
  }
  const std::set<Sid>& voters() const { return voters_; }
  VIV_VISIT(v("voters", self.voters_))

 private:
  std::set<Sid> voters_;
};

}  // namespace vivarium::zab

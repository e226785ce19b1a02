// What a leader deletes by itself: containers that have lost their last child, and nodes without children whose time to
// live is over since they were last written (upstream: ContainerManager). It looks from time to time, and asks for one
// deletion after the other, so that a crowd of them leaves room for clients; each is an ordinary deleteContainer, which
// judges again. While there is neither container nor time to live it wants nothing.
#pragma once

#include <optional>
#include <vector>

#include "core/node/config.h"
#include "core/tree/state.h"

namespace vivarium::node {

class Reaper {
 public:
  explicit Reaper(ReaperConfig config = {}) : config_(config) {}

  void stop();
  // Looks at what is committed, if it is time to.
  void look(const tree::State& state, Now now);
  // The next node to ask the deletion of, if it is time to.
  std::optional<Bytes> take_due(Time now);
  Time deadline() const { return candidates_.empty() ? next_look_ : next_deletion_; }

  VIV_VISIT(v.unhashed("config", self.config_), v("next_look", self.next_look_),
            v("next_deletion", self.next_deletion_), v("candidates", self.candidates_))

 private:
  bool may_go(const tree::Znode& node, int64_t wall_ms) const;

  ReaperConfig config_;
  Time next_look_ = Time::never(), next_deletion_ = Time::never();
  std::vector<Bytes> candidates_;  // of the last look, the next one last
};

}  // namespace vivarium::node

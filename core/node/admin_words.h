// Four-letter words: what an operator types into a client port instead of a first frame (facts 1.1, 1.10).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/ids.h"
#include "core/zab/events.h"

namespace vivarium::node {

// Since the start. Figures, no state: they decide nothing and are not hashed.
struct Traffic {
  int64_t received = 0, sent = 0;  // frames of clients
  int64_t answered = 0;            // requests, for the mean latency
  Duration latency_min, latency_max, latency_sum;
  void answered_after(Duration latency);
  VIV_VISIT(VIV_FIELD(received), VIV_FIELD(sent), VIV_FIELD(answered), VIV_FIELD(latency_min), VIV_FIELD(latency_max),
            VIV_FIELD(latency_sum))
};

struct ServerFigures {
  bool serving = false;
  zab::Role role{};
  bool standalone = false;
  Zxid zxid;
  size_t connections = 0, outstanding = 0, nodes = 0;
  Traffic traffic;
};

// The word at the front of a connection's first bytes, if it is one.
std::optional<std::string_view> admin_word(std::string_view first_bytes);

// What `word` is answered with; the connection closes after it.
std::string answer_admin_word(std::string_view word, const std::vector<std::string>& whitelist,
                              const ServerFigures& figures);

}  // namespace vivarium::node

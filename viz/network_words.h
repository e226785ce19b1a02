// Links between hosts that changed at one instant, told as sides: "s1, s2 and s3, s4, s5".
#pragma once

#include <set>
#include <string>
#include <utility>

#include "viz/trace.h"

namespace vivarium::viz {

using Links = std::set<std::pair<int64_t, int64_t>>;  // from, to: hosts
std::string words_of_links(const Trace& trace, const Links& links);

}  // namespace vivarium::viz

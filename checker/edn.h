#pragma once

#include <string>
#include <string_view>

#include "checker/line_parser.h"

namespace vivarium::checker {

// True when the text looks like EDN rather than JSON lines: a vector, a tagged record, or a map whose first key is a
// keyword.
bool looks_like_edn(std::string_view text);

// Feeds every operation map of a Jepsen history in EDN to `parser`: maps side by side, or in one vector or list, tagged
// or not. Keywords become strings, nil null. Fields that Jepsen's tools add beyond ours are left out. False at the
// first mistake; the parser holds the error.
bool parse_edn(std::string_view text, LineParser& parser);

}  // namespace vivarium::checker

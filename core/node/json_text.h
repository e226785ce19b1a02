// A string as JSON writes it.
#pragma once

#include <string>
#include <string_view>

namespace vivarium::node {

// With its quotes, in ASCII: everything else is escaped, and what is no UTF-8 becomes U+FFFD.
std::string json_text(std::string_view text);

}  // namespace vivarium::node

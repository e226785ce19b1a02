// Four-letter words: what an operator types into a client port instead of a first frame (facts 1.1, 1.10).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/node/admin_reports.h"

namespace vivarium::node {

// The word at the front of a connection's first bytes, if it is one.
std::optional<std::string_view> admin_word(std::string_view first_bytes);

// What `word` is answered with; the connection closes after it.
std::string answer_admin_word(std::string_view word, const std::vector<std::string>& whitelist, const AdminView& view);

// What a word does besides being answered.
enum class AdminEffect : uint8_t { kNone, kResetServer, kResetConnections };
AdminEffect effect_of_admin_word(std::string_view word, const std::vector<std::string>& whitelist, bool serving);

}  // namespace vivarium::node

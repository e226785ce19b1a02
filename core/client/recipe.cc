#include "core/client/recipe.h"

#include <charconv>

namespace vivarium::client {

std::optional<int32_t> sequence_of(std::string_view name, std::string_view prefix) {
  const size_t at = name.rfind(prefix);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = name.substr(at + prefix.size());
  int32_t sequence = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return sequence;
}

}  // namespace vivarium::client

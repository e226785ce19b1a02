// The words of a scenario's JSON for its enums, each way. The order is that of the enums.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sim/scenario.h"

namespace vivarium::sim {

inline constexpr size_t kActorKinds = static_cast<size_t>(ActorKind::kTree) + 1;
inline constexpr size_t kRoles = static_cast<size_t>(Role::kMajority) + 1;  // kListed has no word: it is a list of ids

const std::array<const char*, kFaultKinds>& fault_words();
const std::array<const char*, kActorKinds>& actor_words();
const std::array<const char*, kRoles>& role_words();

std::optional<FaultKind> fault_named(std::string_view word);
std::optional<ActorKind> actor_named(std::string_view word);
std::optional<Role> role_named(std::string_view word);
std::optional<Moment> moment_named(std::string_view word);  // kNone has no word

}  // namespace vivarium::sim

#include "sim/scenario_names.h"

#include "sim/moments.h"

namespace vivarium::sim {

namespace {

constexpr std::array<const char*, kFaultKinds> kFaults = {
    "kill",       "power-loss",  "pause",       "wipe",                                                        //
    "partition",  "one-way-in",  "one-way-out", "bridge", "ring", "cut-link", "slow-link", "reset", "refuse",  //
    "slow-disk",  "disk-error",  "disk-full",                                                                  //
    "clock-step", "clock-drift",
};
constexpr std::array<const char*, kActorKinds> kActors = {"register", "cas",     "versioned", "counter", "unique-names",
                                                          "lock",     "watcher", "setter",    "tree"};
constexpr std::array<const char*, kRoles> kRoleWords = {"leader", "follower", "any", "all", "minority", "majority"};

template <class Enum, size_t N>
std::optional<Enum> find_word(const std::array<const char*, N>& words, std::string_view word) {
  for (size_t i = 0; i < N; ++i) {
    if (word == words[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

const std::array<const char*, kFaultKinds>& fault_words() { return kFaults; }
const std::array<const char*, kActorKinds>& actor_words() { return kActors; }
const std::array<const char*, kRoles>& role_words() { return kRoleWords; }

std::optional<FaultKind> fault_named(std::string_view word) { return find_word<FaultKind>(kFaults, word); }
std::optional<ActorKind> actor_named(std::string_view word) { return find_word<ActorKind>(kActors, word); }
std::optional<Role> role_named(std::string_view word) { return find_word<Role>(kRoleWords, word); }
std::optional<Moment> moment_named(std::string_view word) {
  for (const MomentRow& row : moment_rows()) {
    if (word == row.name) return row.moment;
  }
  return std::nullopt;
}

const char* fault_name(FaultKind kind) { return kFaults[static_cast<size_t>(kind)]; }
const char* actor_name(ActorKind kind) { return kActors[static_cast<size_t>(kind)]; }

}  // namespace vivarium::sim

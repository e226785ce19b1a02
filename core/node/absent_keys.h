// Upstream's keys of zoo.cfg that this server takes and does nothing for (facts 1.11).
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vivarium::node {

struct AbsentKey {
  std::string_view name;
  std::string_view as_we_do;  // a value that asks for what is done anyway, so nothing is said; empty: none
  bool of_upstreams = false;  // it tunes a part of upstream's that has no counterpart here
};

std::span<const AbsentKey> absent_keys();

// Whether it is a key of upstream's, alone or by its prefix.
bool is_absent_key(std::string_view key);

// The sentence of warning; empty where the value changes nothing.
std::string absent_key_warning(std::string_view key, std::string_view value);

}  // namespace vivarium::node

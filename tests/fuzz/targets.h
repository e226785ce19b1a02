// Where bytes of strangers enter: each door with a function that puts any bytes through it, and good bytes to begin
// with. A crash, a failed CHECK, a sanitizer's word or a time-out is a finding; being refused is not.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium::fuzz {

struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
  std::vector<std::string> (*seeds)();
};

std::span<const Target> targets();
const Target* find_target(std::string_view name);

}  // namespace vivarium::fuzz

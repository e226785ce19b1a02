// Every door takes its good bytes, every cut of them, and some thousand mutations. `./dev fuzz` goes on for as long as
// it is told, guided by coverage.
#include <gtest/gtest.h>

#include "core/base/rng.h"
#include "tests/fuzz/targets.h"

namespace vivarium::fuzz {
namespace {

constexpr uint64_t kSeed = 20261122;
constexpr int kMutations = 400;

// One to four changes: a bit, a byte, a number at its limits, a piece left out, doubled or moved.
std::string mutated(std::string text, Rng& rng) {
  for (uint64_t changes = 1 + rng.below(4); changes > 0; --changes) {
    if (text.empty()) return text;
    const size_t at = rng.below(text.size()), size = 1 + rng.below(std::min<size_t>(text.size() - at, 16));
    switch (rng.below(6)) {
      case 0: text[at] = static_cast<char>(text[at] ^ (1 << rng.below(8))); break;
      case 1: text[at] = static_cast<char>(rng.below(256)); break;
      case 2:
        text.replace(at, std::min<size_t>(4, text.size() - at), rng.below(2) ? "\x7f\xff\xff\xff" : "\xff\xff\xff\xff");
        break;
      case 3: text.erase(at, size); break;
      case 4: text.insert(at, text.substr(at, size)); break;
      default: text.insert(rng.below(text.size()), text.substr(at, size)); break;
    }
  }
  return text;
}

class Fuzz : public ::testing::TestWithParam<Target> {};

TEST_P(Fuzz, good_bytes_and_every_cut_of_them) {
  const Target& target = GetParam();
  const auto seeds = target.seeds();
  ASSERT_FALSE(seeds.empty());
  for (const std::string& seed : seeds) {
    ASSERT_FALSE(seed.empty());
    const size_t step = 1 + seed.size() / 300;
    for (size_t size = 0; size < seed.size(); size += step) target.run(std::string_view(seed).substr(0, size));
    target.run(seed);
  }
}

TEST_P(Fuzz, mutations) {
  const Target& target = GetParam();
  const auto seeds = target.seeds();
  Rng rng(kSeed);
  RecordProperty("seed", static_cast<int>(kSeed));
  for (int i = 0; i < kMutations; ++i) target.run(mutated(seeds[rng.below(seeds.size())], rng));
}

INSTANTIATE_TEST_SUITE_P(Doors, Fuzz, ::testing::ValuesIn(targets().begin(), targets().end()), [](const auto& door) {
  std::string name(door.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace vivarium::fuzz

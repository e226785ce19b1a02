#include "core/base/hash.h"

#include <gtest/gtest.h>

#include <set>

namespace vivarium {
namespace {

// XXH3's published values: a library that changed its function, or a build that takes another path, must not go unseen.
TEST(Hash, is_xxh3) {
  EXPECT_EQ(hash_bytes(""), 0x2d06800538d394c2u);
  EXPECT_EQ(hash_bytes("abc"), 0x78af5f94892f3950u);
}

TEST(Hash, every_length_class_and_seed_gives_another_value) {
  std::set<uint64_t> seen;
  const std::string text(1000, 'v');
  for (size_t size = 0; size <= text.size(); ++size) {
    for (const uint64_t seed : {0, 1}) EXPECT_TRUE(seen.insert(hash_bytes({text.data(), size}, seed)).second) << size;
  }
}

TEST(Hash, mixing_depends_on_order) {
  EXPECT_NE(hash_mix(hash_mix(0, 1), 2), hash_mix(hash_mix(0, 2), 1));
  EXPECT_NE(hash_mix(0, 0), 0u);
}

}  // namespace
}  // namespace vivarium

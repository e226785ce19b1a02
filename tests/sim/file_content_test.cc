#include "sim/file_content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/rng.h"

namespace vivarium::sim {
namespace {

void write(FileContent& content, int64_t offset, std::string_view text) {
  content.write(offset, reinterpret_cast<const uint8_t*>(text.data()), static_cast<int64_t>(text.size()));
}

// Against a plain string.
TEST(FileContent, is_what_a_string_is) {
  Rng rng(3);
  FileContent content;
  std::string model;
  std::vector<std::pair<FileContent, std::string>> copies;
  for (int i = 0; i < 3000; ++i) {
    if (rng.below(10) == 0) {
      const auto size = static_cast<size_t>(rng.below(30'000));
      content.resize(static_cast<int64_t>(size));
      model.resize(size, '\0');
    } else {
      const auto offset = static_cast<size_t>(rng.below(30'000));
      const std::string text(1 + rng.below(9'000), static_cast<char>('a' + rng.below(26)));
      write(content, static_cast<int64_t>(offset), text);
      if (model.size() < offset + text.size()) model.resize(offset + text.size(), '\0');
      model.replace(offset, text.size(), text);
    }
    ASSERT_EQ(content.size(), static_cast<int64_t>(model.size()));
    const auto at = rng.below(35'000), size = rng.below(9'000);
    ASSERT_EQ(content.read(static_cast<int64_t>(at), static_cast<int64_t>(size)).view(),
              at < model.size() ? model.substr(at, size) : "");
    if (i % 100 == 0) copies.emplace_back(content, model);
  }
  for (const auto& [copy, then] : copies)
    ASSERT_EQ(copy.read(0, copy.size()).view(), then);  // changed by nothing since
}

TEST(FileContent, zeros_and_holes_are_the_same) {
  FileContent hole, zeros, other;
  hole.resize(10'000);
  write(zeros, 0, std::string(10'000, '\0'));
  write(other, 0, std::string(9'999, '\0') + "x");
  EXPECT_EQ(hole, zeros);
  EXPECT_FALSE(hole == other);
  hole.resize(10'001);
  EXPECT_FALSE(hole == zeros);
}

TEST(FileContent, preallocated_zeros_cost_nothing) {
  std::vector<FileContent> files(10'000);
  for (FileContent& file : files) file.resize(int64_t{64} << 20);  // 640 GB
  write(files[0], (int64_t{64} << 20) - 3, "end");
  EXPECT_EQ(files[0].read((int64_t{64} << 20) - 5, 100).view(), std::string_view("\0\0end", 5));
}

}  // namespace
}  // namespace vivarium::sim

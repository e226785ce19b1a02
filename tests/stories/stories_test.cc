// Every story of this folder is told as it is written down; REWRITE=1 writes it anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/stories/story.h"

namespace vivarium::stories {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> story_files() {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(VIVARIUM_SOURCE_DIR "/tests/stories")) {
    if (entry.path().extension() == ".txt") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

class Stories : public ::testing::TestWithParam<std::string> {};

TEST_P(Stories, IsToldAsWritten) {
  const std::string path = VIVARIUM_SOURCE_DIR "/tests/stories/" + GetParam() + ".txt";
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  Story story = parse(text.str());
  ASSERT_FALSE(story.cases.empty()) << path << " has no case: lines that begin with \"> \"";
  for (Case& one : story.cases) {
    const std::string actual = perform(one);
    if (std::getenv("REWRITE"))
      one.expected = actual;
    else
      EXPECT_EQ(difference(one.expected, actual), "") << one.command << "\nREWRITE=1 writes it anew";
  }
  if (std::getenv("REWRITE")) std::ofstream(path, std::ios::binary) << format(story);
}

INSTANTIATE_TEST_SUITE_P(All, Stories, ::testing::ValuesIn(story_files()), [](const auto& param) {
  std::string name = param.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

constexpr const char* kText =
    "# why\n| {\"a\":\n| 1}\n> vivarium run FILE\none\n\ntwo\nexit 3\n\n# other\n> tell x 1\nthree\n";

TEST(StoryFormat, IsReadAndWrittenBack) {
  const Story story = parse(kText);
  ASSERT_EQ(story.cases.size(), 2U);
  EXPECT_EQ(story.cases[0].file, "{\"a\":\n1}\n");
  EXPECT_EQ(story.cases[0].expected, "one\n\ntwo\nexit 3\n");
  EXPECT_EQ(story.cases[1].command, "tell x 1");
  EXPECT_EQ(format(story), kText);
}

TEST(StoryFormat, ADifferenceIsShownWithItsLine) {
  EXPECT_EQ(difference("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(difference("a\nb\n", "a\nc\n"), "line 2\n  was: b\n  is:  c");
  EXPECT_EQ(difference("a\n", "a\nc\n"), "line 2\n  was: (the end)\n  is:  c");
}

TEST(StoryFormat, AStrangeVerbIsRefused) {
  EXPECT_NE(perform({"", "", "say hello", ""}).find("not \"say\""), std::string::npos);
}

}  // namespace
}  // namespace vivarium::stories

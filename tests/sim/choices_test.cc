#include "sim/choices.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

const StreamId kNet0{Subsystem::kLatency, 0}, kNet1{Subsystem::kLatency, 1}, kDisk0{Subsystem::kDisk, 0};

std::vector<uint64_t> ask(Choices& choices, StreamId stream, int n) {
  std::vector<uint64_t> out;
  for (int i = 0; i < n; ++i) out.push_back(choices.below(stream, Question::kOther, 1000));
  return out;
}

TEST(Choices, StreamsDoNotDisturbEachOther) {
  Choices quiet(7), busy(7);
  ask(busy, kNet1, 50);
  ask(busy, kDisk0, 3);
  EXPECT_EQ(ask(quiet, kNet0, 20), ask(busy, kNet0, 20));
  Choices other(8);
  EXPECT_NE(ask(quiet, kNet0, 20), ask(other, kNet0, 20));
  EXPECT_NE(ask(quiet, kNet0, 20), ask(quiet, kNet1, 20));
}

TEST(Choices, ACopyGivesTheSameAnswers) {
  Choices choices(7);
  ask(choices, kNet0, 5);
  Choices copy = choices;
  EXPECT_EQ(ask(choices, kNet0, 20), ask(copy, kNet0, 20));
}

TEST(Choices, ASavedRunIsGivenAgainAndCanBeEdited) {
  Choices first(7);
  first.record(true);
  const auto net = ask(first, kNet0, 4);
  const bool lucky = first.chance(kDisk0, Question::kOther, 500'000'000);
  const Duration delay = first.draw(kDisk0, Question::kOther, uniform({}, seconds(1)));
  std::vector<Answer> saved = first.answers();
  ASSERT_EQ(saved.size(), 6u);

  Choices again = Choices::replay(99, saved);  // of another seed: the answers decide, not the seed
  EXPECT_EQ(ask(again, kNet0, 4), net);
  EXPECT_EQ(again.chance(kDisk0, Question::kOther, 500'000'000), lucky);
  EXPECT_EQ(again.draw(kDisk0, Question::kOther, uniform({}, seconds(1))), delay);

  saved[1].answer = 5017;
  Choices edited = Choices::replay(7, saved);
  EXPECT_EQ(ask(edited, kNet0, 4), (std::vector<uint64_t>{net[0], 17, net[2], net[3]}));
  EXPECT_EQ(edited.chance(kDisk0, Question::kOther, 500'000'000), lucky);
  EXPECT_EQ(ask(edited, kNet0, 10), ask(first, kNet0, 10));  // then as the seed would have gone on
}

TEST(Choices, ACertainAnswerIsNoQuestion) {
  Choices choices(7);
  choices.record(true);
  EXPECT_FALSE(choices.chance(kNet0, Question::kSplit, 0));
  EXPECT_EQ(choices.draw(kNet0, Question::kOther, constant(seconds(1))), seconds(1));
  EXPECT_TRUE(choices.answers().empty());
}

}  // namespace
}  // namespace vivarium::sim

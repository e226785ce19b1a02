#include "core/client/recipe.h"

#include <gtest/gtest.h>

namespace vivarium::client {
namespace {

TEST(Recipe, AnAnswerIsTheCompletionOfThatToken) {
  Completion completion;
  completion.token = Token{3};
  const ClientEvent event = completion;
  EXPECT_NE(answer_to(Token{3}, event), nullptr);
  EXPECT_EQ(answer_to(Token{4}, event), nullptr);
  EXPECT_EQ(answer_to(Token{}, ClientEvent{Completion{}}), nullptr) << "no token is nobody's";
  EXPECT_EQ(answer_to(Token{3}, ClientEvent{WatchEvent{}}), nullptr);
}

TEST(Recipe, WhatEndsASession) {
  const std::pair<SessionChange, bool> rows[] = {{SessionChange::kConnected, false},
                                                 {SessionChange::kDisconnected, false},
                                                 {SessionChange::kExpired, true},
                                                 {SessionChange::kAuthFailed, true},
                                                 {SessionChange::kClosed, true}};
  for (const auto& [change, ends] : rows)
    EXPECT_EQ(ends_session(ClientEvent{SessionEvent{change, {}, 0, false, Loss::kNone}}), ends);
  EXPECT_FALSE(ends_session(ClientEvent{WatchEvent{}}));
  EXPECT_TRUE(ends_session(wire::ErrorCode::kSessionExpired));
  EXPECT_TRUE(ends_session(wire::ErrorCode::kAuthFailed));
  EXPECT_FALSE(ends_session(wire::ErrorCode::kConnectionLoss));
}

TEST(Recipe, SequenceNumbersStandBehindThePrefix) {
  EXPECT_EQ(sequence_of("_c_me-1-lock-0000000012", "lock-"), 12);
  EXPECT_EQ(sequence_of("_c_lock-9-lock-0000000012", "lock-"), 12);
  EXPECT_EQ(sequence_of("lock--2147483648", "lock-"), INT32_MIN);
  EXPECT_EQ(sequence_of("lock-", "lock-"), std::nullopt);
  EXPECT_EQ(sequence_of("lock-12x", "lock-"), std::nullopt);
  EXPECT_EQ(sequence_of("lock-99999999999", "lock-"), std::nullopt);
  EXPECT_EQ(sequence_of("0000000012", "lock-"), std::nullopt);
}

TEST(Recipe, SequenceNumbersAreOrderedAcrossTheirOverflow) {
  EXPECT_TRUE(sequence_before(1, 2));
  EXPECT_FALSE(sequence_before(2, 1));
  EXPECT_FALSE(sequence_before(2, 2));
  EXPECT_TRUE(sequence_before(INT32_MAX, INT32_MIN));
  EXPECT_FALSE(sequence_before(INT32_MIN, INT32_MAX));
}

}  // namespace
}  // namespace vivarium::client

#include "core/base/step.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vivarium {
namespace {

// Traces, viewers and scenario files speak these names: a shifted table would rename half a trace.
TEST(Step, labels_have_their_own_names) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(Label::kWatchEvent); ++i)
    EXPECT_TRUE(names.insert(label_name(Label(i))).second) << i;
  EXPECT_STREQ(label_name(Label::kNone), "none");
  EXPECT_STREQ(label_name(Label::kNotification), "notification");
  EXPECT_STREQ(label_name(Label::kSnapBytes), "snap-bytes");
  EXPECT_STREQ(label_name(Label::kNewLeader), "NEWLEADER");
  EXPECT_STREQ(label_name(Label::kProposal), "PROPOSAL");
  EXPECT_STREQ(label_name(Label::kSync), "SYNC");
  EXPECT_STREQ(label_name(Label::kClientReply), "client-reply");
  EXPECT_STREQ(label_name(Label::kWatchEvent), "watch-event");
}

TEST(Step, notes_have_their_own_names) {
  std::set<std::string> names;
  for (int i = 0; i <= static_cast<int>(NoteKind::kExpired); ++i)
    EXPECT_TRUE(names.insert(note_name(NoteKind(i))).second) << i;
  EXPECT_STREQ(note_name(NoteKind::kLooking), "looking");
  EXPECT_STREQ(note_name(NoteKind::kEpochCurrent), "epoch-current");
  EXPECT_STREQ(note_name(NoteKind::kServing), "serving");
  EXPECT_STREQ(note_name(NoteKind::kLearnerLost), "learner-lost");
  EXPECT_STREQ(note_name(NoteKind::kSessionClosed), "session-closed");
  EXPECT_STREQ(note_name(NoteKind::kTruncated), "truncated");
  EXPECT_STREQ(note_name(NoteKind::kExpired), "expired");
}

TEST(Outbox, keeps_the_order_and_its_capacity) {
  Outbox out;
  out.add(Close{ConnId{1}});
  out.note(NoteKind::kElected, 3);
  out.add(Send{ConnId{5}, Bytes("x"), Label::kAck, Zxid{9}});
  ASSERT_EQ(out.network.size(), 3u);
  EXPECT_EQ(std::get<Close>(out.network[0]).conn, ConnId{1});
  EXPECT_EQ(std::get<Note>(out.network[1]).a, 3);
  EXPECT_EQ(std::get<Send>(out.network[2]).label, Label::kAck);
  const size_t capacity = out.network.capacity();
  out.clear();
  EXPECT_TRUE(out.network.empty());
  EXPECT_EQ(out.network.capacity(), capacity);
}

}  // namespace
}  // namespace vivarium

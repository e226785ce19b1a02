#include "viz/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viz/trace_text.h"
#include "viz/network_words.h"
#include "viz/operations.h"
#include "viz/roles.h"

namespace vivarium::viz {
namespace {

using ::testing::HasSubstr;

Trace parsed(const TraceWriter& writer) {
  auto trace = parse_trace("F", writer.whole());
  EXPECT_TRUE(trace) << trace.error().sentence;
  return *std::move(trace);
}

node::TraceRecord started(node::TraceNode node, int64_t t, int64_t zxid, int64_t epoch) {
  return {TraceKind::kStarted, Label::kNone, node, Time{t}, 0, 0, 0, 1, zxid, epoch, epoch};
}

// Server `from` sends its vote, and `to` answers it by changing its own.
void hears(TraceWriter& w, uint16_t from, uint16_t to, int64_t t, int64_t leader, int64_t zxid, int64_t round) {
  static constexpr int64_t kSize = 40;
  const uint64_t stream = 100 + static_cast<uint64_t>(t);
  const uint64_t send = w.add(bytes_record(TraceKind::kSend, from, t, stream, 0, kSize, 0, Label::kNotification, zxid));
  const uint64_t got =
      w.add(bytes_record(TraceKind::kReceived, to, t, stream, 0, kSize, send, Label::kNotification, zxid));
  w.add(note_record(NoteKind::kVoteChanged, to, t, leader, zxid, round, got));
}

void looks(TraceWriter& w, uint16_t node, int64_t t, int64_t zxid, int64_t round) {
  w.add(note_record(NoteKind::kLooking, node, t, zxid));
  w.add(note_record(NoteKind::kRoundStarted, node, t, round, zxid));
  w.add(note_record(NoteKind::kVoteChanged, node, t, node + 1, zxid, round));
}

TEST(Explain, says_why_a_vote_is_adopted) {
  TraceWriter w(three_servers_and_a_client());
  w.add(started(0, 1, 0x500000010, 5));
  w.add(started(1, 1, 0x500000012, 5));
  w.add(started(2, 1, 0x400000099, 4));
  looks(w, 0, 2, 0x500000010, 1);
  looks(w, 1, 2, 0x500000012, 1);
  looks(w, 2, 2, 0x400000099, 1);
  hears(w, 0, 2, 3, 1, 0x500000010, 1);
  hears(w, 1, 2, 4, 2, 0x500000012, 1);
  hears(w, 2, 0, 5, 2, 0x500000012, 1);
  const std::string told = explain(parsed(w), {});
  EXPECT_THAT(told, HasSubstr("Server 3 adopts server 1's vote: epoch 5 is newer than 4.\n"));
  EXPECT_THAT(told, HasSubstr("Server 3 adopts server 2's vote: epoch 5 is equal, zxid 0x500000012 is newer than "
                              "0x500000010.\n"));
  EXPECT_THAT(told, HasSubstr("Server 1 adopts server 3's vote for server 2: epoch 5 is equal"));
}

TEST(Explain, a_newer_round_is_joined) {
  TraceWriter w(three_servers_and_a_client());
  w.add(started(0, 1, 0x10, 0));
  looks(w, 0, 2, 0x10, 1);
  hears(w, 1, 0, 3, 2, 0x10, 4);
  hears(w, 2, 0, 4, 1, 0x10, 7);
  const std::string told = explain(parsed(w), {});
  EXPECT_THAT(told, HasSubstr("Server 1 joins round 4, which server 2 is in, and adopts server 2's vote: zxid 0x10 is "
                              "equal, 2 is the higher server id."));
  EXPECT_THAT(told, HasSubstr("Server 1 joins round 7, which server 3 is in, and votes for itself, with zxid 0x10."));
}

TEST(Explain, a_leader_that_dies_leaves_what_it_had_proposed) {
  TraceWriter w(three_servers_and_a_client());
  w.add(note_record(NoteKind::kLeading, 2, 1));
  for (int64_t zxid = 0x100000001; zxid <= 0x100000003; ++zxid) {
    w.add(note_record(NoteKind::kProposed, 2, 3, zxid));
    if (zxid < 0x100000003) w.add(note_record(NoteKind::kCommitted, 2, 3, zxid));
    if (zxid < 0x100000003) w.add(note_record(NoteKind::kCommitted, 1, 3, zxid));
  }
  w.add({TraceKind::kKilled, Label::kNone, 2, Time{4}});
  EXPECT_THAT(
      explain(parsed(w), {}),
      HasSubstr("Server 3 has committed 2 transactions, 0x100000001 to 0x100000002.\n    0.000000 s  Server 3, "
                "the leader, is killed. It had proposed up to 0x100000003, and committed up to 0x100000002.\n"));
}

TEST(Explain, why_a_server_leaves_stands_in_its_text) {
  TraceWriter w(three_servers_and_a_client());
  w.add(note_record(NoteKind::kSteppedDown, 0, 1'500'000, 1, 0x100000003, 1), "the leader closed the connection");
  EXPECT_EQ(
      explain(parsed(w), {}),
      "    0.001500 s  Server 1 leaves epoch 1: the leader closed the connection; its log ends at 0x100000003.\n");
  EXPECT_EQ(explain(parsed(w), {0, 1000}), "");
}

TEST(Explain, a_partition_is_one_sentence_and_crowds_of_clients_too) {
  TraceWriter w(three_servers_and_a_client());
  for (const auto& [from, to] : {std::pair{0, 2}, {1, 2}, {2, 0}, {2, 1}})
    w.add({TraceKind::kCut, Label::kNone, node::kTraceWorld, Time{5}, 0, 0, 0, from, to});
  w.add(note_record(NoteKind::kDisconnected, 3, 6, 0x77));
  w.add({TraceKind::kHealed, Label::kNone, node::kTraceWorld, Time{7}, 0, 0, 0, 0, 2});
  EXPECT_EQ(explain(parsed(w), {}),
            "    0.000000 s  The network is cut between s3 and s1, s2.\n"
            "    0.000000 s  client1 lost the connection.\n"
            "    0.000000 s  The network is healed from s1 to s3.\n");
}

TEST(Explain, ends_with_what_was_violated) {
  Trace trace = parsed(TraceWriter(three_servers_and_a_client()));
  trace.violations.push_back({"durability", 2'000'000'000, 7, "0x100000001 was committed and is lost"});
  EXPECT_EQ(explain(trace, {}), "    2.000000 s  VIOLATED: durability: 0x100000001 was committed and is lost\n");
  EXPECT_EQ(explain(trace, {0, 5}), "");
}

TEST(Explain, a_violation_comes_with_its_sides_and_a_history_with_its_window) {
  TraceWriter w(three_servers_and_a_client());
  w.add({TraceKind::kTick, Label::kNone, 1, Time{1'500'000'000}});
  Trace trace = parsed(w);
  node::TraceViolation leaders{"leadership", 2'000'000'000, 1, "servers 2 and 3 both lead epoch 4"};
  leaders.promise = "at most one established leader per epoch";
  leaders.sides = {{1, 1, "leads epoch 4"}, {2, 0, "leads epoch 4, too"}};
  node::TraceViolation lost{"register", 3'000'000'000, 0, "5 was written"};
  lost.why = {"5 was written", "null was read after it"};
  lost.window = {{3, 0, 1'000'000, "write 5", "ok"}, {3, 2'000'000, -1, "read", "unknown"}};
  trace.violations = {leaders, lost};
  EXPECT_EQ(explain(trace, {1'900'000'000, INT64_MAX}),
            "    2.000000 s  VIOLATED: leadership: servers 2 and 3 both lead epoch 4\n"
            "                what was to hold: at most one established leader per epoch\n"
            "                A: server 2 leads epoch 4 (1.500000 s, event 1)\n"
            "                B: server 3 leads epoch 4, too\n"
            "    3.000000 s  VIOLATED: register: 5 was written\n"
            "                null was read after it\n"
            "                A: client1 0.000000 s to 0.001000 s: write 5: ok\n"
            "                B: client1 0.002000 s to ?: read: unknown\n");
}

TEST(NetworkWords, three_parts_are_told_as_pairs) {
  const Trace trace = parsed(TraceWriter(three_servers_and_a_client()));
  const Links all = {{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}};
  EXPECT_EQ(words_of_links(trace, all), "between s3 and s1, s2; between s2 and s1, s3");
  EXPECT_EQ(words_of_links(trace, {{0, 9}}), "from s1 to host 9");
}

TEST(Roles, phases_follow_the_notes_and_a_kill_ends_them) {
  TraceWriter w(three_servers_and_a_client());
  w.add(started(1, 10, 0, 0));
  looks(w, 1, 11, 0, 1);
  w.add(note_record(NoteKind::kLeading, 1, 20));
  w.add(note_record(NoteKind::kEpochProposed, 1, 30, 1));
  w.add(note_record(NoteKind::kEpochCurrent, 1, 35, 1));
  w.add(note_record(NoteKind::kEstablished, 1, 40, 1));
  w.add({TraceKind::kPowerLost, Label::kNone, 1, Time{50}});
  w.add({TraceKind::kTick, Label::kNone, 3, Time{60}});
  std::string told;
  for (const RoleSpan& x : roles_of(parsed(w)))
    told += fmt::format("{} {} {}..{} epoch {} leader {}\n", role_name(x.role), phase_name(x.phase), x.begin, x.end,
                        x.epoch, x.leader);
  EXPECT_EQ(told,
            "looking election 10..20 epoch 0 leader 0\n"
            "leading discovery 20..30 epoch 0 leader 2\n"
            "leading synchronization 30..40 epoch 1 leader 2\n"
            "leading broadcast 40..50 epoch 1 leader 2\n"
            "down none 50..60 epoch 1 leader 0\n");
}

TEST(Roles, of_a_running_server_nobody_knows_more_than_its_own_file_tells) {
  TraceWriter w(live_header(1, 0));
  w.add(started(1, 10, 0, 0));
  w.add({TraceKind::kTick, Label::kNone, 1, Time{30}});
  w.add({TraceKind::kTick, Label::kNone, 2, Time{60}});
  const auto spans = roles_of(parsed(w));
  ASSERT_EQ(spans.size(), 1U);
  EXPECT_EQ(spans[0].end, 30);
}

TEST(Operations, outcomes_find_their_calls_by_client_and_token) {
  TraceWriter w(three_servers_and_a_client());
  const auto call = [&](int64_t t, int64_t token, int64_t request, std::optional<std::string_view> path) {
    w.add({TraceKind::kSubmit, Label::kNone, 3, Time{t}, 0, 0, 0, token, request}, path);
  };
  call(1, 1, 0, "/a");
  call(2, 2, 10, std::nullopt);
  call(3, 3, 4, "/b, c");
  w.add({TraceKind::kClosed, Label::kNone, 3, Time{4}, 0, 0, 0, 1, 1}, "#1 unknown, watch /a, #2 NoNode 0x100000003");
  const auto all = operations_of(parsed(w));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].name, "create");
  EXPECT_EQ(all[0].outcome, "unknown");
  EXPECT_EQ(all[1].outcome, "NoNode");
  EXPECT_EQ(all[1].zxid, 0x100000003);
  EXPECT_EQ(all[1].path, "");
  EXPECT_EQ(all[2].path, "/b, c");
  EXPECT_EQ(all[2].returned, kNoEvent);
}

}  // namespace
}  // namespace vivarium::viz

#include "core/node/replies.h"

#include <gtest/gtest.h>

#include "tests/node/raw.h"

namespace vivarium::node {
namespace {

std::vector<Send> flushed(Replies& replies) {
  Outbox out;
  replies.flush(out);
  std::vector<Send> sends;
  for (const auto& output : out.network) sends.push_back(std::get<Send>(output));
  return sends;
}

TEST(Replies, FramesOfOneConnectionLeaveInOneSend) {
  Replies replies;
  replies.event(ConnId{2}, Zxid{5},
                {wire::WatchEventType::kNodeCreated, wire::KeeperState::kSyncConnected, Bytes("/a")});
  replies.reply(ConnId{4}, {9, Zxid{6}, wire::ErrorCode::kNoNode});
  replies.reply(ConnId{2}, {1, Zxid{7}, wire::ErrorCode::kOk}, wire::PathResponse{Bytes("/a")});
  const auto sends = flushed(replies);
  ASSERT_EQ(sends.size(), 2u);
  Bytes expected = Raw().header(-1, 5, 0).i32(1).i32(3).str("/a").frame();
  expected.append(Raw().header(1, 7, 0).str("/a").frame());
  EXPECT_EQ(sends[0].bytes, expected);
  EXPECT_EQ(sends[0].conn, ConnId{2});
  EXPECT_EQ(sends[0].label, Label::kClientReply);
  EXPECT_EQ(sends[0].zxid, Zxid{7});
  EXPECT_EQ(sends[1].bytes, Raw().header(9, 6, -101).frame());
  EXPECT_TRUE(flushed(replies).empty());
}

TEST(Replies, AHandshakesAnswerStandsAlone) {
  Replies replies;
  replies.raw(ConnId{2}, Label::kConnectResponse, Bytes("hello"));
  replies.reply(ConnId{2}, {1, Zxid{7}, wire::ErrorCode::kOk});
  const auto sends = flushed(replies);
  ASSERT_EQ(sends.size(), 2u);
  EXPECT_EQ(sends[0].label, Label::kConnectResponse);
  EXPECT_EQ(sends[0].bytes.view(), "hello");
}

TEST(Replies, OrderOfAConnectionHoldsHoweverManyOthersAreBetween) {
  Replies replies;
  for (int32_t round = 0; round < 5; ++round) {
    for (uint64_t conn = 1; conn <= 20; ++conn) replies.reply(ConnId{conn}, {round, Zxid{round}, wire::ErrorCode::kOk});
  }
  std::map<ConnId, Bytes> streams;
  for (const Send& send : flushed(replies)) streams[send.conn].append(send.bytes);
  Bytes expected = Bytes::empty_value();
  for (int32_t round = 0; round < 5; ++round) expected.append(Raw().header(round, round, 0).frame());
  ASSERT_EQ(streams.size(), 20u);
  for (const auto& [conn, stream] : streams) EXPECT_EQ(stream, expected) << conn.value;
}

}  // namespace
}  // namespace vivarium::node

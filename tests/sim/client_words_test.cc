#include "sim/client_words.h"

#include <gtest/gtest.h>

namespace vivarium::sim {
namespace {

TEST(ClientWords, a_request_is_told_by_its_paths) {
  EXPECT_EQ(words_of(client::Request(client::SetData{"/a", Bytes("x")})), "/a");
  EXPECT_EQ(words_of(client::Request(client::Multi{{client::Delete{"/a"}, client::Check{"/b"}}})), "/a, /b");
  EXPECT_EQ(words_of(client::Request(client::AddAuth{"digest", Bytes("u:p")})), "");
}

TEST(ClientWords, answers_are_told_by_token_outcome_and_zxid) {
  client::Completion ok, error, unknown;
  ok.token = client::Token{3};
  ok.zxid = Zxid{0x100000004};
  error.token = client::Token{4};
  error.outcome = client::Outcome::kError;
  error.error = wire::ErrorCode::kNoNode;
  unknown.token = client::Token{5};
  unknown.outcome = client::Outcome::kUnknown;
  client::WatchEvent watch;
  watch.path = "/w";
  const std::vector<client::ClientEvent> events = {ok, error, client::SessionEvent{}, unknown, watch};
  EXPECT_EQ(words_of(events), "#3 ok 0x100000004, #4 NoNode, #5 unknown, watch /w");
  EXPECT_EQ(words_of(std::vector<client::ClientEvent>{}), "");
}

}  // namespace
}  // namespace vivarium::sim

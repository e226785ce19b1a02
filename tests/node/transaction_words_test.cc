#include "core/node/transaction_words.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

using wire::OpCode;

constexpr SessionId kSession{0x1000a};

zab::Proposal proposal(OpCode type, wire::TxnBody body, int64_t counter = 1, int64_t digest = 0xbeef) {
  zab::Proposal out;
  out.header = {kSession, 1, Zxid(Epoch{1}, counter), 7, type};
  out.payload = wire::encode_txn({out.header, std::move(body), {}});
  out.tree_digest = digest;
  return out;
}

std::string words(OpCode type, wire::TxnBody body) { return transaction_words(proposal(type, std::move(body))); }

wire::SubTxn part(OpCode type, const wire::TxnBody& body) { return {type, wire::encode_txn_body(body)}; }

TEST(TransactionWords, say_what_it_does_and_the_digest_after_it) {
  EXPECT_EQ(words(OpCode::kCreate, wire::CreateTxn{Bytes("/a"), Bytes("hello"), {}, false, 1}),
            "create /a \"hello\"; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCreate, wire::CreateTxn{Bytes("/e"), Bytes(""), {}, true, 1}),
            "create /e \"\" ephemeral 0x1000a; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCreateContainer, wire::CreateContainerTxn{Bytes("/c"), Bytes("x"), {}, 1}),
            "create /c \"x\" container; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCreateTtl, wire::CreateTtlTxn{Bytes("/t"), Bytes("x"), {}, 1, 500}),
            "create /t \"x\" ttl 500; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kDelete, wire::DeleteTxn{Bytes("/a")}), "delete /a; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kSetData, wire::SetDataTxn{Bytes("/a"), Bytes("7"), 3}),
            "setData /a \"7\" version 3; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kSetAcl, wire::SetAclTxn{Bytes("/a"), {}, 2}), "setACL /a version 2; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCheck, wire::CheckVersionTxn{Bytes("/a"), 4}), "check /a version 4; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCreateSession, wire::CreateSessionTxn{6000}),
            "createSession 0x1000a timeout 6000; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kCloseSession, wire::CloseSessionTxn{{Bytes("/e"), Bytes("/f")}}),
            "closeSession 0x1000a /e /f; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kError, wire::ErrorTxn{wire::ErrorCode::kNoNode}), "error NoNode; digest 0xbeef");
}

TEST(TransactionWords, quote_what_would_be_misread_and_count_what_cannot_be_read) {
  EXPECT_EQ(words(OpCode::kDelete, wire::DeleteTxn{Bytes("/a b;\"c\"")}), "delete \"/a b;\\\"c\\\"\"; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kSetData, wire::SetDataTxn{Bytes("/a"), Bytes("\x01\x02"), 1}),
            "setData /a 2B version 1; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kSetData, wire::SetDataTxn{Bytes("/a"), Bytes(std::string(33, 'x')), 1}),
            "setData /a 33B version 1; digest 0xbeef");
}

TEST(TransactionWords, tell_a_multi_part_by_part_and_a_failed_one_by_its_error) {
  const wire::TxnBody made = wire::CreateTxn{Bytes("/a"), Bytes("1"), {}, false, 1};
  EXPECT_EQ(words(OpCode::kMulti,
                  wire::MultiTxn{{part(OpCode::kCreate, made), part(OpCode::kDelete, wire::DeleteTxn{Bytes("/b")})}}),
            "create /a \"1\"; delete /b; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kMulti, wire::MultiTxn{{part(OpCode::kError, wire::ErrorTxn{wire::ErrorCode::kOk}),
                                                  part(OpCode::kError, wire::ErrorTxn{wire::ErrorCode::kBadVersion})}}),
            "error BadVersion; digest 0xbeef");
  EXPECT_EQ(words(OpCode::kMulti, wire::MultiTxn{}), "multi of nothing; digest 0xbeef");
}

TEST(ToldTransactions, are_told_once_unless_they_are_others) {
  ToldTransactions told;
  const auto first = proposal(OpCode::kDelete, wire::DeleteTxn{Bytes("/a")});
  EXPECT_EQ(told.tell(first), "delete /a; digest 0xbeef");
  EXPECT_EQ(told.tell(first), std::nullopt);
  // The same transaction, and another tree after it: each server that has one says so.
  const auto other = proposal(OpCode::kDelete, wire::DeleteTxn{Bytes("/a")}, 1, 0xdead);
  EXPECT_EQ(told.tell(other), "delete /a; digest 0xdead");
  EXPECT_EQ(told.tell(other), "delete /a; digest 0xdead");
  EXPECT_EQ(told.tell(first), std::nullopt);
  EXPECT_NE(told.tell(proposal(OpCode::kDelete, wire::DeleteTxn{Bytes("/a")}, 2)), std::nullopt);
}

}  // namespace
}  // namespace vivarium::node

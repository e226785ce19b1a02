#include "core/wire/transactions.h"

#include <gtest/gtest.h>

#include "tests/wire/draw.h"

namespace vivarium::wire {
namespace {

constexpr const char* kHeader = "0100000000000001 00000002 0000000100000003 0000018bcfe56800 ";
constexpr const char* kDigest = " 00000002 0000000051c6d660";

TxnHeader header(OpCode type) { return {SessionId{0x0100000000000001}, 2, Zxid(Epoch{1}, 3), 1'700'000'000'000, type}; }

Bytes txn_bytes(const std::string& type, const std::string& body, bool digest = false) {
  return hex(kHeader + type + body + (digest ? kDigest : ""));
}

// ---- golden bytes, both ways
// -------------------------------------------------------------------------------------------

struct Golden {
  OpCode type;
  TxnBody body;
  const char* type_hex;
  const char* body_hex;
};

std::vector<Golden> goldens() {
  const AclList acl = world_anyone_all();
  const char* create =
      " 00000002 2f61 00000001 78 00000001 0000001f 00000005 776f726c64 00000006 616e796f6e65 01 00000004";
  const char* container = " 00000002 2f61 ffffffff 00000000 00000004";
  return {
      {OpCode::kCreate, CreateTxn{Bytes("/a"), Bytes("x"), acl, true, 4}, "00000001", create},
      {OpCode::kCreate2, CreateTxn{Bytes("/a"), Bytes("x"), acl, true, 4}, "0000000f", create},
      {OpCode::kCreateContainer, CreateContainerTxn{Bytes("/a"), Bytes(), {}, 4}, "00000013", container},
      {OpCode::kCreateTtl, CreateTtlTxn{Bytes("/a"), Bytes(), {}, 4, 9}, "00000015",
       " 00000002 2f61 ffffffff 00000000 00000004 0000000000000009"},
      {OpCode::kDelete, DeleteTxn{Bytes("/a")}, "00000002", " 00000002 2f61"},
      {OpCode::kDeleteContainer, DeleteTxn{Bytes("/a")}, "00000014", " 00000002 2f61"},
      {OpCode::kSetData, SetDataTxn{Bytes("/a"), Bytes(""), 7}, "00000005", " 00000002 2f61 00000000 00000007"},
      {OpCode::kReconfig, SetDataTxn{Bytes("/a"), Bytes(""), 7}, "00000010", " 00000002 2f61 00000000 00000007"},
      {OpCode::kSetAcl, SetAclTxn{Bytes("/a"), {}, 7}, "00000007", " 00000002 2f61 00000000 00000007"},
      {OpCode::kCheck, CheckVersionTxn{Bytes("/a"), 7}, "0000000d", " 00000002 2f61 00000007"},
      {OpCode::kCreateSession, CreateSessionTxn{30000}, "fffffff6", " 00007530"},
      {OpCode::kCloseSession, CloseSessionTxn{{Bytes("/a")}, true}, "fffffff5", " 00000001 00000002 2f61"},
      {OpCode::kCloseSession, CloseSessionTxn{{}, true}, "fffffff5", " 00000000"},
      {OpCode::kCloseSession, CloseSessionTxn{{}, false}, "fffffff5", ""},
      {OpCode::kError, ErrorTxn{ErrorCode::kNoNode}, "ffffffff", " ffffff9b"},
      {OpCode::kMulti, MultiTxn{{{OpCode::kError, hex("fffffffe")}}}, "0000000e",
       " 00000001 ffffffff 00000004 fffffffe"},
  };
}

TEST(Txn, golden_bytes_of_every_type_with_and_without_digest) {
  for (const Golden& golden : goldens()) {
    for (const bool digest : {false, true}) {
      SCOPED_TRACE(fmt::format("{}{}", op_name(golden.type), digest ? " with digest" : ""));
      const Txn txn{header(golden.type), golden.body, digest ? std::optional(TxnDigest{2, 1371985504}) : std::nullopt};
      const Bytes bytes = txn_bytes(golden.type_hex, golden.body_hex, digest);
      EXPECT_EQ(to_hex(encode_txn(txn)), to_hex(bytes));
      EXPECT_EQ(decode_txn(bytes), txn);
    }
    EXPECT_EQ(encode_txn_body(golden.body), hex(golden.body_hex));
    EXPECT_EQ(decode_txn_body(golden.type, hex(golden.body_hex)), golden.body);
  }
}

// Logs of old servers: CreateTxnV0 has no parentCVersion.
TEST(Txn, a_create_without_parent_cversion_says_compute) {
  const auto txn = decode_txn(txn_bytes("00000001", " 00000002 2f61 00000001 78 00000000 00"));
  ASSERT_TRUE(txn);
  EXPECT_EQ(std::get<CreateTxn>(txn->body), (CreateTxn{Bytes("/a"), Bytes("x"), {}, false, -1}));
  EXPECT_FALSE(txn->digest);
}

TEST(Txn, an_operation_that_is_no_transaction_is_refused) {
  for (const char* type : {"00000003", "00000004", "00000009", "0000000b", "00000016", "00000064", "7fffffff"}) {
    EXPECT_EQ(decode_txn(txn_bytes(type, " 00000002 2f61")).error(), DecodeError::kBadValue) << type;
  }
}

TEST(Txn, half_a_digest_is_refused) {
  const Bytes whole = txn_bytes("00000002", " 00000002 2f61", true);
  for (size_t missing = 1; missing < 12; ++missing) {
    EXPECT_EQ(decode_txn(whole.slice(0, whole.size() - missing)).error(), DecodeError::kTruncated) << missing;
  }
}

// ---- any transaction
// ---------------------------------------------------------------------------------------------------

template <class T>
TxnBody draw_body() {
  return draw<T>();
}

std::pair<OpCode, TxnBody> draw_typed_body() {
  switch (*rc::gen::inRange(0, 12)) {
    case 0: return {OpCode::kCreate, draw_body<CreateTxn>()};
    case 1: return {OpCode::kCreateContainer, draw_body<CreateContainerTxn>()};
    case 2: return {OpCode::kCreateTtl, draw_body<CreateTtlTxn>()};
    case 3: return {OpCode::kDelete, draw_body<DeleteTxn>()};
    case 4: return {OpCode::kSetData, draw_body<SetDataTxn>()};
    case 5: return {OpCode::kSetAcl, draw_body<SetAclTxn>()};
    case 6: return {OpCode::kCheck, draw_body<CheckVersionTxn>()};
    case 7: return {OpCode::kCreateSession, draw_body<CreateSessionTxn>()};
    case 8: {
      CloseSessionTxn close;
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
        close.paths.push_back(Bytes("/" + *rc::gen::arbitrary<std::string>()));
      return {OpCode::kCloseSession, close};
    }
    case 9: return {OpCode::kCloseSession, CloseSessionTxn{{}, false}};
    case 10: return {OpCode::kError, draw_body<ErrorTxn>()};
    default: return {OpCode::kMulti, draw_body<MultiTxn>()};
  }
}

Txn draw_txn() {
  Txn txn;
  txn.header = draw<TxnHeader>();
  std::tie(txn.header.type, txn.body) = draw_typed_body();
  if (draw<bool>()) txn.digest = TxnDigest{kDigestVersion, draw<int64_t>()};
  return txn;
}

TEST(Txn, comes_back_as_it_went) {
  EXPECT_TRUE(rc::check([] {
    const Txn txn = draw_txn();
    RC_ASSERT((decode_txn(encode_txn(txn)) == txn));
    RC_ASSERT((decode_txn_body(txn.header.type, encode_txn_body(txn.body)) == txn.body));
  }));
}

// Some cuts leave a shorter transaction, as upstream reads it: without its digest, without a body (closeSession), or a
// create of old.
TEST(Txn, cut_anywhere_is_refused_or_a_shorter_transaction) {
  EXPECT_TRUE(rc::check([] {
    const Bytes bytes = encode_txn(draw_txn());
    for (size_t size = 0; size < bytes.size(); ++size) {
      const Bytes cut = bytes.slice(0, size).compact();
      const auto txn = decode_txn(cut);
      if (!txn) continue;
      BytesBuilder completed;
      completed.append(cut);
      const bool of_old = txn->header.type == OpCode::kCreate && encode_txn(*txn).size() == size + 4;
      if (of_old) completed.i32(-1);
      RC_ASSERT((encode_txn(*txn) == completed.take()));
    }
  }));
}

}  // namespace
}  // namespace vivarium::wire

#include "core/wire/jute.h"

#include <gtest/gtest.h>

#include "core/wire/transactions.h"
#include "tests/wire/allocations.h"
#include "tests/wire/draw.h"
#include "tests/wire/property.h"

namespace vivarium::wire {
namespace {

struct AclListHolder {
  AclList acl;
  VIV_VISIT(VIV_FIELD(acl))
};

TEST(Jute, is_big_endian_in_the_order_of_the_members) {
  Acl acl{kPermRead | kPermAdmin, AclId{Bytes("ip"), Bytes("::1")}};
  EXPECT_EQ(to_hex(encode(acl)), to_hex(hex("00000011 00000002 6970 00000003 3a3a31")));
}

TEST(Jute, a_null_buffer_is_minus_one) {
  EXPECT_EQ(encode(PathResponse{Bytes()}), hex("ffffffff"));
  EXPECT_EQ(encode(PathResponse{Bytes("")}), hex("00000000"));
  EXPECT_TRUE(decode<PathResponse>(hex("ffffffff"))->path.is_null());
  EXPECT_FALSE(decode<PathResponse>(hex("00000000"))->path.is_null());
}

TEST(Jute, a_null_vector_reads_as_empty) {
  EXPECT_TRUE(decode<GetChildrenResponse>(hex("ffffffff"))->children.empty());
  EXPECT_EQ(encode(GetChildrenResponse{}), hex("00000000"));
}

TEST(Jute, any_other_negative_length_is_refused) {
  EXPECT_EQ(decode<PathResponse>(hex("fffffffe")).error(), DecodeError::kBadLength);
  EXPECT_EQ(decode<GetChildrenResponse>(hex("80000000")).error(), DecodeError::kBadLength);
}

TEST(Jute, decoding_slices_what_it_was_given) {
  const Bytes data(std::string(1000, 'd'));
  const Bytes bytes = encode(SetDataRequest{Bytes("/a"), data, 3});
  const auto request = *decode<SetDataRequest>(bytes);
  EXPECT_EQ(request.data, data);
  EXPECT_EQ(request.data.data(), bytes.data() + 4 + 2 + 4);
}

// A length that promises more than there is must be refused before room is made for it.
TEST(Jute, a_hostile_length_reserves_nothing) {
  for (const char* length : {"7fffffff", "00ffffff", "00000100"}) {
    const Bytes lie = hex(std::string(length) + "00000000 00000000");
    std::optional<DecodeError> buffer, vector;
    const Allocations allocations = allocations_of([&] {
      buffer = decode<PathResponse>(lie).error();
      vector = decode<AclListHolder>(lie).error();
    });
    EXPECT_EQ(buffer, DecodeError::kTruncated);
    EXPECT_EQ(vector, DecodeError::kTruncated);
    EXPECT_LE(allocations.bytes, lie.size());
  }
}

// ... and a count that could be true costs no more than a few times the bytes that are there.
TEST(Jute, a_count_within_the_input_reserves_in_proportion) {
  BytesBuilder out;
  out.i32(100000);
  for (int i = 0; i < 25000; ++i) out.i32(0);
  const Bytes lie = out.take();
  std::optional<DecodeError> error;
  const Allocations allocations = allocations_of([&] { error = decode<AclListHolder>(lie).error(); });
  EXPECT_EQ(error, DecodeError::kTruncated);
  EXPECT_LE(allocations.biggest, 10 * lie.size());
}

template <class Record>
class JuteRecord : public testing::Test {};

using Records =
    testing::Types<AclId, Acl, Stat, RequestHeader, ReplyHeader, CreateRequest, CreateTtlRequest, PathVersionRequest,
                   PathWatchRequest, SetDataRequest, PathRequest, SetAclRequest, AuthRequest, SetWatchesRequest,
                   SetWatches2Request, AddWatchRequest, RemoveWatchesRequest, ReconfigRequest, SaslToken, MultiHeader,
                   PathResponse, Create2Response, StatResponse, GetDataResponse, GetAclResponse, GetChildrenResponse,
                   GetChildren2Response, ChildrenNumberResponse, WhoAmIResponse, ErrorResponse, WatcherEvent, TxnHeader,
                   CreateTxn, CreateContainerTxn, CreateTtlTxn, DeleteTxn, SetDataTxn, SetAclTxn, CheckVersionTxn,
                   CreateSessionTxn, CloseSessionTxn, ErrorTxn, SubTxn, MultiTxn, TxnDigest>;
TYPED_TEST_SUITE(JuteRecord, Records);

TYPED_TEST(JuteRecord, comes_back_as_it_went) {
  EXPECT_TRUE(holds([] {
    const auto record = draw<TypeParam>();
    const Bytes bytes = encode(record);
    JuteReader in(bytes);
    const auto back = in.get<TypeParam>();
    RC_ASSERT((in.ok()));
    RC_ASSERT((in.left() == 0u));
    RC_ASSERT((print(back) == print(record)));
    RC_ASSERT((encode(back) == bytes));
  }));
}

TYPED_TEST(JuteRecord, cut_anywhere_is_refused) {
  EXPECT_TRUE(holds([] {
    const Bytes bytes = encode(draw<TypeParam>());
    for (size_t size = 0; size < bytes.size(); ++size) {
      const auto cut = decode<TypeParam>(bytes.slice(0, size).compact());
      RC_ASSERT((!cut.has_value()));
      RC_ASSERT((cut.error() == DecodeError::kTruncated));
    }
  }));
}

TYPED_TEST(JuteRecord, leaves_what_follows_alone) {
  EXPECT_TRUE(holds([] {
    const auto junk = *rc::gen::arbitrary<std::string>();
    const auto record = draw<TypeParam>();
    BytesBuilder out;
    encode_to(out, record);
    out.append(junk);
    JuteReader in(out.take());
    RC_ASSERT((print(in.get<TypeParam>()) == print(record)));
    RC_ASSERT((in.rest().view() == junk));
  }));
}

// What any bytes decode to encodes again to something that decodes alike: nothing is read that the record does not
// hold.
TYPED_TEST(JuteRecord, survives_any_bytes) {
  EXPECT_TRUE(holds([] {
    std::string bytes(encode(draw<TypeParam>()).view());
    const auto edits = *rc::gen::arbitrary<std::vector<std::pair<uint16_t, char>>>();
    for (const auto& [at, c] : edits)
      if (!bytes.empty()) bytes[at % bytes.size()] = c;
    if (const auto record = decode<TypeParam>(Bytes(bytes))) {
      RC_ASSERT((print(*decode<TypeParam>(encode(*record))) == print(*record)));
    }
  }));
}

}  // namespace
}  // namespace vivarium::wire

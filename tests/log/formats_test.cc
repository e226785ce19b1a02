#include "core/log/formats.h"

#include <gtest/gtest.h>

#include "tests/log/log_support.h"

namespace vivarium::log {
namespace {

std::string hex(const Bytes& bytes) {
  std::string out;
  for (const uint8_t byte : bytes) out += fmt::format("{:02x}", byte);
  return out;
}

TEST(Formats, headers_to_the_byte) {
  EXPECT_EQ(hex(log_file_header()),
            "5a4b4c47"
            "00000002"
            "0000000000000000");
  EXPECT_EQ(hex(snapshot_file_header()),
            "5a4b534e"
            "00000002"
            "ffffffffffffffff");
  EXPECT_TRUE(is_log_file_header(log_file_header().view()));
  EXPECT_FALSE(is_log_file_header(snapshot_file_header().view()));
  EXPECT_FALSE(is_log_file_header(log_file_header().view().substr(0, 15)));
  EXPECT_TRUE(is_snapshot_file_header(snapshot_file_header().view()));
  EXPECT_FALSE(is_snapshot_file_header(log_file_header().view()));
}

// RFC 1950: two sums modulo 65521. "Wikipedia" is the textbook's example.
TEST(Formats, adler32) {
  EXPECT_EQ(adler32(""), 1U);
  EXPECT_EQ(adler32("Wikipedia"), 0x11e60398U);
}

TEST(Formats, a_record_to_the_byte) {
  wire::Txn txn;
  txn.header = {SessionId{0x1001}, 7, Zxid{0x100000001}, 0x0102, wire::OpCode::kCreateSession};
  txn.body = wire::CreateSessionTxn{6000};
  const Record record{txn.header.zxid, wire::encode_txn(txn)};
  const std::string payload =
      "0000000000001001"
      "00000007"
      "0000000100000001"
      "0000000000000102"
      "fffffff6"
      "00001770";
  ASSERT_EQ(hex(record.payload), payload);
  uint32_t a = 1, b = 0;  // the checksum, done by hand
  for (const uint8_t byte : record.payload) b += a += byte;
  EXPECT_EQ(hex(frame_record(record)), fmt::format("00000000{:04x}{:04x}", b, a) + "00000024" + payload + "42");
}

TEST(Formats, names_of_files) {
  EXPECT_EQ(log_file_name(Zxid{0x100000001}), "log.100000001");
  EXPECT_EQ(snapshot_file_name(Zxid{0}), "snapshot.0");
  EXPECT_EQ(parse_file_name("log.1f", "log"), Zxid{0x1f});
  EXPECT_EQ(parse_file_name("snapshot.100000000", "snapshot"), Zxid{0x100000000});
  EXPECT_EQ(parse_file_name("snapshot.5.gz", "snapshot"), Zxid{5});
  EXPECT_EQ(parse_file_name("snapshot.5.snappy", "snapshot"), Zxid{5});
  for (const char* other :
       {"log", "log.", "log.x", "log.1.tmp", "logs.1", "log.1 ", "log.11111111111111111", "snapshot.1", "log.1.gz"}) {
    EXPECT_EQ(parse_file_name(other, "log"), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace vivarium::log

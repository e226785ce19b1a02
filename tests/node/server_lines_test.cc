#include "core/node/server_lines.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

std::string said(std::string_view value) {
  const auto spec = read_server_line(value);
  if (!spec) return "refused: " + spec.error();
  return fmt::format("{} {} {} {} {} {}", spec->quorum.host, spec->quorum.port, spec->election.port,
                     spec->client.host.empty() ? "-" : spec->client.host, spec->client.port,
                     spec->participant ? "participant" : "observer");
}

TEST(ServerLines, every_form) {
  EXPECT_EQ(said("zk1:2888:3888"), "zk1 2888 3888 - 0 participant");
  EXPECT_EQ(said("zk1:2888:3888:observer"), "zk1 2888 3888 - 0 observer");
  EXPECT_EQ(said("zk1:2888:3888:participant;2181"), "zk1 2888 3888 - 2181 participant");
  EXPECT_EQ(said("zk1:2888:3888;10.0.0.1:2181"), "zk1 2888 3888 10.0.0.1 2181 participant");
  EXPECT_EQ(said("zk1:2888:3888;2181;2281"), "zk1 2888 3888 - 2181 participant");
  EXPECT_EQ(said("[2001:db8::1]:2888:3888;[::1]:2181"), "2001:db8::1 2888 3888 ::1 2181 participant");
  EXPECT_EQ(said("a:1:2|b:3:4;2181"), "a 1 2 - 2181 participant");
}

TEST(ServerLines, what_is_none_is_refused_with_what_was_expected) {
  for (const char* line :
       {"", "zk1", "zk1:2888", ":2888:3888", "zk1:2888:x", "zk1:2888:70000", "zk1:1:2:3:4", "[::1:2:3"}) {
    EXPECT_TRUE(said(line).starts_with("refused: \"")) << line;
    EXPECT_NE(said(line).find("host:quorumPort:electionPort"), std::string::npos) << line;
  }
  EXPECT_EQ(said("zk1:1:2:leader"), "refused: \"leader\" is not a kind of server: participant or observer");
  EXPECT_EQ(said("zk1:1:2;x"), "refused: \"x\" is not [host:]port with a port of 0 to 65535");
}

TEST(ServerLines, membership_reads_as_upstream_writes_it) {
  const std::map<Sid, zab::ServerSpec> servers = {{Sid{2}, *read_server_line("b:2888:3888:observer;2182")},
                                                  {Sid{1}, *read_server_line("a:2888:3888")},
                                                  {Sid{10}, *read_server_line("[::1]:1:2;127.0.0.1:3")}};
  EXPECT_EQ(membership_text(servers, 0x10000000f),
            "server.1=a:2888:3888:participant\nserver.2=b:2888:3888:observer;0.0.0.0:2182\n"
            "server.10=[::1]:1:2:participant;127.0.0.1:3\nversion=10000000f");
}

TEST(ServerLines, whole_numbers) {
  EXPECT_EQ(whole_number("-12"), -12);
  EXPECT_EQ(whole_number("9223372036854775807"), INT64_MAX);
  for (const char* text : {"", " 1", "1 ", "0x1", "9223372036854775808", "1.5", "+1"})
    EXPECT_FALSE(whole_number(text)) << text;
}

}  // namespace
}  // namespace vivarium::node

#include <gtest/gtest.h>

#include "core/tree/prepare.h"
#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

// facts 1.8
TEST(Acl, DigestIdsAreUpstreams) {
  EXPECT_EQ(digest_id(Bytes("super:test")), Bytes("super:D/InIHSb7yEEbrWz8b9l71RjZJU="));
  EXPECT_EQ(digest_id(Bytes("super:admin")), Bytes("super:xQJmxLMiHGwaqBvst5y6rkB6HQs="));
  EXPECT_EQ(digest_id(Bytes("nocolon")).view().substr(0, 8), "nocolon:");
}

TEST(Acl, PermissionsAreThoseOfAnyEntryThatFits) {
  wire::AclList list = acl(wire::kPermRead, "world", "anyone");
  list.push_back({wire::kPermWrite, identity("digest", "a:h")});
  const std::vector<wire::AclId> nobody, a = {identity("ip", "1.2.3.4"), identity("digest", "a:h")},
                                         b = {identity("digest", "b:h")}, super = {identity("super", "")};
  EXPECT_TRUE(permitted(list, wire::kPermRead, nobody));
  EXPECT_FALSE(permitted(list, wire::kPermWrite, nobody));
  EXPECT_TRUE(permitted(list, wire::kPermWrite, a));
  EXPECT_FALSE(permitted(list, wire::kPermWrite, b));
  EXPECT_FALSE(permitted(list, wire::kPermAdmin, a));
  EXPECT_TRUE(permitted(list, wire::kPermAdmin | wire::kPermRead, nobody)) << "one of them is enough";
  EXPECT_TRUE(permitted(list, wire::kPermAdmin, super));
  EXPECT_TRUE(permitted({}, wire::kPermAdmin, nobody));
  EXPECT_FALSE(permitted(acl(31, "sasl", "a:h"), wire::kPermRead, a)) << "the scheme counts";
  EXPECT_TRUE(permitted(acl(31, "x509", "CN=x"), wire::kPermRead, {identity("x509", "CN=x")}));
}

bool ip_allows(const char* expression, const char* address) {
  return permitted(acl(31, "ip", expression), 1, {identity("ip", address)});
}

TEST(Acl, AddressesMatchByPrefix) {
  EXPECT_TRUE(ip_allows("10.0.0.1", "10.0.0.1"));
  EXPECT_FALSE(ip_allows("10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(ip_allows("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(ip_allows("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(ip_allows("192.168.4.0/22", "192.168.7.255"));
  EXPECT_FALSE(ip_allows("192.168.4.0/22", "192.168.8.0"));
  EXPECT_TRUE(ip_allows("1.2.3.4/0", "200.1.1.1"));
  EXPECT_TRUE(ip_allows("2001:db8::/32", "2001:db8:1::7"));
  EXPECT_FALSE(ip_allows("2001:db8::/32", "2001:db9::7"));
  EXPECT_TRUE(ip_allows("::1", "0:0:0:0:0:0:0:1"));
  EXPECT_FALSE(ip_allows("::1", "127.0.0.1"));
  EXPECT_FALSE(ip_allows("10.0.0.0/8", "nonsense"));
}

std::optional<wire::AclList> fixed(const wire::AclList& list, const std::vector<wire::AclId>& who = {}) {
  return fix_acl(list, who);
}

TEST(Acl, OnlyIdsOfTheirSchemesFormAreTaken) {
  for (const char* good : {"1.2.3.4", "1.2.3.4/32", "1.2.3.4/0", "::/0", "fe80::1/128", "1:2:3:4:5:6:7:8"})
    EXPECT_TRUE(fixed(acl(31, "ip", good))) << good;
  for (const char* bad : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.x",
                          "1:2:3", "1::2::3", "1:2:3:4:5:6:7:8::", "::/129", "::12345", "::g", ":1:2:3:4:5:6:7"}) {
    EXPECT_FALSE(fixed(acl(31, "ip", bad))) << bad;
  }
  for (const char* good : {"a:b", ":b", "a:b:"}) EXPECT_TRUE(fixed(acl(31, "digest", good))) << good;
  for (const char* bad : {"", "a", "a:", ":", "a:b:c", "a::b"}) EXPECT_FALSE(fixed(acl(31, "digest", bad))) << bad;
  EXPECT_FALSE(fixed(acl(31, "world", "someone")));
  EXPECT_FALSE(fixed(acl(31, "kerberos", "a")));
  EXPECT_FALSE(fixed({}));
  EXPECT_FALSE(fixed({wire::Acl{31, {}}}));
  EXPECT_TRUE(fixed(wire::world_anyone_all()));
}

TEST(Acl, AuthStandsForWhatTheCallerHasProved) {
  const std::vector<wire::AclId> who = {identity("ip", "1.2.3.4"), identity("digest", "a:h"), identity("super", ""),
                                        identity("x509", "CN=x")};
  const auto list = fixed(acl(5, "auth", ""), who);
  ASSERT_TRUE(list);
  EXPECT_EQ(*list, (wire::AclList{{5, identity("digest", "a:h")}, {5, identity("x509", "CN=x")}}));
  EXPECT_FALSE(fixed(acl(5, "auth", ""), {identity("ip", "1.2.3.4"), identity("super", "")}));
}

TEST(Acl, DoublesAreDropped) {
  wire::AclList twice = acl(5, "digest", "a:b");
  twice.push_back(twice[0]);
  twice.push_back({6, twice[0].id});
  EXPECT_EQ(fixed(twice)->size(), 2u);
}

}  // namespace
}  // namespace vivarium::tree::testing

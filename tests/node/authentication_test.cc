#include "core/node/authentication.h"

#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

using wire::ErrorCode;

struct Case {
  const char* scheme;
  const char* auth;
  ErrorCode error;
  std::vector<std::pair<std::string, std::string>> gained;
};

TEST(Authentication, BySchemes) {
  // Vectors: facts 1.8.
  const std::string super_digest = "super:D/InIHSb7yEEbrWz8b9l71RjZJU=";
  const std::vector<Case> cases = {
      {"digest", "super:admin", ErrorCode::kOk, {{"digest", "super:xQJmxLMiHGwaqBvst5y6rkB6HQs="}}},
      {"digest", "super:test", ErrorCode::kOk, {{"super", ""}, {"digest", super_digest}}},
      {"ip", "1.2.3.4", ErrorCode::kOk, {}},
      {"world", "anyone", ErrorCode::kAuthFailed, {}},
      {"auth", "", ErrorCode::kAuthFailed, {}},
      {"sasl", "x", ErrorCode::kAuthFailed, {}},
      {"", "", ErrorCode::kAuthFailed, {}},
  };
  for (const Case& c : cases) {
    std::vector<wire::AclId> identities = {{Bytes("ip"), Bytes("9.9.9.9")}};
    std::vector<wire::AclId> expected = identities;
    for (const auto& [scheme, id] : c.gained) expected.push_back({Bytes(scheme), Bytes(id)});
    EXPECT_EQ(authenticate({0, Bytes(c.scheme), Bytes(c.auth)}, super_digest, identities), c.error) << c.scheme;
    EXPECT_EQ(identities, expected) << c.scheme << " " << c.auth;
    EXPECT_EQ(authenticate({0, Bytes(c.scheme), Bytes(c.auth)}, super_digest, identities), c.error);
    EXPECT_EQ(identities, expected) << "twice adds nothing";
  }
}

TEST(Authentication, ADigestWithoutColonIsItsOwnUser) {
  std::vector<wire::AclId> identities;
  EXPECT_EQ(authenticate({0, Bytes("digest"), Bytes("nocolon")}, "", identities), ErrorCode::kOk);
  ASSERT_EQ(identities.size(), 1u);
  EXPECT_TRUE(identities[0].id.view().starts_with("nocolon:"));
}

TEST(Authentication, NobodyIsSuperWithoutAConfiguredDigest) {
  std::vector<wire::AclId> identities;
  EXPECT_EQ(authenticate({0, Bytes("digest"), Bytes("super:test")}, "", identities), ErrorCode::kOk);
  EXPECT_EQ(identities.size(), 1u);
}

}  // namespace
}  // namespace vivarium::node

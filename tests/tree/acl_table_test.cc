#include <gtest/gtest.h>

#include "core/tree/state.h"

namespace vivarium::tree {
namespace {

wire::AclList read_only() { return {wire::Acl{wire::kPermRead, wire::AclId{Bytes("world"), Bytes("anyone")}}}; }
wire::AclList digest_acl(std::string_view id) {
  return {wire::Acl{wire::kPermAll, wire::AclId{Bytes("digest"), Bytes(id)}}};
}

TEST(AclTable, KeepsEachListOnceAndOnlyWhileUsed) {
  State state = State::fresh();
  EXPECT_EQ(intern_acl(state, wire::world_anyone_all()), -1);
  EXPECT_EQ(intern_acl(state, {}), -1);
  EXPECT_EQ(intern_acl(state, read_only()), 1) << "the list of /zookeeper/config";
  const int64_t a = intern_acl(state, digest_acl("a:x"));
  EXPECT_EQ(a, 2);
  EXPECT_EQ(intern_acl(state, digest_acl("a:x")), a);
  EXPECT_EQ(intern_acl(state, digest_acl("b:x")), 3);
  release_acl(state, a);
  EXPECT_TRUE(state.acls.contains(a));
  release_acl(state, a);
  EXPECT_FALSE(state.acls.contains(a));
  EXPECT_EQ(state.next_acl, 4);
  release_acl(state, 3);
  EXPECT_EQ(state.next_acl, 2);
  release_acl(state, 1);
  EXPECT_TRUE(state.acls.contains(1));
  release_acl(state, -1);
  EXPECT_EQ(state, State::fresh());
}

TEST(AclTable, ListsDoNotPinTheRequestThatBroughtThem) {
  State state = State::fresh();
  const Bytes packet(std::string(100000, 'p') + "digest" + "u:h");
  const int64_t index =
      intern_acl(state, {wire::Acl{31, wire::AclId{packet.slice(100000, 6), packet.slice(100006, 3)}}});
  const wire::Acl& kept = state.acls.find(index)->at(0);
  EXPECT_EQ(kept.id.scheme, Bytes("digest"));
  EXPECT_TRUE(kept.id.scheme.data() < packet.data() || kept.id.scheme.data() >= packet.data() + packet.size());
}

}  // namespace
}  // namespace vivarium::tree

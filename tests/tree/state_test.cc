#include "core/tree/state.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/tree/tree_support.h"

namespace vivarium::tree {
namespace {

Znode node(std::string_view data, NodeStat stat = {}) {
  Znode out;
  out.data = Bytes(data);
  out.stat = stat;
  return out;
}

// facts 2.10: computed on a JVM.
TEST(Digest, HasUpstreamsValues) {
  EXPECT_EQ(node_digest(Bytes("/"), node("")), 0x04128908u);
  EXPECT_EQ(node_digest(Bytes("/zookeeper"), node("")), 0x4db44d58u);
  NodeStat stat;
  stat.czxid = Zxid{1};
  stat.mzxid = Zxid{2};
  stat.pzxid = Zxid{3};
  stat.ctime_ms = 4;
  stat.mtime_ms = 5;
  stat.version = 6;
  stat.cversion = 7;
  stat.aversion = 8;
  stat.ephemeral_owner = 9;
  EXPECT_EQ(node_digest(Bytes("/a"), node("x", stat)), 0x60455818u);
  EXPECT_EQ(node_digest(Bytes("/zookeeper/config"), node("x", stat)), 0u);
  EXPECT_NE(node_digest(Bytes("/zookeeperx"), node("x", stat)), 0u);
  Znode null_data;
  EXPECT_EQ(node_digest(Bytes("/"), null_data), 0x04128908u);
}

TEST(State, FreshTreeIsUpstreams) {
  const State state = State::fresh();
  EXPECT_EQ(state.tree_digest, 1371985504);
  EXPECT_EQ(state.nodes.size(), 4u);
  EXPECT_EQ(state.data_bytes, 44);
  const wire::Stat root = state.stat_of(*state.find(Bytes("/")));
  EXPECT_EQ(root.num_children, 1);
  EXPECT_EQ(root.cversion, -1);
  EXPECT_EQ(state.find(""), state.find("/"));
  const Znode& config = *state.find("/zookeeper/config");
  EXPECT_EQ(config.stat.aversion, -1);
  EXPECT_EQ(print(state.acl_of(config)), "[{perms: 1, id: {scheme: \"world\", id: \"anyone\"}}]");
  EXPECT_EQ(state.acl_of(*state.find("/")), wire::world_anyone_all());
  EXPECT_EQ(state.acl_list(*state.find("/")), nullptr);
  EXPECT_EQ(state.find("/nowhere"), nullptr);
}

TEST(State, StatShowsOwnersOfSessionsOnly) {
  const State state = State::fresh();
  Znode some = node("abc");
  const auto owner_shown = [&](int64_t owner) {
    some.stat.ephemeral_owner = owner;
    return state.stat_of(some).ephemeral_owner;
  };
  EXPECT_EQ(owner_shown(0x100000000000001), 0x100000000000001);
  EXPECT_EQ(owner_shown(kContainerOwner), 0);
  EXPECT_EQ(owner_shown(ttl_owner(1000)), 0);
  EXPECT_EQ(ttl_owner(1000), static_cast<int64_t>(0xff000000000003e8));
  EXPECT_EQ(ttl_of(ttl_owner(kTtlMsMax)), kTtlMsMax);
  for (int64_t owner : {int64_t{0}, kContainerOwner, int64_t{0x100000000000001}, int64_t{-1}})
    EXPECT_FALSE(ttl_of(owner)) << owner;
  EXPECT_TRUE(expires(kContainerOwner));
  EXPECT_TRUE(expires(ttl_owner(1)));
  EXPECT_FALSE(expires(0x100000000000001));
  some.stat.cversion = INT32_MAX;
  some.children.insert(Bytes("c"));
  EXPECT_EQ(state.stat_of(some).cversion, -3) << "2 * 2147483647 - 1, wrapped";
  EXPECT_EQ(state.stat_of(some).data_length, 3);
}

// Every member that behaviour depends on counts: a forgotten one would let the explorer merge states that differ.
TEST(State, EachMemberChangesTheHash) {
  const State base = State::fresh();
  const std::vector<std::function<void(State&)>> changes = {
      [](State& s) { s.zxid = Zxid{7}; },
      [](State& s) { s.nodes.set(Bytes("/x"), Cow<Znode>()); },
      [](State& s) { s.sessions.set(SessionId{1}, 5); },
      [](State& s) { s.ephemerals.upsert(SessionId{1}).insert(Bytes("/x")); },
      [](State& s) { s.acls.set(9, wire::world_anyone_all()); },
      [](State& s) { s.next_acl = 77; },
      [](State& s) { s.tree_digest += 1; },
      [](State& s) { s.config = Bytes("server.1=a"); },
      [](State& s) { s.config_version = 3; },
      [](State& s) { s.nodes.mutate("/")->mut().data = Bytes("d"); },
      [](State& s) { s.nodes.mutate("/")->mut().data = Bytes(); },
      [](State& s) { s.nodes.mutate("/")->mut().acl = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().children.insert(Bytes("c")); },
      [](State& s) { s.nodes.mutate("/")->mut().digest = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.czxid = Zxid{1}; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.mzxid = Zxid{1}; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.pzxid = Zxid{1}; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.ctime_ms = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.mtime_ms = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.version = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.cversion = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.aversion = 1; },
      [](State& s) { s.nodes.mutate("/")->mut().stat.ephemeral_owner = 1; },
  };
  std::vector<uint64_t> hashes = {hash_of(base)};
  for (const auto& change : changes) {
    State changed = base;
    change(changed);
    EXPECT_NE(changed, base);
    hashes.push_back(hash_of(changed));
  }
  EXPECT_EQ(hash_of(State::fresh()), hashes[0]);
  std::sort(hashes.begin(), hashes.end());
  EXPECT_EQ(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

wire::AclList digest_acl(std::string_view id) {
  return {wire::Acl{wire::kPermAll, wire::AclId{Bytes("digest"), Bytes(id)}}};
}

// A snapshot's parts, as a loader finds them.
State parts_of(const State& state) {
  State parts;
  parts.zxid = state.zxid;
  parts.sessions = state.sessions;
  parts.acls = state.acls;
  for (const auto& [path, full] : state.nodes) {
    Znode stored;
    stored.data = full->data;
    stored.acl = full->acl;
    stored.stat = full->stat;
    parts.nodes.set(path, Cow<Znode>(stored));
  }
  return parts;
}

TEST(Loading, GivesBackTheStateThatWasSaved) {
  State state = State::fresh();
  state.zxid = Zxid{99};
  state.sessions.set(SessionId{5}, 4000);
  Znode ephemeral = node("e");
  ephemeral.stat.ephemeral_owner = 5;
  ephemeral.acl = intern_acl(state, digest_acl("a:x"));
  ephemeral.digest = node_digest("/e", ephemeral);
  state.tree_digest += ephemeral.digest;
  state.data_bytes += bytes_of("/e", ephemeral);
  state.nodes.set(Bytes("/e"), Cow<Znode>(ephemeral));
  state.nodes.mutate("/")->mut().children.insert(Bytes("e"));
  state.ephemerals.upsert(SessionId{5}).insert(Bytes("/e"));

  State loaded = parts_of(state);
  EXPECT_NE(loaded, state);
  ASSERT_TRUE(finish_loading(loaded));
  EXPECT_EQ(loaded, state);
}

TEST(Loading, DropsUnusedListsJoinsEqualOnesAndClosesWhatHasNone) {
  State parts = parts_of(State::fresh());
  parts.acls.set(4, digest_acl("unused:x"));
  parts.acls.set(5, digest_acl("a:x"));
  parts.acls.set(6, digest_acl("a:x"));
  parts.acls.set(7, wire::world_anyone_all());
  const auto add = [&](const char* path, int64_t acl) {
    Znode some = node("");
    some.acl = acl;
    parts.nodes.set(Bytes(path), Cow<Znode>(some));
  };
  add("/five", 5);
  add("/six", 6);
  add("/seven", 7);
  add("/lost", 12);  // a fuzzy snapshot's: the list came after the table was written (3306)
  ASSERT_TRUE(finish_loading(parts));
  EXPECT_EQ(parts.find("/five")->acl, 5);
  EXPECT_EQ(parts.find("/six")->acl, 5);
  EXPECT_EQ(parts.find("/seven")->acl, -1);
  EXPECT_EQ(parts.acl_of(*parts.find("/lost")).at(0).perms, 0);
  EXPECT_FALSE(parts.acls.contains(4));
  EXPECT_EQ(parts.acls.size(), 3u);
  EXPECT_EQ(*parts.acl_uses.find(5), 2);
}

TEST(Loading, TakesNothingDerivedForGranted) {
  State state = State::fresh();
  state.nodes.mutate("/")->mut().children.insert(Bytes("ghost"));
  state.nodes.mutate("/")->mut().digest = 7;
  state.ephemerals.upsert(SessionId{1}).insert(Bytes("/ghost"));
  state.tree_digest = 3;
  ASSERT_TRUE(finish_loading(state));
  EXPECT_EQ(state, State::fresh());
}

TEST(Loading, KeepsNoHoldOfTheStream) {
  State parts = parts_of(State::fresh());
  const Bytes stream(std::string(10000, 's') + "/n" + "data");
  Znode some;
  some.data = stream.from(10002);
  parts.nodes.set(stream.slice(10000, 2), Cow<Znode>(some));
  ASSERT_TRUE(finish_loading(parts));
  const auto at = parts.nodes.lower_bound("/n");
  EXPECT_EQ(at->first, Bytes("/n"));
  EXPECT_NE(at->first.data(), stream.data() + 10000);
  EXPECT_NE(at->second->data.data(), stream.data() + 10002);
  EXPECT_NE(parts.find("/")->children.begin()->data(), stream.data() + 10001);
}

TEST(Loading, RefusesWhatIsNoTree) {
  State no_root;
  EXPECT_FALSE(finish_loading(no_root));
  State orphan = parts_of(State::fresh());
  orphan.nodes.set(Bytes("/a/b"), Cow<Znode>(node("")));
  EXPECT_FALSE(finish_loading(orphan));
  State nameless = parts_of(State::fresh());
  nameless.nodes.set(Bytes("zookeeper"), Cow<Znode>(node("")));
  EXPECT_FALSE(finish_loading(nameless));
}

TEST(Config, IsReadFromItsNode) {
  State state = State::fresh();
  install_config(state, Bytes("server.1=h:1:2:participant\nversion=100000003"));
  EXPECT_EQ(state.config_version, 0x100000003);
  EXPECT_EQ(state.data_bytes, testing::walked_bytes(state));
  EXPECT_EQ(state.find("/zookeeper/config")->data, state.config);
  EXPECT_EQ(state.find("/zookeeper/config")->stat.version, -1);
  EXPECT_EQ(state.find("/zookeeper/config")->stat.mzxid, Zxid{0x100000003});
  EXPECT_EQ(state.tree_digest, State::fresh().tree_digest);
  State loaded = parts_of(state);
  ASSERT_TRUE(finish_loading(loaded));
  EXPECT_EQ(loaded, state);
  install_config(state, Bytes("server.1=h:1:2:participant"));
  EXPECT_EQ(state.config_version, 0);
}

TEST(Config, NodeIsMadeWhereAnOldSnapshotHasNone) {
  State old;
  for (const char* path : {"/", "/zookeeper", "/zookeeper/quota"}) old.nodes.set(Bytes(path), Cow<Znode>(node("")));
  ASSERT_TRUE(finish_loading(old));
  EXPECT_EQ(old.tree_digest, 1371985504);
  install_config(old, Bytes::empty_value());
  EXPECT_EQ(old.find("/zookeeper/config")->stat.version, -1);
  old.nodes.mutate("/zookeeper/config")->mut().stat.version = 0;
  EXPECT_EQ(old, State::fresh());
}

}  // namespace
}  // namespace vivarium::tree

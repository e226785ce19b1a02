#include "core/tree/watches.h"

#include <gtest/gtest.h>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::WatchEventType;

constexpr ConnId kAnn{1}, kBob{2};

const char* name(WatchEventType type) {
  switch (type) {
    case WatchEventType::kNodeCreated: return "created";
    case WatchEventType::kNodeDeleted: return "deleted";
    case WatchEventType::kNodeDataChanged: return "data";
    case WatchEventType::kNodeChildrenChanged: return "children";
    default: return "?";
  }
}
std::string told(const WatchEvent& e) {
  return fmt::format("{} {} {}; ", e.conn == kAnn ? "ann" : "bob", name(e.type), e.path.view());
}

// A leader whose transactions fire watches; what it told since the last look.
struct Watched : Leader {
  Watches watches;

  std::string fired() {
    std::string out;
    for (const Watches::Fired& f : watches.fire(last.effects)) out += told(f.event);
    return out;
  }
  std::string missed(Zxid since, const char* list, const char* path) {
    wire::SetWatchesRequest request;
    request.relative_zxid = since;
    auto& paths = list[0] == 'd' ? request.data : list[0] == 'e' ? request.exist : request.child;
    paths.push_back(Bytes(path));
    std::string out;
    for (const WatchEvent& e : watches.set_watches(state, kAnn, request)) out += told(e);
    return out;
  }
};

TEST(Watches, ACreateTellsTheNodesWatcherThenTheParents) {
  Watched w;
  w.watches.add_data(Bytes("/a"), kBob);
  w.watches.add_data(Bytes("/a"), kAnn);
  w.watches.add_child(Bytes("/"), kAnn);
  w.watches.add_child(Bytes("/a"), kAnn);
  EXPECT_EQ(w.watches.count(), 4u);
  EXPECT_EQ(w.watches.paths(), 2u);
  w.create("/a");
  EXPECT_EQ(w.fired(), "ann created /a; bob created /a; ann children /; ");
  EXPECT_EQ(w.watches.count(), 1u) << "each tells once";
  EXPECT_EQ(w.fired(), "");
}

TEST(Watches, ADeleteTellsNobodyTwice) {
  Watched w;
  w.create("/a");
  w.create("/a/b");
  w.watches.add_data(Bytes("/a/b"), kAnn);
  w.watches.add_child(Bytes("/a/b"), kAnn);
  w.watches.add_child(Bytes("/a/b"), kBob);
  w.watches.add_child(Bytes("/a"), kAnn);
  w.watches.add_data(Bytes("/a"), kBob);
  w.remove("/a/b");
  EXPECT_EQ(w.fired(), "ann deleted /a/b; bob deleted /a/b; ann children /a; ");
  EXPECT_EQ(w.watches.count(), 1u) << "the one that was kept back is gone too";
}

TEST(Watches, SetDataTellsDataWatchersSetAclNobody) {
  Watched w;
  w.create("/a");
  w.watches.add_data(Bytes("/a"), kAnn);
  w.watches.add_child(Bytes("/a"), kAnn);
  w.set_acl("/a", wire::world_anyone_all());
  EXPECT_EQ(w.fired(), "");
  w.set("/a", "x");
  EXPECT_EQ(w.fired(), "ann data /a; ");
  w.set("/a", "x", 17);
  EXPECT_EQ(w.fired(), "") << "a refusal tells nothing";
}

TEST(Watches, AMultiTellsInTheOrderOfItsOperations) {
  Watched w;
  w.create("/a");
  for (const char* path : {"/a", "/b", "/a/x"}) w.watches.add_data(Bytes(path), kAnn);
  w.watches.add_child(Bytes("/"), kBob);
  w.watches.add_child(Bytes("/a"), kBob);
  w.multi({{wire::OpCode::kSetData, Leader::data_body("/a", "1")},
           {wire::OpCode::kCreate, Leader::create_body("/a/x")},
           {wire::OpCode::kDelete, Leader::version_body("/a/x")},
           {wire::OpCode::kCreate, Leader::create_body("/b")}});
  EXPECT_EQ(w.fired(), "ann data /a; ann created /a/x; bob children /a; ann created /b; bob children /; ");
  EXPECT_EQ(w.watches.count(), 0u);
}

TEST(Watches, ACloseSessionDeletesItsEphemeralsInOrder) {
  Watched w;
  for (const char* path : {"/e2", "/e1"}) {
    w.create(path, 1);
    w.watches.add_data(Bytes(path), kAnn);
  }
  w.watches.add_child(Bytes("/"), kBob);
  w.close();
  EXPECT_EQ(w.fired(), "ann deleted /e1; bob children /; ann deleted /e2; ");
}

TEST(Watches, FiredCarriesTheListOfTheNodeThatWasWatched) {
  Watched w;
  const wire::AclList secret = acl(31, "digest", "a:h");
  w.identities.push_back(identity("digest", "a:h"));
  w.create("/s", 0, secret);
  w.watches.add_child(Bytes("/s"), kAnn);
  w.watches.add_data(Bytes("/s/c"), kAnn);
  w.create("/s/c");
  const auto fired = w.watches.fire(w.last.effects);
  ASSERT_EQ(fired.size(), 2u);
  EXPECT_TRUE(fired[0].acl.empty());
  EXPECT_EQ(fired[1].event.type, WatchEventType::kNodeChildrenChanged);
  EXPECT_EQ(fired[1].acl, secret) << "the parent's";
  EXPECT_EQ(fired[1].change, &w.last.effects.changes[0]);
  w.watches.add_data(Bytes("/s"), kAnn);
  w.remove("/s/c");
  w.watches.fire(w.last.effects);
  w.remove("/s");
  const auto gone = w.watches.fire(w.last.effects);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].acl, secret) << "judged by the list before the delete";
}

// facts 1.5, row by row.
TEST(Watches, SetWatchesTellsWhatWasMissedOrArms) {
  Watched w;
  w.create("/a");
  const Zxid then = w.zxid;
  w.create("/other");
  EXPECT_EQ(w.missed(then, "data", "/nowhere"), "ann deleted /nowhere; ");
  EXPECT_EQ(w.missed(then, "data", "/a"), "");
  EXPECT_TRUE(w.watches.has_data(Bytes("/a"), kAnn));
  EXPECT_EQ(w.missed(Zxid{0}, "data", "/a"), "ann data /a; ");
  EXPECT_EQ(w.missed(then, "exist", "/a"), "ann created /a; ");
  EXPECT_EQ(w.missed(then, "exist", "/nowhere"), "");
  EXPECT_TRUE(w.watches.has_data(Bytes("/nowhere"), kAnn));
  EXPECT_EQ(w.missed(then, "child", "/nowhere"), "ann deleted /nowhere; ");
  EXPECT_EQ(w.missed(then, "child", "/"), "ann children /; ");
  EXPECT_EQ(w.missed(w.zxid, "child", "/"), "");
  EXPECT_TRUE(w.watches.has_child(Bytes("/"), kAnn));
  w.create("/a/c");
  w.watches = Watches();
  EXPECT_EQ(w.missed(then, "data", "/a"), "") << "a child does not change the node's data";
}

TEST(Watches, GoOneByOneOrWithTheirConnection) {
  Watches watches;
  const Watches none;
  for (ConnId conn : {kAnn, kBob}) {
    watches.add_data(Bytes("/a"), conn);
    watches.add_data(Bytes("/a"), conn);
    watches.add_child(Bytes("/a"), conn);
  }
  EXPECT_EQ(watches.count(), 4u);
  EXPECT_EQ(watches.connections(), 2u);
  EXPECT_TRUE(watches.remove_data(Bytes("/a"), kAnn));
  EXPECT_FALSE(watches.remove_data(Bytes("/a"), kAnn));
  EXPECT_FALSE(watches.remove_child(Bytes("/b"), kAnn));
  EXPECT_FALSE(watches.has_data(Bytes("/a"), kAnn));
  EXPECT_TRUE(watches.has_child(Bytes("/a"), kAnn));
  const Watches copy = watches;
  watches.remove_connection(kBob);
  watches.remove_connection(kBob);
  EXPECT_EQ(watches.count(), 1u);
  EXPECT_TRUE(watches.remove_child(Bytes("/a"), kAnn));
  EXPECT_EQ(watches, none) << "nothing empty is left behind";
  EXPECT_EQ(hash_of(watches), hash_of(none));
  EXPECT_EQ(copy.count(), 3u);
  EXPECT_NE(hash_of(copy), hash_of(none));
}

TEST(Watches, KeptPathsDoNotPinTheRequest) {
  Watches watches;
  const Bytes packet(std::string(10000, 'p') + "/a");
  watches.add_data(packet.from(10000), kAnn);
  Effects effects;
  effects.changes.push_back({ChangeKind::kDataChanged, Bytes("/a"), {}, {}});
  std::string text = print(watches);
  EXPECT_NE(text.find("\"/a\""), std::string::npos);
  EXPECT_EQ(watches.fire(effects).size(), 1u);
}

}  // namespace
}  // namespace vivarium::tree::testing

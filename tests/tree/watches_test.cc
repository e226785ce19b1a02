#include "core/tree/watches.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>
#include <tuple>

#include "tests/tree/tree_support.h"

namespace vivarium::tree::testing {
namespace {

using wire::AddWatchMode;
using wire::WatcherType;
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
    wire::SetWatches2Request request;
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
  EXPECT_TRUE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kData));
  EXPECT_EQ(w.missed(Zxid{0}, "data", "/a"), "ann data /a; ");
  EXPECT_EQ(w.missed(then, "exist", "/a"), "ann created /a; ");
  EXPECT_EQ(w.missed(then, "exist", "/nowhere"), "");
  EXPECT_TRUE(w.watches.has(Bytes("/nowhere"), kAnn, WatcherType::kData));
  EXPECT_EQ(w.missed(then, "child", "/nowhere"), "ann deleted /nowhere; ");
  EXPECT_EQ(w.missed(then, "child", "/"), "ann children /; ");
  EXPECT_EQ(w.missed(w.zxid, "child", "/"), "");
  EXPECT_TRUE(w.watches.has(Bytes("/"), kAnn, WatcherType::kChildren));
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
  EXPECT_TRUE(watches.remove(Bytes("/a"), kAnn, WatcherType::kData));
  EXPECT_FALSE(watches.remove(Bytes("/a"), kAnn, WatcherType::kData));
  EXPECT_FALSE(watches.remove(Bytes("/b"), kAnn, WatcherType::kChildren));
  EXPECT_FALSE(watches.has(Bytes("/a"), kAnn, WatcherType::kData));
  EXPECT_TRUE(watches.has(Bytes("/a"), kAnn, WatcherType::kChildren));
  const Watches copy = watches;
  watches.remove_connection(kBob);
  watches.remove_connection(kBob);
  EXPECT_EQ(watches.count(), 1u);
  EXPECT_TRUE(watches.remove(Bytes("/a"), kAnn, WatcherType::kChildren));
  EXPECT_EQ(watches, none) << "nothing empty is left behind";
  EXPECT_EQ(hash_of(watches), hash_of(none));
  EXPECT_EQ(copy.count(), 3u);
  EXPECT_NE(hash_of(copy), hash_of(none));
}

TEST(Watches, PersistentOnesStayWithTheirNode) {
  Watched w;
  w.watches.add(Bytes("/a"), kAnn, AddWatchMode::kPersistent);
  EXPECT_EQ(w.watches.count(), 2u) << "in both tables";
  w.create("/a");
  EXPECT_EQ(w.fired(), "ann created /a; ");
  w.set("/a", "x");
  EXPECT_EQ(w.fired(), "ann data /a; ");
  w.create("/a/b");
  EXPECT_EQ(w.fired(), "ann children /a; ");
  w.set("/a/b", "x");
  EXPECT_EQ(w.fired(), "");
  w.remove("/a/b");
  EXPECT_EQ(w.fired(), "ann children /a; ");
  w.remove("/a");
  EXPECT_EQ(w.fired(), "ann deleted /a; ") << "once, though it is in both tables";
  EXPECT_EQ(w.watches.count(), 2u);
}

TEST(Watches, RecursiveOnesAreToldOfAllBelowAndOfNoChildren) {
  Watched w;
  w.watches.add(Bytes("/a"), kAnn, AddWatchMode::kPersistentRecursive);
  w.watches.add(Bytes("/"), kBob, AddWatchMode::kPersistentRecursive);
  EXPECT_EQ(w.watches.count(), 2u);
  w.create("/a");
  w.create("/ab");
  EXPECT_EQ(w.fired(), "bob created /ab; ") << "/ab is not below /a";
  w.create("/a/b");
  EXPECT_EQ(w.fired(), "ann created /a/b; bob created /a/b; ");
  w.create("/a/b/c");
  EXPECT_EQ(w.fired(), "ann created /a/b/c; bob created /a/b/c; ");
  w.set("/a/b", "x");
  EXPECT_EQ(w.fired(), "ann data /a/b; bob data /a/b; ");
  w.remove("/a/b/c");
  EXPECT_EQ(w.fired(), "ann deleted /a/b/c; bob deleted /a/b/c; ");
}

// ZOOKEEPER-4466: what one connection watches in several ways it is told once, and only the one-shot is spent.
TEST(Watches, ModesOfOneConnectionStandSideBySide) {
  Watched w;
  w.create("/a");
  w.watches.add_data(Bytes("/a"), kAnn);
  w.watches.add_child(Bytes("/a"), kAnn);
  w.watches.add(Bytes("/a"), kAnn, AddWatchMode::kPersistent);
  w.watches.add(Bytes("/a"), kAnn, AddWatchMode::kPersistentRecursive);
  w.watches.add(Bytes("/"), kAnn, AddWatchMode::kPersistentRecursive);
  EXPECT_EQ(w.watches.count(), 3u) << "counted by path and table, whatever the modes";
  w.set("/a", "x");
  EXPECT_EQ(w.fired(), "ann data /a; ");
  EXPECT_FALSE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kData));
  EXPECT_TRUE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kChildren));
  EXPECT_TRUE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kPersistent));
  EXPECT_TRUE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kPersistentRecursive));
  w.create("/a/b");
  EXPECT_EQ(w.fired(), "ann created /a/b; ann children /a; ");
  EXPECT_FALSE(w.watches.has(Bytes("/a"), kAnn, WatcherType::kChildren));
  w.remove("/a/b");
  w.watches.fire(w.last.effects);
  w.remove("/a");
  EXPECT_EQ(w.fired(), "ann deleted /a; ");
}

// A delete is told of by the data table first; whoever heard it there, from below or above, does not hear it again.
TEST(Watches, ARecursiveWatchAboveSparesTheChildTable) {
  Watched w;
  w.create("/a");
  w.watches.add(Bytes("/"), kAnn, AddWatchMode::kPersistentRecursive);
  w.watches.add_child(Bytes("/a"), kAnn);
  w.watches.add_child(Bytes("/a"), kBob);
  w.remove("/a");
  EXPECT_EQ(w.fired(), "ann deleted /a; bob deleted /a; ");
  EXPECT_EQ(w.watches.count(), 1u) << "the child watches are gone";
}

TEST(Watches, WhatIsMeantByEachType) {
  struct Row {
    WatcherType type;
    const char* left;  // of standard data, standard child, persistent and recursive
  };
  const Row rows[] = {{WatcherType::kData, "cpr"},
                      {WatcherType::kChildren, "dpr"},
                      {WatcherType::kPersistent, "dcr"},
                      {WatcherType::kPersistentRecursive, "dcp"},
                      {WatcherType::kAny, ""}};
  const auto there = [](const Watches& watches) {
    std::string out;
    if (watches.has(Bytes("/a"), kAnn, WatcherType::kData)) out += 'd';
    if (watches.has(Bytes("/a"), kAnn, WatcherType::kChildren)) out += 'c';
    if (watches.has(Bytes("/a"), kAnn, WatcherType::kPersistent)) out += 'p';
    if (watches.has(Bytes("/a"), kAnn, WatcherType::kPersistentRecursive)) out += 'r';
    EXPECT_EQ(watches.has(Bytes("/a"), kAnn, WatcherType::kAny), !out.empty());
    return out;
  };
  Watches all;
  all.add_data(Bytes("/a"), kAnn);
  all.add_child(Bytes("/a"), kAnn);
  all.add(Bytes("/a"), kAnn, AddWatchMode::kPersistent);
  all.add(Bytes("/a"), kAnn, AddWatchMode::kPersistentRecursive);
  ASSERT_EQ(there(all), "dcpr");
  for (const Row& row : rows) {
    Watches watches = all;
    EXPECT_FALSE(watches.remove(Bytes("/a"), kBob, row.type)) << "another's";
    EXPECT_TRUE(watches.remove(Bytes("/a"), kAnn, row.type));
    EXPECT_EQ(there(watches), row.left);
    EXPECT_FALSE(watches.remove(Bytes("/a"), kAnn, row.type));
    watches.remove_connection(kAnn);
    EXPECT_EQ(watches, Watches()) << "nothing empty is left behind";
  }
}

TEST(Watches, SetWatchesArmsPersistentOnesWithoutAWord) {
  Watched w;
  w.create("/a");
  wire::SetWatches2Request request;
  request.persistent = {Bytes("/a"), Bytes("/missing")};
  request.persistent_recursive = {Bytes("/b")};
  EXPECT_TRUE(w.watches.set_watches(w.state, kAnn, request).empty());
  EXPECT_TRUE(w.watches.has(Bytes("/missing"), kAnn, WatcherType::kPersistent));
  w.create("/b");
  w.create("/b/c");
  EXPECT_EQ(w.fired(), "ann created /b/c; ");
  w.create("/a/c");
  EXPECT_EQ(w.fired(), "ann children /a; ");
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

// ---- against a set of all watches, searched from end to end

struct Dumb {
  std::set<std::tuple<bool, std::string, ConnId, WatchMode>> all;  // child table?, path, who, how

  static bool above(const std::string& upper, const std::string& path) {
    return upper != path && (upper == "/" || path.starts_with(upper + "/"));
  }
  std::set<ConnId> tell(bool child, const std::string& path) {
    std::set<ConnId> told;
    for (const auto& [table, at, conn, mode] : all) {
      if (table == child && (at == path || (mode == WatchMode::kRecursive && above(at, path)))) told.insert(conn);
    }
    for (ConnId conn : told) all.erase({child, path, conn, WatchMode::kStandard});
    return told;
  }
  std::string fired(const Effects& effects) {
    std::string out;
    const auto say = [&](const std::set<ConnId>& conns, WatchEventType type, const std::string& path) {
      for (ConnId conn : conns) out += told({conn, type, Bytes(path)});
    };
    for (const Change& change : effects.changes) {
      const std::string path = change.path.str(), parent = parent_of(change.path).str();
      if (change.kind == ChangeKind::kDataChanged) say(tell(false, path), WatchEventType::kNodeDataChanged, path);
      if (change.kind == ChangeKind::kCreated) say(tell(false, path), WatchEventType::kNodeCreated, path);
      if (change.kind == ChangeKind::kDeleted) {
        const auto heard = tell(false, path);
        auto rest = tell(true, path);
        for (ConnId conn : heard) rest.erase(conn);
        say(heard, WatchEventType::kNodeDeleted, path);
        say(rest, WatchEventType::kNodeDeleted, path);
      }
      if (change.kind == ChangeKind::kCreated || change.kind == ChangeKind::kDeleted)
        say(tell(true, parent), WatchEventType::kNodeChildrenChanged, parent);
    }
    return out;
  }
  bool remove(const std::string& path, ConnId conn, WatcherType type) {
    return std::erase_if(all, [&](const auto& watch) {
             const auto& [child, at, who, mode] = watch;
             const bool meant = type == WatcherType::kAny ||
                                (type == WatcherType::kData && mode == WatchMode::kStandard && !child) ||
                                (type == WatcherType::kChildren && mode == WatchMode::kStandard && child) ||
                                (type == WatcherType::kPersistent && mode == WatchMode::kPersistent) ||
                                (type == WatcherType::kPersistentRecursive && mode == WatchMode::kRecursive);
             return meant && at == path && who == conn;
           }) > 0;
  }
};

TEST(Watches, TellWhatASearchOfAllOfThemFinds) {
  EXPECT_TRUE(rc::check([](const std::vector<std::array<uint8_t, 4>>& rolls) {
    Watched w;
    Dumb dumb;
    const std::string paths[] = {"/a", "/a/b", "/a/b/c", "/ab", "/"};
    for (const auto& [what, where, who, how] : rolls) {
      const std::string& path = paths[where % 5];
      const ConnId conn = who % 2 ? kAnn : kBob;
      switch (what % 8) {
        case 0:
        case 1: w.create(path); break;
        case 2: w.remove(path); break;
        case 3: w.set(path, "x"); break;
        case 4:
          w.watches.add_data(Bytes(path), conn);
          dumb.all.insert({false, path, conn, WatchMode::kStandard});
          break;
        case 5:
          w.watches.add_child(Bytes(path), conn);
          dumb.all.insert({true, path, conn, WatchMode::kStandard});
          break;
        case 6: {
          const bool deep = how % 2 == 1;
          w.watches.add(Bytes(path), conn, deep ? AddWatchMode::kPersistentRecursive : AddWatchMode::kPersistent);
          dumb.all.insert({false, path, conn, deep ? WatchMode::kRecursive : WatchMode::kPersistent});
          if (!deep) dumb.all.insert({true, path, conn, WatchMode::kPersistent});
          break;
        }
        default: {
          const auto type = static_cast<WatcherType>(1 + how % 5);
          const bool there = w.watches.has(Bytes(path), conn, type);
          RC_ASSERT(w.watches.remove(Bytes(path), conn, type) == there);
          RC_ASSERT(dumb.remove(path, conn, type) == there);
        }
      }
      if (what % 8 < 4) RC_ASSERT(w.fired() == dumb.fired(w.last.effects));
      std::set<std::tuple<bool, std::string, ConnId>> watched;
      for (const auto& [child, at, who_watches, mode] : dumb.all) watched.insert({child, at, who_watches});
      RC_ASSERT(w.watches.count() == watched.size());
    }
    w.watches.remove_connection(kAnn);
    w.watches.remove_connection(kBob);
    RC_ASSERT(w.watches == Watches());
  }));
}

}  // namespace
}  // namespace vivarium::tree::testing

#include "core/base/persistent_map.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/cow.h"
#include "core/base/ids.h"
#include "core/base/visit.h"

namespace vivarium {
namespace {

template <class K, class V>
bool same(const PersistentMap<K, V>& map, const std::map<K, V>& model) {
  if (map.size() != model.size() || map.empty() != model.empty()) return false;
  auto at = map.begin();
  for (const auto& [k, v] : model) {
    if (at == map.end() || at->first != k || at->second != v) return false;
    ++at;
  }
  if (at != map.end()) return false;
  for (auto back = model.rbegin(); back != model.rend(); ++back) {
    if ((--at)->first != back->first) return false;
  }
  return model.empty() ? !map.front() && !map.back()
                       : map.front()->first == model.begin()->first && map.back()->first == model.rbegin()->first;
}

template <class K, class V>
auto key_at(const PersistentMap<K, V>& map, typename PersistentMap<K, V>::const_iterator at) {
  return at == map.end() ? std::optional<K>() : std::optional<K>(at->first);
}

// Random changes of one of several copies; every copy held is compared with its own model after every burst.
template <class K, class MakeKey>
void against_model(MakeKey key, int range) {
  std::vector<PersistentMap<K, int>> maps(1);
  std::vector<std::map<K, int>> models(1);
  const int bursts = *rc::gen::inRange(1, 40);
  for (int burst = 0; burst < bursts; ++burst) {
    const auto which = *rc::gen::inRange<size_t>(0, maps.size());
    auto& map = maps[which];
    auto& model = models[which];
    const int kind = *rc::gen::inRange(0, 9);
    const int from = *rc::gen::inRange(0, range);
    const int count = *rc::gen::inRange(0, 200);
    const auto picks = *rc::gen::container<std::vector<int>>(static_cast<size_t>(count), rc::gen::inRange(0, range));
    for (int i = 0; i < count; ++i) {
      const K k = kind < 4 ? key(picks[static_cast<size_t>(i)]) : key(kind == 8 ? from + count - i : from + i);
      switch (kind) {
        case 0:
        case 4:
        case 8:
          map.set(k, i);
          model[k] = i;
          break;
        case 1:
        case 5: RC_ASSERT(map.erase(k) == (model.erase(k) == 1)); break;
        case 2:
          if (int* v = map.mutate(k)) {
            RC_ASSERT(model.contains(k));
            *v += 7;
            model[k] += 7;
          } else {
            RC_ASSERT(!model.contains(k));
          }
          break;
        case 3:
          map.upsert(k) += 3;
          model[k] += 3;
          break;
        case 6:
          map.set(key(2 * range + burst * 200 + i), i);
          model[key(2 * range + burst * 200 + i)] = i;
          break;
        default:
          if (!map.empty()) {
            const K first = map.front()->first;
            map.erase(first);
            model.erase(first);
          }
          break;
      }
    }
    for (int i = 0; i < count && i < 20; ++i) {
      const K k = key(picks[static_cast<size_t>(i)]);
      RC_ASSERT(map.contains(k) == model.contains(k));
      if (const int* v = map.find(k)) RC_ASSERT(*v == model.at(k));
      const auto low = model.lower_bound(k), up = model.upper_bound(k);
      RC_ASSERT(key_at(map, map.lower_bound(k)) ==
                (low == model.end() ? std::optional<K>() : std::optional<K>(low->first)));
      RC_ASSERT(key_at(map, map.upper_bound(k)) ==
                (up == model.end() ? std::optional<K>() : std::optional<K>(up->first)));
    }
    if (maps.size() < 6 && *rc::gen::inRange(0, 3) == 0) {
      maps.push_back(maps[which]);
      models.push_back(models[which]);
      RC_ASSERT(maps.back() == maps[which]);
    } else if (maps.size() > 1 && *rc::gen::inRange(0, 8) == 0) {
      maps.erase(maps.begin() + static_cast<ptrdiff_t>(which));
      models.erase(models.begin() + static_cast<ptrdiff_t>(which));
    }
    for (size_t i = 0; i < maps.size(); ++i) RC_ASSERT(same(maps[i], models[i]));
    for (size_t i = 0; i + 1 < maps.size(); ++i) {
      RC_ASSERT((maps[i] == maps[i + 1]) == (models[i] == models[i + 1]));
      RC_ASSERT((hash_of(maps[i]) == hash_of(maps[i + 1])) == (models[i] == models[i + 1]));
    }
  }
}

TEST(PersistentMap, AgreesWithStdMapWhileCopiesAreHeld) {
  EXPECT_TRUE(rc::check("integer keys", [] {
    against_model<int64_t>([](int i) { return int64_t{i}; }, *rc::gen::element(20, 300, 5000));
  }));
  EXPECT_TRUE(rc::check("byte keys", [] {
    against_model<Bytes>([](int i) { return Bytes(fmt::format("/some/path/{}", i * 7919 % 10007)); },
                         *rc::gen::element(20, 300, 5000));
  }));
}

TEST(PersistentMap, CopiesShareUntilOneChanges) {
  PersistentMap<int, int> a;
  for (int i = 0; i < 1000; ++i) a.set(i, i);
  PersistentMap<int, int> b = a;
  EXPECT_TRUE(a.same_root(b));
  EXPECT_FALSE(b.erase(5000));
  EXPECT_EQ(b.mutate(5000), nullptr);
  EXPECT_TRUE(a.same_root(b)) << "a miss must not copy anything";
  *b.mutate(500) = -1;
  EXPECT_EQ(*a.find(500), 500);
  EXPECT_EQ(*b.find(500), -1);
  EXPECT_NE(a, b);
  *b.mutate(500) = 500;
  EXPECT_EQ(a, b);
  PersistentMap<int, int> moved = std::move(b);
  EXPECT_EQ(moved, a);
  a.clear();
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(moved.size(), 1000u);
}

TEST(PersistentMap, ChangesInPlaceWhereNobodyElseHoldsIt) {
  PersistentMap<int, int> a;
  for (int i = 0; i < 1000; ++i) a.set(i, i);
  const int* before = a.find(321);
  a.set(321, 4);
  EXPECT_EQ(a.find(321), before);
  const PersistentMap<int, int> held = a;
  a.set(321, 5);
  EXPECT_NE(a.find(321), before);
  EXPECT_EQ(*before, 4);
}

TEST(PersistentMap, BytesKeysAreFoundByText) {
  PersistentMap<Bytes, int> map;
  map.set(Bytes("/b"), 2);
  map.set(Bytes("/a"), 1);
  map.set(Bytes(), 0);
  EXPECT_EQ(*map.find("/a"), 1);
  EXPECT_EQ(*map.find(std::string_view("/b")), 2);
  EXPECT_EQ(map.find("/c"), nullptr);
  EXPECT_TRUE(map.begin()->first.is_null());
  EXPECT_EQ(map.lower_bound("/aa")->first, Bytes("/b"));
  EXPECT_TRUE(map.erase("/a"));
  EXPECT_EQ(map.size(), 2u);
}

TEST(PersistentMap, AWindowOfAscendingKeysStaysSmallAndRight) {
  PersistentMap<Zxid, Bytes> window;
  for (int64_t i = 0; i < 20000; ++i) {
    window.set(Zxid{i}, Bytes("x"));
    if (window.size() <= 500) continue;
    EXPECT_TRUE(window.erase(window.begin()->first));
  }
  EXPECT_EQ(window.size(), 500u);
  EXPECT_EQ(window.front()->first, Zxid{19500});
  EXPECT_EQ(window.back()->first, Zxid{19999});
  int64_t expected = 19500;
  for (const auto& [zxid, bytes] : window) EXPECT_EQ(zxid.value, expected++);
}

// Keys that arrive in order, up or down, between others, while every step of the way is still held.
TEST(PersistentMap, OrderedKeysInTheMiddle) {
  PersistentMap<int, int> map;
  std::map<int, int> model;
  const auto add = [&](int key) {
    const PersistentMap<int, int> held = map;
    map.set(key, -key);
    model[key] = -key;
    ASSERT_EQ(held.size() + 1, map.size());
    ASSERT_FALSE(held.contains(key));
  };
  for (int i = 0; i < 100; ++i) add(i * 100'000);
  for (int i = 1; i < 3000; ++i) add(1'000'000 + i);
  for (int i = 1; i < 3000; ++i) add(3'000'000 - i);
  for (int i = 1; i < 3000; ++i) add(1'600'000 + i * (i % 2 == 0 ? 1 : -1));
  EXPECT_TRUE(same(map, model));
  for (const auto& [key, value] : model) ASSERT_EQ(*map.find(key), value);
}

// The tree of one loses levels while the other still holds them: 1025 ascending keys leave the last leaf alone below
// its inner node.
TEST(PersistentMap, ShrinkingLeavesSharedLevelsToTheOthers) {
  for (int keys : {1025, 257, 513, 2049, 40000}) {
    PersistentMap<int, int> map;
    for (int i = 0; i < keys; ++i) map.set(i, i);
    const PersistentMap<int, int> held = map;
    for (int i = 0; i + 1 < keys; ++i) ASSERT_TRUE(map.erase(i));
    EXPECT_EQ(map.size(), 1u);
    EXPECT_EQ(*map.find(keys - 1), keys - 1);
    EXPECT_TRUE(map.erase(keys - 1));
    EXPECT_TRUE(map.empty());
    int next = 0;
    for (const auto& [k, v] : held) ASSERT_EQ(k, next++);
    EXPECT_EQ(next, keys);
  }
}

// Every value is destroyed once: entries that a split, a join or a clone forgot or doubled would show here.
TEST(PersistentMap, ValuesAreCountedRight) {
  const Cow<int> value(7);
  {
    PersistentMap<int, Cow<int>> map;
    std::vector<PersistentMap<int, Cow<int>>> held;
    for (int i = 0; i < 3000; ++i) {
      map.set(i * 7919 % 3001, value);
      if (i % 500 == 0) held.push_back(map);
    }
    for (int i = 0; i < 3000; ++i) {
      map.erase(i * 31 % 3001);
      if (i % 500 == 0) held.push_back(map);
    }
    EXPECT_TRUE(value.shared());
  }
  EXPECT_FALSE(value.shared());
}

TEST(PersistentMap, DestroyingAHugeMapDoesNotRecursePerKey) {
  // A path copy per key would nest a hundred thousand versions in a naive design; here the depth is the tree's.
  PersistentMap<Bytes, PersistentSet<int>> map;
  for (int i = 0; i < 200'000; ++i) map.upsert(Bytes(fmt::format("{:07}", i))).insert(i);
  PersistentMap<Bytes, PersistentSet<int>> copy = map;
  map.clear();
  EXPECT_EQ(copy.size(), 200'000u);
  copy.clear();
  EXPECT_TRUE(copy.empty());
}

TEST(PersistentSet, KeepsOrderAndReportsNews) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<bool, uint8_t>>& steps) {
    PersistentSet<uint8_t> set;
    std::set<uint8_t> model;
    for (auto [add, k] : steps) {
      if (add)
        RC_ASSERT(set.insert(k) == model.insert(k).second);
      else
        RC_ASSERT(set.erase(k) == (model.erase(k) == 1));
    }
    RC_ASSERT(std::vector<uint8_t>(set.begin(), set.end()) == std::vector<uint8_t>(model.begin(), model.end()));
    RC_ASSERT(set.size() == model.size());
  }));
}

TEST(PersistentSet, PairsAndBoundsWork) {
  PersistentSet<std::pair<bool, Bytes>> set;
  EXPECT_TRUE(set.insert({true, Bytes("/a")}));
  EXPECT_TRUE(set.insert({false, Bytes("/b")}));
  EXPECT_FALSE(set.insert({true, Bytes("/a")}));
  EXPECT_EQ(set.begin()->second, Bytes("/b"));
  EXPECT_EQ(set.lower_bound(std::pair(true, Bytes()))->second, Bytes("/a"));
}

TEST(PersistentMap, HashesAndPrintsByContentNotByShape) {
  PersistentMap<int, int> up, down;
  for (int i = 0; i < 100; ++i) up.set(i, i);
  for (int i = 199; i >= 0; --i) down.set(i, i);
  for (int i = 100; i < 200; ++i) down.erase(i);
  EXPECT_EQ(up, down);
  EXPECT_EQ(hash_of(up), hash_of(down));
  down.set(50, 51);
  EXPECT_NE(hash_of(up), hash_of(down));
  PersistentMap<int, int> small;
  small.set(1, 2);
  small.set(0, 5);
  EXPECT_EQ(print(small), "[0 -> 5, 1 -> 2]");
}

}  // namespace
}  // namespace vivarium

#include "core/base/visit.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

enum class Phase : uint8_t { kIdle, kWaiting };

struct Vote {
  Sid leader;
  Zxid zxid;
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("leader", self.leader);
    v("zxid", self.zxid);
  }
};

struct Member {
  Phase phase = Phase::kIdle;
  Time deadline = Time::never();
  std::optional<Vote> vote;
  std::map<Sid, std::string> names;
  std::variant<std::monostate, Vote, Bytes> role;
  Cow<std::vector<int>> items;
  int draws = 0;
  template <class Self, class V>
  static void visit(Self& self, V& v) {
    v("phase", self.phase);
    v("deadline", self.deadline);
    v("vote", self.vote);
    v("names", self.names);
    v("role", self.role);
    v("items", self.items);
    v.unhashed("draws", self.draws);
  }
};

Member example() {
  Member m;
  m.phase = Phase::kWaiting;
  m.deadline = Time{1500};
  m.vote = Vote{Sid{2}, Zxid{10}};
  m.names = {{Sid{1}, "one"}, {Sid{2}, "two"}};
  m.role = Bytes("r");
  m.items = Cow<std::vector<int>>({7, 8});
  return m;
}

template <class Change>
uint64_t hash_after(Change change) {
  Member m = example();
  change(m);
  return hash_of(m, Time{1000});
}

TEST(Visit, prints_every_member_with_its_name) {
  EXPECT_EQ(print(example()),
            "{phase: 1, deadline: 1500ns, vote: {leader: 2, zxid: 0xa}, names: [1 -> \"one\", 2 -> \"two\"], "
            "role: \"r\", items: [7, 8], draws: 0}");
  EXPECT_EQ(print(std::vector<Bytes>{Bytes(), Bytes("")}), "[null, \"\"]");
  EXPECT_EQ(print(std::tuple<bool, std::optional<int>>{true, {}}), "{true, none}");
}

TEST(Visit, every_hashed_member_counts) {
  const uint64_t hash = hash_after([](Member&) {});
  EXPECT_NE(hash_after([](Member& m) { m.phase = Phase::kIdle; }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.deadline = Time{1501}; }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.vote->zxid = Zxid{11}; }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.vote.reset(); }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.names[Sid{2}] = "Two"; }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.names.erase(Sid{1}); }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.role = Vote{}; }), hash);
  EXPECT_NE(hash_after([](Member& m) { m.items.mut()[1] = 9; }), hash);
}

TEST(Visit, what_must_not_count_does_not) {
  EXPECT_EQ(hash_after([](Member& m) { m.draws = 99; }), hash_after([](Member&) {}));
}

TEST(Visit, deadlines_count_relative_to_now) {
  Member early = example(), late = example();
  late.deadline = early.deadline + seconds(5);
  EXPECT_EQ(hash_of(early, Time{1000}), hash_of(late, Time{1000} + seconds(5)));
  EXPECT_NE(hash_of(early, Time{1000}), hash_of(late, Time{1000}));
  early.deadline = late.deadline = Time::never();
  EXPECT_EQ(hash_of(early, Time{1}), hash_of(late, Time{2}));
}

TEST(Visit, bounds_between_neighbours_are_part_of_the_hash) {
  using Words = std::vector<std::string>;
  EXPECT_NE(hash_of(Words{"ab", "c"}), hash_of(Words{"a", "bc"}));
  EXPECT_NE(hash_of(std::vector<Words>{{"a"}, {}}), hash_of(std::vector<Words>{{}, {"a"}}));
  EXPECT_NE(hash_of(Bytes()), hash_of(Bytes("")));
}

TEST(Visit, equal_values_hash_alike_however_they_share) {
  Bytes grown("a");
  grown.append(Bytes("bc"));
  EXPECT_EQ(hash_of(grown), hash_of(Bytes("xabcx").slice(1, 3)));
  const Cow<std::vector<int>> a(std::vector<int>{1}), b(std::vector<int>{1});
  EXPECT_EQ(hash_of(a), hash_of(b));
}

}  // namespace
}  // namespace vivarium

#include "core/base/cow.h"

#include <gtest/gtest.h>

#include <vector>

namespace vivarium {
namespace {

TEST(Cow, copies_share_until_one_is_changed) {
  Cow<std::vector<int>> a(std::vector<int>{1, 2});
  const Cow<std::vector<int>> b = a;
  EXPECT_TRUE(a.same_as(b) && a.shared());
  a.mut().push_back(3);
  EXPECT_FALSE(a.same_as(b) || a.shared() || b.shared());
  EXPECT_EQ(*a, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(*b, (std::vector<int>{1, 2}));
}

TEST(Cow, changes_in_place_while_nobody_else_holds_it) {
  Cow<std::vector<int>> a(std::vector<int>{1});
  const auto* address = &*a;
  a.mut().push_back(2);
  { const Cow<std::vector<int>> shortly = a; }
  a.mut().push_back(3);
  EXPECT_EQ(&*a, address);
}

TEST(Cow, equality_is_of_values) {
  const Cow<int> a(5), b(5), c(6);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
  EXPECT_FALSE(a.same_as(b));
}

TEST(Cow, the_last_holder_deletes) {
  int alive = 0;
  struct Counted {
    int* alive;
    explicit Counted(int* a) : alive(a) { ++*alive; }
    Counted(const Counted& o) : alive(o.alive) { ++*alive; }
    Counted(Counted&& o) noexcept : alive(o.alive) { ++*alive; }
    ~Counted() { --*alive; }
  };
  {
    struct Holder {
      std::vector<Counted> items;
    };
    Cow<Holder> a;
    a.mut().items.emplace_back(&alive);
    Cow<Holder> b = a, c = std::move(a);
    b.mut().items.emplace_back(&alive);
    c = b;
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace vivarium

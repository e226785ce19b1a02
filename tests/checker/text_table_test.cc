#include "checker/text_table.h"

#include <gtest/gtest.h>

#include <string>

#include "checker/dense_ids.h"
#include "checker/value.h"

namespace vivarium::checker {
namespace {

TEST(TextTable, NumbersTextsInOrderOfFirstSight) {
  TextTable table;
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(table.intern("text " + std::to_string(i)), i);
  for (uint32_t i = 0; i < 1000; ++i) {
    const std::string text = "text " + std::to_string(i);
    EXPECT_EQ(table.intern(text), i);
    EXPECT_EQ(table.find(text), i);
    EXPECT_EQ(table[i], text);
  }
  EXPECT_EQ(table.size(), 1000u);
  EXPECT_FALSE(table.find("text 1000").has_value());
  EXPECT_EQ(table.intern(""), 1000u);
  EXPECT_EQ(table.intern(std::string_view("a\0b", 3)), 1001u);
  EXPECT_FALSE(table.find("a").has_value());
}

TEST(DenseIds, NumbersKeysInOrderOfFirstSight) {
  DenseIds ids;
  ids.reset(4);
  for (uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(ids.id(uint64_t{i} << 32), i);
  EXPECT_EQ(ids.find(uint64_t{7} << 32), 7u);
  EXPECT_EQ(ids.key(7), uint64_t{7} << 32);
  EXPECT_EQ(ids.find(1), DenseIds::kMissing);
  ids.reset(4);
  EXPECT_EQ(ids.find(uint64_t{7} << 32), DenseIds::kMissing);
}

TEST(Value, OneValueOneRepresentation) {
  ValueTable table;
  EXPECT_EQ(table.number(5), table.find("5"));
  EXPECT_EQ(table.number(-5).number(), -5);
  EXPECT_EQ(table.string("x\"y"), table.json("\"x\\\"y\""));
  EXPECT_EQ(table.json("null"), Value());
  const int64_t big = INT64_MAX;  // does not fit in 62 bits
  EXPECT_TRUE(table.number(big).is_text());
  EXPECT_EQ(table.show(table.number(big)), std::to_string(big));
  EXPECT_EQ(table.find(std::to_string(big)), table.number(big));
  EXPECT_EQ(table.find("\"unheard\""), kUnheardOf);
  EXPECT_EQ(table.show(kUnheardOf), "another value");
  EXPECT_NE(table.number(1), table.string("1"));
}

}  // namespace
}  // namespace vivarium::checker

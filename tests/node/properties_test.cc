#include "core/node/properties.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace vivarium::node {
namespace {

std::string said(std::string_view text) {
  std::string out;
  for (const Property& p : read_properties(text)) out += fmt::format("{}:[{}]=[{}] ", p.line, p.key, p.value);
  return out;
}

TEST(Properties, keys_values_and_what_divides_them) {
  EXPECT_EQ(said("a=1\nb:2\nc 3\nd = 4 \n  e\t:\t5"), "1:[a]=[1] 2:[b]=[2] 3:[c]=[3] 4:[d]=[4 ] 5:[e]=[5] ");
  EXPECT_EQ(said("alone\nempty="), "1:[alone]=[] 2:[empty]=[] ");
  EXPECT_EQ(said("server.1=h:1:2;3"), "1:[server.1]=[h:1:2;3] ");
}

TEST(Properties, comments_and_blank_lines_count_as_lines) {
  EXPECT_EQ(said("# a\n\n  ! b\r\nx=1\r\n\ry=2"), "4:[x]=[1] 6:[y]=[2] ");
}

TEST(Properties, a_backslash_joins_and_escapes) {
  EXPECT_EQ(said("a=1,\\\n   2\nb=3"), "1:[a]=[1,2] 3:[b]=[3] ");
  EXPECT_EQ(said("a=c:\\\\data\\t|\\n"), "1:[a]=[c:\\data\t|\n] ");
  EXPECT_EQ(said("a\\=b=c"), "1:[a=b]=[c] ");
  EXPECT_EQ(said("a=\\u00e9\\u0041\\u20ac\\u12"), "1:[a]=[\u00e9A\u20acu12] ");
  EXPECT_EQ(said("a=end\\"), "1:[a]=[end] ");
}

TEST(Properties, any_bytes_have_a_reading) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i * 37);
  size_t seen = 0;
  for (size_t cut = 0; cut <= bytes.size(); ++cut)
    seen += read_properties(std::string_view(bytes).substr(0, cut)).size();
  EXPECT_GT(seen, 0U);
}

}  // namespace
}  // namespace vivarium::node

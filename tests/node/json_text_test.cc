#include "core/node/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/base/rng.h"

namespace vivarium::node {
namespace {

TEST(JsonText, escapes_what_is_no_plain_letter) {
  EXPECT_EQ(json_text(""), "\"\"");
  EXPECT_EQ(json_text("a \"b\" \\ \n\t\r\b\f\x01\x7f"), "\"a \\\"b\\\" \\\\ \\n\\t\\r\\b\\f\\u0001\\u007f\"");
  EXPECT_EQ(json_text("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), "\"\\u00e4\\u20ac\\ud83d\\ude00\"");
  EXPECT_EQ(json_text("\xff\xc3"), "\"\\ufffd\\ufffd\"");
}

// Any bytes give JSON, and what is UTF-8 comes back as it was.
TEST(JsonText, reads_back) {
  Rng rng(7);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (uint64_t n = rng.below(12); n > 0; --n) text += static_cast<char>(rng.below(256));
    const auto read = nlohmann::json::parse(json_text(text), nullptr, false);
    ASSERT_TRUE(read.is_string());
    const std::string theirs = nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    if (theirs.find("fffd") != std::string::npos) continue;
    EXPECT_EQ(json_text(text), theirs);
  }
}

}  // namespace
}  // namespace vivarium::node

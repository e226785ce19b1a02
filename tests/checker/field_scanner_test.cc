#include "checker/field_scanner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivarium::checker {
namespace {

using testing::HasSubstr;
using enum FieldScanner::Field;

// A line with the end and the slack that a scan needs.
class Line {
 public:
  explicit Line(std::string text) : text_(std::move(text)), size_(text_.size()) {
    text_ += '\n';
    text_.resize(text_.size() + FieldScanner::kSlack);
  }
  std::string_view view() const { return std::string_view(text_).substr(0, size_); }

 private:
  std::string text_;
  size_t size_;
};

TEST(FieldScanner, FindsFieldsInAnyOrder) {
  FieldScanner scanner;
  for (const char* text : {R"({"type":"ok","process":12,"value":[1,{"a":"]"}],"zxid":-5})",
                           R"( { "zxid" : -5 , "value" : [1,{"a":"]"}] , "process" : 12 , "type" : "ok" } )"}) {
    const Line line(text);
    ASSERT_TRUE(scanner.scan(line.view())) << scanner.mistake().what;
    EXPECT_EQ(scanner.text(kType), "\"ok\"");
    EXPECT_EQ(scanner.text(kValue), R"([1,{"a":"]"}])");
    EXPECT_TRUE(scanner.shape(kProcess).whole);
    EXPECT_EQ(scanner.shape(kProcess).number, 12);
    EXPECT_EQ(scanner.shape(kZxid).number, -5);
    EXPECT_TRUE(scanner.has(kZxid));
    EXPECT_FALSE(scanner.has(kTime));
    EXPECT_FALSE(scanner.has_any(1u << kTime | 1u << kKey));
  }
}

TEST(FieldScanner, ShapesOfValues) {
  FieldScanner scanner;
  const Line line(R"({"value":1.5,"key":"a\"b","f":"plain","time":1234567890123456789,"error":null})");
  ASSERT_TRUE(scanner.scan(line.view())) << scanner.mistake().what;
  EXPECT_FALSE(scanner.shape(kValue).whole);
  EXPECT_FALSE(scanner.shape(kKey).simple);
  EXPECT_TRUE(scanner.shape(kF).simple);
  EXPECT_FALSE(scanner.shape(kTime).whole) << "more than 18 digits are read elsewhere";
  EXPECT_EQ(scanner.text(kError), "null");
}

TEST(FieldScanner, SaysWhereItIsWrong) {
  FieldScanner scanner;
  const auto column = [&](const Line& line) {
    EXPECT_FALSE(scanner.scan(line.view()));
    return scanner.mistake().at - line.view().data();
  };
  EXPECT_EQ(column(Line(R"({"type":"ok" "process":1})")), 13);
  EXPECT_THAT(scanner.mistake().what, HasSubstr("expected ',' or '}'"));
  EXPECT_EQ(column(Line(R"({"type":nul})")), 8);
  EXPECT_EQ(column(Line(R"({"tyqe":1})")), 2);
  EXPECT_THAT(scanner.mistake().what, HasSubstr("type \"type\" instead?"));
  EXPECT_EQ(column(Line(R"({"type":-})")), 8);
  EXPECT_EQ(column(Line(R"({"value":[1,2}})")), 13);
  EXPECT_EQ(column(Line(R"({"value":"ab)")), 12);
}

TEST(FieldScanner, WhatErrorsShow) {
  EXPECT_EQ(show_byte('x'), "'x'");
  EXPECT_EQ(show_byte('\x01'), "byte 0x01");
  EXPECT_EQ(show_byte('\n'), "the end of the line");
  EXPECT_EQ(excerpt("short"), "short");
  EXPECT_EQ(excerpt(std::string(100, 'x')), std::string(40, 'x') + "...");
  EXPECT_EQ(excerpt("a\x7f"), "a?");
}

}  // namespace
}  // namespace vivarium::checker

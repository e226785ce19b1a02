// The page that `vivarium view` writes, as text; what it does is tested under tests/viz/page/.
#include "viz/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/viz/trace_text.h"
#include "viz/pack.h"

namespace vivarium::viz {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(node::TraceHeader header, const std::string& file = "run.jsonl") {
  TraceWriter lines(std::move(header));
  lines.add({TraceKind::kTick, Label::kNone, 0, Time{10}});
  auto trace = parse_trace("F", lines.whole());
  EXPECT_TRUE(trace) << trace.error().sentence;
  return trace ? viewer_page({std::move(*trace), file}) : "";
}

size_t count(const std::string& text, std::string_view what) {
  size_t out = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++out;
  return out;
}

TEST(ViewerPage, is_one_file_that_asks_for_nothing) {
  const std::string page = page_of(three_servers_and_a_client());
  EXPECT_THAT(page, Not(HasSubstr("http:")));
  EXPECT_THAT(page, Not(HasSubstr("https:")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* mark : {"@TITLE@", "@STYLE@", "@DATA@", "@CODE@"}) EXPECT_THAT(page, Not(HasSubstr(mark)));
}

TEST(ViewerPage, its_modules_are_one) {
  const std::string code = page_code();
  EXPECT_EQ(count("\n" + code, "\nimport "), 0u);
  EXPECT_EQ(count("\n" + code, "\nexport "), 0u);
  EXPECT_THAT(code, HasSubstr("function unpack("));
  EXPECT_LT(code.find("class Viewer"), code.find("function be_page("));
  EXPECT_EQ(count(code, "</script"), 0u);
}

TEST(ViewerPage, names_from_the_trace_cannot_become_markup) {
  node::TraceHeader header = three_servers_and_a_client();
  header.scenario = "<b>&</script><script>alert(1)";
  const std::string page = page_of(header, "</script>.jsonl");
  EXPECT_THAT(page, HasSubstr("<title>&lt;b&gt;&amp;&lt;/script&gt;&lt;script&gt;alert(1), seed"));
  EXPECT_EQ(count(page, "<script"), 3u);
  EXPECT_EQ(count(page, "</script"), 3u);
}

TEST(Base64, as_rfc_4648_has_it) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(base64("\xff\xfe\xfd"), "//79");
}

}  // namespace
}  // namespace vivarium::viz

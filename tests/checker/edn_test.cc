#include "checker/edn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checker/history_reader.h"

namespace vivarium::checker {
namespace {

using testing::StartsWith;

std::expected<History, InputError> read(std::string_view text) {
  return parse_history(text, "h.edn", {ModelKind::CasRegister});
}

TEST(Edn, IsRecognised) {
  EXPECT_TRUE(looks_like_edn("[{:type :invoke"));
  EXPECT_TRUE(looks_like_edn("; a comment\n{:type :ok"));
  EXPECT_TRUE(looks_like_edn("#jepsen.history.Op{:type :ok"));
  EXPECT_FALSE(looks_like_edn(R"({"type":"invoke"})"));
  EXPECT_FALSE(looks_like_edn(""));
}

TEST(Edn, SaysTheSameAsJson) {
  const auto edn = read(
      "{:process 0, :type :invoke, :f :cas, :value [1 2], :time 1}\n"
      "{:process 0, :type :ok, :f :cas, :value [1 2], :time 2}\n"
      "{:process 1, :type :invoke, :f :read, :value nil, :time 3}\n"
      "{:process 1, :type :info, :f :read, :value :timed-out, :time 4, :error [:a \"b\"]}\n");
  const auto json = read(R"({"process":0,"type":"invoke","f":"cas","value":[1,2],"time":1})"
                         "\n"
                         R"({"process":0,"type":"ok","f":"cas","value":[1,2],"time":2})"
                         "\n"
                         R"({"process":1,"type":"invoke","f":"read","value":null,"time":3})"
                         "\n"
                         R"({"process":1,"type":"info","f":"read","value":"timed-out","time":4,"error":["a","b"]})"
                         "\n");
  ASSERT_TRUE(edn.has_value()) << edn.error().message;
  ASSERT_TRUE(json.has_value()) << json.error().message;
  EXPECT_EQ(to_json_lines(*edn), to_json_lines(*json));
  EXPECT_EQ(edn->operations.size(), 2u);
}

TEST(Edn, EveryTruncationIsAnswered) {
  const std::string text = "[{:process 0, :type :invoke, :f :cas, :value [1 \"a\\n\"], :time 1}]";
  ASSERT_TRUE(read(text).has_value());
  for (size_t size = 2; size < text.size(); ++size) {
    const auto history = read(text.substr(0, size));
    if (history) continue;
    EXPECT_THAT(history.error().message, StartsWith("h.edn:1:")) << size;
  }
  EXPECT_FALSE(read(text.substr(0, text.size() / 2)).has_value());
}

}  // namespace
}  // namespace vivarium::checker

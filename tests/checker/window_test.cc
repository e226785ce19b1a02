#include "checker/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/history_generator.h"
#include "checker/check.h"
#include "checker/history_reader.h"

namespace vivarium::checker {
namespace {

struct Faults {
  size_t injected = 0;
  size_t found = 0;
  size_t verified = 0;
  size_t small = 0;
};

Faults inject(ModelKind model, bench::Shape shape, uint64_t seeds) {
  Faults faults;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    shape.seed = seed * 7919;
    bench::Generator generator(shape);
    Options options;
    options.model = model;
    EXPECT_EQ(check(generator.history(), options).answer, Answer::Holds) << "seed " << seed << " before the fault";
    if (!generator.make_stale()) continue;
    ++faults.injected;
    const Verdict verdict = check(generator.history(), options);
    if (verdict.answer != Answer::Violated || !verdict.window) continue;
    ++faults.found;
    faults.verified += verdict.window->verified ? 1 : 0;
    faults.small += verdict.window->operations.size() <= 6 ? 1 : 0;
  }
  return faults;
}

void expect_all_found(const Faults& faults) {
  EXPECT_GT(faults.injected, 5u);
  EXPECT_EQ(faults.found, faults.injected);
  EXPECT_EQ(faults.verified, faults.injected);
  EXPECT_GE(faults.small * 100, faults.injected * 95);
}

bench::Shape shape(uint32_t clients, uint32_t values) {
  bench::Shape s;
  s.clients = clients;
  s.operations = 400;
  s.values = values;
  if (values == 0) {
    s.reads = 5;
    s.writes = 3;
    s.cas = 2;
  }
  return s;
}

TEST(Window, OfAStaleReadAmongFewValues) { expect_all_found(inject(ModelKind::CasRegister, shape(5, 5), 25)); }
TEST(Window, OfAStaleReadAmongManyClients) { expect_all_found(inject(ModelKind::CasRegister, shape(20, 5), 25)); }
TEST(Window, OfAStaleReadAmongUniqueValues) { expect_all_found(inject(ModelKind::CasRegister, shape(10, 0), 25)); }
TEST(Window, OfAStaleReadOfAVersion) {
  bench::Shape s = shape(10, 0);
  s.versions = true;
  expect_all_found(inject(ModelKind::Versioned, s, 25));
}
TEST(Window, OfAStaleReadWithZxids) {
  bench::Shape s = shape(10, 0);
  s.zxids = true;
  expect_all_found(inject(ModelKind::CasRegister, s, 25));
}
TEST(Window, OfAStaleReadAmongCrashes) {
  bench::Shape s = shape(5, 5);
  s.unknown_per_thousand = 10;
  expect_all_found(inject(ModelKind::CasRegister, s, 25));
}

std::string line(const char* type, int process, const char* f, const char* value) {
  return std::string(R"({"type":")") + type + R"(","process":)" + std::to_string(process) + R"(,"f":")" + f +
         R"(","key":"/k","value":)" + value + "}\n";
}

// Noise before, beside and after; the window is the overwritten value, who overwrote it, and who read it nevertheless.
TEST(Window, LeavesOutWhatHasNothingToDoWithIt) {
  std::string text;
  for (int i = 0; i < 50; ++i) {
    const std::string value = std::to_string(100 + i);
    text += line("invoke", 0, "write", value.c_str()) + line("ok", 0, "write", value.c_str());
    text += line("invoke", 1, "read", "null") + line("ok", 1, "read", value.c_str());
  }
  text += line("invoke", 2, "write", "7") + line("ok", 2, "write", "7");
  text += line("invoke", 3, "read", "null") + line("invoke", 4, "read", "null");
  text += line("ok", 3, "read", "7") + line("ok", 4, "read", "149");
  text += line("invoke", 5, "write", "9") + line("ok", 5, "write", "9");
  const auto history = parse_history(text, "h", {ModelKind::Register});
  ASSERT_TRUE(history.has_value()) << history.error().message;
  Options options;
  options.model = ModelKind::Register;
  const Verdict verdict = check(*history, options);
  ASSERT_TRUE(verdict.window.has_value());
  EXPECT_TRUE(verdict.window->verified);
  EXPECT_LE(verdict.window->operations.size(), 3u);
  EXPECT_EQ(verdict.window->operations.back().what, "read");
  EXPECT_EQ(verdict.window->operations.back().outcome, "ok 149");
  EXPECT_THAT(verdict.window->why, testing::Contains(testing::HasSubstr("returned before")));
  EXPECT_EQ(verdict.window->history.size(), 2 * verdict.window->operations.size());
}

TEST(Window, SaysWhatTheStateCanHaveBeen) {
  const std::string text = line("invoke", 0, "add", "5") + line("ok", 0, "add", "5") + line("invoke", 1, "add", "2") +
                           line("invoke", 2, "read", "null") + line("ok", 2, "read", "6") + line("ok", 1, "add", "2");
  const auto history = parse_history(text, "h", {ModelKind::Counter});
  ASSERT_TRUE(history.has_value()) << history.error().message;
  Options options;
  options.model = ModelKind::Counter;
  const Verdict verdict = check(*history, options);
  ASSERT_TRUE(verdict.window.has_value());
  const WindowOperation& read = verdict.window->operations.back();
  EXPECT_EQ(read.outcome, "ok 6");
  EXPECT_THAT(read.states, testing::UnorderedElementsAre("5", "7"));
}

}  // namespace
}  // namespace vivarium::checker

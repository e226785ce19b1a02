#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/history_generator.h"
#include "checker/check.h"

namespace vivarium::checker {
namespace {

// Many clients, many lost operations, values that say little: more possible states than anybody should keep.
bench::Shape hard() {
  bench::Shape shape;
  shape.seed = 5;
  shape.clients = 40;
  shape.operations = 3000;
  shape.values = 8;
  shape.unknown_per_thousand = 60;
  return shape;
}

TEST(Budget, ATimeLimitEndsInUndecided) {
  bench::Shape shape = hard();
  shape.operations = 200000;
  bench::Generator generator(shape);
  Options options;
  options.model = ModelKind::CasRegister;
  options.time_limit_ms = 20;
  const History history = generator.history();
  const auto begin = Budget::Clock::now();
  const Verdict verdict = check(history, options);
  const double took = std::chrono::duration<double>(Budget::Clock::now() - begin).count();
  EXPECT_EQ(verdict.answer, Answer::Undecided);
  EXPECT_THAT(verdict.undecided, testing::HasSubstr("time budget"));
  EXPECT_LT(took, 10.0);  // a sanitizer on a busy machine
}

TEST(Budget, AHistoryBeyondTheMemoryIsUndecided) {
  bench::Generator generator(hard());
  Options options;
  options.model = ModelKind::CasRegister;
  options.memory_bytes = 1000;
  const Verdict verdict = check(generator.history(), options);
  EXPECT_EQ(verdict.answer, Answer::Undecided);
  EXPECT_THAT(verdict.undecided, testing::HasSubstr("memory"));
}

// With almost no room for states the search may not find an order, but must never claim that there is none.
TEST(Budget, LittleMemoryNeverTurnsIntoAViolation) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    bench::Shape shape = hard();
    shape.seed = seed;
    shape.operations = 300;
    bench::Generator generator(shape);
    const History history = generator.history();
    Options options;
    options.model = ModelKind::CasRegister;
    options.memory_bytes = history.memory_bytes() + 120000;
    options.minimize = false;
    EXPECT_NE(check(history, options).answer, Answer::Violated) << "seed " << seed;
  }
}

}  // namespace
}  // namespace vivarium::checker

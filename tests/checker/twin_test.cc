// Every model and every path of the checker against a twin that simply tries all orders of a few operations.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "checker/check.h"
#include "checker/history_reader.h"
#include "tests/checker/brute_force_support.h"
#include "tests/checker/random_histories_support.h"

namespace vivarium::checker {
namespace {

using test::RandomShape;

struct Tally {
  size_t holds = 0;
  size_t violated = 0;
  size_t undecided = 0;
};

// The twin, asked about the window alone, finds no order either, whatever the object was before.
void expect_rejected_alone(const Window& window, ModelKind model, const History& history) {
  if (window.initial != "anything" || (model != ModelKind::Register && model != ModelKind::CasRegister)) return;
  std::string lines;
  for (const std::string& line : window.history) lines += line + "\n";
  auto alone = parse_history(lines, "window", {model});
  ASSERT_TRUE(alone.has_value()) << alone.error().message;
  std::vector<Value> before = {Value(), Value::of_number(INT32_MAX)};
  for (const Operation& op : history.operations) before.insert(before.end(), {op.argument, op.second, op.result});
  for (Value value : before) EXPECT_FALSE(test::some_order_exists(*alone, model, value)) << lines;
}

Tally compare_with_twin(ModelKind model, const RandomShape& shape, uint64_t seeds) {
  Tally tally;
  for (uint64_t seed = 0; seed < seeds; ++seed) {
    const History history = test::random_history(model, shape, seed);
    const bool exists = test::some_order_exists(history, model);
    Options options;
    options.model = model;
    const Verdict verdict = check(history, options);
    if (verdict.answer == Answer::Undecided) {
      ++tally.undecided;
      continue;
    }
    ++(exists ? tally.holds : tally.violated);
    EXPECT_EQ(verdict.answer == Answer::Holds, exists) << "seed " << seed << "\n" << to_json_lines(history);
    EXPECT_EQ(verdict.window.has_value(), verdict.answer == Answer::Violated);
    if (verdict.window) {
      EXPECT_LE(verdict.window->operations.size(), history.operations.size());
      EXPECT_FALSE(verdict.window->why.empty());
      EXPECT_TRUE(verdict.window->verified) << "seed " << seed;
      expect_rejected_alone(*verdict.window, model, history);
    }
    if (testing::Test::HasFailure()) return tally;
  }
  return tally;
}

// Both verdicts must have been seen often: a checker that always says one thing would pass otherwise.
void expect_both(const Tally& tally) {
  EXPECT_GT(tally.holds, 100u);
  EXPECT_GT(tally.violated, 50u);
}

constexpr uint64_t kSeeds = 3000;

RandomShape six() {
  RandomShape shape;
  shape.wrong_per_cent = 20;
  return shape;
}

TEST(Twin, Register) { expect_both(compare_with_twin(ModelKind::Register, six(), kSeeds)); }
TEST(Twin, CasRegister) { expect_both(compare_with_twin(ModelKind::CasRegister, six(), kSeeds)); }
TEST(Twin, Versioned) { expect_both(compare_with_twin(ModelKind::Versioned, six(), kSeeds)); }
TEST(Twin, Counter) { expect_both(compare_with_twin(ModelKind::Counter, six(), kSeeds)); }
TEST(Twin, Lock) { expect_both(compare_with_twin(ModelKind::Lock, six(), kSeeds)); }
TEST(Twin, Set) { expect_both(compare_with_twin(ModelKind::Set, six(), kSeeds)); }
TEST(Twin, UniqueNames) { expect_both(compare_with_twin(ModelKind::UniqueNames, six(), kSeeds)); }

TEST(Twin, CasRegisterSevenOperationsThreeUnknown) {
  RandomShape shape = six();
  shape.operations_most = 7;
  shape.unknown_most = 3;
  shape.values = 2;
  shape.processes = 6;
  expect_both(compare_with_twin(ModelKind::CasRegister, shape, kSeeds));
}

TEST(Twin, UniqueValues) {
  RandomShape shape = six();
  shape.unique = true;
  shape.processes = 3;
  expect_both(compare_with_twin(ModelKind::Register, shape, kSeeds));
  expect_both(compare_with_twin(ModelKind::CasRegister, shape, kSeeds));
}

TEST(Twin, VersionsInTheReplies) {
  RandomShape shape = six();
  shape.versions = true;
  shape.wrong_per_cent = 10;
  expect_both(compare_with_twin(ModelKind::Versioned, shape, kSeeds));
}

TEST(Twin, SetsElementByElement) {
  RandomShape shape = six();
  shape.whole_reads = false;
  expect_both(compare_with_twin(ModelKind::Set, shape, kSeeds));
  expect_both(compare_with_twin(ModelKind::UniqueNames, shape, kSeeds));
}

TEST(Twin, SetsThatOnlyGrow) {
  RandomShape shape = six();
  shape.removes = false;
  expect_both(compare_with_twin(ModelKind::Set, shape, kSeeds));
  expect_both(compare_with_twin(ModelKind::UniqueNames, shape, kSeeds));
}

// rapidcheck draws the shapes that nobody thought of, and prints the one that fails.
TEST(Twin, AnyShape) {
  const bool agreed = rc::check("the checker agrees with its twin", [] {
    static constexpr ModelKind kModels[] = {ModelKind::Register,   ModelKind::CasRegister, ModelKind::Versioned,
                                            ModelKind::Counter,    ModelKind::Lock,        ModelKind::Set,
                                            ModelKind::UniqueNames};
    const ModelKind model = kModels[*rc::gen::inRange<size_t>(0, std::size(kModels))];
    RandomShape shape;
    shape.processes = *rc::gen::inRange<uint32_t>(1, 7);
    shape.values = *rc::gen::inRange<uint32_t>(1, 5);
    shape.unique = *rc::gen::arbitrary<bool>();
    shape.versions = *rc::gen::arbitrary<bool>() && model == ModelKind::Versioned;
    shape.whole_reads = *rc::gen::arbitrary<bool>();
    shape.removes = *rc::gen::arbitrary<bool>();
    shape.wrong_per_cent = *rc::gen::inRange<uint32_t>(0, 60);
    const History history = test::random_history(model, shape, *rc::gen::arbitrary<uint64_t>());
    Options options;
    options.model = model;
    const Verdict verdict = check(history, options);
    if (verdict.answer == Answer::Undecided) return;
    RC_LOG() << name_of(model) << "\n" << to_json_lines(history);
    RC_ASSERT((verdict.answer == Answer::Holds) == test::some_order_exists(history, model));
  });
  EXPECT_TRUE(agreed);
}

// --- an operation of unknown outcome may be applied, applied late, or never ---

struct Line {
  const char* type;
  int process;
  const char* f;
  const char* value;
};

Answer judge(ModelKind model, const std::vector<Line>& lines) {
  std::string text;
  for (const Line& line : lines) {
    text += fmt::format(R"({{"type":"{}","process":{},"f":"{}","key":"/k","value":{}}})", line.type, line.process,
                        line.f, line.value);
    text += '\n';
  }
  const auto history = parse_history(text, "test", {model});
  EXPECT_TRUE(history.has_value()) << (history ? "" : history.error().message);
  Options options;
  options.model = model;
  return history ? check(*history, options).answer : Answer::Undecided;
}

TEST(UnknownOutcome, AppliedLateOrNeverAllHold) {
  const Line write[] = {
      {"invoke", 0, "write", "1"}, {"ok", 0, "write", "1"}, {"invoke", 1, "write", "2"}, {"info", 1, "write", "2"}};
  const std::vector<Line> begun(std::begin(write), std::end(write));
  const auto with = [&](std::vector<Line> more) {
    std::vector<Line> lines = begun;
    lines.insert(lines.end(), more.begin(), more.end());
    return judge(ModelKind::Register, lines);
  };
  const Line call = {"invoke", 2, "read", "null"};
  EXPECT_EQ(with({call, {"ok", 2, "read", "2"}}), Answer::Holds) << "applied";
  EXPECT_EQ(with({call, {"ok", 2, "read", "1"}, call, {"ok", 2, "read", "2"}}), Answer::Holds) << "late";
  EXPECT_EQ(with({call, {"ok", 2, "read", "1"}, call, {"ok", 2, "read", "1"}}), Answer::Holds) << "never";
  EXPECT_EQ(with({call, {"ok", 2, "read", "2"}, call, {"ok", 2, "read", "1"}}), Answer::Violated) << "taken back";
}

TEST(UnknownOutcome, OfACounterALockAndAName) {
  EXPECT_EQ(judge(ModelKind::Counter, {{"invoke", 0, "add", "5"},
                                       {"info", 0, "add", "5"},
                                       {"invoke", 1, "read", "null"},
                                       {"ok", 1, "read", "0"},
                                       {"invoke", 1, "read", "null"},
                                       {"ok", 1, "read", "5"}}),
            Answer::Holds);
  EXPECT_EQ(
      judge(
          ModelKind::Counter,
          {{"invoke", 0, "add", "5"}, {"info", 0, "add", "5"}, {"invoke", 1, "read", "null"}, {"ok", 1, "read", "10"}}),
      Answer::Violated)
      << "it counts once";
  EXPECT_EQ(judge(ModelKind::Lock, {{"invoke", 0, "acquire", "null"},
                                    {"ok", 0, "acquire", "null"},
                                    {"invoke", 0, "release", "null"},
                                    {"info", 0, "release", "null"},
                                    {"invoke", 1, "acquire", "null"},
                                    {"ok", 1, "acquire", "null"}}),
            Answer::Holds);
  EXPECT_EQ(judge(ModelKind::Lock, {{"invoke", 0, "acquire", "null"},
                                    {"ok", 0, "acquire", "null"},
                                    {"invoke", 1, "acquire", "null"},
                                    {"ok", 1, "acquire", "null"}}),
            Answer::Violated);
  EXPECT_EQ(judge(ModelKind::UniqueNames, {{"invoke", 0, "create", "null"},
                                           {"info", 0, "create", "null"},
                                           {"invoke", 1, "read", "null"},
                                           {"ok", 1, "read", R"(["q-7"])"}}),
            Answer::Holds);
  EXPECT_EQ(judge(ModelKind::UniqueNames, {{"invoke", 0, "create", "null"},
                                           {"ok", 0, "create", R"("q-7")"},
                                           {"invoke", 1, "create", "null"},
                                           {"ok", 1, "create", R"("q-7")"}}),
            Answer::Violated);
}

}  // namespace
}  // namespace vivarium::checker

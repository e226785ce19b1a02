#include "checker/search.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/history_generator.h"
#include "checker/problem_builder.h"
#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using test::script;
using test::whole;
using testing::ElementsAre;

Problem problem_of(const History& history, ModelKind model, const Initial& initial = {}) {
  return ProblemBuilder(model, history.values).build(whole(history), initial, Claim::None);
}

SearchResult search_for(std::string_view lines, ModelKind model = ModelKind::CasRegister) {
  const History history = script(model, lines);
  return search(problem_of(history, model), Budget{});
}

TEST(Search, NamesTheReturnByWhichNoOrderIsLeft) {
  const SearchResult result = search_for("do 0 write 1\n do 0 write 2\n do 1 read 1\n do 1 read 2");
  EXPECT_EQ(result.answer, Answer::Violated);
  EXPECT_EQ(result.failed_event, 5u) << "the return of the first read";
}

// The second write of 2 leads from 2 to 2, but the write of 1 can stand, unseen, before it, and the cas after it.
TEST(Search, ADetourOnWhichAWriteWasSatisfiedCounts) {
  EXPECT_EQ(search_for(R"(
      invoke 0 write 2
      invoke 1 cas [2,4]
      ok 0 write 2
      invoke 0 write 1
      invoke 2 write 2
      ok 1 cas [2,4]
      ok 0 write 1
      do 3 read 4
      ok 2 write 2
      do 3 read 4)")
                .answer,
            Answer::Holds);
}

TEST(Search, HistoriesThatWereExecutedHold) {
  for (uint32_t clients : {3u, 6u, 12u}) {
    for (uint32_t values : {2u, 3u, 5u}) {
      for (uint64_t seed = 1; seed <= 6; ++seed) {
        bench::Shape shape;
        shape.seed = seed;
        shape.clients = clients;
        shape.values = values;
        shape.operations = 2000;
        shape.unknown_per_thousand = seed % 2 == 0 ? 5 : 0;
        const History history = bench::Generator(shape).history();
        EXPECT_EQ(search(problem_of(history, ModelKind::CasRegister), Budget{}).answer, Answer::Holds)
            << clients << " clients, " << values << " values, seed " << seed;
      }
    }
  }
}

// `open` writes at once, of which the last is read; then one of them is read whose successor had returned.
std::string many_open(int open, bool wrong) {
  std::string lines;
  for (int i = 0; i < open; ++i) lines += fmt::format("invoke {} write {}\n", i, i);
  for (int i = 0; i < open; ++i) lines += fmt::format("ok {} write {}\n", i, i);
  lines += fmt::format("do 0 read {}\n", open / 2);
  return lines + fmt::format("do 0 read {}\n", wrong ? open / 3 : open / 2);
}

TEST(Search, EveryWidthOfMask) {
  for (int open : {5, 63, 65, 127, 129, 255, 257, 1100}) {
    EXPECT_EQ(search_for(many_open(open, false)).answer, Answer::Holds) << open;
    EXPECT_NE(search_for(many_open(open, true)).answer, Answer::Holds) << open;
  }
  EXPECT_EQ(search_for(many_open(65, true)).answer, Answer::Violated);
}

TEST(Search, TooManyOpenAtOnceIsUndecided) {
  const SearchResult result = search_for(many_open(8300, true));
  EXPECT_EQ(result.answer, Answer::Undecided);
  EXPECT_THAT(result.why_undecided, testing::HasSubstr("8300 operations are open at once"));
}

TEST(Search, StatesSeenAndAfter) {
  const History history = script(ModelKind::Counter, R"(
      do 0 add 1
      invoke 1 add 10
      invoke 2 add 100
      info 2 add 100
      invoke 3 read null
      ok 1 add 10
      ok 3 read 11)");
  ProblemBuilder builder(ModelKind::Counter, history.values);
  const Problem problem = builder.build(whole(history), Initial{}, Claim::None);
  const auto shown = [&](const std::vector<State>& states) {
    std::vector<int> sums;
    for (State state : states) sums.push_back(std::stoi(builder.show(state)));
    std::ranges::sort(sums);
    return sums;
  };
  EXPECT_THAT(shown(states_after(problem, Budget{})), ElementsAre(11)) << "the add of 100 is still to come";
  EXPECT_THAT(shown(states_seen(problem, Budget{}).during.front()), ElementsAre(0, 1));
}

}  // namespace
}  // namespace vivarium::checker

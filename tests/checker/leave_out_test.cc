#include "checker/leave_out.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/checker/script_support.h"

namespace vivarium::checker {
namespace {

using testing::ElementsAre;

std::vector<bool> with(ModelKind model, std::string_view lines, std::vector<bool> chosen, bool stand_ins = false) {
  return with_what_they_ask(model, test::script(model, lines).operations, stand_ins, std::move(chosen));
}

TEST(LeaveOut, AReadNeedsWhoMadeItsValue) {
  EXPECT_THAT(with(ModelKind::Register, "do 0 write 1\n do 0 write 2\n do 1 read 1", {false, false, true}),
              ElementsAre(true, false, true));
}

TEST(LeaveOut, ACasNeedsWhoMadeItsOldValueInTurn) {
  const char* chain = "do 0 write 1\n do 0 cas [1,2]\n do 0 cas [2,3]\n do 1 write 9\n do 1 read 3";
  EXPECT_THAT(with(ModelKind::CasRegister, chain, {false, false, false, false, true}),
              ElementsAre(true, true, true, false, true));
  EXPECT_THAT(with(ModelKind::CasRegister, chain, {false, false, false, false, true}, true),
              ElementsAre(false, false, true, false, true))
      << "with stand-ins it stays as a plain write";
}

TEST(LeaveOut, AFailedComparisonMayOweToAnyEffect) {
  const char* lines =
      "do 0 write 1\n do 0 write 2\n invoke 1 cas [1,5]\n fail 1 cas [1,5] error=mismatch\n do 2 read null";
  EXPECT_THAT(with(ModelKind::CasRegister, lines, {false, false, true, false}), ElementsAre(true, true, true, false));
  EXPECT_THAT(with(ModelKind::CasRegister, lines, {false, false, true, false}, true),
              ElementsAre(true, false, true, false));
}

TEST(LeaveOut, CountersNeedEveryEffect) {
  EXPECT_THAT(with(ModelKind::Counter, "do 0 add 1\n do 0 add 2\n do 1 read 3", {false, false, true}),
              ElementsAre(true, true, true));
}

TEST(LeaveOut, HoldersAndElements) {
  EXPECT_THAT(
      with(ModelKind::Lock, "do 0 acquire\n do 0 release\n do 1 acquire\n do 2 acquire", {true, false, false, false}),
      ElementsAre(true, true, false, false));
  EXPECT_THAT(
      with(ModelKind::Set, "do 0 add 1\n do 0 add 2\n invoke 1 contains 2\n ok 1 contains true", {false, false, true}),
      ElementsAre(false, true, true));
}

TEST(LeaveOut, AStandInWritesWhatNobodyAsksAbout) {
  const Operation other = stand_in(test::script(ModelKind::Register, "do 0 write 1").operations[0]);
  EXPECT_EQ(other.f, Function::Write);
  EXPECT_EQ(other.outcome, Outcome::Unknown);
  EXPECT_EQ(other.argument, kUnheardOf);
}

}  // namespace
}  // namespace vivarium::checker

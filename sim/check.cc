#include "sim/check.h"

#include <algorithm>
#include <array>

namespace vivarium::sim {

namespace {

struct CheckText {
  const char* name;
  const char* says;
};
constexpr std::array<CheckText, kChecks> kTexts = {{
    {"leadership", "at most one established leader per epoch"},
    {"integrity", "what is delivered was proposed"},
    {"agreement", "one transaction per zxid, for ever and everywhere"},
    {"prefix-consistency", "delivered histories are prefixes of one another"},
    {"total-order", "nobody leaves out what another delivers between two transactions"},
    {"local-primary-order", "an epoch's transactions are delivered in the order in which its leader proposed them"},
    {"global-primary-order", "an earlier epoch's transactions are delivered before a later one's"},
    {"primary-integrity", "a leader has all that was ever committed before it proposes"},
    {"durability", "committed means on a quorum's disks"},
    {"epoch-files", "epoch files never go back"},
    {"digest", "equal state at equal zxid"},
    {"ephemerals", "only live sessions own ephemerals"},
    {"session-order", "replies come in the order of the requests"},
    {"zxid-seen", "a client's lastZxidSeen never goes back"},
    {"watch-order", "a watch event comes before the data that it announces"},
    {"watch-once", "an armed watch fires once, and no other does"},
    {"watch-missed", "every change after arming gives an event"},
    {"recovery", "a server recovers from its own disk"},
    {"no-stop", "no server stops by itself, but for an injected disk fault"},
}};

}  // namespace

const char* check_name(Check check) { return kTexts[static_cast<size_t>(check)].name; }
const char* check_says(Check check) { return kTexts[static_cast<size_t>(check)].says; }

void Findings::report(Check check, std::string what, std::vector<TraceSide> sides) {
  if (!reported_.insert(check).second) return;
  Violation violation{
      check_name(check), now_, std::move(what), {here_.seq}, check_says(check), std::move(sides), {}, {}};
  for (const TraceSide& side : violation.sides) {
    if (side.seq != 0 && std::ranges::find(violation.seqs, side.seq) == violation.seqs.end())
      violation.seqs.push_back(side.seq);
  }
  violations_.push_back(std::move(violation));
}

}  // namespace vivarium::sim

// The tree against its own rules (rules.h). An exception stands here or beside its rule, with its reason.
#include <gtest/gtest.h>

#include "tests/tidy/rules.h"

namespace vivarium::tidy {
namespace {

// Long files that may only shrink.
const Lengths kAllowedLengths = {};

// Sources without a test file of their own, and why.
const Reasons kUntested = {
    {"core/base/mutant.h", "tests/mutants switches each of them on"},
    {"core/base/persistent_tree.h", "what map and set are made of: tests/base/persistent_map_test.cc"},
    {"core/node/server_config.h", "what tests/node/zoo_cfg_test.cc and config_keys_test.cc read into it"},
    {"core/posix/clock.cc", "two system calls; all of tests/posix runs on them"},
    {"core/posix/journal.cc", "tests/posix/server_test.cc reads its lines"},
    {"core/posix/vivariumd/main.cc", "tests/posix/server_test.cc executes it"},
    {"core/zab/config.h", "tested as a part of Peer: tests/zab/peer_test.cc, tests/properties"},
    {"core/zab/learner_link.h", "tested as a part of Peer: tests/zab/peer_test.cc, tests/properties"},
    {"core/zab/proposal.h", "tested as a part of Peer: tests/zab/peer_test.cc, tests/properties"},
    {"core/zab/turn.h", "tested as a part of Peer: tests/zab/peer_test.cc, tests/properties"},
};

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = load_tree(VIVARIUM_SOURCE_DIR);
  return files;
}

// Nothing found, or the findings as a list that an editor can jump through.
testing::AssertionResult holds(const Findings& findings) {
  if (findings.empty()) return testing::AssertionSuccess();
  return testing::AssertionFailure() << findings.size() << " findings:\n" << print(findings);
}

template <class Rule>
testing::AssertionResult holds_everywhere(Rule rule) {
  Findings all;
  for (const SourceFile& file : tree()) {
    const Findings found = rule(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  return holds(all);
}

TEST(Tidy, tree_was_read) {
  std::size_t sources = 0;
  for (const SourceFile& file : tree()) sources += is_cpp(file.path) && in_folder(file.path, "core") ? 1 : 0;
  EXPECT_GT(sources, 10U) << "is " VIVARIUM_SOURCE_DIR " the source tree?";
}

TEST(Tidy, includes_run_one_way) { EXPECT_TRUE(holds_everywhere(include_direction)); }
TEST(Tidy, headers_without_operating_system) { EXPECT_TRUE(holds_everywhere(system_headers)); }
TEST(Tidy, no_banned_words) { EXPECT_TRUE(holds_everywhere(banned_words)); }
TEST(Tidy, no_global_state) { EXPECT_TRUE(holds_everywhere(global_state)); }
TEST(Tidy, no_pointer_order) { EXPECT_TRUE(holds_everywhere(pointer_order)); }
TEST(Tidy, form_of_lines) { EXPECT_TRUE(holds_everywhere(line_form)); }
TEST(Tidy, headers_guard_themselves) { EXPECT_TRUE(holds_everywhere(pragma_once)); }
TEST(Tidy, files_are_short) {
  EXPECT_TRUE(holds_everywhere([](const SourceFile& file) { return file_length(file, kAllowedLengths); }));
}
TEST(Tidy, each_source_has_its_test) { EXPECT_TRUE(holds(tests_mirror_sources(tree(), kUntested))); }
TEST(Tidy, each_scenario_is_described) { EXPECT_TRUE(holds(scenarios_are_described(tree()))); }

}  // namespace
}  // namespace vivarium::tidy

// Each rule is seen to fire, and to be silent beside its case.
#include "tests/tidy/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivarium::tidy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <class Rule>
std::string said(Rule rule, const std::string& path, std::string_view text) {
  return print(rule(source(path, text)));
}

TEST(Strip, comments_and_literals_go_code_stays) {
  EXPECT_EQ(without_comments("a // b\nc /* d\ne */ f"), "a     \nc     \n     f");
  EXPECT_EQ(without_comments(R"(x = "// no comment";)"), R"(x = "// no comment";)");
  EXPECT_EQ(without_comments_and_literals("x = \"rand()\" + y;"), "x =          + y;");
  EXPECT_EQ(without_comments_and_literals(R"(x = "a\"b"; rand();)"), "x =       ; rand();");
  EXPECT_EQ(without_comments_and_literals("auto s = R\"x(a\n\"b)x\"; c"), "auto s = R    \n     ; c");
  EXPECT_EQ(without_comments_and_literals("1'000'000 + 'x' + '\\''"), "1'000'000 +     +     ");
  EXPECT_EQ(without_comments_and_literals("x = 0xFF'FFull; rand('(')"), "x = 0xFF'FFull; rand(   )");
}

TEST(IncludeDirection, the_arrows_of_core) {
  EXPECT_EQ(said(include_direction, "core/zab/leading.cc",
                 "#include \"core/log/executor.h\"\n#include \"core/base/ids.h\"\n"),
            "");
  EXPECT_THAT(said(include_direction, "core/log/a.cc", "\n#include \"core/zab/leading.h\"\n"),
              HasSubstr("core/log/a.cc:2: includes"));
  EXPECT_THAT(said(include_direction, "core/base/a.h", "#include \"core/wire/jute.h\""),
              HasSubstr("core/base may not know core/wire"));
  EXPECT_THAT(said(include_direction, "core/node/a.cc", "#include \"core/posix/sockets.h\""),
              HasSubstr("may not know core/posix"));
  EXPECT_THAT(said(include_direction, "core/node/a.cc", "#  include \"core/client/client.h\""),
              HasSubstr("may not know core/client"));
  EXPECT_THAT(said(include_direction, "core/client/a.cc", "#include \"core/tree/state.h\""),
              HasSubstr("may not know core/tree"));
  EXPECT_THAT(said(include_direction, "core/tree/a.cc", "#include \"sim/world.h\""), HasSubstr("may not know sim"));
  EXPECT_EQ(said(include_direction, "core/client/a.cc", "#include \"core/wire/records.h\""), "");
  EXPECT_EQ(said(include_direction, "core/tree/a.cc", "// #include \"sim/world.h\""), "");
}

TEST(IncludeDirection, checker_knows_neither_core_nor_sim) {
  EXPECT_THAT(said(include_direction, "checker/a.cc", "#include \"core/base/ids.h\""),
              HasSubstr("checker may not know core/base"));
  EXPECT_THAT(said(include_direction, "checker/a.cc", "#include \"sim/world.h\""),
              HasSubstr("checker may not know sim"));
  EXPECT_EQ(said(include_direction, "checker/a.cc", "#include \"checker/history.h\""), "");
}

TEST(IncludeDirection, only_the_command_line_knows_posix) {
  EXPECT_EQ(said(include_direction, "sim/cli/serve.cc", "#include \"core/posix/sockets.h\""), "");
  EXPECT_THAT(said(include_direction, "sim/world.cc", "#include \"core/posix/sockets.h\""),
              HasSubstr("sim may not know core/posix"));
  EXPECT_THAT(said(include_direction, "sim/world.cc", "#include \"sim/cli/run.h\""),
              HasSubstr("sim may not know sim/cli"));
}

TEST(IncludeDirection, actors_know_of_core_the_client) {
  for (const char* actor : {"sim/actors/lock.cc", "sim/actor_lock.cc"}) {
    EXPECT_THAT(said(include_direction, actor, "#include \"core/node/node.h\""),
                HasSubstr("sim/actors may not know core/node"));
    EXPECT_THAT(said(include_direction, actor, "#include \"core/tree/state.h\""), HasSubstr("may not know core/tree"));
    EXPECT_EQ(said(include_direction, actor, "#include \"core/client/client.h\"\n#include \"core/base/time.h\""), "");
  }
}

TEST(IncludeDirection, names_start_at_the_root) {
  EXPECT_THAT(said(include_direction, "core/base/a.cc", "#include \"ids.h\""), HasSubstr("from the root"));
  EXPECT_THAT(said(include_direction, "tests/base/a_test.cc", "#include \"../x/y.h\""), HasSubstr("from the root"));
  EXPECT_THAT(said(include_direction, "core/base/a.cc", "#include \"tests/tidy/rules.h\""),
              HasSubstr("tests or benches"));
}

TEST(IncludeDirection, version_header_only_where_it_costs_one_file) {
  EXPECT_THAT(said(include_direction, "sim/trace.h", "#include \"vivarium/version.h\""),
              HasSubstr("include it in a .cc"));
  EXPECT_EQ(said(include_direction, "sim/trace.cc", "#include \"vivarium/version.h\""), "");
}

TEST(SystemHeaders, core_has_no_operating_system) {
  for (const char* header :
       {"unistd.h", "sys/socket.h", "chrono", "ctime", "thread", "mutex", "atomic", "random", "cmath", "math.h",
        "iostream", "unordered_map", "fstream", "boost/asio.hpp", "format", "cassert", "stdio.h", "fcntl.h"}) {
    const std::string text = std::string("#include <") + header + ">\n";
    EXPECT_THAT(said(system_headers, "core/zab/a.cc", text), HasSubstr("; use ")) << header;
    EXPECT_EQ(said(system_headers, "core/posix/a.cc", text), "") << header;
  }
  EXPECT_THAT(said(system_headers, "core/zab/a.cc", "#include <random>"), HasSubstr("rng.below(n)"));
  EXPECT_EQ(said(system_headers, "core/zab/a.cc", "#include <vector>\n#include <fmt/format.h>\n#include <expected>\n"),
            "");
}

TEST(SystemHeaders, sim_has_neither_clock_nor_chance_but_for_its_command_line) {
  for (const char* header : {"random", "chrono", "thread", "unistd.h", "sys/wait.h", "cmath", "unordered_map"}) {
    const std::string text = std::string("#include <") + header + ">\n";
    EXPECT_THAT(said(system_headers, "sim/world.cc", text), HasSubstr("; use ")) << header;
    EXPECT_EQ(said(system_headers, "sim/cli/sweep.cc", text), "") << header;
  }
  EXPECT_EQ(said(system_headers, "sim/scenario.cc", "#include <nlohmann/json.hpp>\n#include <fstream>\n"), "");
}

struct BannedWord {
  const char* path;
  const char* text;
  const char* instead;
};

class BannedWords : public ::testing::TestWithParam<BannedWord> {};

TEST_P(BannedWords, fires_and_names_the_replacement) {
  EXPECT_THAT(said(banned_words, GetParam().path, GetParam().text), HasSubstr(GetParam().instead));
}

INSTANTIATE_TEST_SUITE_P(
    Tidy, BannedWords,
    ::testing::Values(BannedWord{"core/zab/a.cc", "double x = 1;", "integers"},
                      BannedWord{"core/base/a.h", "std::vector<float> x;", "integers"},
                      BannedWord{"core/base/a.h", "auto x = static_cast<double>(y);", "integers"},
                      BannedWord{"sim/network.cc", "double chance = 0;", "parts per billion"},
                      BannedWord{"core/node/a.cc", "auto t = std::chrono::steady_clock::now();", "Now"},
                      BannedWord{"sim/world.cc", "using clock = std::chrono::system_clock;", "Now"},
                      BannedWord{"checker/search.cc", "auto t = steady_clock::now();", "Now"},
                      BannedWord{"core/node/a.cc", "auto t = std::time(nullptr);", "Now"},
                      BannedWord{"sim/world.cc", "std::random_device seed;", "rng.below(n)"},
                      BannedWord{"core/zab/a.cc", "int x = rand() % 5;", "rng.below(n)"},
                      BannedWord{"core/zab/a.cc", "int x = std::rand();", "rng.below(n)"},
                      BannedWord{"tests/zab/a_test.cc", "std::uniform_int_distribution<int> d;", "rng.below(n)"},
                      BannedWord{"tests/zab/a_test.cc", "std::shuffle(a, b, c);", "rng.shuffle"},
                      BannedWord{"core/zab/a.cc", "std::mutex lock;", "one thread owns a node"},
                      BannedWord{"sim/sweep.cc", "std::jthread worker;", "processes"},
                      BannedWord{"core/zab/a.cc", "thread_local int x;", "one thread owns a node"},
                      BannedWord{"core/zab/a.cc", "std::atomic<int> x;", "one thread owns a node"},
                      BannedWord{"core/zab/a.cc", "std::unordered_map<int, int> x;", "std::map"},
                      BannedWord{"sim/world.h", "std::unordered_set<int> x;", "sorted vector"},
                      BannedWord{"core/zab/a.cc", "auto h = std::hash<int>{}(3);", "hash_mix"},
                      BannedWord{"core/zab/a.cc", "std::function<void()> callback;", "a named phase"},
                      BannedWord{"core/tree/a.cc", "std::shared_ptr<int> x;", "Cow<T>"},
                      BannedWord{"core/tree/a.cc", "throw 3;", "std::expected"},
                      BannedWord{"core/tree/a.cc", "auto x = getenv(name);", "configuration"},
                      BannedWord{"core/tree/a.cc", "std::cerr << x;", "a Note"},
                      BannedWord{"core/tree/a.cc", "printf(x);", "a Note"},
                      BannedWord{"sim/cli/run.cc", "auto s = std::format(x);", "fmt::format"},
                      BannedWord{"sim/cli/run.cc", "assert(x);", "CHECK"}));

TEST(BannedWords, silent_where_it_is_not_code_or_not_that_word) {
  EXPECT_EQ(said(banned_words, "core/zab/a.cc", "// rand() and double are not used\n"), "");
  EXPECT_EQ(said(banned_words, "core/zab/a.cc", "note(\"steady_clock float\");"), "");
  EXPECT_EQ(said(banned_words, "core/zab/a.cc", "int operand(int doubled); x.rand(); y->printf();"), "");
  EXPECT_EQ(said(banned_words, "core/zab/a.cc", "fmt::format(x); static_assert(x);"), "");
  EXPECT_EQ(said(banned_words, "core/posix/a.cc", "std::mutex m; double x; steady_clock::now();"), "");
  EXPECT_EQ(said(banned_words, "sim/cli/run.cc", "double seconds = 1; steady_clock::now();"), "");
}

TEST(GlobalState, a_static_that_can_change) {
  EXPECT_THAT(said(global_state, "core/tree/a.cc", "static int counter = 0;"), HasSubstr("a static that can change"));
  EXPECT_THAT(said(global_state, "core/tree/a.cc", "  static std::map<int, int> cache;"),
              HasSubstr("a static that can change"));
  EXPECT_THAT(said(global_state, "core/tree/a.cc", "static std::vector<int> x{1, 2};"),
              HasSubstr("a static that can change"));
  EXPECT_EQ(said(global_state, "core/tree/a.cc",
                 "static const int kX = 0;\nstatic constexpr int kY = 1;\nstatic int f(int a = 1);"),
            "");
  EXPECT_EQ(said(global_state, "core/tree/a.cc", "template <class V> static void visit(Self& self, V& v) { v = 1; }"),
            "");
  EXPECT_EQ(said(global_state, "sim/a.cc", "static int counter = 0;"), "");
}

TEST(PointerOrder, a_key_that_is_an_address) {
  EXPECT_THAT(said(pointer_order, "sim/a.cc", "std::map<const Node*, int> x;"), HasSubstr("by address"));
  EXPECT_THAT(said(pointer_order, "core/tree/a.h", "std::set<Node*> x;"), HasSubstr("by address"));
  EXPECT_EQ(said(pointer_order, "core/tree/a.h", "std::map<int, Node*> x; std::set<std::pair<int, int>> y;"), "");
}

TEST(LineForm, blanks_tabs_width_and_marks) {
  EXPECT_THAT(said(line_form, "core/a.cc", "int x; \n"), HasSubstr("core/a.cc:1: has blanks at its end"));
  EXPECT_THAT(said(line_form, "README.md", "a  \n"), HasSubstr("has blanks at its end"));
  EXPECT_THAT(said(line_form, "dev", "\techo\n"), HasSubstr("has a tab"));
  EXPECT_THAT(said(line_form, "core/a.cc", std::string(141, 'x')), HasSubstr("141 columns"));
  EXPECT_EQ(said(line_form, "core/a.cc", std::string(140, 'x')), "");
  std::string accents;
  for (int i = 0; i < 140; ++i) accents += "\xc3\xa9";
  EXPECT_EQ(said(line_form, "core/a.cc", accents), "") << "columns are characters, not bytes";
  for (const std::string mark : {"TODO", "FIXME"}) {
    EXPECT_THAT(said(line_form, "core/a.cc", "// " + mark + ": later"), HasSubstr("do it now"));
    EXPECT_THAT(said(line_form, "docs/a.md", mark + " later"), HasSubstr("do it now"));
    EXPECT_EQ(said(line_form, "core/a.cc", "int x" + mark + "x;"), "");
  }
}

TEST(PragmaOnce, first_in_every_header) {
  EXPECT_THAT(said(pragma_once, "core/a.h", "// why\nint x;\n"), HasSubstr("core/a.h:2"));
  EXPECT_THAT(said(pragma_once, "core/a.h", "// nothing\n"), HasSubstr("lacks #pragma once"));
  EXPECT_EQ(said(pragma_once, "core/a.h", "// why\n#pragma once\nint x;\n"), "");
  EXPECT_EQ(said(pragma_once, "core/a.cc", "int x;\n"), "");
}

TEST(FileLength, long_files_only_shrink) {
  const auto of = [](std::size_t lines) { return source("core/a.cc", std::string(lines, '\n')); };
  EXPECT_THAT(file_length(of(600), {}), IsEmpty());
  EXPECT_THAT(print(file_length(of(601), {})), HasSubstr("second noun"));
  EXPECT_THAT(file_length(of(700), {{"core/a.cc", 700}}), IsEmpty());
  EXPECT_THAT(print(file_length(of(701), {{"core/a.cc", 700}})), HasSubstr("only shrink from 700"));
  EXPECT_THAT(print(file_length(of(650), {{"core/a.cc", 700}})), HasSubstr("lower its exception"));
  EXPECT_THAT(print(file_length(of(600), {{"core/a.cc", 700}})), HasSubstr("take its exception out"));
  EXPECT_THAT(file_length(source("scenarios/a.json", std::string(999, '\n')), {}), IsEmpty());
}

TEST(TestsMirrorSources, each_core_source_has_its_test) {
  const auto tree = [](std::vector<std::pair<std::string, std::string>> files) {
    std::vector<SourceFile> out;
    for (auto& [path, text] : files) out.push_back(source(path, text));
    return out;
  };
  const auto lonely = tree({{"core/zab/vote.cc", "int x;"}, {"core/zab/vote.h", "inline int f() { return 1; }"}});
  EXPECT_THAT(tests_mirror_sources(lonely, {}), SizeIs(1));
  EXPECT_THAT(print(tests_mirror_sources(lonely, {})), HasSubstr("core/zab/vote.cc: has no tests/zab/vote_test.cc"));
  EXPECT_THAT(tests_mirror_sources(lonely, {{"core/zab/vote.cc", "why"}}), IsEmpty());

  const auto header =
      tree({{"core/zab/vote.h", "inline int f() { return 1; }"}, {"core/zab/shapes.h", "struct A { int x; };"}});
  EXPECT_THAT(print(tests_mirror_sources(header, {})), HasSubstr("core/zab/vote.h: has no"));
  EXPECT_THAT(tests_mirror_sources(header, {}), SizeIs(1)) << "a header of shapes needs no test";

  const auto tested = tree({{"core/zab/vote.cc", "int x;"}, {"tests/zab/vote_test.cc", ""}});
  EXPECT_THAT(tests_mirror_sources(tested, {}), IsEmpty());
  EXPECT_THAT(print(tests_mirror_sources(tested, {{"core/zab/vote.cc", "why"}})), HasSubstr("take its reason out"));
  EXPECT_THAT(print(tests_mirror_sources(tested, {{"core/zab/gone.cc", "why"}})), HasSubstr("not a source"));
}

TEST(ScenariosAreDescribed, in_their_readme) {
  const SourceFile crash = source("scenarios/leader-crash.json", "{}");
  const SourceFile schema = source("scenarios/scenario.schema.json", "{}");
  EXPECT_THAT(print(scenarios_are_described({crash, schema})),
              HasSubstr("scenarios/leader-crash.json: is not mentioned"));
  EXPECT_THAT(scenarios_are_described({crash, schema}), SizeIs(1));
  EXPECT_THAT(scenarios_are_described({crash, source("scenarios/README.md", "- `leader-crash`: a leader dies")}),
              IsEmpty());
}

}  // namespace
}  // namespace vivarium::tidy

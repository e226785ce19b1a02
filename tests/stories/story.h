// Stories: text in, text out. A story is a file of cases:
//
//     # a remark
//     | a line of the file that the next cases call FILE
//     > vivarium run FILE --seed 3
//     what it prints, and its exit code unless that is 0
//
// `tell SCENARIO SEED` and `explain SCENARIO SEED` are commands too: the run in sentences, by the world that ran it and
// by what its trace tells.
//
// REWRITE=1 writes down what is printed now; read it in the diff. Real time and hashes are masked.
#pragma once

#include <string>
#include <vector>

namespace vivarium::stories {

struct Case {
  std::string remarks;  // lines before it, with their marks
  std::string file;     // the text of FILE, of all `|` lines since the one before them
  std::string command;
  std::string expected;
};

struct Story {
  std::vector<Case> cases;
  std::string rest;  // behind the last case
};

Story parse(const std::string& text);
std::string format(const Story& story);
// What a command prints.
std::string perform(const Case& one);
// The first difference, as a sentence with both lines; empty: none.
std::string difference(const std::string& expected, const std::string& actual);

}  // namespace vivarium::stories

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checker/budget.h"

namespace vivarium::checker {

// One operation of a window, ready to be printed.
struct WindowOperation {
  uint32_t operation = 0;  // index in History::operations
  uint32_t line = 0;       // of its invoke in the file; 0 when the history was built in memory
  int64_t process = 0;
  std::string what;     // "cas 3 -> 5"
  std::string outcome;  // "ok 5", "comparison failed", "unknown"
  int64_t call_time = 0;
  int64_t return_time = -1;  // -1: not within the window
  bool loose = false;        // began before the window, or ended after it: may have taken effect outside, or never
  std::vector<std::string> states;  // what the object can have been while it ran; empty where that was not worked out
};

// The smallest part of a history that already contradicts the model, with the checker's own word that it does.
struct Window {
  std::string key;
  std::vector<WindowOperation> operations;  // in order of call
  std::string initial;                      // what the object can have been before: "anything", "null", "7 or 9"
  std::vector<std::string> why;             // sentences
  std::vector<std::string> history;         // the operations again, as lines that `vivarium check` reads
  bool verified = false;                    // the checker, run on these operations alone, finds the violation too
};

struct Verdict {
  Answer answer = Answer::Holds;
  std::string model;
  size_t operations = 0;
  size_t keys = 0;
  double seconds = 0;              // of steady time, for people; nothing is decided by it
  std::string undecided;           // why, when Undecided
  std::optional<Window> window;    // when Violated
  std::vector<std::string> notes;  // worth knowing, but no violation
};

}  // namespace vivarium::checker

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "checker/verdict.h"

namespace vivarium::checker {

// `vivarium check`: what was typed, and what to print.
struct CheckOptions {
  std::string path;
  std::string model;    // one of model_names()
  std::string initial;  // JSON, a bare word (taken as a string), or "any"
  bool json = false;    // one JSON object instead of text
  size_t memory_mb = 512;
  int64_t time_limit_ms = 0;  // 0: none
  bool strict_sync = false;
};

struct CheckOutcome {
  int exit_code = 0;  // 0 holds, 1 violated, 2 undecided, 64 usage, 65 bad input, 74 the file cannot be read
  std::string out;    // for stdout
  std::string err;    // for stderr
};

CheckOutcome run_check(const CheckOptions& options);

// A verdict as people read it, and as one JSON object in one line (both end with a newline).
std::string verdict_text(const Verdict& verdict, const std::string& source);
std::string verdict_json(const Verdict& verdict);

}  // namespace vivarium::checker

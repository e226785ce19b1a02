// A run in a few lines of text: a row a server, whose every character is what it was at that time; when faults struck;
// how many operations were answered.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/time.h"

namespace vivarium::cli {

// L leads, F follows (l, f: does not serve yet), ? looks for a leader, z is paused, x does not run
inline constexpr const char* kRolesWorstFirst = "xz?lfFL";

class Timeline {
 public:
  explicit Timeline(size_t servers) : roles_(servers), counts_(kCells) {}

  // In the order of time.
  void role(Time at, size_t server, char role);
  void faults(Time at, uint64_t count) { faults_.push_back({at, count}); }
  void operations(Time at, uint64_t count);

  // No line is longer than `columns`; a moment shows the worst of what a server was in it.
  std::string text(Time end, size_t columns, bool color) const;

 private:
  static constexpr size_t kCells = 4096;
  struct Since {
    Time at;
    char role;
  };
  struct Struck {
    Time at;
    uint64_t count;
  };
  struct Axis;
  std::string role_row(const std::vector<Since>& roles, const Axis& axis) const;
  std::string fault_row(const Axis& axis) const;
  std::string operation_row(const Axis& axis, int64_t& most_a_second) const;

  std::vector<std::vector<Since>> roles_;  // by server
  std::vector<Struck> faults_;
  std::vector<uint64_t> counts_;     // of operations, by cell
  Duration cell_ = milliseconds(1);  // twice as long whenever they do not suffice
};

}  // namespace vivarium::cli

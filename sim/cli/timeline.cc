#include "sim/cli/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace vivarium::cli {

namespace {

constexpr size_t kMomentsMax = 100;
constexpr size_t kRoomy = 40;  // columns for whole words
constexpr std::string_view kDensities = " .:-=+*#";

// Which of `roles` is worse.
char worse(char a, char b) {
  const std::string_view order(kRolesWorstFirst);
  return order.find(a) < order.find(b) ? a : b;
}

const char* color_of(char role) {
  if (role == 'L' || role == 'l') return "\x1b[1;32m";
  if (role == 'x') return "\x1b[31m";
  if (role == 'z' || role == '?') return "\x1b[33m";
  return nullptr;
}

std::string painted(std::string_view roles) {
  std::string out;
  for (size_t at = 0; at < roles.size();) {
    const size_t end = std::min(roles.find_first_not_of(roles[at], at), roles.size());
    const std::string_view same = roles.substr(at, end - at);
    const char* color = color_of(roles[at]);
    out += color ? fmt::format("{}{}\x1b[0m", color, same) : std::string(same);
    at = end;
  }
  return out;
}

// Words apart by two blanks, in lines of at most so many columns.
std::string wrapped(const std::vector<std::string>& words, size_t indent, size_t columns) {
  std::string out, line(indent, ' ');
  for (const std::string& word : words) {
    if (line.size() > indent && line.size() + 2 + word.size() > columns) {
      out += line + "\n";
      line.assign(indent, ' ');
    }
    line += (line.size() > indent ? "  " : "") + word.substr(0, columns - indent);
  }
  return out + line + "\n";
}

std::string trimmed(std::string row) {
  row.erase(row.find_last_not_of(' ') + 1);
  return row;
}

std::string seconds_text(Time t) { return fmt::format("{}.{} s", t.ns / 1'000'000'000, t.ns / 100'000'000 % 10); }

}  // namespace

// Moments of equal length.
struct Timeline::Axis {
  size_t of(Time t) const { return std::min(static_cast<size_t>(t.ns / moment.ns), moments - 1); }
  size_t moments;
  Duration moment;
};

void Timeline::role(Time at, size_t server, char role) { roles_[server].push_back({at, role}); }

void Timeline::operations(Time at, uint64_t count) {
  while (at.ns / cell_.ns >= static_cast<int64_t>(kCells)) {
    for (size_t i = 0; i < kCells / 2; ++i) counts_[i] = counts_[2 * i] + counts_[2 * i + 1];
    std::fill(counts_.begin() + kCells / 2, counts_.end(), 0);
    cell_ = cell_ * 2;
  }
  counts_[static_cast<size_t>(at.ns / cell_.ns)] += count;
}

std::string Timeline::role_row(const std::vector<Since>& roles, const Axis& axis) const {
  std::string row(axis.moments, ' ');
  for (size_t i = 0; i < roles.size(); ++i) {
    const size_t first = axis.of(roles[i].at);
    const size_t last = i + 1 < roles.size() ? axis.of(roles[i + 1].at) : axis.moments - 1;
    for (size_t at = first; at <= last; ++at) row[at] = row[at] == ' ' ? roles[i].role : worse(row[at], roles[i].role);
  }
  return row;
}

std::string Timeline::fault_row(const Axis& axis) const {
  std::vector<uint64_t> counts(axis.moments);
  for (const Struck& struck : faults_) counts[axis.of(struck.at)] += struck.count;
  std::string row;
  for (const uint64_t count : counts) row += count == 0 ? ' ' : count > 9 ? '+' : static_cast<char>('0' + count);
  return row;
}

std::string Timeline::operation_row(const Axis& axis, int64_t& most_a_second) const {
  std::vector<uint64_t> counts(axis.moments);
  for (size_t i = 0; i < kCells; ++i) {
    if (counts_[i] > 0) counts[axis.of(Time{static_cast<int64_t>(i) * cell_.ns})] += counts_[i];
  }
  const uint64_t most = *std::max_element(counts.begin(), counts.end());
  most_a_second = static_cast<int64_t>(most) * 1'000'000'000 / axis.moment.ns;
  std::string row;
  for (const uint64_t count : counts)
    row += kDensities[most == 0 ? 0 : (count * (kDensities.size() - 1) + most - 1) / most];
  return row;
}

std::string Timeline::text(Time end, size_t columns, bool color) const {
  const bool roomy = columns >= kRoomy;
  const size_t indent = roomy ? 14 : 4;
  const size_t moments = std::clamp<size_t>(columns, indent + 1, indent + kMomentsMax) - indent;
  const Axis axis{moments, Duration{end.ns / static_cast<int64_t>(moments) + 1}};
  const auto label = [&](const std::string& word) {
    return roomy ? fmt::format("  {:<11} ", word) : fmt::format("{:<3} ", word.substr(0, 3));
  };
  const std::string until = seconds_text(end);
  std::string out;
  if (moments > until.size() + 4) out += fmt::format("{}0 s{:>{}}\n", std::string(indent, ' '), until, moments - 3);
  for (size_t s = 0; s < roles_.size(); ++s) {
    const std::string row = trimmed(role_row(roles_[s], axis));
    out += label(fmt::format("{}{}", roomy ? "server " : "s", s + 1)) + (color ? painted(row) : row) + "\n";
  }
  if (!faults_.empty()) out += label("faults") + trimmed(fault_row(axis)) + "\n";
  int64_t most = 0;
  const std::string operations = operation_row(axis, most);
  std::vector<std::string> legend{"L leads", "F follows", "l f not serving yet", "? looks", "z paused", "x down"};
  if (most > 0) {
    out += label(roomy ? "operations" : "ops") + trimmed(operations) + "\n";
    legend.push_back(fmt::format("# {} operations a second", most));
  }
  return out + wrapped(legend, indent, std::max(columns, indent + 1));
}

}  // namespace vivarium::cli

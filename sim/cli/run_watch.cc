#include "sim/cli/run_watch.h"

#include <fmt/format.h>

#include "core/node/node.h"
#include "sim/cli/files.h"

namespace vivarium::cli {

namespace {

char role_of(const sim::World& world, sim::ProcessId p) {
  const node::Node* node = world.node(p);
  if (!node) return 'x';
  if (world.paused(p)) return 'z';
  switch (node->peer().role()) {
    case zab::Role::kLooking: return '?';
    case zab::Role::kLeading: return node->serving() ? 'L' : 'l';
    default: return node->serving() ? 'F' : 'f';
  }
}

std::string faults_text(const sim::FaultCounts& faults) {
  uint64_t sum = 0;
  std::string which;
  for (const auto& [name, count] : faults) {
    sum += count;
    which += fmt::format("{}{} {}", which.empty() ? "" : ", ", name, with_commas(count));
  }
  if (sum == 0) return "no faults";
  return fmt::format("{} {} ({})", with_commas(sum), sum == 1 ? "fault" : "faults", which);
}

}  // namespace

RunWatch::RunWatch(const sim::Scenario& scenario)
    : duration_(scenario.duration),
      timeline_(static_cast<size_t>(scenario.servers)),
      roles_(static_cast<size_t>(scenario.servers), ' ') {}

void RunWatch::after_step(const sim::World& world, const sim::FaultCounts& faults) {
  const sim::Happening& last = world.last();
  if (world.is_server(last.process)) look_at(world, last.process);
  if (!world.between().empty()) {
    for (sim::ProcessId p = 0; p < world.servers(); ++p) look_at(world, p);
    count_faults(world, faults);
  }
  uint64_t answered = 0;
  for (const client::ClientEvent& event : last.events) answered += std::holds_alternative<client::Completion>(event);
  if (answered > 0) timeline_.operations(world.now(), answered);
  operations_ += answered;
  if (++unseen_ < kStepsUnseen) return;
  unseen_ = 0;
  if (line_.due()) draw(world, faults);
}

void RunWatch::look_at(const sim::World& world, sim::ProcessId p) {
  const char role = role_of(world, p);
  if (role == roles_[p]) return;
  roles_[p] = role;
  timeline_.role(world.now(), p, role);
}

void RunWatch::count_faults(const sim::World& world, const sim::FaultCounts& faults) {
  uint64_t struck = 0;
  for (const auto& [name, count] : faults) struck += count;
  if (struck > struck_) timeline_.faults(world.now(), struck - struck_);
  struck_ = struck;
}

void RunWatch::draw(const sim::World& world, const sim::FaultCounts& faults) {
  const Duration passed = world.now() - drawn_at_;
  const uint64_t answered = operations_ - drawn_operations_;
  const uint64_t a_second = answered * 1000 / static_cast<uint64_t>(std::max<int64_t>(1, passed.ms()));
  drawn_at_ = world.now();
  drawn_operations_ = operations_;
  line_.show(fmt::format("{}.{} of {} s  {}  {} operations/s  {}", world.now().ns / 1'000'000'000,
                         world.now().ns / 100'000'000 % 10, duration_.ms() / 1000, roles_, with_commas(a_second),
                         faults_text(faults)));
}

std::string RunWatch::timeline(Time end) const {
  return timeline_.text(end, terminal_columns() - 1, colors_on_stderr());
}

}  // namespace vivarium::cli

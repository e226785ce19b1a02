// A machine that does a little of everything, for tests of the World: it listens, dials its neighbour, pings every 10
// ms on every connection, and writes an epoch file with every ping.
#pragma once

#include <vector>

#include "sim/world.h"

namespace vivarium::sim::testing {

inline constexpr Duration kBeat = milliseconds(10);

class FakeMachine final : public Machine {
 public:
  FakeMachine(const node::NodeConfig& config, log::Recovered recovered);
  std::unique_ptr<Machine> clone() const override { return std::make_unique<FakeMachine>(*this); }
  void step(Now now, const zab::PeerInput& input, log::NodeOutbox& out) override;
  Time deadline() const override { return next_; }
  uint64_t state_hash(Time now) const override;

  int64_t beats = 0, received = 0, closed = 0;
  int64_t written = 0, durable = 0;  // the epoch, as promised by the disk
  log::Recovered recovered;
  int64_t wall_ms = 0, space = -1;

 private:
  void beat(log::NodeOutbox& out);

  node::NodeConfig config_;
  Time next_;
  uint64_t next_conn_ = 1, next_seq_ = 1;
  std::vector<ConnId> conns_;
};

std::unique_ptr<Machine> make_fake(const node::NodeConfig& config, log::Recovered recovered);
// A machine that stops with exit code 3 at its fifth beat.
std::unique_ptr<Machine> make_stopping(const node::NodeConfig& config, log::Recovered recovered);

WorldConfig ensemble(int servers, uint64_t seed = 7);       // of real nodes
WorldConfig fake_ensemble(int servers, uint64_t seed = 7);  // of fakes, all booting at time 0
const FakeMachine& fake(const World& world, ProcessId p);

}  // namespace vivarium::sim::testing

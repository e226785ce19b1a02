#include "tests/sim/fake_machine_support.h"

#include <algorithm>

namespace vivarium::sim::testing {

namespace {
constexpr uint16_t kPort = 3888;

class StoppingMachine final : public Machine {
 public:
  std::unique_ptr<Machine> clone() const override { return std::make_unique<StoppingMachine>(*this); }
  void step(Now now, const zab::PeerInput&, log::NodeOutbox& out) override {
    next_ = now.steady + kBeat;
    if (++beats_ == 5) out.add(Stop{3, "five beats are enough"});
  }
  Time deadline() const override { return next_; }
  uint64_t state_hash(Time) const override { return static_cast<uint64_t>(beats_); }

 private:
  Time next_;
  int beats_ = 0;
};
}  // namespace

FakeMachine::FakeMachine(const node::NodeConfig& config, log::Recovered r)
    : written(r.accepted_epoch.value), durable(r.accepted_epoch.value), recovered(std::move(r)), config_(config) {}

void FakeMachine::step(Now now, const zab::PeerInput& input, log::NodeOutbox& out) {
  wall_ms = now.wall_ms;
  if (std::holds_alternative<Tick>(input)) {
    beat(out);
    next_ = now.steady + kBeat;
  } else if (const auto* accepted = std::get_if<Accepted>(&input)) {
    conns_.push_back(accepted->conn);
  } else if (const auto* connected = std::get_if<Connected>(&input)) {
    conns_.push_back(connected->conn);
  } else if (const auto* bytes = std::get_if<Received>(&input)) {
    received += static_cast<int64_t>(bytes->bytes.size());
  } else if (const auto* gone = std::get_if<Closed>(&input)) {
    ++closed;
    std::erase(conns_, gone->conn);
  } else if (const auto* done = std::get_if<log::Durable>(&input)) {
    durable = recovered.accepted_epoch.value + static_cast<int64_t>(done->seq);
  } else if (const auto* left = std::get_if<log::Space>(&input)) {
    space = left->left;
  }
}

void FakeMachine::beat(log::NodeOutbox& out) {
  if (beats++ == 0) {
    out.add(Listen{Listener::kElection, {"", kPort}});
    for (const auto& [sid, spec] : config_.ensemble.servers) {
      if (sid < config_.ensemble.self) out.add(Connect{ConnId{next_conn_ += 2}, spec.election, seconds(5)});
    }
  }
  for (const ConnId conn : conns_) out.add(Send{conn, Bytes("ping"), Label::kPing, Zxid(), false});
  out.note(NoteKind::kLogged, beats);
  out.disk.push_back({log::Queue::kFile, next_seq_++, log::WriteEpoch{log::EpochFile::kAccepted, Epoch{++written}}});
}

uint64_t FakeMachine::state_hash(Time now) const {
  uint64_t hash = hash_mix(static_cast<uint64_t>(beats), static_cast<uint64_t>(received));
  hash = hash_mix(hash, static_cast<uint64_t>(durable));
  return hash_mix(hash, static_cast<uint64_t>((next_ - now).ns));
}

std::unique_ptr<Machine> make_fake(const node::NodeConfig& config, log::Recovered recovered) {
  return std::make_unique<FakeMachine>(config, std::move(recovered));
}
std::unique_ptr<Machine> make_stopping(const node::NodeConfig&, log::Recovered) {
  return std::make_unique<StoppingMachine>();
}

WorldConfig ensemble(int servers, uint64_t seed) {
  WorldConfig config;
  config.seed = seed;
  zab::Config shared;
  for (int i = 1; i <= servers; ++i) {
    const std::string host = "s" + std::to_string(i);
    shared.servers[Sid{i}] = {{host, 2888}, {host, kPort}, {host, 2181}, true};
  }
  for (int i = 1; i <= servers; ++i) {
    ServerSetup setup;
    setup.host = "s" + std::to_string(i);
    setup.config.ensemble = shared;
    setup.config.ensemble.self = Sid{i};
    config.servers.push_back(setup);
  }
  return config;
}

WorldConfig fake_ensemble(int servers, uint64_t seed) {
  WorldConfig config = ensemble(servers, seed);
  config.machine = make_fake;
  config.first_boot = constant({});
  return config;
}

const FakeMachine& fake(const World& world, ProcessId p) {
  const Machine* machine = world.server(p).machine();
  CHECK(machine, "server {} does not run", p);
  return dynamic_cast<const FakeMachine&>(*machine);
}

}  // namespace vivarium::sim::testing

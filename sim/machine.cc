#include "sim/machine.h"

#include "core/node/node.h"

namespace vivarium::sim {

namespace {

class NodeMachine final : public Machine {
 public:
  NodeMachine(const node::NodeConfig& config, log::Recovered recovered) : node_(config, std::move(recovered)) {}
  std::unique_ptr<Machine> clone() const override { return std::make_unique<NodeMachine>(*this); }
  void step(Now now, const zab::PeerInput& input, log::NodeOutbox& out) override { node_.step(now, input, out); }
  Time deadline() const override { return node_.deadline(); }
  uint64_t state_hash(Time now) const override { return node_.state_hash(now); }
  const node::Node* node() const override { return &node_; }

 private:
  node::Node node_;
};

}  // namespace

std::unique_ptr<Machine> make_node(const node::NodeConfig& config, log::Recovered recovered) {
  return std::make_unique<NodeMachine>(config, std::move(recovered));
}

}  // namespace vivarium::sim

// Machine: the state machine that a simulated server process runs: the real node::Node, or a test's stand-in. The steps
// are those of core/node/node.h to the letter.
#pragma once

#include <memory>

#include "core/log/disk_operation.h"
#include "core/node/config.h"
#include "core/zab/events.h"

namespace vivarium::node {
class Node;
}

namespace vivarium::sim {

class Machine {
 public:
  virtual ~Machine() = default;
  virtual std::unique_ptr<Machine> clone() const = 0;
  virtual void step(Now now, const zab::PeerInput& input, log::NodeOutbox& out) = 0;
  virtual Time deadline() const = 0;
  virtual uint64_t state_hash(Time now) const = 0;
  virtual const node::Node* node() const { return nullptr; }
};

// A Machine as a value: copying it clones.
class MachineBox {
 public:
  MachineBox() = default;
  explicit MachineBox(std::unique_ptr<Machine> machine) : machine_(std::move(machine)) {}
  MachineBox(const MachineBox& o) : machine_(o.machine_ ? o.machine_->clone() : nullptr) {}
  MachineBox(MachineBox&&) = default;
  MachineBox& operator=(MachineBox o) noexcept {
    machine_.swap(o.machine_);
    return *this;
  }

  explicit operator bool() const { return machine_ != nullptr; }
  Machine* operator->() { return machine_.get(); }
  const Machine* operator->() const { return machine_.get(); }

 private:
  std::unique_ptr<Machine> machine_;
};

using MachineFactory = std::unique_ptr<Machine> (*)(const node::NodeConfig& config, log::Recovered recovered);

// The real server.
std::unique_ptr<Machine> make_node(const node::NodeConfig& config, log::Recovered recovered);

}  // namespace vivarium::sim

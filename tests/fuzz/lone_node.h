// A node taken out of a running ensemble, as the value that it is: its disk answers at once, what it sends goes
// nowhere.
#pragma once

#include "core/node/node.h"

namespace vivarium::fuzz {

class LoneNode {
 public:
  LoneNode(node::Node node, Now now) : node_(std::move(node)), now_(now) {}

  void give(const node::NodeInput& input) {
    node_.step(now_, input, out_);
    std::vector<log::DiskOperation> operations;
    operations.swap(out_.disk);
    out_.clear();
    for (const log::DiskOperation& operation : operations) answer(operation);
  }
  // A stream from `conn`, cut where its own bytes say.
  void give_stream(ConnId conn, std::string_view bytes) {
    for (size_t i = 0; i < bytes.size();) {
      const size_t size = std::min<size_t>(bytes.size() - i, 1 + static_cast<uint8_t>(bytes[i]) % 200);
      give(Received{conn, Bytes(bytes.substr(i, size))});
      i += size;
    }
    give(Closed{conn, CloseReason::kByPeer});
    now_.steady = now_.steady + seconds(60);
    give(Tick{});
  }
  const node::Node& node() const { return node_; }

 private:
  void answer(const log::DiskOperation& operation) {
    if (const auto* read = std::get_if<log::ReadLog>(&operation.operation)) give(log::LogRead{read->query, {}, false});
    if (!std::holds_alternative<log::Reload>(operation.operation)) give(log::Durable{operation.queue, operation.seq});
  }

  node::Node node_;
  Now now_;
  log::NodeOutbox out_;
};

}  // namespace vivarium::fuzz

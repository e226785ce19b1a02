// What a single part of a peer is handed, for tests of it alone: a turn whose outputs are kept, and a disk that answers
// when it is told to.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "core/zab/history.h"
#include "core/zab/leading.h"
#include "tests/zab/peer_net.h"

namespace vivarium::zab::testing {

inline Zxid z(int64_t epoch, uint32_t counter) { return Zxid(Epoch{epoch}, counter); }

inline std::vector<Zxid> run_of(int64_t epoch, uint32_t first, uint32_t last) {
  std::vector<Zxid> out;
  for (uint32_t counter = first; counter <= last; ++counter) out.push_back(z(epoch, counter));
  return out;
}

inline std::vector<Zxid> joined(std::vector<Zxid> a, const std::vector<Zxid>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What recovery gives a server with these transactions in its log, above a snapshot of `below`.
inline log::Recovered recovered_of(const std::vector<Zxid>& zxids, Epoch current, Zxid below = {}) {
  log::Recovered out;
  out.state = tree::State::fresh();
  out.snapshots = 1;
  out.accepted_epoch = out.current_epoch = current;
  for (const log::Record& record : records_of(zxids)) {
    tree::apply(out.state, *wire::decode_txn(record.payload));
    if (record.zxid <= below)
      out.snapshot_state = out.state;
    else
      out.records.push_back(record);
  }
  if (below == Zxid{}) out.snapshot_state = tree::State::fresh();
  return out;
}

inline Config config_of(int voters, int observers = 0) {
  Config config;
  for (int i = 1; i <= voters + observers; ++i) {
    const std::string host = fmt::format("s{}", i);
    config.servers[Sid{i}] = {{host, 2888}, {host, 3888}, {host, 2181}, i <= voters};
  }
  return config;
}

struct Desk {
  Config config;
  Now now{Time{0}, 1'000'000};
  log::NodeOutbox out;
  std::vector<PeerEvent> events;
  ConnIds conns;

  explicit Desk(Config c) : config(std::move(c)) {}
  Turn turn() { return {config, now, out, events, conns}; }
  void pass(Duration d) { now.steady = now.steady + d; }

  template <class T>
  std::vector<T> operations() const {
    std::vector<T> found;
    for (const log::DiskOperation& operation : out.disk) {
      if (const auto* x = std::get_if<T>(&operation.operation)) found.push_back(*x);
    }
    return found;
  }
  template <class T>
  std::vector<T> told() const {
    std::vector<T> found;
    for (const PeerEvent& event : events) {
      if (const auto* x = std::get_if<T>(&event)) found.push_back(*x);
    }
    return found;
  }
  template <class T>
  std::vector<T> asked() const {
    std::vector<T> found;
    for (const NetworkOutput& output : out.network) {
      if (const auto* x = std::get_if<T>(&output)) found.push_back(*x);
    }
    return found;
  }
  // What a connection was sent since it was last asked; SNAP's stream apart from the packets.
  std::vector<wire::QuorumPacket> sent(ConnId conn, std::string* stream = nullptr) {
    std::vector<wire::QuorumPacket> packets;
    wire::QuorumDecoder decoder;
    std::vector<NetworkOutput> rest;
    for (NetworkOutput& output : out.network) {
      const auto* send = std::get_if<Send>(&output);
      if (!send || send->conn != conn) {
        rest.push_back(std::move(output));
      } else if (send->label == Label::kSnapBytes) {
        if (stream) *stream += send->bytes.str();
      } else {
        decoder.feed(send->bytes);
        while (auto packet = decoder.next()) {
          packets.push_back(std::move(*packet));
          if (decoder.raw()) decoder.resume(decoder.take_raw());  // its bytes are labelled
        }
      }
    }
    out.network = std::move(rest);
    return packets;
  }
  std::vector<wire::PacketType> types_sent(ConnId conn) {
    std::vector<wire::PacketType> types;
    for (const auto& packet : sent(conn)) types.push_back(packet.type);
    return types;
  }
  // The oldest operation of a queue becomes durable; false: there is none.
  bool durable(History& history, log::Queue queue) {
    const auto first =
        std::find_if(out.disk.begin(), out.disk.end(), [queue](const auto& op) { return op.queue == queue; });
    if (first == out.disk.end()) return false;
    const log::Durable answer{queue, first->seq};
    out.disk.erase(first);
    Turn t = turn();
    history.on_durable(answer, t);
    return true;
  }
  void all_durable(History& history) {
    for (bool any = true; any;) {
      any = false;
      for (const auto queue : {log::Queue::kLog, log::Queue::kSnapshot, log::Queue::kFile})
        any = durable(history, queue) || any;
    }
  }
};

inline wire::QuorumPacket packet(wire::PacketType type, Zxid zxid, Bytes data = Bytes()) {
  return {type, zxid, std::move(data), {}};
}

inline ProposalRef proposal_of(const History& history, Zxid zxid) {
  BytesBuilder timeout;
  timeout.i32(10000);
  tree::State after = history.logged();
  const auto prepared =
      tree::prepare(after, {SessionId{zxid.value}, 0, wire::OpCode::kCreateSession, timeout.take(), {}}, zxid, 1, {});
  bool mismatch = false;
  return *history.proposal_from(wire::encode_txn(prepared.txn), &mismatch);
}

inline std::vector<Zxid> keys_of(const History& history) {
  std::vector<Zxid> out;
  for (const auto& [zxid, entry] : history.window()) out.push_back(zxid);
  return out;
}

}  // namespace vivarium::zab::testing

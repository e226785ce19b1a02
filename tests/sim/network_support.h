// Three processes on three hosts that only write down what they hear of a network.
#pragma once

#include <gtest/gtest.h>

#include "sim/network.h"

namespace vivarium::sim {

inline constexpr ProcessId kA = 0, kB = 1, kC = 2;
inline constexpr uint16_t kPort = 2181;

// One millisecond everywhere, and nothing left to chance.
inline NetworkOptions exact() {
  NetworkOptions options;
  options.link.latency = constant(milliseconds(1));
  options.coalesce_ppb = 0;
  options.split_ppb = 0;
  options.retransmit_max = {};
  return options;
}

struct Net {
  explicit Net(NetworkOptions options = exact(), uint64_t seed = 7) : choices(seed), network(options) {
    for (const char* name : {"a", "b", "c"}) network.add_process(network.add_host(name));
  }

  Schedule schedule() { return {queue, choices, now, step, 0}; }
  void run(Duration span) {
    const Time end = now + span;
    while (queue.next_at() <= end) {
      const auto due = queue.pop();
      now = due.at;
      ++step;
      Schedule s = schedule();
      Delivery delivery;
      if (network.handle(s, due.what, delivery)) hear(delivery);
    }
    now = end;
    ++step;
  }
  void hear(const Delivery& d) {
    std::string what;
    switch (d.kind) {
      case Delivery::Kind::kAccepted:
        what = "accepted";
        last_accepted[d.process] = d.conn;
        break;
      case Delivery::Kind::kConnected: what = "connected"; break;
      case Delivery::Kind::kReceived:
        what = "got " + d.bytes.str();
        bytes[d.process] += d.bytes.str();
        break;
      case Delivery::Kind::kSent: what = "sent"; break;
      case Delivery::Kind::kClosed: {
        static constexpr const char* kNames[] = {"by peer", "reset", "timeout", "refused", "unreachable"};
        what = std::string("closed: ") + kNames[static_cast<size_t>(d.reason)];
        break;
      }
    }
    heard[d.process].push_back(what);
    at[d.process].push_back(now);
  }
  using Lines = std::vector<std::string>;
  Lines take(ProcessId p) {
    at[p].clear();
    return std::exchange(heard[p], {});
  }

  ConnId dial(ProcessId from, const std::string& host, Duration timeout = seconds(5)) {
    const ConnId conn{next_conn};
    next_conn += 2;
    Schedule s = schedule();
    network.dial(s, from, conn, {host, kPort}, timeout);
    return conn;
  }
  void listen(ProcessId p) { ASSERT_TRUE(network.listen(p, Listener::kQuorum, {"", kPort})); }
  // A connection from A to B; what both heard of it is forgotten.
  void connect() {
    listen(kB);
    a = dial(kA, "b");
    run(seconds(1));
    b = last_accepted[kB];
    ASSERT_EQ(take(kA), Lines{"connected"});
    ASSERT_EQ(take(kB), Lines{"accepted"});
  }
  void send(ProcessId p, ConnId conn, const std::string& text, bool notify = false) {
    Schedule s = schedule();
    network.send(s, p, {conn, Bytes(text), Label::kPing, Zxid(), notify}, 0);
  }
  void a_sends(const std::string& text, bool notify = false) { send(kA, a, text, notify); }
  void b_sends(const std::string& text) { send(kB, b, text); }
  void close(ProcessId p, ConnId conn) {
    Schedule s = schedule();
    network.close(s, p, conn);
  }
  void reading(ProcessId p, ConnId conn, bool on) {
    Schedule s = schedule();
    network.set_reading(s, p, conn, on);
  }
  void cut(ProcessId from, ProcessId to) { network.cut(from, to); }
  void cut_both() {
    cut(kA, kB);
    cut(kB, kA);
  }
  void heal(ProcessId from, ProcessId to) {
    Schedule s = schedule();
    network.heal(s, from, to);
  }
  void heal_both() {
    heal(kA, kB);
    heal(kB, kA);
  }
  void die(ProcessId p) {
    Schedule s = schedule();
    network.process_died(s, p);
  }
  void power_lost(ProcessId p) {
    Schedule s = schedule();
    network.power_lost(s, p);
  }
  void power_back(ProcessId p) {
    Schedule s = schedule();
    network.power_back(s, p);
  }
  void resume(ProcessId p) {
    Schedule s = schedule();
    network.resume(s, p);
  }

  EventQueue<Event> queue;
  Choices choices;
  Network network;
  Time now;
  uint64_t step = 1;
  uint64_t next_conn = 1;
  ConnId a, b;
  std::map<ProcessId, Lines> heard;
  std::map<ProcessId, std::vector<Time>> at;
  std::map<ProcessId, std::string> bytes;
  std::map<ProcessId, ConnId> last_accepted;
};

using Lines = Net::Lines;

}  // namespace vivarium::sim

// Broadcast: under any load and any schedule of crashes and cuts, what was delivered anywhere is delivered everywhere,
// in one order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/zab/peer_net.h"

namespace vivarium::zab::testing {
namespace {

void act(PeerNet& net, int servers, int64_t& next_session) {
  const Sid a{*rc::gen::inRange(1, servers + 1)};
  const Sid b{*rc::gen::inRange(1, servers + 1)};
  switch (*rc::gen::inRange(0, 9)) {
    case 0:
      if (net.alive(a)) net.kill(a);
      break;
    case 1:
      if (!net.alive(a)) net.start(a);
      break;
    case 2:
      if (a != b) net.cut(a, b);
      break;
    case 3: net.heal(); break;
    case 4:
      if (const auto leader = net.serving_leader()) net.kill(*leader);
      break;
    case 5:
      for (int i = 0; i < 10; ++i) net.propose(next_session++);
      break;
    case 6: net.run_for(seconds(1)); break;
    default: net.propose(next_session++); break;
  }
  net.run_for(milliseconds(*rc::gen::element(0, 1, 2, 5, 20, 300)));
}

TEST(Broadcast, WhatIsDeliveredAnywhereIsDeliveredEverywhere) {
  const bool holds = rc::check("broadcast", [] {
    const int servers = *rc::gen::element(3, 3, 5);
    NetOptions options;
    options.seed = *rc::gen::arbitrary<uint32_t>();
    options.disk_max = milliseconds(*rc::gen::element(1, 5, 40));
    options.latency_max = milliseconds(*rc::gen::element(1, 5, 40));
    const int64_t window = *rc::gen::element(2, 10, 500);
    const int64_t snap_count = *rc::gen::element(6, 30, 100000);
    PeerNet net(servers, options, [&](Config& config) {
      config.window = window;
      config.snap_count = snap_count;
    });
    net.start_all();
    net.run_for(seconds(2));
    int64_t next_session = 1;
    const int actions = *rc::gen::inRange(0, 60);
    for (int i = 0; i < actions; ++i) act(net, servers, next_session);
    net.heal();
    for (int i = 1; i <= servers; ++i) {
      if (!net.alive(Sid{i})) net.start(Sid{i});
    }
    const bool reached = net.run_until([&] { return net.all_serve_one_leader(); }, seconds(120));
    if (!reached || !net.violations().empty())
      RC_FAIL(net.describe() + (net.violations().empty() ? "" : net.violations().front()));
    const auto& state = net.peer(*net.serving_leader()).committed();
    for (const auto& [zxid, payload] : net.delivered()) {
      RC_ASSERT(state.sessions.contains(wire::decode_txn(payload)->header.session));
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace vivarium::zab::testing

// Election: from any reachable mix of epochs, histories, rounds, delays, late starters and resets, one leader per epoch
// comes out, with the most recent history of a quorum, and all reach it.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/zab/peer_net.h"

namespace vivarium::zab::testing {
namespace {

// A reachable past, made epoch by epoch without any of the code under test: a quorum follows the most recent of its
// members, which then proposes; each follower logs a prefix of that.
struct Past {
  struct Server {
    std::vector<Zxid> log;
    Epoch accepted, current;
  };
  std::vector<Server> servers;  // index = sid - 1
  std::vector<Zxid>
      committed;  // on a quorum of the epoch in which they were proposed, or in a history that was established
};

Past reachable_past(int servers) {
  Past past;
  past.servers.resize(static_cast<size_t>(servers));
  const int epochs = *rc::gen::inRange(0, 5);
  for (int e = 1; e <= epochs; ++e) {
    std::vector<size_t> order(past.servers.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[*rc::gen::inRange<size_t>(0, i)]);
    const size_t quorum = past.servers.size() / 2 + 1;
    order.resize(*rc::gen::inRange<size_t>(quorum, past.servers.size() + 1));
    const auto recent = [&](size_t a, size_t b) {
      const auto key = [&](size_t i) {
        return std::pair(past.servers[i].current, past.servers[i].log.empty() ? Zxid{} : past.servers[i].log.back());
      };
      return key(a) < key(b);
    };
    const size_t leader = *std::max_element(order.begin(), order.end(), recent);
    for (size_t i : order) {
      past.servers[i].log = past.servers[leader].log;
      past.servers[i].accepted = past.servers[i].current = Epoch{e};
    }
    past.committed = past.servers[leader].log;  // an established history is committed
    const uint32_t proposals = *rc::gen::inRange<uint32_t>(0, 6);
    std::vector<uint32_t> logged;
    for (size_t i : order) {
      const uint32_t n = i == leader ? proposals : *rc::gen::inRange<uint32_t>(0, proposals + 1);
      for (uint32_t k = 1; k <= n; ++k) past.servers[i].log.push_back(Zxid(Epoch{e}, k));
      logged.push_back(n);
    }
    std::sort(logged.rbegin(), logged.rend());
    for (uint32_t k = 1; k <= logged[quorum - 1]; ++k) past.committed.push_back(Zxid(Epoch{e}, k));
  }
  return past;
}

TEST(Election, OneLeaderPerEpochWithTheMostRecentHistoryAndAllReachIt) {
  const bool holds = rc::check("election", [] {
    const int servers = *rc::gen::element(3, 5);
    const Past past = reachable_past(servers);
    NetOptions options;
    options.seed = *rc::gen::arbitrary<uint32_t>();
    options.latency_max = milliseconds(*rc::gen::element(1, 20, 150, 300));
    PeerNet net(servers, options);
    for (int i = 1; i <= servers; ++i) {
      auto& disk = net.disk(Sid{i});
      const auto& server = past.servers[static_cast<size_t>(i - 1)];
      disk.records = records_of(server.log);
      disk.accepted = server.accepted;
      disk.current = server.current;
    }
    // Late starters, and one link that flaps.
    for (int i = 1; i <= servers; ++i) {
      net.start(Sid{i});
      net.run_for(milliseconds(*rc::gen::element(0, 0, 30, 250, 1500)));
      if (*rc::gen::inRange(0, 4) == 0) {
        net.cut(Sid{i}, Sid{1 + i % servers});
        net.run_for(milliseconds(100));
        net.heal();
      }
    }
    const bool reached = net.run_until([&] { return net.all_serve_one_leader(); }, seconds(300));
    if (!reached || !net.violations().empty())
      RC_FAIL(net.describe() + (net.violations().empty() ? "" : net.violations().front()));
    const auto& state = net.peer(*net.serving_leader()).committed();
    for (Zxid zxid : past.committed) RC_ASSERT(state.sessions.contains(SessionId{zxid.value}));
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace vivarium::zab::testing

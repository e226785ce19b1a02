// Clients and recipes against an ensemble that loses connections, answers and sessions at random.
#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "core/client/counter.h"
#include "core/client/lock.h"
#include "core/client/unique_names.h"
#include "tests/client/tiny_ensemble.h"

namespace vivarium::client {
namespace {

struct Chances {
  uint64_t cut_percent = 4, expire_percent = 1;
};

// One random event of the world. Without faults: any order of what is on its way.
void stir(TinyEnsemble& world, Rng& rng, Chances chances) {
  TinyEnsemble::Host& host = world.hosts[rng.below(world.hosts.size())];
  if (rng.below(100) < chances.cut_percent) world.cut(host);
  if (rng.below(100) < chances.expire_percent && host.client.session() != SessionId{})
    world.expire(host.client.session());
  if (host.client.ended()) {
    host.client.reopen();
    return;
  }
  switch (rng.below(3)) {
    case 0:
      if (world.process(host)) return;
      break;
    case 1:
      if (world.deliver(host)) return;
      break;
    default: break;
  }
  if (!world.accept(host) && !host.client.connected()) world.tick(host);
}

// Nothing is on its way any more, and everybody has a session.
void settle(TinyEnsemble& world) {
  for (TinyEnsemble::Host& host : world.hosts) {
    if (host.client.ended()) host.client.reopen();
    while (!host.client.connected()) {
      if (host.client.ended()) host.client.reopen();
      world.tick(host);
      world.accept(host);
      while (world.process(host) || world.deliver(host)) {
      }
    }
    world.tick(host);
    while (world.process(host) || world.deliver(host)) {
    }
  }
}

template <class Recipe>
void show(TinyEnsemble& world, TinyEnsemble::Host& host, Recipe& recipe) {
  Outbox out;
  for (const ClientEvent& event : std::exchange(host.events, {})) recipe.step(event, world.now, host.client, out);
  world.act(host, out);
}

// ---- the client itself

struct Ledger {
  std::vector<std::pair<Token, bool>> waiting;  // (token, write), in the order of submit()
  size_t writes = 0, unknown = 0, failed = 0, told = 0;

  void submitted(Token token, bool write) {
    waiting.emplace_back(token, write);
    writes += write;
  }
  void told_of(const ClientEvent& event) {
    const Completion* c = std::get_if<Completion>(&event);
    if (c == nullptr) return;
    RC_ASSERT(!waiting.empty());
    RC_ASSERT(waiting.front().first == c->token);  // in order, once
    const bool write = waiting.front().second;
    waiting.erase(waiting.begin());
    ++told;
    RC_ASSERT(write || c->outcome != Outcome::kUnknown);
    if (!write) return;
    unknown += c->outcome == Outcome::kUnknown;
    failed += c->outcome == Outcome::kError;
  }
};

TEST(Random, EveryTokenIsToldOnceInOrderAndNoWriteIsSentTwice) {
  EXPECT_TRUE(rc::check("tokens", [](uint64_t seed) {
    Rng rng(seed);
    TinyEnsemble world(2, seed);
    world.tree["/n"] = {};
    std::vector<Ledger> ledgers(world.hosts.size());
    std::vector<Zxid> seen(world.hosts.size());
    std::vector<SessionId> session(world.hosts.size());
    for (int turn = 0; turn < 600; ++turn) {
      const size_t i = rng.below(world.hosts.size());
      TinyEnsemble::Host& host = world.hosts[i];
      if (rng.below(4) == 0 && !host.client.ended()) {
        Outbox out;
        const bool write = rng.below(2) == 0;
        const Request request =
            write ? Request{SetData{"/n", Bytes(fmt::format("{}", turn))}} : Request{GetData{"/n", rng.below(2) == 0}};
        ledgers[i].submitted(host.client.submit(world.now, request, out), write);
        world.act(host, out);
      }
      stir(world, rng, Chances{});
      for (size_t j = 0; j < world.hosts.size(); ++j) {
        TinyEnsemble::Host& other = world.hosts[j];
        for (const ClientEvent& event : std::exchange(other.events, {})) ledgers[j].told_of(event);
        if (std::exchange(session[j], other.client.session()) == other.client.session())
          RC_ASSERT(seen[j] <= other.client.last_zxid_seen());
        seen[j] = other.client.last_zxid_seen();
      }
    }
    settle(world);
    int32_t applied_at_most = 0, applied_at_least = 0;
    for (size_t i = 0; i < world.hosts.size(); ++i) {
      TinyEnsemble::Host& host = world.hosts[i];
      for (const ClientEvent& event : std::exchange(host.events, {})) ledgers[i].told_of(event);
      const Ledger& ledger = ledgers[i];
      RC_ASSERT(ledger.waiting.empty());
      const auto sets = static_cast<size_t>(std::ranges::count(host.sent, wire::OpCode::kSetData));
      RC_ASSERT(sets <= ledger.writes);
      applied_at_most += static_cast<int32_t>(ledger.writes - ledger.failed);
      applied_at_least += static_cast<int32_t>(ledger.writes - ledger.failed - ledger.unknown);
    }
    // What was told done is done; what was told failed is not; the unknown may be either.
    RC_ASSERT(applied_at_least <= world.tree["/n"].version);
    RC_ASSERT(world.tree["/n"].version <= applied_at_most);
    RC_CLASSIFY(applied_at_least < applied_at_most, "with unknown outcomes");
  }));
}

// ---- recipes

TEST(Random, ALockIsHeldByOneLiveSessionAtATimeAndEveryoneGetsIt) {
  EXPECT_TRUE(rc::check("lock", [](uint64_t seed) {
    Rng rng(seed);
    TinyEnsemble world(3, seed);
    world.tree["/l"] = {};
    std::vector<Lock> locks;
    for (size_t i = 0; i < world.hosts.size(); ++i) locks.push_back(Lock{.path = "/l", .owner = fmt::format("c{}", i)});
    size_t acquired = 0;
    const auto turn = [&](size_t i, bool want) {
      // At once for all: a recipe that has not been shown an expiry speaks of a session that its client no longer has.
      for (size_t j = 0; j < locks.size(); ++j) {
        const bool held = locks[j].phase == Lock::Phase::kHeld;
        show(world, world.hosts[j], locks[j]);
        acquired += !held && locks[j].phase == Lock::Phase::kHeld;
      }
      TinyEnsemble::Host& host = world.hosts[i];
      Outbox out;
      if (want && locks[i].resting() && !host.client.ended())
        locks[i].acquire(world.now, host.client, out);
      else if (!want || (locks[i].phase == Lock::Phase::kHeld && rng.below(5) == 0))
        locks[i].release(world.now, host.client, out);
      else if (!locks[i].resting() && rng.below(200) == 0)
        locks[i].release(world.now, host.client, out);
      world.act(host, out);
      size_t holders = 0;
      for (size_t j = 0; j < locks.size(); ++j)
        holders += locks[j].phase == Lock::Phase::kHeld && world.live(world.hosts[j]);
      RC_ASSERT(holders <= 1u);
    };
    for (int t = 0; t < 1500; ++t) {
      stir(world, rng, Chances{});
      turn(rng.below(locks.size()), true);
    }
    RC_ASSERT(acquired > 0u);
    // Without faults everybody who wants it gets it.
    settle(world);
    for (size_t i = 0; i < locks.size(); ++i) {
      const size_t before = acquired;
      for (int t = 0; t < 3000 && acquired < before + 2; ++t) {
        stir(world, rng, Chances{0, 0});
        turn(rng.below(locks.size()), true);
      }
      RC_ASSERT(acquired >= before + 2);
    }
    for (int t = 0; t < 3000; ++t) {
      stir(world, rng, Chances{0, 0});
      turn(rng.below(locks.size()), false);
    }
    for (const Lock& lock : locks) RC_ASSERT(lock.resting());
    RC_ASSERT(world.tree.size() == 2u);  // nothing is left behind
  }));
}

TEST(Random, ACounterCountsEveryAddOnceOrSaysThatItDoesNotKnow) {
  EXPECT_TRUE(rc::check("counter", [](uint64_t seed) {
    Rng rng(seed);
    TinyEnsemble world(3, seed);
    std::vector<Counter> counters(world.hosts.size(), Counter{.path = "/n"});
    int64_t known = 0, unknown = 0;
    const auto look = [&](size_t i) {
      const bool under_way = counters[i].phase != Counter::Phase::kDone;
      show(world, world.hosts[i], counters[i]);
      if (!under_way || counters[i].phase != Counter::Phase::kDone) return;
      known += counters[i].outcome == Outcome::kOk;
      unknown += counters[i].outcome == Outcome::kUnknown;
    };
    for (int t = 0; t < 1500; ++t) {
      stir(world, rng, Chances{});
      const size_t i = rng.below(counters.size());
      look(i);
      const bool resting = counters[i].phase == Counter::Phase::kIdle || counters[i].phase == Counter::Phase::kDone;
      if (!resting || world.hosts[i].client.ended()) continue;
      Outbox out;
      counters[i].add(1, world.now, world.hosts[i].client, out);
      world.act(world.hosts[i], out);
    }
    for (int round = 0; round < 20; ++round) {
      settle(world);
      for (size_t i = 0; i < counters.size(); ++i) look(i);
    }
    const int64_t value = world.tree.contains("/n") ? std::stoll(world.tree["/n"].data) : 0;
    RC_ASSERT(known <= value);
    RC_ASSERT(value <= known + unknown);
    RC_ASSERT(known > 0);
  }));
}

TEST(Random, UniqueNamesAreGivenOnce) {
  EXPECT_TRUE(rc::check("names", [](uint64_t seed) {
    Rng rng(seed);
    TinyEnsemble world(3, seed);
    world.tree["/u"] = {};
    std::vector<UniqueNames> takers(world.hosts.size(), UniqueNames{.prefix = "/u/n-"});
    std::set<std::string> given;
    for (int t = 0; t < 600; ++t) {
      stir(world, rng, Chances{});
      const size_t i = rng.below(takers.size());
      const bool waiting = takers[i].phase == UniqueNames::Phase::kCreating;
      show(world, world.hosts[i], takers[i]);
      if (waiting && takers[i].phase == UniqueNames::Phase::kDone && takers[i].outcome == Outcome::kOk)
        RC_ASSERT(given.insert(takers[i].name).second);
      if (takers[i].phase == UniqueNames::Phase::kCreating || world.hosts[i].client.ended()) continue;
      Outbox out;
      takers[i].take(world.now, world.hosts[i].client, out);
      world.act(world.hosts[i], out);
    }
    RC_ASSERT(given.size() > 5u);
    for (const std::string& name : given) RC_ASSERT(world.tree.contains(name));
  }));
}

}  // namespace
}  // namespace vivarium::client
